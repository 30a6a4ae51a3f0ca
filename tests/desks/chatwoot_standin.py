"""A stand-in for Chatwoot: conversations newest activity first in short pages, and messages twenty at a time from the newest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

TOKEN = "canary-chatwoot-token"
ANA, BO, ROBOT, CARLA = 1, 2, 9, 1
ROLES = {ANA: ("Ana", "agent"), BO: ("Bo", "administrator")}
CAP = 4


class ChatwootStandIn(StandIn):
    """Everything happens at `now`, in seconds since 1970."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1790000000
        self.talks: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, list[dict[str, Any]]] = {}
        self.reports: dict[int, list[dict[str, Any]]] = {}
        self.last = 100

    def routes(self) -> Sequence[web.RouteDef]:
        base = "/api/v1/accounts/3"
        return [
            web.get(f"{base}/agents", self._agents),
            web.get(f"{base}/teams", self._teams),
            web.get(f"{base}/inboxes", self._inboxes),
            web.get(f"{base}/conversations", self._list),
            web.get(f"{base}/conversations/{{id}}", self._one),
            web.get(f"{base}/conversations/{{id}}/messages", self._messages),
            web.get(f"{base}/conversations/{{id}}/reporting_events", self._reports),
        ]

    def create(self) -> int:
        number = len(self.talks) + 1
        meta = {
            "sender": {"id": CARLA, "name": "Carla", "email": "carla@customer.example"},
            "assignee": None,
            "channel": "Channel::Email",
        }
        self.talks[number] = {
            "id": number, "account_id": 3, "inbox_id": 5, "status": "open", "priority": None, "labels": ["vip"], "meta": meta,
            "created_at": self.now, "updated_at": float(self.now), "last_activity_at": self.now, "messages": [],
        }  # fmt: skip
        self.messages[number], self.reports[number] = [], []
        self.say(number, "Contact", CARLA)
        return number

    def say(self, number: int, kind: str, by: int, *, private: bool = False, **more: Any) -> None:
        self.last += 1
        told = {
            "id": self.last, "content": "canary-words", "account_id": 3, "inbox_id": 5, "conversation_id": number,
            "private": private,
            "message_type": 0 if kind == "Contact" else 1, "created_at": self.now, "updated_at": self.now, "status": "sent",
            "content_type": "text", "content_attributes": {}, "sender_type": kind, "sender_id": by,
        }  # fmt: skip
        self.messages[number].append({**told, **more})
        self.talks[number]["last_activity_at"] = self.now

    def turn(self, number: int, status: str, by: int | None = None) -> None:
        """A change of status: a line for people, and a report of a solve."""
        self.talks[number]["status"] = status
        self.say(number, "User", by or 0, message_type=2)
        if status == "resolved":
            self.last += 1
            at = f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%dT%H:%M:%S.000Z}"
            self.reports[number].append({"id": self.last, "name": "conversation_resolved", "event_end_time": at, "user_id": by})

    async def _list(self, request: web.Request) -> web.Response:
        rows = sorted(self.talks.values(), key=lambda row: (-row["last_activity_at"], row["id"]))
        first = (int(request.query["page"]) - 1) * CAP
        return json_answer({"data": {"meta": {"all_count": len(rows)}, "payload": rows[first : first + CAP]}})

    async def _one(self, request: web.Request) -> web.Response:
        return json_answer(self.talks[int(request.match_info["id"])])

    async def _messages(self, request: web.Request) -> web.Response:
        before = int(request.query.get("before", str(10**9)))
        rows = [row for row in self.messages[int(request.match_info["id"])] if row["id"] < before]
        return json_answer({"meta": {}, "payload": rows[-CAP:]})

    async def _reports(self, request: web.Request) -> web.Response:
        return json_answer(self.reports[int(request.match_info["id"])])

    async def _agents(self, request: web.Request) -> web.Response:
        return json_answer([{"id": number, "name": name, "role": role} for number, (name, role) in ROLES.items()])

    async def _teams(self, request: web.Request) -> web.Response:
        return json_answer([{"id": 7, "name": "second line"}])

    async def _inboxes(self, request: web.Request) -> web.Response:
        return json_answer({"payload": [{"id": 5, "name": "Mail", "channel_type": "Channel::Email"}]})
