"""What `cx doctor` says about each part of a help desk: whether it can be read, and what to grant where not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

from bot.desks.desk import AT_ONCE, Pace, StreamCheck, StreamState
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
        http = door(settings, AT_ONCE)
    except BadConfig as error:
        return tuple(StreamCheck(stream=stream, state=StreamState.DENIED, says=error.sentence()) for stream in looks)
    with closing(http):
        return each_stream(http, looks, lambda stream: _look(http, stream, looks[stream]))


def each_stream(http: Http, streams: Iterable[str], look: Callable[[str], StreamCheck]) -> tuple[StreamCheck, ...]:
    """One line a stream. A desk that does not answer at all is not waited for once more for each of them."""
    found: list[StreamCheck] = []
    for stream in streams:
        found.append(replace(found[-1], stream=stream) if found and http.is_silent else look(stream))
        if http.is_silent:
            says = f"{http.name} cannot be reached: check its address {http.base} and this machine's way to it."
            found[-1] = replace(found[-1], says=says)
    return tuple(found)


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
