"""The noun Job: something the clock does, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.settings import Settings
from bot.slack.port import Slack
from bot.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One beat of the clock: the instant, the store, the settings and the way to Slack. A job commits its own units of work."""

    now: datetime
    store: Store
    settings: Settings
    slack: Slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done again and again; `run` says how much it did, and doing it twice at once does it once."""

    slug: str
    says: str
    every: timedelta
    run: Callable[[Tick], int]
