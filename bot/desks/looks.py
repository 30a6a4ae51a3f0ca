"""What `cx doctor` says about each part of a help desk: whether it can be read, and what to grant where not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from bot.desks.desk import Pace, StreamCheck, StreamState
from bot.desks.http import Http, Params, RefusedRequest
from bot.errors import BadConfig, CxError, DeskDenied, DeskError, DeskMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The smallest request that proves a stream readable, and what to grant where it is not. With a `document` it is a
    search by POST."""

    path: str
    params: Params | None = None
    document: Mapping[str, object] | None = None
    grant: str = "a key that may read it"


def look_at(
    settings: Mapping[str, str], door: Callable[[Mapping[str, str], Pace], Http], looks: Mapping[str, Look]
) -> tuple[StreamCheck, ...]:
    """One line a stream; nothing here raises for what an account has or has not."""
    try:
        http = door(settings, Pace())
    except BadConfig as error:
        return tuple(StreamCheck(stream=stream, state=StreamState.DENIED, says=error.sentence()) for stream in looks)
    with closing(http):
        return tuple(_look(http, stream, look) for stream, look in looks.items())


def _look(http: Http, stream: str, look: Look) -> StreamCheck:
    try:
        if look.document is None:
            http.get(look.path, look.params)
        else:
            http.search(look.path, look.document, look.params)
    except DeskDenied as error:
        return StreamCheck(stream=stream, state=StreamState.DENIED, says=f"{error.what} Grant {look.grant}.")
    except DeskMissing as error:
        return StreamCheck(stream=stream, state=StreamState.MISSING, says=error.what)
    except RefusedRequest:
        return StreamCheck(stream=stream, state=StreamState.OK, says="can be read", at=http.told_at)
    except (CxError, DeskError) as error:
        return StreamCheck(stream=stream, state=StreamState.DENIED, says=error.sentence())
    return StreamCheck(stream=stream, state=StreamState.OK, says="can be read", at=http.told_at)
