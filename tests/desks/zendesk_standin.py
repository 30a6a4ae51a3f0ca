"""A Zendesk over real sockets that remembers: tickets live, change, are merged and deleted, and the exports tell of it.

Its clock is steered by hand. Like the real one it leaves out the last minute, lets a ticket move to the end of the export
when it changes under the reader, and changes tickets itself without moving `updated_at`."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

Doc = dict[str, Any]
START = int(datetime(2026, 3, 2, 8, 0, tzinfo=UTC).timestamp())
EMAIL, TOKEN = "admin@example.com", "canary-token-4711"
CLIENT, SECRET = "cx", "canary-secret-4712"
ADMIN, ANA, BO, CARLA, DEV, BOT = 1, 11, 12, 21, 22, 31
BILLING, TECH = 101, 102
SYSTEM = -1
OFFICE = [{"start_time": day * 1440 + 540, "end_time": day * 1440 + 1020} for day in range(1, 6)]


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ZendeskStandIn(StandIn):
    """One account. `do()` is what an update does to a ticket; everything else follows from it.

    `suffix` is what its paths end with; `terse`, it tells the end of its event export by nothing but a page that repeats;
    `strict`, it lets no second outgrow a page."""

    def __init__(self, *, page: int = 3) -> None:
        super().__init__()
        self.page, self.now, self.empty_pages, self.suffix, self.terse = page, START, 0, "", False
        self.strict = False
        self.ids = iter(range(5_000_000_000, 9_000_000_000))
        self.users: dict[int, Doc] = {}
        self.groups = [{"id": BILLING, "name": "Billing"}, {"id": TECH, "name": "Tech"}]
        self.schedules: list[Doc] = [{"id": 1, "name": "Office", "time_zone": "Berlin", "intervals": OFFICE}]
        self.holidays: list[Doc] = [{"id": 9, "name": "Easter", "start_date": "2026-04-05", "end_date": "2026-04-06"}]
        self.policies: list[Doc] = []
        self.group_policies: list[Doc] = []
        self.statuses: list[Doc] = [{"id": 71, "status_category": "open", "agent_label": "Being looked at"}]
        self.fields: list[Doc] = [
            {"id": 81, "type": "integer", "title": "Time spent last update (sec)"},
            {"id": 82, "type": "integer", "title": "Total time spent (sec)"},
        ]
        self.tickets: dict[int, Doc] = {}
        self.audits: list[Doc] = []
        self.ratings: list[Doc] = []
        self.surveys: list[Doc] = []
        self.refresh_tokens: set[str] = set()
        self.access: set[str] = set()
        self.limits: dict[str, str] = {}
        for user, name, role in ((ADMIN, "Adam", "admin"), (ANA, "Ana", "agent"), (BO, "Bo", "agent"), (BOT, "Helper", "agent")):
            self.add_user(user, name, role, default_group_id=BILLING)
        self.add_user(CARLA, "Carla", "end-user", locale="de-DE")
        self.add_user(DEV, "Dev", "end-user")

    def add_user(self, user: int, name: str, role: str, **more: Any) -> None:
        email = f"{name.lower()}@example.com"
        self.users[user] = {"id": user, "name": name, "email": email, "role": role, "active": True, "at": self.now, **more}

    def at(self, minutes: float) -> None:
        """It is so many minutes after the beginning."""
        self.now = START + int(minutes * 60)

    def create(self, ticket: int, *, by: int = CARLA, public: bool = True, via: str = "email", **fields: Any) -> Doc:
        """A new ticket with its opening comment."""
        row: Doc = {
            "id": ticket, "created_at": iso(self.now), "requester_id": by, "submitter_id": by, "status": "new", "priority": None,
            "group_id": BILLING, "assignee_id": None, "type": "question", "tags": [], "subject": f"Ticket {ticket}",
            "via": {"channel": via, "source": {"from": {}, "to": {}, "rel": None}}, "custom_fields": [], **fields,
        }  # fmt: skip
        self.tickets[ticket] = row
        first = [("Create", name, row[name], None) for name in ("status", "priority", "group_id", "assignee_id", "type")]
        self._audit(ticket, by, [("Comment", "", public, by), *first], via=via)
        return row

    def do(
        self,
        ticket: int,
        *,
        by: int = ANA,
        say: bool | None = None,
        via: str = "web",
        after: float = 0,
        words: str = "canary-words",
        **changes: Any,
    ) -> None:
        """An update by somebody: `say` is a comment, public or not; `after` minutes pass first."""
        self.now += int(after * 60)
        row, told = self.tickets[ticket], []
        if say is not None:
            told.append(("Comment", "", say, by))
        for name, value in changes.items():
            told.append(("Change", name, value, row.get(name)))
            row[name] = value
        self._audit(ticket, by, told, via=via, words=words)

    def merge(self, ticket: int, into: int, *, by: int = ANA, after: float = 0) -> None:
        tags = [*self.tickets[ticket]["tags"], "closed_by_merge"]
        words = f'canary-words: this request was closed and merged into request #{into} "As #77"'
        self.do(ticket, by=by, after=after, say=False, status="closed", tags=tags, via="merge", words=words)
        self.do(into, by=by, say=False, via="merge", words=f"canary-words: request #{ticket} was merged into this one")

    def close_by_itself(self, ticket: int, *, after: float = 0) -> None:
        """Zendesk's own automation closes what was solved: `updated_at` stays where it was."""
        updated = self.tickets[ticket]["updated_at"]
        self.do(ticket, by=SYSTEM, after=after, status="closed", via="rule")
        self.tickets[ticket]["updated_at"] = updated

    def rate(self, ticket: int, score: str, *, rating: int | None = None, after: float = 0) -> None:
        self.now += int(after * 60)
        row = self.tickets[ticket]
        known = next((each for each in self.ratings if each["id"] == rating), None)
        if known is None:
            known = {"id": rating or next(self.ids), "ticket_id": ticket, "created_at": iso(self.now)}
            self.ratings.append(known)
        known |= {
            "score": score,
            "updated_at": iso(self.now),
            "requester_id": row["requester_id"],
            "assignee_id": row["assignee_id"],
            "group_id": row["group_id"],
        }

    def _audit(
        self, ticket: int, by: int, told: Iterable[tuple[str, str, Any, Any]], *, via: str, words: str = "canary-words"
    ) -> None:
        row = self.tickets[ticket]
        row |= {"updated_at": iso(self.now), "generated_timestamp": self.now}
        audit = {"id": next(self.ids), "ticket_id": ticket, "at": self.now, "by": by, "via": via, "words": words}
        self.audits.append({**audit, "told": [(next(self.ids), *each) for each in told]})

    def routes(self) -> Sequence[web.RouteDef]:
        told = {
            "/incremental/tickets/cursor": self._export, "/incremental/ticket_events": self._events,
            "/incremental/tickets": self._export_by_time,
            "/incremental/users/cursor": self._exported_users, "/users": self._users, "/groups": self._list("groups"),
            "/custom_statuses": self._list("custom_statuses", "statuses"),
            "/ticket_fields": self._list("ticket_fields", "fields"),
            "/business_hours/schedules": self._list("schedules"), "/business_hours/schedules/1/holidays": self._list("holidays"),
            "/slas/policies": self._list("sla_policies", "policies"),
            "/group_slas/policies": self._list("group_sla_policies", "group_policies"), "/tickets/count": self._count,
            "/satisfaction_ratings": self._list("satisfaction_ratings", "ratings"),
            "/guide/survey_responses": self._list("survey_responses", "surveys"),
            "/tickets/show_many": self._shown,
            "/tickets/{id}/audits": self._audits, "/tickets/{id}/comments": self._comments,
        }  # fmt: skip
        routes = [web.get(f"/api/v2{path}{self.suffix}", self._known(handler)) for path, handler in told.items()]
        return [*routes, web.post("/oauth/tokens", self._tokens)]

    def _known(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            told = request.headers.get("Authorization", "")
            basic = f"Basic {b64encode(f'{EMAIL}/token:{TOKEN}'.encode()).decode()}"
            if told != basic and told.removeprefix("Bearer ") not in self.access:
                return web.json_response({"error": "Couldn't authenticate you"}, status=401)
            return json_answer(handler(request), **self.limits)

        return answer

    async def _tokens(self, request: web.Request) -> web.Response:
        told = await request.json()
        if told.get("client_id") != CLIENT or told.get("client_secret") != SECRET:
            return web.json_response({"error": "invalid_client"}, status=401)
        answer: Doc = {"access_token": f"access-{next(self.ids)}", "token_type": "bearer", "expires_in": 7200}
        if told.get("grant_type") == "refresh_token":
            if told.get("refresh_token") not in self.refresh_tokens:
                return web.json_response({"error": "invalid_grant"}, status=400)
            answer["refresh_token"] = f"refresh-{next(self.ids)}"
            self.refresh_tokens = {answer["refresh_token"]}
        self.access.add(answer["access_token"])
        return web.json_response(answer)

    def _export(self, request: web.Request) -> Doc:
        after = _mark(request.query["cursor"]) if "cursor" in request.query else (int(request.query["start_time"]), 0)
        rows = sorted(self.tickets.values(), key=_stand)
        ripe = [row for row in rows if _stand(row) > after and row["generated_timestamp"] <= self.now - 60]
        if self.empty_pages:
            self.empty_pages -= 1
            return {"tickets": [], "after_cursor": _cursor(after, self.empty_pages + 1), "end_of_stream": False}
        page = ripe[: self.page]
        told = [dict(row) for row in page]
        end = _stand(page[-1]) if page else after
        people = {name for row in page for name in (row["requester_id"], row["assignee_id"]) if name in self.users}
        return {
            "tickets": told, "users": [self.users[name] for name in sorted(people)], "groups": self.groups,
            "after_cursor": _cursor(end), "end_of_stream": len(ripe) <= self.page, "before_cursor": None,
        }  # fmt: skip

    def _export_by_time(self, request: web.Request) -> Doc:
        """The older export: from an instant on, and never past a second that fills its page."""
        start, number = int(request.query["start_time"]), int(request.query.get("page", 1))
        rows = sorted(self.tickets.values(), key=_stand)
        ripe = [row for row in rows if start <= row["generated_timestamp"] <= self.now - 60]
        page = ripe[(number - 1) * self.page : number * self.page]
        return {
            "tickets": [dict(row) for row in page],
            "end_time": page[-1]["generated_timestamp"] if page else start,
            "end_of_stream": len(ripe) <= number * self.page,
        }

    def _events(self, request: web.Request) -> Doc:
        start = int(request.query["start_time"])
        ripe = [audit for audit in self.audits if start <= audit["at"] <= self.now - 60]
        ripe.sort(key=lambda audit: (audit["at"], audit["id"]))
        page = ripe[: self.page * 4]
        if not self.terse and not self.strict:
            page += [audit for audit in ripe[len(page) :] if page and audit["at"] == page[-1]["at"]]
        end = page[-1]["at"] if page else start
        path = f"{self.url}/api/v2/incremental/ticket_events.json?start_time={end}"
        told = [exported(audit) for audit in page]
        if self.terse:
            return {"ticket_events": told, "next_page": path}
        return {
            "ticket_events": told,
            "next_page": path,
            "end_time": end,
            "count": len(page),
            "end_of_stream": len(page) == len(ripe),
        }

    def _shown(self, request: web.Request) -> Doc:
        names = [int(name) for name in request.query["ids"].split(",")]
        return {"tickets": [_without_stamp(self.tickets[name]) for name in names if name in self.tickets], "next_page": None}

    def _audits(self, request: web.Request) -> Doc:
        mine = [audit for audit in self.audits if audit["ticket_id"] == int(request.match_info["id"])]
        return {"audits": [_listed(audit) for audit in mine], "next_page": None, "count": len(mine)}

    def _comments(self, request: web.Request) -> Doc:
        mine = (audit for audit in self.audits if audit["ticket_id"] == int(request.match_info["id"]))
        told = [
            {**each, "created_at": iso(audit["at"])}
            for audit in mine
            for each in _listed(audit)["events"]
            if each["type"] == "Comment"
        ]
        return {"comments": told, "next_page": None}

    def _users(self, request: web.Request) -> Doc:
        roles = request.query.getall("role[]", ["admin", "agent", "end-user"])
        told = [user for user in self.users.values() if user["role"] in roles]
        start = int(request.query.get("page[after]", 0))
        more = len(told) > start + 2
        return {
            "users": told[start : start + 2],
            "meta": {"has_more": more, "after_cursor": str(start + 2) if more else None},
            "links": {},
        }

    def _exported_users(self, request: web.Request) -> Doc:
        after = int(request.query.get("cursor", 0))
        told = sorted(self.users.values(), key=lambda user: (user["at"], user["id"]))
        return {
            "users": told[after : after + 4],
            "after_cursor": str(min(after + 4, len(told))),
            "end_of_stream": after + 4 >= len(told),
        }

    def _count(self, _: web.Request) -> Doc:
        return {"count": {"value": len(self.tickets), "refreshed_at": iso(self.now)}}

    def _list(self, name: str, attribute: str = "") -> Any:
        return lambda _: {
            name: getattr(self, attribute or name),
            "next_page": None,
            "count": len(getattr(self, attribute or name)),
        }


def _without_stamp(row: Doc) -> Doc:
    """Only the export tells a row's version."""
    return {name: value for name, value in row.items() if name != "generated_timestamp"}


def _stand(row: Doc) -> tuple[int, int]:
    return row["generated_timestamp"], row["id"]


def _cursor(stand: tuple[int, int], extra: int = 0) -> str:
    return b64encode(f"{stand[0]}.0||{stand[1]}|{extra}".encode()).decode()


def _mark(cursor: str) -> tuple[int, int]:
    at, _, row, _ = b64decode(cursor).decode().split("|")
    return int(float(at)), int(row)


def exported(audit: Doc) -> Doc:
    """The export's shape: a child event names its field by a key."""
    children = []
    for child, kind, name, value, was in audit["told"]:
        told = {"id": child, "via": _said(audit["via"]), "via_reference_id": None, "event_type": kind}
        if kind == "Comment":
            told |= {"type": "Comment", "author_id": was, "public": value, "body": audit["words"], "audit_id": audit["id"]}
        else:
            told |= {name: _text(value)} | ({"previous_value": _text(was)} if kind == "Change" else {})
        children.append(told)
    children = [child for child in children if not audit.get("hidden") or child["event_type"] != "Comment"]
    return {
        "id": audit["id"], "ticket_id": audit["ticket_id"], "timestamp": audit["at"], "created_at": iso(audit["at"]),
        "updater_id": audit["by"], "via": _said(audit["via"]), "system": {}, "metadata": {}, "event_type": "Audit",
        "child_events": children,
    }  # fmt: skip


def _listed(audit: Doc) -> Doc:
    """A single ticket's shape: a field by name, value and previous value."""
    events = []
    for child, kind, name, value, was in audit["told"]:
        told: Doc = {"id": child, "type": kind}
        if kind == "Comment":
            told |= {"author_id": was, "public": value, "body": audit["words"], "audit_id": audit["id"]}
        else:
            told |= {"field_name": name, "value": _text(value)} | ({"previous_value": _text(was)} if kind == "Change" else {})
        events.append(told)
    via = {"channel": audit["via"], "source": {"rel": "merge" if audit["via"] == "merge" else None}}
    return {**{name: audit[name] for name in ("id", "ticket_id")}, "created_at": iso(audit["at"]), "author_id": audit["by"],
            "via": via, "events": events}  # fmt: skip


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else str(value)


def _said(via: str) -> str:
    """The export says in words what the audits say in codes."""
    return {"web": "Web form", "email": "Mail", "rule": "Rule", "api": "Web service", "merge": "Ticket merge"}.get(via, via)
