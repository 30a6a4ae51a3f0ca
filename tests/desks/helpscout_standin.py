"""A stand-in for Help Scout: conversations by when they changed in short pages, with the threads in them; tokens run out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

APP, SECRET = "cx-app", "canary-helpscout-secret"
ANA, BO, CARLA, DEV = 3, 4, 50, 51
CAP = 12
NAMES = {ANA: ("Ana", "owner"), BO: ("Bo", "user"), CARLA: ("Carla", ""), DEV: ("Dev", "")}


class HelpScoutStandIn(StandIn):
    """Everything happens at `now`, in seconds since 1970."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1790000000
        self.talks: dict[int, dict[str, Any]] = {}
        self.changed: dict[int, int] = {}
        self.ratings: list[dict[str, Any]] = []
        self.last = 100
        self.tokens: set[str] = set()

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/v2/oauth2/token", self._token),
            web.get("/v2/mailboxes", self._mailboxes),
            web.get("/v2/users", self._users),
            web.get("/v2/conversations", self._list),
            web.get("/v2/conversations/{id}", self._one),
            web.get("/v2/conversations/{id}/threads", self._threads),
            web.get("/v2/reports/happiness/ratings", self._ratings),
        ]

    def create(self, by: int) -> int:
        number = len(self.talks) + 1
        opener = {"id": by, "type": "customer" if by >= CARLA else "user"}
        customer = {"id": max(by, CARLA), "type": "customer", "first": NAMES[by][0], "last": "", "email": "c@x.example"}
        self.talks[number] = {
            "id": number, "number": number, "threads": 0, "type": "email", "status": "active", "state": "published",
            "subject": "Help", "mailboxId": 1, "createdAt": self._stamp(), "closedAt": None, "userUpdatedAt": self._stamp(),
            "createdBy": opener, "source": {"type": "email", "via": "customer"}, "primaryCustomer": customer,
            "tags": [], "customFields": [], "preview": "canary-words", "_embedded": {"threads": []},
        }  # fmt: skip
        self.thread(number, "customer" if by >= CARLA else "message", by)
        return number

    def thread(self, number: int, kind: str, by: int, **more: Any) -> None:
        """A thread; `status` and `assignedTo` are what they are after it, `state` may hide it."""
        self.last += 1
        row = self.talks[number]
        who = {"id": by, "type": "customer" if by >= CARLA else "user", "first": NAMES[by][0]}
        told = {"id": self.last, "type": kind, "status": "nochange", "state": "published", "body": "canary-words"}
        row["_embedded"]["threads"].insert(0, {**told, "createdBy": who, "createdAt": self._stamp(), **more})
        if more.get("status") in ("active", "pending", "closed", "spam"):
            row["status"] = more["status"]
        if "assignedTo" in more:
            row["assignee"] = more["assignedTo"]
        row["userUpdatedAt"] = self._stamp()
        self.changed[number] = self.now

    def rate(self, number: int, rating: int) -> None:
        told = {"number": number, "threadid": self.last, "id": number, "type": "email", "ratingId": rating}
        self.ratings.append(
            {**told, "ratingCustomerId": CARLA, "ratingComments": "fine", "ratingCreatedAt": self._stamp(), "ratingUserId": ANA}
        )

    def _stamp(self) -> str:
        return f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%dT%H:%M:%SZ}"

    def _may(self, request: web.Request) -> None:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise web.HTTPUnauthorized

    async def _token(self, request: web.Request) -> web.Response:
        said = await request.json()
        if (said.get("client_id"), said.get("client_secret")) != (APP, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        self.tokens = {f"canary-access-{len(self.asked)}"}
        return json_answer({"access_token": next(iter(self.tokens)), "token_type": "bearer", "expires_in": 172800})

    async def _list(self, request: web.Request) -> web.Response:
        since = request.query.get("modifiedSince", "")
        rows = sorted(self.talks.values(), key=lambda row: (self.changed[row["id"]], row["id"]))
        rows = [row for row in rows if _iso(self.changed[row["id"]]) >= since]
        if request.query.get("embed") != "threads":
            rows = [{**row, "_embedded": {}} for row in rows]
        return self._paged(request, "conversations", [_cut_short(row) for row in rows])

    async def _threads(self, request: web.Request) -> web.Response:
        return self._paged(request, "threads", self.talks[int(request.match_info["id"])]["_embedded"]["threads"])

    async def _one(self, request: web.Request) -> web.Response:
        self._may(request)
        return json_answer(self.talks[int(request.match_info["id"])])

    async def _mailboxes(self, request: web.Request) -> web.Response:
        return self._paged(request, "mailboxes", [{"id": 1, "name": "Support"}, {"id": 2, "name": "Billing"}])

    async def _users(self, request: web.Request) -> web.Response:
        rows = [{"id": n, "firstName": name, "lastName": "", "role": role} for n, (name, role) in NAMES.items() if role]
        return self._paged(request, "users", rows)

    async def _ratings(self, request: web.Request) -> web.Response:
        self._may(request)
        start, end = request.query["start"], request.query["end"]
        rows = [each for each in self.ratings if start <= each["ratingCreatedAt"] < end]
        return json_answer({"results": rows, "page": 1, "count": len(rows), "pages": 1})

    def _paged(self, request: web.Request, name: str, rows: list[dict[str, Any]]) -> web.Response:
        self._may(request)
        number = int(request.query.get("page", "1"))
        pages = -(-len(rows) // CAP)
        kept = rows[(number - 1) * CAP : number * CAP]
        page = {"size": CAP, "totalElements": len(rows), "totalPages": pages, "number": number}
        return json_answer({"_embedded": {name: kept} if kept else {}, "page": page})


def _cut_short(row: dict[str, Any]) -> dict[str, Any]:
    """Of a chat a list tells only the newest thread."""
    threads = row["_embedded"].get("threads", [])
    return {**row, "_embedded": {"threads": threads[:1]}} if row["type"] == "chat" else row


def _iso(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
