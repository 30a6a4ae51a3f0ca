"""The noun Job: something the clock does, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.settings import Settings
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.views.chart_spec import ChartSpec

Draw = Callable[[ChartSpec], bytes | None]
"""A chart's PNG, or None where it cannot be drawn: the text says the same."""


def nothing_drawn(_: ChartSpec) -> None:
    """For those who draw nothing."""


def never() -> bool:
    """For those whom nobody asks to stop."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One beat of the clock: the instant, the store, the settings, the way to Slack, and who draws charts.

    A job commits its own units of work. One that takes long ends after any of them once `stopping` says so."""

    now: datetime
    store: Store
    settings: Settings
    slack: Slack
    draw: Draw = nothing_drawn
    stopping: Callable[[], bool] = never


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done again and again; `run` says how much it did, and doing it twice at once does it once."""

    slug: str
    says: str
    every: timedelta
    run: Callable[[Tick], int]
