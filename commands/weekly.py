"""The step that reads days of the week that come again: `weekends`, `weekdays`, `mondays`."""

from __future__ import annotations

from bot.kpis.dimensions import WEEKDAY
from bot.kpis.kpi import Kpi, Stock
from bot.kpis.query import Filter
from commands.reading import Reading, Unknown
from commands.vocabulary import WEEKLY


def days_of_week(r: Reading, at: int) -> int:
    """Only what happened on such days."""
    days = WEEKLY.get(r.word(at))
    if days is None:
        return 0
    r.filters.append(Filter(dimension=WEEKDAY.slug, values=days))
    r.weekly_at = at
    return 1


def not_taken_weekly(r: Reading, kpi: Kpi) -> None:
    """A stock is taken at an instant: what can be had is that of the end of one such stretch."""
    if r.weekly_at is not None and isinstance(kpi.measure, Stock):
        says = f"{kpi.name} is taken at an instant, so it has no days of the week."
        step = "Ask for the end of a window, such as *last weekend*, or what came in, such as *volume weekends*."
        r.unknown.append(Unknown(place=r.weekly_at, near=(), instead=("last weekend",), says=says, next_step=step))


def against_weekly(r: Reading, at: int, place: int) -> int:
    """`weekends vs weekdays`: days of the week stand side by side in a split, not in a comparison of windows."""
    word = r.word(place)
    if word not in WEEKLY or (word == "weekdays" and r.weekly_at is None and not _of_weekend(r)):
        return 0
    begun = r.weekly_at if r.weekly_at is not None and r.weekly_at == at - 1 else at
    says, step = "I compare windows, not days of the week.", "Split *by weekday* to see them side by side."
    r.unknown.append(Unknown(place=begun, used=place + 1 - begun, near=(), instead=("by weekday",), says=says, next_step=step))
    return place + 1 - at


def _of_weekend(r: Reading) -> bool:
    return r.window is not None and r.window.text.endswith("weekend")
