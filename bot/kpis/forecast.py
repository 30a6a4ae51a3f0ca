"""What the next days will probably bring: the median of the same weekday, with an interval whose hits are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import sqrt
from statistics import NormalDist, median
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.clock import DAY, Grain, day_start, local_date
from bot.errors import BadRequest
from bot.kpis.anomaly import SIGMA, WEEKS, weekday_history
from bot.kpis.answer import Step
from bot.kpis.kpi import Count, Kpi
from bot.kpis.measure import measure
from bot.kpis.query import Query
from bot.store.workspace import Workspace

AHEAD = 14
TESTED = 56
SHARE = 0.8
Z = NormalDist().inv_cdf(0.5 + SHARE / 2)
FEWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One day to come: the median of its weekday and an 80 % interval, never below nothing."""

    day: date
    middle: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The days to come, and how well days gone by would have been foretold: `inside` of `tested` lay in the interval.

    `error` is the median of how far off the middle was, in percent of what came. `past` are the days it rests on."""

    days: tuple[Expected, ...]
    past: tuple[Step, ...]
    inside: int
    tested: int
    error: float | None

    @property
    def total(self) -> float:
        return sum(one.middle for one in self.days)


def expected(before: Sequence[float]) -> tuple[float, float, float] | None:
    """(middle, low, high) of a day from the same weekdays before it; None of fewer than four.

    The spread is what they showed, robustly, at least what chance makes of a count, and wider for few of them, because their
    median is itself uncertain."""
    if len(before) < FEWEST:
        return None
    middle = median(before)
    spread = max(SIGMA * median(abs(one - middle) for one in before), sqrt(max(middle, 1.0)))
    half = Z * spread * sqrt(1 + 1.57 / len(before))
    return middle, max(0.0, middle - half), middle + half


def foretold(values: Sequence[float], tested: int = TESTED) -> tuple[int, int, float | None]:
    """(inside, tested, median error in percent) of the last days of a series, each from the days before it alone."""
    inside, count, errors = 0, 0, []
    for place in range(max(len(values) - tested, 0), len(values)):
        told = expected(weekday_history(values, place))
        if told is None:
            continue
        middle, low, high = told
        count += 1
        inside += low <= values[place] <= high
        errors += [100 * abs(middle - values[place]) / values[place]] if values[place] else []
    return inside, count, median(errors) if errors else None


def forecast(session: Session, kpi: Kpi, query: Query, *, workspace: Workspace, now: datetime, ahead: int = AHEAD) -> Forecast:
    """The days from today on. Raises BadRequest for what is no count, and where there is too little history."""
    if not isinstance(kpi.measure, Count):
        raise BadRequest(
            f"{kpi.name} is not foretold, only counts are.",
            next_step="Ask *forecast volume* or *forecast solved*.",
            offers=("forecast volume", "forecast solved"),
        )
    where = ZoneInfo(workspace.zone)
    today = local_date(now, where)
    first = today - (7 * WEEKS + TESTED) * DAY
    window = replace(query.window, start=day_start(first, where), end=day_start(today, where), zone=workspace.zone, open=False)
    asked = replace(query, window=window, splits=(), grain=Grain.DAY, versus=None, against=None, show=None)
    series = measure(session, kpi, asked, workspace=workspace, now=now).series
    # Days before the first ticket are no days without tickets.
    begun = next((place for place, step in enumerate(series) if step.figure.n), len(series))
    past = series[begun:]
    values = [float(step.figure.n) for step in past]
    days = []
    for n in range(ahead):
        # A day further ahead than a week still rests on the weekdays that are over.
        history = [values[place] for place in range(len(values) + n - 7 * (n // 7 + 1), -1, -7)][:WEEKS]
        told = expected(history)
        if told is not None:
            days.append(Expected(day=today + n * DAY, middle=told[0], low=told[1], high=told[2]))
    if len(days) < ahead:
        raise BadRequest("There is too little history to foretell anything.", next_step="At least four weeks are needed.")
    inside, tested, error = foretold(values)
    return Forecast(days=tuple(days), past=tuple(past), inside=inside, tested=tested, error=error)
