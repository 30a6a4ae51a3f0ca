"""Goals: which one holds for a number, how far along it should be by now, and whether it was reached, where that can be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session, col, select

from bot.kpis.alert_rules import is_too_thin
from bot.kpis.answer import Figure
from bot.kpis.kpi import Kpi
from bot.kpis.quantities import OPS
from bot.kpis.query import Filter
from bot.store.tables import Goal

Verdict = Literal["met", "missed", "undecided", "thin", "unknown"]


def scope_of(filters: Sequence[Filter]) -> str:
    """Filters as the scope of a goal: canonical words in one order, empty for everything."""
    return " ".join(sorted(str(one) for one in filters))


def goal_for(session: Session, kpi: str, filters: Sequence[Filter]) -> Goal | None:
    """The goal of exactly this scope, else the one for everything; the shortest period first."""
    for scope in dict.fromkeys((scope_of(filters), "")):
        rows = session.exec(select(Goal).where(Goal.kpi == kpi, Goal.scope == scope).order_by(col(Goal.period))).all()
        if rows:
            return next((row for row in rows if row.due_on is None), rows[0])
    return None


def target_of(baseline: float, percent: float) -> float:
    """The target of a change said in percent: 60 minutes less 20 % are 48."""
    return baseline * (100 + percent) / 100


def verdict(kpi: Kpi, figure: Figure, op: str, target: float) -> Verdict:
    """Whether a figure meets a target. Few cases get no verdict; a rate is met or missed only if its whole interval is."""
    if figure.value is None:
        return "unknown"
    if is_too_thin(kpi, figure):
        return "thin"
    compare = OPS[op]
    if figure.interval is None:
        return "met" if compare(figure.value, target) else "missed"
    ends = [compare(end, target) for end in figure.interval]
    if all(ends):
        return "met"
    return "undecided" if any(ends) else "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where a straight line from the baseline to the target stands today, and whether the value is on its good side."""

    share: float
    expected: float
    on_pace: bool


def pace(goal: Goal, value: float, today: date) -> Pace | None:
    """How far along a goal with a last day should be; None without a baseline or days to draw the line over."""
    if goal.baseline is None or goal.starts_on is None or goal.due_on is None:
        return None
    days = (goal.due_on - goal.starts_on).days
    gone = min(max((today - goal.starts_on).days, 0), days)
    share = gone / days if days else 1.0
    expected = goal.baseline + (goal.target - goal.baseline) * share
    return Pace(share=share, expected=expected, on_pace=OPS[goal.op](value, expected))
