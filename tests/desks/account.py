"""What a test knows of an account of a help desk that is ready to be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.standin import StandIn

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """With what a desk is read, when, and what it must tell: the status of every ticket, and how many events in all.

    `secrets` must show up nowhere; `words` are what customers wrote in bodies, which nobody asked us to keep."""

    settings: Mapping[str, str]
    now: datetime = NOW
    server: StandIn | None = None
    spoil: Callable[[], str] | None = None
    statuses: Mapping[str, Status] = field(default_factory=dict)
    events: int = 0
    secrets: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
