"""The noun Desk: a help desk we can read tickets from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.store.records import Record


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
    """What `cx doctor` says about one stream, with the fix where there is one."""

    stream: str
    state: StreamState
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What a desk is given to pull with: its settings, the stream, where it stood, and the instant of asking."""

    settings: Mapping[str, str]
    stream: str
    cursor: Cursor | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A help desk. `knows` lets an answer say "Mojo has no SLA policies" instead of 0.

    `pull` yields pages until the stream has nothing more for now; each is stored together with its cursor.
    Raises DeskRefused and DeskUnavailable."""

    slug: str
    name: str
    says: str
    knows: frozenset[Fact]
    pull: Callable[[Pull], Iterator[Page]]
    check: Callable[[Mapping[str, str]], tuple[StreamCheck, ...]]
    needs: tuple[Need, ...] = ()
    streams: tuple[str, ...] = ("tickets",)
