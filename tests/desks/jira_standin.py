"""A stand-in for Jira Service Management: searches by JQL in pages with tokens, and fields only for those who name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

EMAIL, TOKEN = "sync@help.example", "canary-jira-token"
ZONE = "America/New_York"
KINDS = {"ana": "atlassian", "bo": "atlassian", "carla": "customer", "dev": "customer", "robot": "app"}
STATUSES = {
    "1": ("Open", "new"), "2": ("Work in progress", "indeterminate"), "3": ("Waiting for customer", "indeterminate"),
    "4": ("Resolved", "done"),
}  # fmt: skip
CAP = 6


def person(name: str) -> dict[str, Any]:
    return {"accountId": name, "displayName": name.title(), "accountType": KINDS[name], "active": True}


def status(number: str) -> dict[str, Any]:
    name, key = STATUSES[number]
    return {"id": number, "name": name, "statusCategory": {"id": 1, "key": key, "name": key}}


class JiraStandIn(StandIn):
    """Everything happens at `now`, in seconds since 1970."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1790000000
        self.issues: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.changes: dict[str, list[dict[str, Any]]] = {}
        self.slas: dict[str, list[dict[str, Any]]] = {}
        self.stars: dict[str, int] = {}
        self.last = 500

    def routes(self) -> Sequence[web.RouteDef]:
        api, portal = "/rest/api/3", "/rest/servicedeskapi"
        return [
            web.get(f"{api}/myself", self._myself),
            web.get(f"{api}/status", self._statuses),
            web.get(f"{api}/project/search", self._projects),
            web.post(f"{api}/search/jql", self._search),
            web.post(f"{api}/changelog/bulkfetch", self._changelogs),
            web.get(f"{api}/issue/{{id}}/comment", self._comments),
            web.get(f"{portal}/request/{{id}}/sla", self._sla),
            web.get(f"{portal}/request/{{id}}/feedback", self._feedback),
        ]

    def create(self, by: str) -> str:
        number = str(10001 + len(self.issues))
        self.issues[number] = {
            "summary": "Help", "status": status("1"), "priority": {"name": "Medium"}, "issuetype": {"name": "Service request"},
            "labels": ["vip"], "project": {"id": "7", "key": "HELP"}, "assignee": None,
            "reporter": person(by), "creator": person(by),
            "created": self._stamp(), "updated": self._stamp(), "timespent": None,
        }  # fmt: skip
        self.comments[number], self.changes[number] = [], []
        return number

    def say(self, number: str, by: str, *, public: bool = True) -> None:
        self.last += 1
        body = {"type": "doc", "content": [{"text": "canary-words"}]}
        told = {"id": str(self.last), "author": person(by), "created": self._stamp(), "jsdPublic": public, "body": body}
        self.comments[number].append(told)
        self._touch(number)

    def move(self, number: str, by: str, to: str) -> None:
        before = self.issues[number]["status"]
        self.issues[number]["status"] = status(to)
        item = {"field": "status", "from": before["id"], "fromString": before["name"], "to": to, "toString": STATUSES[to][0]}
        self._log(number, by, item)

    def own(self, number: str, by: str, new: str) -> None:
        before = self.issues[number]["assignee"]
        self.issues[number]["assignee"] = person(new)
        item = {
            "field": "assignee",
            "to": new,
            "fromString": "",
            "toString": new,
            **({"from": before["accountId"]} if before else {}),
        }
        self._log(number, by, item)

    def promise(self, number: str, name: str, seconds: int, *, stopped: int | None) -> None:
        """A cycle that began with the issue and was to end within so many seconds."""
        began = datetime.strptime(self.issues[number]["created"], "%Y-%m-%dT%H:%M:%S.000%z").timestamp()
        cycle = {"startTime": _moment(began), "breachTime": _moment(began + seconds), "breached": (stopped or 10**9) > seconds}
        whole = {"completedCycles": [{**cycle, "stopTime": _moment(began + stopped)}]} if stopped else {"ongoingCycle": cycle}
        self.slas.setdefault(number, []).append({"name": name, "completedCycles": [], **whole})

    def _log(self, number: str, by: str, item: dict[str, Any]) -> None:
        self.last += 1
        self.changes[number].append({"id": str(self.last), "author": person(by), "created": self._stamp(), "items": [item]})
        self._touch(number)

    def _touch(self, number: str) -> None:
        self.issues[number]["updated"] = self._stamp()

    def _stamp(self) -> str:
        return f"{datetime.fromtimestamp(self.now, UTC).astimezone(ZoneInfo(ZONE)):%Y-%m-%dT%H:%M:%S.000%z}"

    async def _search(self, request: web.Request) -> web.Response:
        document = await request.json()
        since = re.search(r'updated >= "([^"]+)"', document["jql"])
        names = sorted(self.issues, key=lambda name: (_epoch(self.issues[name]["updated"]), name))
        if one := re.search(r"and id = (\d+)", document["jql"]):
            names = [name for name in names if name == one[1]]
        if since:
            edge = datetime.strptime(since[1], "%Y/%m/%d %H:%M").replace(tzinfo=ZoneInfo(ZONE)).timestamp()
            names = [name for name in names if _epoch(self.issues[name]["updated"]) >= edge]
        first = int(document.get("nextPageToken", "0"))
        some = names[first : first + CAP]
        told: dict[str, Any] = {"issues": [self._shown(name, document.get("fields", ["id"])) for name in some]}
        return json_answer({**told, **({"nextPageToken": str(first + CAP)} if first + CAP < len(names) else {})})

    def _shown(self, name: str, fields: list[str]) -> dict[str, Any]:
        told = {key: value for key, value in self.issues[name].items() if key in fields}
        if "comment" in fields:
            told["comment"] = {
                "comments": self.comments[name][:1],
                "total": len(self.comments[name]),
                "maxResults": 1,
                "startAt": 0,
            }
        return {"id": name, "key": f"HELP-{int(name) - 10000}", "fields": told}

    async def _changelogs(self, request: web.Request) -> web.Response:
        names = (await request.json())["issueIdsOrKeys"]
        return json_answer({"issueChangeLogs": [{"issueId": name, "changeHistories": self.changes[name]} for name in names]})

    async def _comments(self, request: web.Request) -> web.Response:
        every = self.comments[request.match_info["id"]]
        start = int(request.query["startAt"])
        return json_answer({"comments": every[start : start + 2], "total": len(every), "startAt": start, "maxResults": 2})

    async def _sla(self, request: web.Request) -> web.Response:
        return json_answer({"values": self.slas.get(request.match_info["id"], []), "isLastPage": True})

    async def _feedback(self, request: web.Request) -> web.Response:
        stars = self.stars.get(request.match_info["id"])
        return json_answer({"rating": stars, "type": "csat"}) if stars else web.Response(status=404, text="{}")

    async def _myself(self, request: web.Request) -> web.Response:
        return json_answer({**person("ana"), "timeZone": ZONE})

    async def _statuses(self, request: web.Request) -> web.Response:
        return json_answer([status(number) for number in STATUSES])

    async def _projects(self, request: web.Request) -> web.Response:
        rows = [{"id": "7", "key": "HELP", "name": "Help"}] if request.query.get("startAt", "0") == "0" else []
        return json_answer({"values": rows, "isLast": True, "total": 1})


def _epoch(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000%z").timestamp()


def _moment(at: float) -> dict[str, Any]:
    return {"epochMillis": int(at * 1000), "iso8601": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S+0000}"}
