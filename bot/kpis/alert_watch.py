"""Looks whether what an alert watches for holds at this instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.calendars import WEEKDAYS
from bot.clock import DAY, Grain, day_start, local_date, split
from bot.kpis import kpi_of
from bot.kpis.alert_rules import Level, Rule, RuleKind, clears_at, is_too_thin, level_of, query_at
from bot.kpis.alert_sla import FRESH, Nearing, nearing
from bot.kpis.anomaly import USUAL_AGAIN, WEEKS, is_enough, robust_z, usual, weekday_history
from bot.kpis.answer import Figure
from bot.kpis.asked import Asked
from bot.kpis.cells import Keys
from bot.kpis.council import forbid_alone
from bot.kpis.dimensions import NONE, dimension, labels_of
from bot.kpis.figures import THIN_N
from bot.kpis.goals import goal_for
from bot.kpis.kpi import Count, Stock
from bot.kpis.measure import figures, measure
from bot.store.workspace import Workspace
from bot.windows import Window

CALM_AGAIN = 0.67
FEWEST_AGENTS = 3
HISTORY = timedelta(days=7 * WEEKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look found about one group: its level, the value and what it was held against.

    `usual` is what such a weekday, or the other agents, have; `day` is the name of that weekday;
    `ticket` is the one whose target is about to break."""

    level: Level
    key: str = ""
    value: float | None = None
    n: int = 0
    limit: float | None = None
    clears: float | None = None
    usual: float | None = None
    as_of: datetime | None = None
    ticket: Nearing | None = None
    day: str = ""


def look(session: Session, rule: Rule, *, workspace: Workspace, now: datetime) -> tuple[Seen, ...]:
    """What holds now, one by one for the groups a rule looks at. Raises BadRequest where its words mean nothing any more."""
    forbid_alone(session, workspace, ("agent",) if rule.kind is RuleKind.WORKLOAD else (), rule.query.filters)
    return LOOKS[rule.kind](session, rule, workspace, now)


def limit_of(session: Session, rule: Rule) -> float | None:
    """The limit of a rule, or the goal's where it was said so; None where that goal is gone."""
    if rule.limit is not None:
        return rule.limit
    goal = goal_for(session, rule.query.kpi, rule.query.filters)
    return None if goal is None else goal.target


def days_of(until: datetime, days: int, workspace: Workspace, query_window: Window) -> Window:
    """So many whole local days up to the end of the local day that an instant is in, or to the instant itself."""
    where = ZoneInfo(workspace.zone)
    start = day_start(local_date(until, where) - days * DAY, where)
    return replace(query_window, start=start, end=until, zone=workspace.zone)


def day_groups(asked: Asked, slug: str) -> tuple[dict[Keys, list[float]], int]:
    """How many rows each group of a dimension had on each local day of the window, and how many days there are."""
    spans = split(asked.query.window.span, Grain.DAY, ZoneInfo(asked.query.window.zone))
    found: dict[Keys, list[float]] = {}
    for (place, keys), figure in (figures(asked, spans, (slug,)) if spans else {}).items():
        found.setdefault(keys, [0.0] * len(spans))[place] = float(figure.n)
    return found, len(spans)


def spike_level(today: float, before: float, times: float) -> Level:
    """How today's rows of a category stand to those of a usual such day."""
    if today < THIN_N:
        return Level.CALM
    ratio = today / before if before else float("inf")
    return Level.OVER if ratio >= times else Level.CALM if ratio < times * CALM_AGAIN else Level.BETWEEN


def unusual_level(z: float | None, limit: float) -> Level:
    """How unlike its kind a day is."""
    if z is None:
        return Level.UNKNOWN
    return Level.OVER if abs(z) >= limit else Level.CALM if abs(z) < USUAL_AGAIN else Level.BETWEEN


def uneven(loads: Mapping[Keys, float], times: float) -> tuple[Level, float, float]:
    """How the fullest desk stands to the median of the others: (level, its tickets, the others' median).

    Fewer than three agents, or 20 tickets among all, are never called uneven."""
    counts = sorted((n for (agent,), n in loads.items() if agent is not None and n > 0), reverse=True)
    if len(counts) < FEWEST_AGENTS or sum(counts) < THIN_N:
        return Level.CALM, counts[0] if counts else 0.0, 0.0
    others = median(counts[1:])
    ratio = counts[0] / others
    return (Level.OVER if ratio >= times else Level.CALM if ratio < times * 0.8 else Level.BETWEEN), counts[0], others


def _number(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> tuple[Seen, ...]:
    kpi, query = kpi_of(rule.query.kpi), replace(query_at(rule.query, now, workspace), splits=rule.query.splits)
    answer = measure(session, kpi, query, workspace=workspace, now=now)
    synced = min((one.synced_at for one in answer.sources if one.synced_at), default=None)
    if not query.splits:
        return (_held_against(session, rule, answer.figure, "", synced),)
    return tuple(_held_against(session, rule, row.figure, row.labels[0], synced) for row in answer.rows)


def _held_against(session: Session, rule: Rule, found: Figure, key: str, synced: datetime | None) -> Seen:
    kpi, limit = kpi_of(rule.query.kpi), limit_of(session, rule)
    if limit is None or is_too_thin(kpi, found):
        return Seen(level=Level.UNKNOWN, key=key, value=found.value, n=found.n, as_of=synced)
    level, clears = level_of(found.value, rule, limit, kpi.unit), clears_at(rule, limit, kpi.unit)
    return Seen(level=level, key=key, value=found.value, n=found.n, limit=limit, clears=clears, as_of=synced)


def _sla(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> tuple[Seen, ...]:
    """One group for each target: what broke long ago neither opens an incident nor ends one."""
    found = []
    for one in nearing(session, rule, workspace=workspace, now=now):
        fresh = one.due_at > now - FRESH
        level = Level.WARN if not one.is_broken else Level.OVER if fresh else Level.BETWEEN
        found.append(Seen(level=level, key=one.key, value=one.used, n=1, limit=rule.limit, ticket=one))
    return tuple(found)


def _anomaly(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> tuple[Seen, ...]:
    """Yesterday, as today is not over."""
    kpi, where = kpi_of(rule.query.kpi), ZoneInfo(workspace.zone)
    today = day_start(local_date(now, where), where)
    window = days_of(today, 7 * WEEKS + 1, workspace, rule.query.window)
    query = replace(rule.query, window=window, versus=None, against=None, grain=Grain.DAY, splits=(), show=None)
    series = measure(session, kpi, query, workspace=workspace, now=now).series
    if not series or series[-1].figure.value is None:
        return (Seen(level=Level.UNKNOWN),)
    counts, last = isinstance(kpi.measure, Count | Stock), series[-1].figure
    before = weekday_history([one.figure.value for one in series], len(series) - 1)
    sizes = weekday_history([float(one.figure.n) for one in series], len(series) - 1)
    z, middle = robust_z(last.value or 0.0, before, counts=counts), usual(before)
    enough = middle is not None and is_enough(last.n, median(sizes), counts=counts)
    level = unusual_level(z, rule.limit or 0.0) if enough else Level.CALM
    return (Seen(level=level, value=last.value, n=last.n, limit=z, usual=middle),)


def _spike(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> tuple[Seen, ...]:
    """Today so far, against the whole of such a weekday: early, but never too early."""
    window = days_of(now, 7 * WEEKS, workspace, rule.query.window)
    query = replace(rule.query, window=window, versus=None, against=None, grain=None, splits=(), show=None)
    asked = Asked(session=session, kpi=kpi_of(query.kpi), query=query, workspace=workspace, now=now)
    groups, days = day_groups(asked, "category")
    names = labels_of(session, dimension("category"), [key for (key,) in groups])
    found = []
    for (key,), counts in groups.items():
        before = usual(weekday_history(counts, days - 1))
        if before is None:
            continue
        level = spike_level(counts[-1], before, rule.limit or 0.0)
        name = names.get(key, NONE)
        day = WEEKDAYS[local_date(now, ZoneInfo(workspace.zone)).weekday()]
        told = Seen(level=level, key=name, value=counts[-1], n=int(counts[-1]), limit=rule.limit, usual=before, day=day)
        found.append(told)
    return tuple(found)


def _workload(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> tuple[Seen, ...]:
    query = query_at(rule.query, now, workspace)
    asked = Asked(session=session, kpi=kpi_of(query.kpi), query=query, workspace=workspace, now=now)
    loads = {keys: float(one.n) for (_, keys), one in figures(asked, [query.window.span], ("agent",)).items()}
    level, most, others = uneven(loads, rule.limit or 0.0)
    return (Seen(level=level, value=most, n=int(sum(loads.values())), limit=rule.limit, usual=others),)


LOOKS: Mapping[RuleKind, Callable[[Session, Rule, Workspace, datetime], tuple[Seen, ...]]] = {
    RuleKind.NUMBER: _number,
    RuleKind.SLA: _sla,
    RuleKind.ANOMALY: _anomaly,
    RuleKind.SPIKE: _spike,
    RuleKind.WORKLOAD: _workload,
}
