"""A Zendesk-like server on loopback that tells made-up lives, with pages, limits and the small oddities of the real one."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Thread
from typing import Any

from aiohttp import web

from tests.hard.oracle import render
from tests.hard.oracle.cast import GROUPS, ORGANIZATIONS, SCHEDULES
from tests.hard.oracle.lives import Life

Json = dict[str, Any]
EMAIL, TOKEN = "owner@example.com", "a-made-up-token"
CLIENT, SECRET, BEARER = "cx-client", "a-made-up-secret", "a-made-up-bearer"
LIMITS = {
    "X-Rate-Limit": "700",
    "X-Rate-Limit-Remaining": "699",
    "ratelimit-limit": "700",
    "ratelimit-remaining": "699",
    "ratelimit-reset": "1",
    "zendesk-ratelimit-incremental-exports": "total=3000; remaining=2999; resets=1",
}


@dataclass(slots=True, kw_only=True)
class Zendesk:
    """What the server tells, and which requests it has seen."""

    lives: list[Life]
    now: datetime
    page: int = 70
    rough: bool = False
    port: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[Zendesk]:
        """Serve on a free port of loopback until the block ends."""
        loop, runner = asyncio.new_event_loop(), web.AppRunner(self._app())

        async def begin() -> None:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.port = runner.addresses[0][1]

        loop.run_until_complete(begin())
        thread = Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/oauth/tokens", self._token)
        app.router.add_get("/api/v2/{path:.*}", self._get)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        said = await request.json() if request.content_type == "application/json" else dict(await request.post())
        good = said.get("client_id") == CLIENT and said.get("client_secret") == SECRET
        if not good or said.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_client"}, status=401)
        told = {"access_token": BEARER, "token_type": "bearer", "scope": "read", "expires_in": 7200}
        return web.json_response(told)

    async def _get(self, request: web.Request) -> web.Response:
        path = request.match_info["path"].removesuffix(".json")
        self.seen[path] += 1
        if not _may(request):
            return web.json_response({"error": "Couldn't authenticate you"}, status=401)
        if self.rough and self.seen[path] == 2:
            return web.json_response({"error": "Too many"}, status=429, headers={"Retry-After": "1"})
        if self.rough and self.seen[path] == 4:
            return web.Response(status=503, text="<html>busy</html>", content_type="text/html")
        query = dict(request.query) | {"roles": ",".join(request.query.getall("role[]", [request.query.get("role", "")]))}
        told = self._told(path, query)
        if told is None:
            return web.json_response({"error": "RecordNotFound", "description": "Not found"}, status=404)
        return web.json_response(told, headers=LIMITS)

    def _told(self, path: str, query: dict[str, str]) -> Json | None:
        plain: dict[str, Callable[[dict[str, str]], Json]] = {
            "incremental/tickets/cursor": self._tickets,
            "incremental/ticket_events": self._events,
            "incremental/ticket_metric_events": self._metric_events,
            "incremental/users/cursor": lambda q: self._cursor("users", self._users(q), q),
            "incremental/users": lambda q: self._by_time("users", self._users(q), "_t", q),
            "incremental/organizations": lambda q: self._by_time("organizations", self._organizations(), "_t", q),
            "users": lambda q: self._list("users", self._users(q), q),
            "groups": lambda q: self._list("groups", self._groups(), q),
            "organizations": lambda q: self._list("organizations", self._organizations(), q),
            "slas/policies": lambda q: self._list("sla_policies", render.policy_rows(), q),
            "business_hours/schedules": lambda _: {"schedules": render.schedule_rows()},
            "satisfaction_ratings": lambda q: self._list("satisfaction_ratings", self._ratings(q), q),
            "deleted_tickets": lambda q: self._list("deleted_tickets", self._deleted(), q),
            "group_memberships": lambda q: self._list("group_memberships", [], q),
            "ticket_fields": lambda q: self._list("ticket_fields", [], q),
            "tickets/count": lambda _: {"count": {"value": len(self.lives), "refreshed_at": render.stamp(self.now)}},
            "users/me": lambda _: {"user": render.user_rows()[0]},
            "account/settings": lambda _: {"settings": {"tickets": {}, "localization": {"time_zone": "UTC"}}},
        }
        if path in plain:
            return plain[path](query)
        return self._of_one(path, query)

    def _of_one(self, path: str, query: dict[str, str]) -> Json | None:
        match path.split("/"):
            case ["business_hours", "schedules", number, "holidays"]:
                return _holidays(int(number))
            case ["tickets", number, ("audits" | "comments" | "metrics") as what] if number.isdigit():
                life = next((life for life in self.lives if life.id == int(number)), None)
                return None if life is None or life.state["status"] == "deleted" else self._child(life, what, query)
            case ["tickets", number] if number.isdigit():
                life = next((life for life in self.lives if life.id == int(number)), None)
                return None if life is None else {"ticket": render.ticket_row(life, self.now)}
        return None

    def _child(self, life: Life, what: str, query: dict[str, str]) -> Json:
        if what == "metrics":
            return {"ticket_metric": render.metric_set(life, self.now)}
        audits = [render.audit(life, i) for i, u in enumerate(life.updates) if u.mark != "silent"]
        if what == "audits":
            return self._list("audits", audits, query)
        said = [{**e, "id": e["id"]} for a in audits for e in a["events"] if e.get("type") == "Comment"]
        return self._list("comments", said, query)

    def _tickets(self, query: dict[str, str]) -> Json:
        rows = [render.ticket_row(life, self.now) for life in self.lives]
        told = self._cursor("tickets", rows, query)
        include = query.get("include", "")
        if "metric_sets" not in include:
            told["tickets"] = [{k: v for k, v in row.items() if k != "metric_set"} for row in told["tickets"]]
        else:
            told["metric_sets"] = [row["metric_set"] for row in told["tickets"]]
        if "users" in include:
            told["users"] = render.user_rows()
        if "groups" in include:
            told["groups"] = self._groups()
        return told

    def _cursor(self, name: str, rows: list[Json], query: dict[str, str]) -> Json:
        """Opaque cursors that stand behind a row's version and id, and in a rough time one empty page, which is not the end."""
        ordered = sorted(rows, key=_version)
        if "cursor" in query:
            version, number, rested = map(int, base64.b64decode(query["cursor"]).decode().split("|"))
            ordered = [row for row in ordered if _version(row) > (version, number)]
        else:
            version, number, rested = int(query["start_time"]), 0, 0
            ordered = [row for row in ordered if "generated_timestamp" not in row or _version(row) >= (version, 0)]
        size = min(int(query.get("per_page", 1000)), self.page)
        empty = self.rough and not rested and "cursor" in query
        kept = [] if empty else ordered[:size]
        version, number = _version(kept[-1]) if kept else (version, number)
        cursor = base64.b64encode(f"{version}|{number}|{int(empty or rested)}".encode()).decode()
        path = f"{self.url}/api/v2/incremental/{name}/cursor.json?cursor={cursor}"
        end = not empty and len(kept) == len(ordered)
        return {name: kept, "after_cursor": cursor, "after_url": path, "before_cursor": None, "end_of_stream": end}

    def _events(self, query: dict[str, str]) -> Json:
        comments = "comment_events" in query.get("include", "")
        rows = [
            render.ticket_event(life, i, comments=comments)
            for life in self.lives
            for i, update in enumerate(life.updates)
            if update.mark != "silent"
        ]
        rows.sort(key=lambda row: (row["timestamp"], row["id"]))
        return self._by_time("ticket_events", rows, "timestamp", query)

    def _metric_events(self, query: dict[str, str]) -> Json:
        rows = render.metric_events(self.lives, self.now)
        stamped = [{**row, "_t": int(datetime.fromisoformat(row["time"]).timestamp())} for row in rows]
        told = self._by_time("ticket_metric_events", stamped, "_t", query)
        told["ticket_metric_events"] = [{k: v for k, v in r.items() if k != "_t"} for r in told["ticket_metric_events"]]
        return told

    def _by_time(self, name: str, rows: list[Json], key: str, query: dict[str, str]) -> Json:
        """Pages by time repeat the last second; the last page names itself as the next, for ever."""
        since, size = int(query["start_time"]), self.page * 4
        left = [row for row in rows if row.get(key, since) >= since]
        kept = left[:size]
        while len(kept) < len(left) and left[len(kept)].get(key, 0) == kept[-1].get(key, 0):
            kept.append(left[len(kept)])
        end = kept[-1].get(key, since) if kept else since
        if kept and len(kept) < len(left) and end == since:
            end += 1
        url = f"{self.url}/api/v2/incremental/{name}.json?start_time={end}"
        url += "&include=comment_events" if "include" in query else ""
        return {name: kept, "next_page": url, "count": len(kept), "end_time": end, "end_of_stream": len(kept) == len(left)}

    def _list(self, name: str, rows: list[Json], query: dict[str, str]) -> Json:
        """Cursor pages for `page[size]`, else numbered pages of a hundred."""
        if "page[size]" in query:
            first, size = int(query.get("page[after]", "0")), int(query["page[size]"])
            more = first + size < len(rows)
            path = f"{self.url}/api/v2/{name}.json?page[size]={size}&page[after]={first + size}"
            path += "".join(f"&role[]={role}" for role in query.get("roles", "").split(",") if role)
            meta = {"has_more": more, "after_cursor": str(first + size) if more else None, "before_cursor": None}
            return {name: rows[first : first + size], "meta": meta, "links": {"next": path if more else None, "prev": None}}
        number, size = int(query.get("page", "1")), min(int(query.get("per_page", 100)), 100)
        kept, more = rows[(number - 1) * size : number * size], number * size < len(rows)
        query_of = "".join(f"&{k}={v}" for k, v in query.items() if k not in ("page", "roles", "role[]"))
        query_of += "".join(f"&role[]={role}" for role in query.get("roles", "").split(",") if role)
        path = f"{self.url}/api/v2/{'slas/policies' if name == 'sla_policies' else name}.json?page={number + 1}{query_of}"
        return {name: kept, "count": len(rows), "next_page": path if more else None, "previous_page": None}

    def _users(self, query: dict[str, str]) -> list[Json]:
        roles = [role for role in query.get("roles", "").split(",") if role]
        return [row for row in render.user_rows() if not roles or row["role"] in roles]

    def _groups(self) -> list[Json]:
        made = {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z", "deleted": False}
        return [{"id": number, "name": name, "is_public": True, **made} for number, name in GROUPS.items()]

    def _organizations(self) -> list[Json]:
        made = {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}
        return [{"id": number, "name": name, "domain_names": [], **made} for number, name in ORGANIZATIONS.items()]

    def _ratings(self, query: dict[str, str]) -> list[Json]:
        rated = [(life, life.rating) for life in self.lives if life.rating is not None]
        return [
            {
                "id": rating.id,
                "ticket_id": life.id,
                "requester_id": life.requester,
                "assignee_id": life.state["assignee_id"],
                "group_id": life.state["group_id"],
                "score": rating.score,
                "comment": None,
                "created_at": render.stamp(rating.answered),
                "updated_at": render.stamp(rating.changed),
            }
            for life, rating in sorted(rated, key=lambda pair: pair[1].answered)
            if rating.answered.timestamp() >= int(query.get("start_time", 0))
        ]

    def _deleted(self) -> list[Json]:
        gone = [life for life in self.lives if life.state["status"] == "deleted"]
        return [
            {
                "id": life.id,
                "subject": "gone",
                "actor": {"id": 1001, "name": "Ada Admin"},
                "deleted_at": render.stamp(life.updates[-1].at),
                "previous_state": life.values("status")[-2][1],
            }
            for life in gone
        ]


def _holidays(number: int) -> Json | None:
    found = next((schedule for schedule in SCHEDULES if schedule.id == number), None)
    if found is None:
        return None
    rows = [
        {"id": place, "name": name, "start_date": first.isoformat(), "end_date": last.isoformat()}
        for place, (name, first, last) in enumerate(found.holidays, 1)
    ]
    return {"holidays": rows}


def _version(row: Json) -> tuple[int, int]:
    return int(row.get("generated_timestamp", 0)), int(row["id"])


def _may(request: web.Request) -> bool:
    said = request.headers.get("Authorization", "")
    basic = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
    return said in (f"Bearer {BEARER}", f"Basic {basic}")
