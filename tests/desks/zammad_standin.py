"""A stand-in for Zammad: tickets by when they changed in short pages, articles with bodies, and a history in words and ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

TOKEN = "canary-zammad-token"
ANA, BO, CARLA, DEV = 3, 4, 5, 6
USERS = {ANA: ("Ana", ["Agent"]), BO: ("Bo", ["Admin", "Agent"]), CARLA: ("Carla", ["Customer"]), DEV: ("Dev", ["Customer"])}
STATES = {"new": "new", "open": "open", "pending reminder": "pending reminder", "done": "closed", "merged": "merged"}
CAP = 12
"""However many a page was asked for."""


class ZammadStandIn(StandIn):
    """Everything happens at `now`, in seconds since 1970."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1790000000
        self.tickets: dict[int, dict[str, Any]] = {}
        self.articles: dict[int, list[dict[str, Any]]] = {}
        self.history: dict[int, list[dict[str, Any]]] = {}
        self.last = 100

    def routes(self) -> Sequence[web.RouteDef]:
        api = "/api/v1"
        return [
            web.get(f"{api}/groups", self._groups),
            web.get(f"{api}/users", self._users),
            web.get(f"{api}/ticket_states", self._states),
            web.get(f"{api}/tickets/search", self._search),
            web.get(f"{api}/tickets", self._list),
            web.get(f"{api}/tickets/{{id}}", self._one),
            web.get(f"{api}/ticket_articles/by_ticket/{{id}}", self._articles),
            web.get(f"{api}/ticket_history/{{id}}", self._history),
        ]

    def create(self, by: int) -> int:
        number = len(self.tickets) + 1
        self.tickets[number] = {
            "id": number, "title": "Help", "state": "new", "priority": "2 normal", "group_id": 1, "owner_id": 1,
            "customer_id": by,
            "create_article_type": "email", "created_at": self._stamp(), "updated_at": self._stamp(), "time_unit": None,
        }  # fmt: skip
        self.articles[number], self.history[number] = [], [{"id": 0, "object": "Ticket", "type": "created"}]
        self.say(number, by)
        return number

    def say(self, number: int, by: int, *, internal: bool = False, minutes: str | None = None) -> None:
        self.last += 1
        sender = "Agent" if by in (ANA, BO) else "Customer"
        told = {"id": self.last, "sender": sender, "internal": internal, "created_by_id": by, "created_at": self._stamp()}
        self.articles[number].append({**told, "time_unit": minutes, "body": "canary-words"})
        self._touch(number)

    def move(self, number: int, by: int, attribute: str, new: Any, *, ids: tuple[int, int] = (0, 0)) -> None:
        """A change of state, priority, owner or group; the history writes names and ids."""
        self.last += 1
        key = attribute if attribute in ("state", "priority") else f"{attribute}_id"
        told = {"object": "Ticket", "type": "updated", "attribute": attribute, "id_from": ids[0], "id_to": ids[1]}
        words = {"value_from": str(self.tickets[number][key]), "value_to": str(new)}
        self.history[number].append({"id": self.last, **told, **words, "created_at": self._stamp(), "created_by_id": by})
        self.tickets[number][key] = new if attribute in ("state", "priority") else ids[1]
        self._touch(number)

    def merge(self, number: int, into: int, by: int) -> None:
        self.move(number, by, "state", "merged")
        self.last += 1
        told = {"id": self.last, "object": "Ticket", "type": "merged_into", "id_to": into, "created_at": self._stamp()}
        self.history[number].append({**told, "created_by_id": by})

    def _touch(self, number: int) -> None:
        self.tickets[number]["updated_at"] = self._stamp()

    def _stamp(self) -> str:
        return f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%dT%H:%M:%S}.000Z"

    async def _search(self, request: web.Request) -> web.Response:
        since = re.search(r"\[(\S+) TO", request.query["query"])
        rows = [row for row in self.tickets.values() if not since or row["updated_at"][:19] >= since[1][:19]]
        return self._paged(request, sorted(rows, key=lambda row: row["updated_at"]))

    async def _list(self, request: web.Request) -> web.Response:
        return self._paged(request, list(self.tickets.values()))

    async def _one(self, request: web.Request) -> web.Response:
        return json_answer(self.tickets[int(request.match_info["id"])])

    async def _articles(self, request: web.Request) -> web.Response:
        return json_answer(self.articles[int(request.match_info["id"])])

    async def _history(self, request: web.Request) -> web.Response:
        return json_answer({"history": self.history[int(request.match_info["id"])], "assets": {}})

    async def _groups(self, request: web.Request) -> web.Response:
        return self._paged(request, [{"id": 1, "name": "Users"}, {"id": 2, "name": "Second line"}])

    async def _users(self, request: web.Request) -> web.Response:
        rows = [{"id": number, "firstname": name, "roles": roles, "active": True} for number, (name, roles) in USERS.items()]
        return self._paged(request, [{"id": 1, "login": "-", "roles": []}, *rows])

    async def _states(self, request: web.Request) -> web.Response:
        return self._paged(request, [{"id": 1, "name": name, "state_type": kind} for name, kind in STATES.items()])

    def _paged(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        size = min(int(request.query.get("per_page", "10")), CAP)
        first = (int(request.query.get("page", "1")) - 1) * size
        return json_answer(rows[first : first + size])
