"""What `cx doctor` says about each part of a Zendesk account: whether it can be read, and what to grant where not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from bot.desks.desk import AT_ONCE, StreamCheck, StreamState
from bot.desks.http import RefusedRequest
from bot.desks.looks import each_stream
from bot.desks.zendesk_door import Door, open_door
from bot.errors import BadConfig, CxError, DeskDenied, DeskError, DeskMissing

LOOKS: dict[str, tuple[str, Mapping[str, Any], str]] = {
    "people": ("/users", {"page[size]": 1}, "the role admin"),
    "fields": ("/ticket_fields", {"page[size]": 1}, "the scope read"),
    "schedules": ("/business_hours/schedules", {}, "the scope read, and a plan with business hours"),
    "sla": ("/slas/policies", {}, "the role admin, and a plan with SLA policies"),
    "hints": ("/tickets/show_many", {"ids": "1"}, "the scope read"),
    "live": ("/incremental/tickets/cursor", {"start_time": 1, "per_page": 1}, "the role admin"),
    "tickets": ("/incremental/ticket_events", {"start_time": 1, "per_page": 1}, "the role admin"),
    "customers": ("/incremental/users/cursor", {"start_time": 1, "per_page": 1}, "the role admin"),
    "ratings": ("/satisfaction_ratings", {"page[size]": 1}, "the role admin, and a plan with ratings"),
}


def check(settings: Mapping[str, str], streams: Sequence[str]) -> tuple[StreamCheck, ...]:
    """One line a stream; nothing here raises for what an account has or has not."""
    try:
        door = open_door(settings, AT_ONCE)
    except BadConfig as error:
        return tuple(StreamCheck(stream=stream, state=StreamState.DENIED, says=error.sentence()) for stream in streams)
    with closing(door):
        return each_stream(door.http, streams, lambda stream: _look(door, stream))


def _look(door: Door, stream: str) -> StreamCheck:
    path, params, grant = LOOKS[stream]
    try:
        door.get(path, params)
    except DeskDenied as error:
        return StreamCheck(stream=stream, state=StreamState.DENIED, says=f"{error.what} Grant {grant}.")
    except DeskMissing as error:
        return StreamCheck(stream=stream, state=StreamState.MISSING, says=error.what)
    except RefusedRequest:
        return StreamCheck(stream=stream, state=StreamState.OK, says="can be read", at=door.http.told_at)
    except (CxError, DeskError) as error:
        return StreamCheck(stream=stream, state=StreamState.DENIED, says=error.sentence())
    return StreamCheck(stream=stream, state=StreamState.OK, says="can be read", at=door.http.told_at)
