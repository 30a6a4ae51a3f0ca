"""How many agents it takes to answer in time: Erlang's C formula for the busiest hour, and the plain workload beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil, exp
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.clock import DAY, day_start, local_date
from bot.errors import BadRequest
from bot.facts.profiles import profile_of
from bot.kpis.anomaly import WEEKS
from bot.kpis.asked import Asked
from bot.kpis.forecast import forecast
from bot.kpis.measure import figures
from bot.kpis.query import Query
from bot.kpis.speed import HANDLING_TIME
from bot.kpis.variants import under
from bot.kpis.volume import VOLUME
from bot.store.workspace import Workspace
from bot.windows import DAY_NAMES

MOST_AGENTS = 500
GOAL_SHARE = 0.8
HOUR_S = 3_600
FEWEST_HANDLED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One weekday: tickets to expect, the busiest hour with its arrivals, agents for it, and hours of work in the day."""

    weekday: str
    tickets: float
    hour: int
    arrivals: float
    agents: int
    work_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """What it takes to answer a share of tickets within a target, from the agent time a ticket takes (`handling_s`): the mean
    of so many (`handled`), or what somebody said it is (None). `source` says where the target comes from, where nobody said."""

    target_s: float
    share: float
    handling_s: float
    handled: int | None
    shifts: tuple[Shift, ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """So large a share of tickets is to be answered within so many seconds; `source` says where that comes from, where nobody
    said it. `handling_s` is the agent time a ticket takes; None is what was logged."""

    target_s: float
    share: float = GOAL_SHARE
    handling_s: float | None = None
    source: str = ""


class UnknownHandling(BadRequest):
    """What one ticket costs in agent time has to be said."""


def erlang_c(load: float, agents: int) -> float:
    """The probability that somebody has to wait: `load` in erlangs (arrivals per hour x hours of handling), so many agents.

    From Erlang B by its recursion, which neither overflows nor loses digits. With no more agents than load everybody waits."""
    if agents <= load:
        return 1.0
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / agents * (1 - blocked))


def answered_within(load: float, agents: int, target_s: float, handling_s: float) -> float:
    """The share whose wait is at most the target, with exponential handling times and nobody who gives up."""
    if agents <= load:
        return 0.0
    return 1 - erlang_c(load, agents) * exp(-(agents - load) * target_s / handling_s)


def agents_for(arrivals: float, handling_s: float, target_s: float, share: float) -> int:
    """The fewest agents by whom that share is answered in time, at so many arrivals an hour. Raises BadRequest beyond 500."""
    load = arrivals * handling_s / HOUR_S
    if not arrivals:
        return 0
    for agents in range(max(1, ceil(load)), MOST_AGENTS + 1):
        if answered_within(load, agents, target_s, handling_s) >= share:
            return agents
    raise BadRequest("That takes more than 500 agents.", next_step="Ask for a longer target.")


def staffing(session: Session, query: Query, wanted: Wanted, *, workspace: Workspace, now: datetime) -> Staffing:
    """Agents by weekday, from the forecast of tickets and the hours in which they came. Raises BadRequest on too little history,
    and UnknownHandling where nobody can say what a ticket takes."""
    told = forecast(session, VOLUME, query, workspace=workspace, now=now, ahead=7)
    where = ZoneInfo(workspace.zone)
    today = local_date(now, where)
    start, end = day_start(today - 7 * WEEKS * DAY, where), day_start(today, where)
    window = replace(query.window, start=start, end=end, zone=workspace.zone, open=False)
    asked = replace(query, window=window, splits=(), grain=None, versus=None, against=None, show=None)
    door = Asked(session=session, kpi=VOLUME, query=asked, workspace=workspace, now=now)
    handling_s, handled = (wanted.handling_s, None) if wanted.handling_s is not None else _handling(door)
    hours = figures(door, [window.span], ("weekday", "hour"))
    counts = {(int(str(day)), int(str(hour))): one.n for (_, (day, hour)), one in hours.items()}
    shifts = tuple(
        _shift(one.day.weekday(), one.middle, counts, handling_s, (wanted.target_s, wanted.share)) for one in told.days
    )
    ordered = tuple(sorted(shifts, key=lambda one: DAY_NAMES.index(one.weekday)))
    return Staffing(
        target_s=wanted.target_s,
        share=wanted.share,
        handling_s=handling_s,
        handled=handled,
        shifts=ordered,
        source=wanted.source,
    )


def _handling(door: Asked) -> tuple[float, int]:
    """The agent time a ticket takes on average, and of how many. Raises BadRequest where too few have any logged."""
    handling = figures(replace(door, kpi=under(HANDLING_TIME, profile_of(door.workspace.profile))), [door.query.window.span])
    mean = handling.get((0, ()))
    if mean is None or mean.value is None or mean.n < FEWEST_HANDLED:
        raise UnknownHandling(
            f"How much agent time a ticket takes is not known: of the tickets resolved in the last {WEEKS} weeks "
            f"{mean.n if mean else 0} have any logged, and {FEWEST_HANDLED} are needed.",
            next_step="Say it yourself; `/cx define handling` says where it would come from.",
        )
    return mean.value, mean.n


def _shift(
    day: int, tickets: float, counts: Mapping[tuple[int, int], int], handling_s: float, goal: tuple[float, float]
) -> Shift:
    """The day's tickets fall on its hours as they did before."""
    own = {hour: n for (weekday, hour), n in counts.items() if weekday == day}
    whole = sum(own.values())
    hour = max(own, key=lambda one: (own[one], -one), default=0)
    arrivals = tickets * own[hour] / whole if whole else 0.0
    return Shift(
        weekday=DAY_NAMES[day],
        tickets=tickets,
        hour=hour,
        arrivals=arrivals,
        agents=agents_for(arrivals, handling_s, *goal),
        work_h=tickets * handling_s / HOUR_S,
    )
