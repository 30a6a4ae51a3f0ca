"""A stand-in for Gorgias: tickets newest change first by a cursor, messages and events in pages of their own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

EMAIL, KEY = "admin@example.com", "canary-gorgias-key"
ANA, BO, CARLA, DEV = 3, 4, 3, 51
USERS = {ANA: ("Ana", "admin"), BO: ("Bo", "agent")}
CAP = 4


class GorgiasStandIn(StandIn):
    """Everything happens at `now`, in seconds since 1970; users and customers are numbered apart."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1790000000
        self.tickets: dict[int, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.surveys: list[dict[str, Any]] = []
        self.last = 100

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/api/teams", self._teams),
            web.get("/api/users", self._users),
            web.get("/api/tickets", self._list),
            web.get("/api/tickets/{id}", self._one),
            web.get("/api/messages", self._messages),
            web.get("/api/events", self._events),
            web.get("/api/satisfaction-surveys", self._surveys),
        ]

    def create(self, by: int) -> int:
        number = len(self.tickets) + 1
        self.tickets[number] = {
            "id": number, "status": "open", "priority": "normal", "channel": "email", "via": "email", "from_agent": False,
            "customer": {"id": by, "name": "Carla", "email": "c@x.example"}, "assignee_user": None, "assignee_team": None,
            "subject": "Help", "excerpt": "canary-words", "tags": [{"id": 1, "name": "vip"}], "spam": False,
            "created_datetime": self._stamp(), "updated_datetime": self._stamp(), "trashed_datetime": None,
            "snooze_datetime": None,
        }  # fmt: skip
        self.happen(number, "ticket-created")
        self.say(number, by, agent=False)
        return number

    def say(self, number: int, by: int, *, agent: bool, **more: Any) -> None:
        self.last += 1
        told = {"id": self.last, "ticket_id": number, "public": True, "from_agent": agent, "body_text": "canary-words"}
        self.messages.append({**told, "sender": {"id": by}, "rule_id": None, "created_datetime": self._stamp(), **more})
        self._touch(number)

    def happen(self, number: int, kind: str, by: int | None = None, *, data: Any = None, **changes: Any) -> None:
        self.last += 1
        told = {"id": self.last, "object_type": "Ticket", "object_id": number, "type": kind, "user_id": by, "data": data}
        self.events.append({**told, "created_datetime": self._stamp()})
        self.tickets[number] |= changes
        self._touch(number)

    def assign(self, number: int, to: int, by: int) -> None:
        self.happen(number, "ticket-assigned", by, data={"assignee_user_id": to}, assignee_user={"id": to})

    def rate(self, number: int, score: int | None) -> None:
        told = {"id": len(self.surveys) + 1, "ticket_id": number, "customer_id": CARLA, "score": score, "body_text": "fine"}
        self.surveys.append({**told, "scored_datetime": self._stamp() if score else None})

    def _touch(self, number: int) -> None:
        self.tickets[number]["updated_datetime"] = self._stamp()

    def _stamp(self) -> str:
        return f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%dT%H:%M:%S.000000+00:00}"

    async def _list(self, request: web.Request) -> web.Response:
        rows = sorted(self.tickets.values(), key=lambda row: row["id"])
        if request.query.get("order_by", "").startswith("updated"):
            rows.sort(key=lambda row: row["updated_datetime"], reverse=True)
        return self._paged(request, rows)

    async def _one(self, request: web.Request) -> web.Response:
        return json_answer(self.tickets[int(request.match_info["id"])])

    async def _messages(self, request: web.Request) -> web.Response:
        return self._paged(request, [each for each in self.messages if str(each["ticket_id"]) == request.query["ticket_id"]])

    async def _events(self, request: web.Request) -> web.Response:
        return self._paged(request, [each for each in self.events if str(each["object_id"]) == request.query["object_id"]])

    async def _surveys(self, request: web.Request) -> web.Response:
        return self._paged(request, self.surveys)

    async def _teams(self, request: web.Request) -> web.Response:
        return self._paged(request, [{"id": 7, "name": "Second line"}])

    async def _users(self, request: web.Request) -> web.Response:
        return self._paged(request, [{"id": n, "name": name, "role": {"name": role}} for n, (name, role) in USERS.items()])

    def _paged(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        proof = b64encode(f"{EMAIL}:{KEY}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {proof}":
            return web.json_response({"error": {"msg": "Unauthorized"}}, status=401)
        first, size = int(request.query.get("cursor", "0")), min(int(request.query.get("limit", "30")), CAP)
        more = first + size < len(rows)
        meta = {"prev_cursor": None, "next_cursor": str(first + size) if more else None}
        return json_answer({"data": rows[first : first + size], "meta": meta, "object": "list"})
