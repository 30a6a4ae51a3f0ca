"""Where a goal stands: its number over its running period, and over the one that is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from bot.clock import DAY, day_start, local_date, zone
from bot.kpis import kpi_of
from bot.kpis.answer import Answer, Figure
from bot.kpis.goals import Pace, Verdict, pace, verdict
from bot.kpis.measure import measure
from bot.kpis.query import Filter, Query, default_grain
from bot.periods import read_window
from bot.store.tables import Goal
from bot.store.workspace import Workspace
from bot.windows import Window

PERIODS = ("week", "month", "quarter", "year")
RECENT = "last 30 days"
BEFORE = 28 * DAY


def running_words(goal: Goal) -> str:
    """The window in which a goal is looked at while it runs: of one with a last day the last 30 days, so that what was
    before it is soon forgotten."""
    return RECENT if goal.due_on is not None else f"this {goal.period}"


def over_words(goal: Goal) -> str:
    """The window in which it is judged when it is over."""
    return RECENT if goal.due_on is not None else f"last {goal.period}"


def filters_of(goal: Goal) -> tuple[Filter, ...]:
    """The filters that a goal's scope stands for."""
    return tuple(
        Filter(dimension=one["dimension"], values=tuple(one["values"]), negated=one["negated"], op=one["op"])
        for one in goal.filters
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One goal as it stands in its running period, or stood in the one that is `over`."""

    goal: Goal
    figure: Figure
    verdict: Verdict
    window: Window
    pace: Pace | None = None
    over: bool = False


def stand_of(session: Session, goal: Goal, *, workspace: Workspace, now: datetime) -> Stand:
    """How a goal stands in the period that runs."""
    return _stand(session, goal, running_words(goal), workspace, now)


def stood(session: Session, goal: Goal, *, workspace: Workspace, now: datetime) -> Stand | None:
    """How a goal stood in the period that is over, if it was set before that ended; None while there is nothing to judge."""
    where = zone(workspace.zone)
    if goal.due_on is not None:
        at = day_start(goal.due_on + DAY, where)
        return replace(_stand(session, goal, RECENT, workspace, at), over=True) if at <= now else None
    stand = _stand(session, goal, over_words(goal), workspace, now)
    return replace(stand, over=True) if stand.window.end > goal.created_at else None


def _stand(session: Session, goal: Goal, words: str, workspace: Workspace, now: datetime) -> Stand:
    answer = goal_answer(session, goal, words, workspace=workspace, now=now)
    value, today = answer.figure.value, local_date(now, zone(workspace.zone))
    return Stand(
        goal=goal,
        figure=answer.figure,
        verdict=verdict(kpi_of(goal.kpi), answer.figure, goal.op, goal.target),
        window=answer.window,
        pace=pace(goal, value, today) if value is not None else None,
    )


def goal_series(session: Session, goal: Goal, *, workspace: Workspace, now: datetime) -> Answer:
    """Its number step by step over the running period; of a goal with a last day from four weeks before it was set."""
    words = running_words(goal)
    if goal.starts_on is not None and goal.due_on is not None:
        words = f"since {goal.starts_on - BEFORE}"
    window = read_window(words, now=now, zone=zone(workspace.zone), week_start=workspace.week_start)
    asked = Query(kpi=goal.kpi, window=window, filters=filters_of(goal), statistic=goal.statistic, versus=None)
    query = replace(asked, grain=default_grain(window, ()))
    return measure(session, kpi_of(goal.kpi), query, workspace=workspace, now=now)


def goal_answer(session: Session, goal: Goal, words: str, *, workspace: Workspace, now: datetime) -> Answer:
    """The number of a goal over a window in words. Raises BadRequest where it cannot be asked any more."""
    window = read_window(words, now=now, zone=zone(workspace.zone), week_start=workspace.week_start)
    query = Query(kpi=goal.kpi, window=window, filters=filters_of(goal), statistic=goal.statistic, versus=None)
    return measure(session, kpi_of(goal.kpi), query, workspace=workspace, now=now)
