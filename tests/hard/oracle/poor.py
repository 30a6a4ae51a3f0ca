"""The made-up account behind a server that tells less than Zendesk does: what a stranger's stand-in may leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.hard.oracle import render
from tests.hard.oracle.cast import SCHEDULES
from tests.hard.oracle.server import Json, Zendesk

TICKETS, EVENTS = "incremental/tickets/cursor", "incremental/ticket_events"
LISTS = {"users", "groups", "organizations", "ticket_fields", "tickets/count", "satisfaction_ratings", "custom_statuses"}
IANA = {schedule.rails: schedule.zone for schedule in SCHEDULES}
SPARED = LISTS | {"guide/survey_responses", "group_slas/policies", "incremental/users/cursor"}
INCLUDES = {"metric_sets", "users", "groups", "comment_events", ""}
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
        if self.way == "refuses what it does not know" and _is_odd(request):
            return web.json_response({"error": "InvalidParameter"}, status=400)
        if self.way == "501 for what it has not" and path in SPARED:
            return web.Response(status=501, text="<html>not implemented</html>", content_type="text/html")
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


def _is_odd(request: web.Request) -> bool:
    """Whether something is asked that a strict reader of the documents may not expect."""
    return "page[size]" in request.query or not INCLUDES.issuperset(request.query.get("include", "").split(","))


def _silent(path: str, told: Json) -> Json:
    """Events without comments, although they were asked for."""
    if path != EVENTS:
        return told
    rows = told["ticket_events"]
    return {
        **told,
        "ticket_events": [
            {**row, "child_events": [c for c in row["child_events"] if c["event_type"] != "Comment"]} for row in rows
        ],
    }


def _odd_values(path: str, told: Json) -> Json:
    """Nothing where something should be, words for truth, and things nobody ever heard of."""
    kept = {
        name: [None, *value, {}, "?"] if isinstance(value, list) and path != EVENTS else value for name, value in told.items()
    }
    if path == EVENTS:
        odd = {"id": 1, "ticket_id": 999_999, "timestamp": None, "created_at": None, "child_events": None}
        kept["ticket_events"] = [None, odd, *[_odd_event(row) for row in told["ticket_events"]]]
    if path == TICKETS:
        kept["tickets"] = [
            {**row, "custom_status_id": None, "collaborators": [None], "via": row["via"]["channel"]} if row else row
            for row in told["tickets"]
        ]
    return {**kept, "problems": [{"id": 1}], "meta_data": None}


def _other_rules(path: str, told: Json) -> Json:
    """Zones by their IANA names, targets in minutes, positions left out, fields as texts."""
    if path == "business_hours/schedules":
        return {"schedules": [{**row, "time_zone": IANA[row["time_zone"]]} for row in told["schedules"]]}
    if path != "slas/policies":
        return told
    rows = [_without(row, "position", "description", "created_at") for row in told["sla_policies"]]
    return {
        "sla_policies": [
            {**row, "policy_metrics": [_without(each, "target_in_seconds") for each in row["policy_metrics"]]} for row in rows
        ]
    }


def _instants(path: str, told: Json) -> Json:
    """Instants with fractions and offsets, and events by one of their two stamps only."""
    if path == EVENTS:
        return {**told, "ticket_events": [_without(row, "timestamp") for row in told["ticket_events"]]}
    if path != TICKETS:
        return told
    rows = [{**row, **{n: row[n].replace("Z", ".250+00:00") for n in ("created_at", "updated_at")}} for row in told["tickets"]]
    return {**told, "tickets": rows}


def _odd_all_over(path: str, told: Json) -> Json:
    return _odd_values(path, _instants(path, _other_rules(path, told)))


def _odd_event(row: Json) -> Json:
    children = [{**each, "public": str(each["public"]).lower()} if "public" in each else each for each in row["child_events"]]
    return {
        **row,
        "child_events": [None, {"event_type": "Notification", "subject": None}, *children, {"event_type": None}],
        "system": None,
    }


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
    "events without comments": _silent,
    "odd all over": _odd_all_over,
    "no end of the stream": lambda _, told: _without(told, "end_of_stream"),
    "no word of where it ends": lambda _, told: _without(told, "count", "end_time", "next_page"),
}
WAYS = (
    *LESS, "no lists", "no events", "no cursors", "only .json", "429 that does not say how long", "closes each connection",
    "refuses what it does not know", "501 for what it has not",
)  # fmt: skip
