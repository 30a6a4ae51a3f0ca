"""A stand-in for Front: its feed of events in short pages, each with the conversation as it stands when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

TOKEN = "canary-front-token"
ANA, BO = "tea_1", "tea_2"
NAMES = {ANA: "Ana", BO: "Bo"}
CAP = 12
EMPTY = {"tags": [], "links": [], "custom_fields": {}, "is_private": False, "scheduled_reminders": [], "metadata": {}}


def teammate(who: str) -> dict[str, Any]:
    name = NAMES[who]
    return {
        "_links": {"self": f"https://x.api.frontapp.com/teammates/{who}", "related": {"inboxes": "https://x/i", "conversations": "https://x/c"}},
        "id": who, "email": f"{name.lower()}@example.com", "username": name.lower(), "first_name": name, "last_name": "",
        "is_admin": who == BO, "is_available": True, "is_blocked": False, "type": "user", "custom_fields": {},
        "license_type": "full",
    }  # fmt: skip


class FrontStandIn(StandIn):
    """Everything happens at `now`, in seconds since 1970."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1790000000.0
        self.talks: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/teammates", self._teammates),
            web.get("/events", self._events),
            web.get("/conversations", self._list),
            web.get("/conversations/{id}/events", self._events_of),
        ]

    def create(self, handle: str) -> str:
        name = f"cnv_{len(self.talks) + 1}"
        recipient = {"_links": {"related": {"contact": None}}, "name": None, "handle": handle, "role": "from"}
        self.talks[name] = {
            "_links": {"self": "https://x", "related": {}}, "id": name, "type": "conversation", "subject": "Help",
            "status": "unassigned", "ticket_ids": [], "assignee": None, "recipient": recipient,
            "created_at": self.now, "updated_at": self.now, **EMPTY,
        }  # fmt: skip
        self.happen(name, "inbound")
        return name

    def happen(self, name: str, kind: str, by: str | None = None, target: Any = None) -> None:
        row = self.talks[name]
        source = {"_meta": {"type": "teammate"}, "data": teammate(by)} if by else {"_meta": {"type": "recipient"}}
        if kind in ("inbound", "outbound", "out_reply"):
            author = teammate(by) if by else None
            data = {
                "type": "email",
                "id": f"msg_{len(self.events)}",
                "author": author,
                "body": "canary-words",
                "is_inbound": not by,
            }
            target = {"_meta": {"type": "message"}, "data": data}
        self.events.append(
            {
                "id": f"evt_{len(self.events) + 1}",
                "type": kind,
                "emitted_at": self.now,
                "source": source,
                "target": target,
                "name": name,
            }
        )
        row["updated_at"] = self.now
        self.now += 0.125

    def assign(self, name: str, to: str, by: str) -> None:
        self.talks[name] |= {"assignee": teammate(to), "status": "assigned"}
        self.happen(name, "assign", by, {"_meta": {"type": "teammate"}, "data": teammate(to)})

    def turn(self, name: str, kind: str, by: str | None = None) -> None:
        self.talks[name]["status"] = {"archive": "archived", "reopen": "assigned", "trash": "deleted", "restore": "assigned"}[
            kind
        ]
        self.happen(name, kind, by)

    def merge(self, gone: str, into: str, by: str) -> None:
        self.happen(into, "conversations_merged", by, {"_meta": {"type": "deleted_conversation_ids"}, "data": [gone]})

    async def _teammates(self, request: web.Request) -> web.Response:
        return self._paged(request, [teammate(ANA), teammate(BO)])

    async def _events(self, request: web.Request) -> web.Response:
        after = float(request.query.get("q[after]", "0"))
        return self._told(request, [each for each in self.events if each["emitted_at"] > after])

    async def _events_of(self, request: web.Request) -> web.Response:
        return self._told(request, [each for each in self.events if each["name"] == request.match_info["id"]])

    def _told(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        rows.sort(key=lambda each: each["emitted_at"], reverse=request.query.get("sort_order") != "asc")
        told = [{**row, "_links": {"self": "https://x"}, "conversation": self.talks[row["name"]]} for row in rows]
        return self._paged(request, [{key: value for key, value in row.items() if key != "name"} for row in told])

    async def _list(self, request: web.Request) -> web.Response:
        return self._paged(request, list(self.talks.values()))

    def _paged(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        first, size = int(request.query.get("page_token", "0")), min(int(request.query.get("limit", "50")), CAP)
        more = first + size < len(rows)
        link = f"https://elsewhere.example{request.path}?page_token={first + size}" if more else None
        return json_answer(
            {"_pagination": {"next": link}, "_links": {"self": "https://x"}, "_results": rows[first : first + size]}
        )
