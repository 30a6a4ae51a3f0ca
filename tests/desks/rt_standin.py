"""A stand-in for Request Tracker 5 as a reading account sees it: nothing is totalled, what may not be seen leaves holes in the
pages, deleted and merged tickets match no query, and of a merged one the other is handed out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

TOKEN = "canary-rt-1-29-70820b98d29dca58"
ANA, BO, CARLA, DEV = "ana", "bo", "carla@customer.example", "dev@customer.example"
NUMBERS = {"29": ANA, "31": BO, "6": "Nobody"}
NAMES = {ANA: "Ana", BO: "Bo", CARLA: "Carla", DEV: "Dev", "Nobody": "Nobody in particular"}
FIELDS = {"2": "Category", "3": "Channel", "4": "CSAT"}
UNSET = "1970-01-01T00:00:00Z"


class RtStandIn(StandIn):
    """Tickets and transactions in memory; each change happens at `now`, in seconds since 1970."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1767603600
        self.tickets: dict[str, dict[str, Any]] = {}
        self.log: list[dict[str, Any]] = []
        self.merged: dict[str, str] = {}

    def routes(self) -> Sequence[web.RouteDef]:
        api = "/REST/2.0"
        return [
            web.get(f"{api}/queues/all", self._queues),
            web.get(f"{api}/transactions", self._transactions),
            web.get(f"{api}/tickets", self._search),
            web.get(f"{api}/ticket/{{id}}", self._ticket),
            web.get(f"{api}/user/{{id}}", self._user),
        ]

    def create(self, by: str) -> str:
        name = str(len(self.tickets) + 1)
        self.tickets[name] = {
            "id": name, "Subject": "Help", "Status": "new", "Queue": {"id": "1"}, "Owner": {"id": "Nobody"}, "Requestors": [by],
            "Created": self._stamp(), "LastUpdated": self._stamp(), "SLA": "", "Priority": "50", "TimeWorked": "0",
            "CustomFields": {},
        }  # fmt: skip
        self._note(name, "Create", by)
        return name

    def say(self, ticket: str, by: str, *, kind: str = "Correspond", minutes: int = 0) -> None:
        self._note(ticket, kind, by, TimeTaken=str(minutes))

    def status(self, ticket: str, by: str, word: str) -> None:
        self._note(ticket, "Status", by, Field="Status", OldValue=self.tickets[ticket]["Status"], NewValue=word)
        self.tickets[ticket]["Status"] = word

    def own(self, ticket: str, by: str, number: str) -> None:
        before = next(key for key, name in NUMBERS.items() if name == self.tickets[ticket]["Owner"]["id"])
        for kind in ("Set", "SetWatcher"):
            self._note(ticket, kind, by, Field="Owner", OldValue=before, NewValue=int(number))
        self.tickets[ticket]["Owner"] = {"id": NUMBERS[number]}

    def promise(self, ticket: str, seconds: int) -> None:
        """A level, and when something is due by it."""
        self.tickets[ticket]["SLA"] = "Standard"
        due = datetime.fromtimestamp(self.now + seconds, UTC)
        self._note(ticket, "Set", "RT_System", Field="Due", OldValue="1970-01-01 00:00:00", NewValue=f"{due:%Y-%m-%d %H:%M:%S}")

    def set_field(self, ticket: str, by: str, number: str, value: str) -> None:
        self._note(
            ticket, "CustomField", by, Field=number, OldValue=self.tickets[ticket]["CustomFields"].get(number, ""), NewValue=value
        )
        self.tickets[ticket]["CustomFields"][number] = value

    def merge(self, ticket: str, into: str, by: str) -> None:
        for name, other in ((ticket, into), (into, ticket)):
            self._note(name, "AddLink", by, Field="MergedInto", NewValue=f"fsck.com-rt://help.example/ticket/{other}")
        self.merged[ticket] = into

    def hide(self, count: int) -> None:
        """So many transactions of tickets that this account may not see."""
        for _ in range(count):
            self.log.append({})

    def _note(self, ticket: str, kind: str, by: str, **more: Any) -> None:
        told = {"ObjectId": ticket, "Type": kind, "Creator": {"id": by, "type": "user"}, "Created": self._stamp()}
        self.log.append({"Field": "", "OldValue": "", "NewValue": "", "TimeTaken": "0", **told, **more})
        self.tickets[ticket]["LastUpdated"] = self._stamp()

    def _stamp(self) -> str:
        return f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%dT%H:%M:%SZ}"

    async def _transactions(self, request: web.Request) -> web.Response:
        query, rows = request.query["query"], [{"id": str(index), **row} for index, row in enumerate(self.log, 1)]
        if after := re.search(r"\bid > (\d+)", query):
            rows = [row for row in rows if int(row["id"]) > int(after[1])]
        if of := re.search(r"ObjectId = (\d+)", query):
            rows = [row for row in rows if row.get("ObjectId") == of[1]]
        if request.query.get("order") == "DESC":
            rows.reverse()
        size = min(int(request.query["per_page"]), 20)
        first = (int(request.query.get("page", "1")) - 1) * size
        seen = [row for row in rows[first : first + size] if "ObjectId" in row]
        return json_answer({"items": seen, "count": len(seen), "total": None, "pages": None, "per_page": size})

    async def _search(self, request: web.Request) -> web.Response:
        names = re.findall(r"id = (\d+)", request.query["query"])
        found = [name for name in names if name not in self.merged and self.tickets[name]["Status"] != "deleted"]
        return json_answer({"items": [self._shown(name, "Requestors") for name in found], "count": len(found)})

    async def _ticket(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        while name in self.merged:
            name = self.merged[name]
        return json_answer({**self._shown(name, "Requestor"), "id": int(name)})

    def _shown(self, name: str, asked: str) -> dict[str, Any]:
        kept = self.tickets[name]
        people = [{"id": login, "RealName": NAMES[login], "EmailAddress": login} for login in kept["Requestors"]]
        values = kept["CustomFields"]
        fields = [
            {"id": number, "name": word, "values": [values[number]] if number in values else []}
            for number, word in FIELDS.items()
        ]
        told = {key: value for key, value in kept.items() if key != "Requestors"}
        return {**told, asked: people, "CustomFields": fields, "Due": UNSET}

    async def _user(self, request: web.Request) -> web.Response:
        login = NUMBERS.get(request.match_info["id"], request.match_info["id"])
        seated = login in (ANA, BO)
        return json_answer({"Name": login, "RealName": NAMES[login], "EmailAddress": login, "Privileged": int(seated)})

    async def _queues(self, request: web.Request) -> web.Response:
        return json_answer({"items": [{"id": "1", "Name": "Billing"}, {"id": 2, "Name": "Technical"}], "count": 2, "pages": 1})
