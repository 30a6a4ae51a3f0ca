"""An Intercom over real sockets that remembers: conversations made of parts, searched newest first while they change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

Doc = dict[str, Any]
START = int(datetime(2026, 3, 2, 8, 0, tzinfo=UTC).timestamp())
TOKEN = "canary-inter-4715"
ANA, BO, FIN, CARLA, DEV = "11", "12", "99", "c-21", "c-22"
BILLING, TECH = "101", "102"
ADMINS = {ANA: "Ana", BO: "Bo"}
CONTACTS = {CARLA: "Carla", DEV: "Dev"}
MOST_PARTS = 500


def author(who: str) -> Doc:
    """As a part shows who wrote it."""
    if who == FIN:
        return {
            "type": "bot",
            "id": FIN,
            "name": "Fin",
            "email": "operator+x@intercom.io",
            "from_ai_agent": True,
            "is_ai_answer": True,
        }
    kind, name = ("admin", ADMINS[who]) if who in ADMINS else ("user", CONTACTS[who])
    told = {"type": kind, "id": who, "name": name, "email": f"{name.lower()}@example.com"}
    return {**told, "from_ai_agent": False, "is_ai_answer": False}


def new_conversation(number: int, now: int = START, *, by: str = CARLA, **fields: Any) -> Doc:
    """A conversation as whoever began it left it."""
    source = {"type": "email", "id": f"s{number}", "delivered_as": "customer_initiated", "subject": "", "body": "canary-words"}
    return {
        "type": "conversation", "id": str(number), "title": f"Conversation {number}", "created_at": now, "updated_at": now,
        "waiting_since": None, "snoozed_until": None, "open": True, "state": "open", "read": True, "priority": "not_priority",
        "admin_assignee_id": None, "team_assignee_id": None, "tags": {"type": "tag.list", "tags": []},
        "conversation_rating": None,
        "source": {**source, "author": author(by), "attachments": [], "url": None, "redacted": False},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": by, "external_id": None}]},
        "teammates": {"type": "admin.list", "teammates": []}, "custom_attributes": {}, "first_contact_reply": None,
        "sla_applied": None, "statistics": None, "ai_agent_participated": False, "ai_agent": None,
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [], "total_count": 0}, **fields,
    }  # fmt: skip


class IntercomStandIn(StandIn):
    """One workspace. `do()` adds a part; `forgets`, it keeps no place in a search."""

    def __init__(self, *, most: int = 4) -> None:
        super().__init__()
        self.most, self.now, self.forgets = most, START, False
        self.ids = iter(range(5001, 9_000_000))
        self.talks: dict[str, Doc] = {}

    def at(self, minutes: float) -> None:
        self.now = START + int(minutes * 60)

    def create(self, number: int, *, by: str = CARLA, **fields: Any) -> Doc:
        self.talks[str(number)] = new_conversation(number, self.now, by=by, **fields)
        return self.talks[str(number)]

    def do(self, number: int, kind: str, by: str, *, after: float = 0, words: bool = False, to: Doc | None = None) -> None:
        """A part of some kind by somebody, with words or without."""
        self.now += int(after * 60)
        talk = self.talks[str(number)]
        state = {"close": "closed", "open": "open", "snoozed": "snoozed", "unsnoozed": "open"}.get(kind)
        if state is None:
            state = "open" if kind == "comment" and by in CONTACTS else talk["state"]
        talk |= {"state": state, "open": state == "open", "updated_at": self.now}
        if to is not None:
            talk["team_assignee_id" if to["type"] == "team" else "admin_assignee_id"] = int(to["id"])
        part = {
            "type": "conversation_part", "id": str(next(self.ids)), "part_type": kind, "body": "canary-words" if words else None,
            "created_at": self.now, "updated_at": self.now, "notified_at": self.now, "assigned_to": to, "author": author(by),
            "attachments": [], "external_id": None, "redacted": False, "state": state, "tags": [], "app_package_code": None,
            "event_details": None,
        }  # fmt: skip
        talk["conversation_parts"]["conversation_parts"].append(part)
        talk["conversation_parts"]["total_count"] += 1

    def say(self, number: int, by: str, *, after: float = 0) -> None:
        self.do(number, "comment", by, after=after, words=True)

    def assign(self, number: int, to: str, *, after: float = 0, team: bool = False) -> None:
        self.do(number, "assignment", ANA, after=after, to={"type": "team" if team else "admin", "id": to})

    def rate(self, number: int, rating: int, *, after: float = 0, remark: str = "thanks") -> None:
        asked, self.now = self.now, self.now + int(after * 60)
        talk = self.talks[str(number)]
        talk["conversation_rating"] = {
            "rating": rating, "remark": remark, "created_at": asked, "updated_at": self.now,
            "contact": {"type": "contact", "id": CARLA, "external_id": None}, "teammate": {"type": "admin", "id": ANA},
        }  # fmt: skip
        talk["updated_at"] = self.now

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/conversations/search", self._known(self._search)),
            web.get("/conversations/{id}", self._known(self._shown)),
            web.get("/teams", self._known(self.teams)),
            web.get("/admins", self._known(self.admins)),
        ]

    async def teams(self, _: Any = None) -> Doc:
        names = ((BILLING, "Billing"), (TECH, "Tech"))
        return {
            "type": "team.list",
            "teams": [{"type": "team", "id": key, "name": name, "admin_ids": [11]} for key, name in names],
        }

    async def admins(self, _: Any = None) -> Doc:
        told = [
            {"type": "admin", "id": key, "name": name, "email": f"{name.lower()}@example.com", "away_mode_enabled": False,
             "away_mode_reassign": False, "has_inbox_seat": True, "team_ids": [101]}
            for key, name in ADMINS.items()
        ]  # fmt: skip
        return {"type": "admin.list", "admins": told}

    def _known(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}" or request.headers.get("Intercom-Version") != "2.15":
                return web.json_response({"type": "error.list", "errors": [{"code": "unauthorized"}]}, status=401)
            found = await handler(request)
            return found if isinstance(found, web.Response) else json_answer(found)

        return answer

    async def _search(self, request: web.Request) -> Doc | web.Response:
        asked = await request.json()
        query, paging = asked["query"], asked.get("pagination", {})
        either = query["value"] if query["operator"] == "OR" else [query]
        rows = [talk for talk in self.talks.values() if any(_fits(talk, each) for each in either)]
        rows.sort(key=lambda talk: (-talk["updated_at"], talk["id"]))
        after = paging.get("starting_after")
        if after and self.forgets:
            return web.json_response({"type": "error.list", "errors": [{"code": "parameter_invalid"}]}, status=400)
        first = next((place for place, talk in enumerate(rows) if _place(talk) > _mark(after)), len(rows)) if after else 0
        size = min(paging.get("per_page", 20), self.most)
        page, more = rows[first : first + size], len(rows) > first + size
        following = {"per_page": size, "starting_after": "|".join(map(str, _place(page[-1])))} if more else None
        pages = {"type": "pages", "page": 1, "per_page": size, "total_pages": 1, "next": following}
        told = [{name: value for name, value in talk.items() if name != "conversation_parts"} for talk in page]
        return {"type": "conversation.list", "conversations": told, "total_count": len(rows), "pages": pages}

    async def _shown(self, request: web.Request) -> Doc | web.Response:
        talk = self.talks.get(request.match_info["id"])
        if talk is None:
            return web.json_response({"type": "error.list", "errors": [{"code": "not_found"}]}, status=404)
        parts = talk["conversation_parts"]
        return {**talk, "conversation_parts": {**parts, "conversation_parts": parts["conversation_parts"][-MOST_PARTS:]}}


def _fits(talk: Doc, asked: Doc) -> bool:
    value, wanted = talk[asked["field"]], int(asked["value"])
    return {">": value > wanted, "=": value == wanted, "<": value < wanted}[asked["operator"]]


def _place(talk: Doc) -> tuple[int, str]:
    return -talk["updated_at"], talk["id"]


def _mark(told: str) -> tuple[int, str]:
    at, name = told.split("|")
    return int(at), name
