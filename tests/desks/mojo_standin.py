"""A Mojo Helpdesk over real sockets that remembers: tickets live, are commented, rated, deleted, and its search lags if told to.

As with the real one the key stands in the query, a user shows their own key, and the history is not told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

Doc = dict[str, Any]
START = int(datetime(2026, 3, 2, 8, 0, tzinfo=UTC).timestamp())
KEY = "canary-mojo-4713"
OWNER, ANA, BO, CARLA, DEV = 1, 11, 12, 21, 22
BILLING, TECH = 101, 102
QUESTION, FAULT = 201, 202
NEW, PROGRESS, HOLD, ASKED, SOLVED, CLOSED = 10, 20, 30, 40, 50, 60
UNTOLD = ("closed_on", "deleted_at", "tags", "asset_tag")
DETAILS = ("assigned_on", "first_commented_on", "time_to_first_comment", "all_comments", "staff_notes")


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def new_ticket(number: int, now: int = START, *, by: int = CARLA, **fields: Any) -> Doc:
    """A ticket as its requester left it."""
    return {
        "id": number, "title": f"Ticket {number}", "description": "canary-words", "status_id": NEW, "ticket_queue_id": BILLING,
        "ticket_form_id": 1, "ticket_type_id": QUESTION, "priority_id": 30, "user_id": by, "assigned_to_id": None,
        "company_id": None, "rating": None, "rated_on": None, "rating_comment": None, "created_on": iso(now),
        "updated_on": iso(now), "status_changed_on": None, "solved_on": None, "first_assigned_on": None,
        "due_on": None, "scheduled_on": None, "resolution_id": None, "created_from": 1, "tag_ids": [3],
        "closed_on": None, "deleted_at": None, "tags": [{"id": 3, "label": "vip", "color": "#ff0000"}], "asset_tag": None,
        "assigned_on": None, "first_commented_on": None, "time_to_first_comment": None, "all_comments": [], "staff_notes": [],
        **fields,
    }  # fmt: skip


class MojoStandIn(StandIn):
    """One account. `most` is what a page holds at most, whatever is asked for; `lag` keeps the search behind by seconds."""

    def __init__(self, *, most: int = 10) -> None:
        super().__init__()
        self.most, self.now, self.lag = most, START, 0
        self.ids = iter(range(5001, 9_000_000))
        self.tickets: dict[int, Doc] = {}
        self.hidden: set[int] = set()
        self.types = [{"id": QUESTION, "name": "Question"}, {"id": FAULT, "name": "Fault"}]
        self.queues = [{"id": BILLING, "name": "Billing"}, {"id": TECH, "name": "Tech"}]
        self.teams = [{"id": 1, "name": "First line", "agent_ids": [ANA, BO]}]
        self.users: dict[int, Doc] = {}
        for user, name, role in ((OWNER, "Olga", 40), (ANA, "Ana", 20), (BO, "Bo", 30), (CARLA, "Carla", 10), (DEV, "Dev", 10)):
            self.users[user] = {
                "id": user, "email": f"{name.lower()}@example.com", "first_name": name, "last_name": "Test",
                "full_name": f"{name} Test",
                "role_id": role, "is_active": True, "company_id": None, "access_key": f"canary-of-{name}",
            }  # fmt: skip

    def at(self, minutes: float) -> None:
        self.now = START + int(minutes * 60)

    def create(self, number: int, *, by: int = CARLA, **fields: Any) -> Doc:
        self.tickets[number] = new_ticket(number, self.now, by=by, **fields)
        return self.tickets[number]

    def do(self, number: int, *, after: float = 0, **changes: Any) -> None:
        """An update; what follows from it, Mojo writes itself."""
        self.now += int(after * 60)
        row = self.tickets[number]
        at = iso(self.now)
        if "status_id" in changes and changes["status_id"] != row["status_id"]:
            row["status_changed_on"] = at
            row |= {"solved_on": at} if changes["status_id"] == SOLVED else {}
            row |= {"closed_on": at} if changes["status_id"] == CLOSED else {}
        if "assigned_to_id" in changes:
            row["assigned_on"] = at
            row["first_assigned_on"] = row["first_assigned_on"] or at
        row |= {**changes, "updated_on": at}

    def say(
        self, number: int, by: int, *, after: float = 0, private: bool = False, minutes: int | None = None, **changes: Any
    ) -> None:
        """A comment, with what changes along with it."""
        self.now += int(after * 60)
        row = self.tickets[number]
        told = {"id": next(self.ids), "body": "canary-words", "user_id": by, "ticket_id": number, "is_private": private}
        told |= {"time_spent": minutes, "created_on": iso(self.now), "updated_on": iso(self.now)}
        row["all_comments"].append(told)
        self.do(number, **changes)

    def note(self, number: int, by: int, *, after: float = 0, minutes: int | None = None) -> None:
        self.now += int(after * 60)
        told = {"id": next(self.ids), "body": "canary-words", "user_id": by, "ticket_id": number, "time_spent": minutes}
        self.tickets[number]["staff_notes"].append({**told, "created_on": iso(self.now), "updated_on": iso(self.now)})
        self.do(number)

    def rate(self, number: int, points: int, *, after: float = 0, comment: str | None = None) -> None:
        """A rating changes its ticket's `updated_on` in no documented way: here it does not."""
        self.now += int(after * 60)
        self.tickets[number] |= {"rating": points, "rated_on": iso(self.now), "rating_comment": comment}

    def routes(self) -> Sequence[web.RouteDef]:
        told = {
            "/tickets/search": self._search, "/tickets/{id}": self._detail, "/tickets": self._list,
            "/users/techs": lambda _: [user for user in self.users.values() if user["role_id"] >= 15],
            "/users": lambda request: self._page(request, list(self.users.values())),
            "/ticket_queues": lambda request: self._page(request, self.queues),
            "/teams": lambda request: self._page(request, self.teams),
            "/ticket_types": lambda _: self.types,
        }  # fmt: skip
        return [web.get(f"/api/v2{path}", self._known(handler)) for path, handler in told.items()]

    def _known(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            if request.query.get("access_key") != KEY:
                return web.json_response({"message": "Access denied"}, status=401)
            found = handler(request)
            return found if isinstance(found, web.Response) else json_answer(found)

        return answer

    def _page(self, request: web.Request, rows: list[Doc]) -> list[Doc]:
        size = min(max(int(request.query.get("per_page", 10)), 10), self.most)
        first = (int(request.query.get("page", 1)) - 1) * size
        return rows[first : first + size]

    def _search(self, request: web.Request) -> list[Doc]:
        name = request.query["sf"]
        found = re.fullmatch(r"(\w+):\[(\S+) TO \*\]", request.query.get("query", f"{name}:[2000-01-01T00:00:00Z TO *]"))
        assert found is not None
        assert found[1] == name
        since = found[2].replace("Z", ".000Z")
        indexed = iso(self.now - self.lag) if self.lag else "9"
        rows = [row for row in self.tickets.values() if row.get(name) and since <= row[name] and row["updated_on"] <= indexed]
        rows.sort(key=lambda row: row[name], reverse=request.query.get("r") == "1")
        return [_without(row, DETAILS) for row in self._page(request, rows)]

    def _list(self, request: web.Request) -> list[Doc]:
        rows = [self.tickets[number] for number in sorted(self.tickets) if not self.tickets[number]["deleted_at"]]
        return [_without(row, (*DETAILS, *UNTOLD)) for row in self._page(request, rows)]

    def _detail(self, request: web.Request) -> Doc | web.Response:
        number = int(request.match_info["id"])
        row = self.tickets.get(number)
        if row is None or row["deleted_at"]:
            return web.json_response({"message": "Record not found"}, status=404)
        if number in self.hidden:
            return web.json_response({"message": "Access denied"}, status=401)
        return _without(row, ("closed_on", "deleted_at", "tag_ids"))


def _without(row: Doc, names: Sequence[str]) -> Doc:
    return {name: value for name, value in row.items() if name not in names}
