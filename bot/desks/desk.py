"""The noun Desk: a help desk we can read tickets from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from bot.clock import monotonic
from bot.store.records import Record
from bot.store.words import Kind


class Fact(StrEnum):
    """What a help desk may or may not be able to tell."""

    HISTORY = "status history"
    REPLIES = "replies"
    NOTES = "internal notes"
    HANDLING = "handling time"
    SLA = "SLA policies"
    SCHEDULES = "business hours"
    RATINGS = "customer ratings"
    CHANNEL = "channels"
    CATEGORY = "categories"
    CUSTOMERS = "customers"
    DELETIONS = "deletions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One setting a desk cannot work without; `says` tells a person where to get it."""

    key: str
    says: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a stream stands after a page: opaque and versioned, because it outlives releases."""

    version: int = 1
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Records, and the cursor that holds once they are stored. `covered_*` bound what the store then knows."""

    records: tuple[Record, ...]
    cursor: Cursor
    more: bool
    covered_from: datetime | None = None
    covered_until: datetime | None = None
    seen: int | None = None
    estimated_total: int | None = None


class StreamState(StrEnum):
    """Whether a stream of a desk can be read."""

    OK = "ok"
    DENIED = "denied"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCheck:
    """What `cx doctor` says about one stream, with the fix where there is one; `at` is the desk's own time as it answered."""

    stream: str
    state: StreamState
    says: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How waiting is done: `clock` counts seconds from anywhere, `sleep` lets them pass. Tests bring their own.

    One request may wait for `patience_s` in all before it is given up for this time, and each answer may take `answer_s`."""

    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = time.sleep
    patience_s: float = 900.0
    answer_s: float = 300.0


AT_ONCE = Pace(patience_s=0.0, answer_s=20.0)
"""For whoever stands before it and waits: no request is made twice."""


class Closes(Protocol):
    """Something that must be given back."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Closes)


@dataclass(slots=True)
class Keep:
    """What a desk opens once for all streams of one sync: its connections, and what they learned."""

    held: Any = None

    def once(self, make: Callable[[], C]) -> C:
        """What was made before, or what is made now."""
        if self.held is None:
            self.held = make()
        kept: C = self.held
        return kept

    def close(self) -> None:
        """Give it back."""
        if self.held is not None:
            self.held.close()


@contextmanager
def opened(asked: Pull, make: Callable[[], C]) -> Iterator[C]:
    """A desk's connections: those of this sync, or, for a pull by itself, its own."""
    if asked.keep is not None:
        yield asked.keep.once(make)
        return
    with closing(make()) as own:
        yield own


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What a desk is given to pull with: its settings, the stream, where it stood, and the instant of asking.

    `others` are the cursors of the desk's other streams as stored now; `finished` names the streams that have been read
    to their end at least once. Besides its own settings a desk finds `home`, the folder where it may keep a file. `keep` holds
    what is opened once a sync: see `opened`."""

    settings: Mapping[str, str]
    stream: str
    cursor: Cursor | None
    now: datetime
    others: Mapping[str, Cursor] = field(default_factory=dict)
    finished: frozenset[str] = frozenset()
    pace: Pace = field(default_factory=Pace)
    keep: Keep | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a webhook brought, as it came: headers in lower case, the raw body, the instant of arrival, and the `secret` that the
    address ended with, where it did."""

    headers: Mapping[str, str]
    body: bytes
    now: datetime
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a genuine delivery says: a key of its own, the tickets that may have changed (never what changed), and what the desk
    wants to hear in `reply`, if anything."""

    key: str
    tickets: tuple[str, ...] = ()
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A help desk. `knows` lets an answer say "Mojo has no SLA policies" instead of 0.

    `pull` yields pages until the stream has nothing more for now; each is stored together with its cursor, and may be
    asked for again. It raises DeskDenied, DeskMissing or DeskRejected for a stream it may not or cannot read (the others go on),
    DeskRefused when nothing can be read, DeskUnavailable when the future may mend it.

    `streams` are read to their end at every sync, in this order; `live` names those looked at again between the pages of
    a long one. `cursor_version` is the newest version of a cursor this code understands; `migrate` makes one of an older
    version (None: the stream starts again).
    `ids` walks over the external ids of all tickets that still exist, for desks that do not tell of deletions.
    `takes` are the settings it knows besides those it needs; any other is taken for a slip of the pen.
    `hints` reads a webhook delivery; None when it is not genuine. `by_difference` are the changes that the desk tells no
    history of: they are worked out from what a ticket was when it was last looked at."""

    slug: str
    name: str
    says: str
    knows: frozenset[Fact]
    pull: Callable[[Pull], Iterator[Page]]
    check: Callable[[Mapping[str, str]], tuple[StreamCheck, ...]]
    needs: tuple[Need, ...] = ()
    takes: tuple[str, ...] = ()
    streams: tuple[str, ...] = ("tickets",)
    live: tuple[str, ...] = ()
    cursor_version: int = 1
    migrate: Callable[[str, Cursor], Cursor | None] | None = None
    ids: Callable[[Pull], Iterator[Sequence[str]]] | None = None
    hints: Callable[[Mapping[str, str], Delivery], Hint | None] | None = None
    by_difference: frozenset[Kind] = frozenset()

    @property
    def settings(self) -> frozenset[str]:
        """Every setting it knows, in lower case without the prefix."""
        return frozenset({*(need.key for need in self.needs), *self.takes})
