"""How often an alert would have fired, before it disturbs anybody: the same rule, walked over the last 90 days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select
from sqlmodel import Session

from bot.clock import DAY, Grain, Span, day_start, local_date, split
from bot.kpis import kpi_of
from bot.kpis.alert_past import Told, looks_back
from bot.kpis.alert_rules import Level, Rule, RuleKind, Standing, advance, query_at
from bot.kpis.alert_sla import target_key
from bot.kpis.alert_watch import day_groups, days_of, limit_of, spike_level, uneven, unusual_level
from bot.kpis.anomaly import WEEKS, is_enough, robust_z, usual, weekday_history
from bot.kpis.asked import Asked
from bot.kpis.cells import Keys
from bot.kpis.columns import SLAS, TICKETS
from bot.kpis.council import forbid_alone, untold
from bot.kpis.dimensions import NONE, TEAM, condition, dimension, labels_of
from bot.kpis.kpi import Count, Stock
from bot.kpis.measure import figures, measure
from bot.kpis.query import Filter
from bot.kpis.speed import BREACHED, SLA_BREACHES
from bot.store.workspace import Workspace

DAYS = 90
HISTORY = 7 * WEEKS
Track = tuple[tuple[datetime, float | None], ...]
MOST_GROUPS, COARSER = 8, 6
"""So many groups are tried out, each at every sixth of the hours at which one alone would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """Once that it would have fired: from when to when (None: still), the worst value, and of which group."""

    start: datetime
    end: datetime | None
    peak: float
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """What a rule would have done since an instant. `thin` of the `looks` rested on too few cases to decide anything.

    `track` are the values looked at, in order, None where one decided nothing; `limit` is what they were held against. Of
    anomalies both are robust z; rules about many things at once leave them empty. `tracks` are those of each group, where a
    number is watched by groups."""

    since: datetime
    looks: int
    firings: tuple[Firing, ...]
    thin: int = 0
    every: timedelta = DAY
    track: Track = ()
    limit: float | None = None
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """The level at a past instant, and the value."""

    at: datetime
    level: Level
    value: float


def back_test(session: Session, rule: Rule, *, workspace: Workspace, now: datetime) -> BackTest:
    """The last 90 days under this rule, from facts as they stand now. Raises BadRequest as a look does."""
    forbid_alone(session, workspace, ("agent",) if rule.kind is RuleKind.WORKLOAD else (), rule.query.filters)
    return TESTS[rule.kind](session, rule, workspace, now)


def fired(looks: Iterable[Look], rule: Rule, key: str = "") -> Iterator[Firing]:
    """The firings among looks in order: one from the look that opens to the look that ends it."""
    standing, start, peak = Standing(), None, 0.0
    for look in looks:
        after = advance(standing, look.level, look.at, rule.hold)
        if after.state is not None and standing.state is None:
            start, peak = look.at, look.value
        elif after.state is not None and look.level is not Level.UNKNOWN:
            peak = max(peak, look.value) if rule.op.startswith(">") else min(peak, look.value)
        elif start is not None and after.state is None:
            yield Firing(start=start, end=look.at, peak=peak, key=key)
            start = None
        standing = after
    if start is not None:
        yield Firing(start=start, end=None, peak=peak, key=key)


def _number(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> BackTest:
    limit = limit_of(session, rule)
    if limit is None:
        return BackTest(since=now, looks=0, firings=())
    if rule.query.splits:
        return _each_group(session, rule, limit, workspace, now)
    told, every = looks_back(session, rule, limit, workspace=workspace, within=Span(now - DAYS * DAY, now))
    looks = [Look(at, level, value or 0.0) for at, level, value in told]
    thin = sum(look.level is Level.UNKNOWN for look in looks)
    return BackTest(
        since=now - DAYS * DAY,
        looks=len(looks),
        firings=tuple(fired(looks, rule)),
        thin=thin,
        every=every,
        track=_track(told),
        limit=limit,
    )


def _each_group(session: Session, rule: Rule, limit: float, workspace: Workspace, now: datetime) -> BackTest:
    """The same of the largest groups one by one, looked at less often, for there are several."""
    since, kpi, split_by = now - DAYS * DAY, kpi_of(rule.query.kpi), rule.query.splits[0]
    whole = replace(query_at(rule.query, now, workspace), splits=rule.query.splits)
    wide = replace(whole, window=days_of(now, DAYS, workspace, whole.window))
    rows = measure(session, kpi, wide, workspace=workspace, now=now).rows
    found, looks, tracks, every = list[Firing](), list[Look](), list[Track](), DAY
    kept_back = untold(session, workspace) if workspace.works_council else frozenset()
    for row in sorted(rows, key=lambda one: -one.figure.n)[:MOST_GROUPS]:
        only = replace(rule.query, splits=(), filters=(*rule.query.filters, Filter(dimension=split_by, values=row.labels)))
        if any(key in kept_back for key in row.keys) and split_by == TEAM.slug:
            continue
        alone = replace(rule, query=only)
        told, every = looks_back(session, alone, limit, workspace=workspace, within=Span(since, now), coarser=COARSER)
        mine = [Look(at, level, value or 0.0) for at, level, value in told]
        found += fired(mine, rule, row.labels[0])
        looks += mine
        tracks.append(_track(told))
    thin = sum(look.level is Level.UNKNOWN for look in looks)
    firings = tuple(sorted(found, key=lambda one: one.start))
    return BackTest(since=since, looks=len(looks), firings=firings, thin=thin, every=every, tracks=tuple(tracks))


def _track(told: Iterable[Told]) -> Track:
    return tuple((at, None if level is Level.UNKNOWN else value) for at, level, value in told)


def _anomaly(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> BackTest:
    kpi, where = kpi_of(rule.query.kpi), ZoneInfo(workspace.zone)
    window = days_of(day_start(local_date(now, where), where), DAYS + HISTORY, workspace, rule.query.window)
    query = replace(rule.query, window=window, versus=None, against=None, grain=Grain.DAY, splits=(), show=None)
    series = measure(session, kpi, query, workspace=workspace, now=now).series
    counts = isinstance(kpi.measure, Count | Stock)
    values, sizes = [one.figure.value for one in series], [float(one.figure.n) for one in series]
    looks, track = [], []
    for place in range(min(HISTORY, len(series)), len(series)):
        before, value = weekday_history(values, place), values[place]
        z = robust_z(value, before, counts=counts) if value is not None else None
        level = unusual_level(z, rule.limit or 0.0)
        if z is not None and not is_enough(sizes[place], median(weekday_history(sizes, place)), counts=counts):
            level, z = Level.CALM, None
        looks.append(Look(series[place].end, level, value or 0.0))
        track.append((series[place].start, z))
    found = _by_day(looks, fired(looks, rule), now, thin=sum(z is None for _, z in track))
    return replace(found, track=tuple(track), limit=rule.limit)


def _spike(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> BackTest:
    window = days_of(now, DAYS + HISTORY, workspace, rule.query.window)
    asked = _asked(session, rule, window.span, workspace, now)
    groups, days = day_groups(asked, "category")
    names = labels_of(session, dimension("category"), [key for (key,) in groups])
    spans = _days(asked)
    found: list[Firing] = []
    looks: list[Look] = []
    for (key,), counts in groups.items():
        looks = []
        for place in range(min(HISTORY, days), days):
            before = usual(weekday_history(counts, place))
            level = Level.UNKNOWN if before is None else spike_level(counts[place], before, rule.limit or 0.0)
            looks.append(Look(spans[place].start, level, counts[place]))
        found += fired(looks, rule, names.get(key, NONE))
    return _by_day(looks, found, now)


def _workload(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> BackTest:
    """At noon of each day: at midnight the desks of those who close theirs in the evening are no measure."""
    noons = _noons(local_date(now, ZoneInfo(workspace.zone)), ZoneInfo(workspace.zone))
    adjacent = [Span(before, noon) for before, noon in pairwise(noons)]
    asked = _asked(session, rule, Span(noons[0], noons[-1]), workspace, now)
    loads: dict[int, dict[Keys, float]] = {}
    for (place, keys), figure in figures(asked, adjacent, ("agent",)).items():
        loads.setdefault(place, {})[keys] = float(figure.n)
    looks = []
    for place, span in enumerate(adjacent):
        level, most, _ = uneven(loads.get(place, {}), rule.limit or 0.0)
        looks.append(Look(span.end, level, most))
    return _by_day(looks, fired(looks, rule), now)


def _noons(today: date, where: ZoneInfo) -> list[datetime]:
    """Noon by the clocks of the place on each day before today and, first, on the one before them."""
    days = (today - n * DAY for n in range(DAYS + 1, 0, -1))
    return [datetime(day.year, day.month, day.day, 12, tzinfo=where).astimezone(UTC) for day in days]


def _sla(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> BackTest:
    """Each target that used so much of its time: from then, by the calendar, to its end. The peak is the share it used."""
    since, share = now - DAYS * DAY, rule.limit or 0.0
    asked = Asked(session=session, kpi=SLA_BREACHES, query=rule.query, workspace=workspace, now=now)
    late = (SLAS.c.elapsed_s >= SLAS.c.target_s * share) | (SLAS.c.outcome_at == SLAS.c.due_at)
    query = (
        select(SLAS, TICKETS.c.external_id)
        .select_from(SLAS)
        .join(TICKETS, TICKETS.c.ticket_id == SLAS.c.ticket_id)
        .where(SLAS.c.outcome_at >= since, SLAS.c.outcome_at <= now, late, TICKETS.c.excluded.is_(None))
        .where(*condition(asked.scope(), BREACHED))
        .order_by(SLAS.c.outcome_at, SLAS.c.id)
    )
    firings = sorted((_near_miss(row, share, since, now) for row in session.execute(query).mappings()), key=lambda one: one.start)
    return BackTest(since=since, looks=DAYS, firings=tuple(firings))


def _near_miss(row: RowMapping, share: float, since: datetime, now: datetime) -> Firing:
    used = row["elapsed_s"] / row["target_s"] if row["elapsed_s"] is not None and row["target_s"] else 1.0
    ended, due = row["fulfilled_at"], row["due_at"] or row["outcome_at"]
    begun = max(row["started_at"], min(due, row["outcome_at"]) - (due - row["started_at"]) * (1 - share), since)
    key = target_key(row["external_id"], row["metric"], row["instance"])
    return Firing(start=min(begun, ended or now), end=ended, peak=used if row["met"] else max(used, 1.0), key=key)


def _by_day(looks: Sequence[Look], found: Iterable[Firing], now: datetime, thin: int = 0) -> BackTest:
    since = looks[0].at if looks else now
    return BackTest(since=since, looks=len(looks), firings=tuple(sorted(found, key=lambda one: one.start)), thin=thin)


def _asked(session: Session, rule: Rule, span: Span, workspace: Workspace, now: datetime) -> Asked:
    window = replace(rule.query.window, start=span.start, end=span.end, zone=workspace.zone)
    query = replace(rule.query, window=window, versus=None, against=None, grain=None, splits=(), show=None)
    return Asked(session=session, kpi=kpi_of(query.kpi), query=query, workspace=workspace, now=now)


def _days(asked: Asked) -> list[Span]:
    return split(asked.query.window.span, Grain.DAY, ZoneInfo(asked.query.window.zone))


TESTS: Mapping[RuleKind, Callable[[Session, Rule, Workspace, datetime], BackTest]] = {
    RuleKind.NUMBER: _number,
    RuleKind.SLA: _sla,
    RuleKind.ANOMALY: _anomaly,
    RuleKind.SPIKE: _spike,
    RuleKind.WORKLOAD: _workload,
}
