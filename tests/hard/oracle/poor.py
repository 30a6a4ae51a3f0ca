"""The made-up account behind a server that tells less than Zendesk does: what a stranger's stand-in may leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.hard.oracle import render
from tests.hard.oracle.server import Json, Zendesk

TICKETS, EVENTS = "incremental/tickets/cursor", "incremental/ticket_events"
LISTS = {"users", "groups", "organizations", "ticket_fields", "tickets/count", "satisfaction_ratings", "custom_statuses"}
SPARE = ("url", "external_id", "raw_subject", "description", "submitter_id", "is_public", "satisfaction_rating", "fields")


@dataclass(slots=True, kw_only=True)
class Poor(Zendesk):
    """The same server, poor in one way."""

    way: str = ""

    async def _get(self, request: web.Request) -> web.Response:
        told = request.match_info["path"]
        path = told.removesuffix(".json")
        if self.way == "only .json" and path == told:
            return web.json_response({"error": "InvalidEndpoint"}, status=404)
        if self.way == "429 that does not say how long" and path == TICKETS and not self.seen["told to wait"]:
            self.seen["told to wait"] += 1
            return web.json_response({}, status=429, headers={"Retry-After": "0.2"})
        answer = await Zendesk._get(self, request)
        if self.way == "closes each connection":
            answer.force_close()
        return answer

    def _told(self, path: str, query: dict[str, str]) -> Json | None:
        if self.way == "no lists" and path in LISTS:
            return None
        if self.way == "no events" and path == EVENTS:
            return None
        if self.way == "no cursors" and path.startswith("incremental/") and path.endswith("/cursor"):
            return None
        if self.way == "no cursors" and path == "incremental/tickets":
            rows = sorted((render.ticket_row(life, self.now) for life in self.lives), key=lambda row: row["generated_timestamp"])
            return self._by_time("tickets", rows, "generated_timestamp", query)
        told = Zendesk._told(self, path, query)
        lessen = LESS.get(self.way)
        return told if told is None or lessen is None else lessen(path, told)


def _texts(path: str, told: Any, key: str = "") -> Any:
    if isinstance(told, dict):
        return {name: _texts(path, value, name) for name, value in told.items()}
    if isinstance(told, list):
        return [_texts(path, value, key) for value in told]
    is_id = isinstance(told, int) and not isinstance(told, bool) and (key == "id" or key.endswith("_id"))
    return str(told) if is_id else told


def _without(told: Json, *names: str) -> Json:
    return {name: value for name, value in told.items() if name not in names}


def _no_side_loads(path: str, told: Json) -> Json:
    if path != TICKETS:
        return told
    kept = _without(told, "metric_sets", "users", "groups")
    return {**kept, "tickets": [_without(row, "metric_set") for row in told["tickets"]]}


def _no_last_cursor(path: str, told: Json) -> Json:
    ends = path.endswith("/cursor") and told.get("end_of_stream")
    return {**told, "after_cursor": None, "after_url": None} if ends else told


def _few_fields(path: str, told: Json) -> Json:
    if path != TICKETS:
        return told
    return {**told, "tickets": [_without(row, *SPARE, "metric_set", "generated_timestamp") for row in told["tickets"]]}


def _bare_events(path: str, told: Json) -> Json:
    if path != EVENTS:
        return told
    rows = [_without(row, "metadata", "system", "created_at") for row in told["ticket_events"]]
    children = ("id", "via", "via_reference_id", "body", "html_body", "plain_body", "attachments", "audit_id", "created_at")
    return {
        **told,
        "ticket_events": [{**row, "child_events": [_without(c, *children) for c in row["child_events"]]} for row in rows],
    }


LESS: dict[str, Callable[[str, Json], Json]] = {
    "ids as texts": _texts,
    "a cursor only in the link": lambda path, told: _without(told, "after_cursor") if path.endswith("/cursor") else told,
    "no side-loads": _no_side_loads,
    "no cursor at the end": _no_last_cursor,
    "no counts and no end times": lambda _, told: _without(told, "count", "end_time"),
    "few fields": _few_fields,
    "bare events": _bare_events,
}
WAYS = (
    *LESS, "no lists", "no events", "no cursors", "only .json", "429 that does not say how long", "closes each connection",
)  # fmt: skip
