"""A better limit for a rule that would have fired never, far too often, or all the time: one that fires a few times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, floor

from sqlmodel import Session

from bot.kpis import kpi_of
from bot.kpis.alert_back_test import DAYS, BackTest, Look, Track, back_test, fired
from bot.kpis.alert_rules import Level, Rule, RuleKind, level_of
from bot.kpis.kpi import Unit
from bot.kpis.quantities import OPS
from bot.kpis.query import Filter
from bot.store.workspace import Workspace

WANTED, MOST = 3, 13
"""So often in 90 days a limit should fire, and at most: about once a week."""
TRIED, STEPPED = 14, 3
LEAST_DAYS = 14
COUNTS = (10_000.0, 5_000.0, 1_000.0, 500.0, 100.0, 50.0, 20.0, 10.0, 5.0, 1.0)
ROUND: Mapping[Unit, Sequence[float]] = {
    Unit.DURATION: (86_400.0, 43_200.0, 21_600.0, 7_200.0, 3_600.0, 1_800.0, 900.0, 300.0, 60.0),
    Unit.TICKETS: COUNTS,
    Unit.NUMBER: (*COUNTS, 0.5, 0.1),
    Unit.PERCENT: (10.0, 5.0, 1.0, 0.5, 0.1),
    Unit.POINTS: (10.0, 5.0, 1.0),
}
"""The roundest number first, in the unit of the KPI: seconds for durations."""
RARER = {RuleKind.SPIKE: (3.0, 4.0, 5.0, 8.0, 12.0), RuleKind.WORKLOAD: (2.0, 3.0, 4.0, 6.0), RuleKind.SLA: (0.8, 0.9, 0.95)}
OFTENER = {RuleKind.SPIKE: (3.0, 2.0, 1.5), RuleKind.WORKLOAD: (2.0, 1.5, 1.3), RuleKind.SLA: (0.7, 0.6, 0.5)}

URGENT = Filter(dimension="priority", values=("urgent",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Better:
    """The same rule with another limit, and how often it would have fired in the same days."""

    rule: Rule
    firings: int


def better(session: Session, rule: Rule, tested: BackTest, *, workspace: Workspace, now: datetime) -> Better | None:
    """None where the rule is well as it is, and where no limit would be better."""
    if not tested.looks or not (too_rare(tested) or too_often(tested) or too_long(tested, now)):
        return None
    if rule.kind is RuleKind.NUMBER:
        return _best_of(rule, tested.tracks or (tested.track,))
    most = DAYS if rule.kind is RuleKind.SLA else MOST
    for other in _others(rule, rarer=bool(tested.firings)):
        count = len(back_test(session, other, workspace=workspace, now=now).firings)
        if 0 < count <= most:
            return Better(rule=other, firings=count)
    return None


def _others(rule: Rule, *, rarer: bool) -> Iterator[Rule]:
    """The same rule with the next few limits. Targets that break pass any share of their time: then those of fewer tickets."""
    told = rule.limit or 0.0
    limits = (RARER if rarer else OFTENER).get(rule.kind, ())
    for limit in [one for one in limits if (one > told if rarer else one < told)][:STEPPED]:
        yield replace(rule, limit=limit)
    if rarer and rule.kind is RuleKind.SLA and not any(one.dimension == "priority" for one in rule.query.filters):
        only = replace(rule, query=replace(rule.query, filters=(*rule.query.filters, URGENT)))
        yield from (only, replace(only, limit=max(told, RARER[RuleKind.SLA][-1])))


def too_rare(tested: BackTest) -> bool:
    """It would never have fired."""
    return not tested.firings


def too_often(tested: BackTest) -> bool:
    """It would have fired more than once a day."""
    return len(tested.firings) > DAYS


def too_long(tested: BackTest, now: datetime) -> bool:
    """It would have been on for most of the time: one long incident that nobody looks at any more."""
    lasted = sum(((one.end or now) - one.start for one in tested.firings), timedelta())
    return len(tested.firings) <= MOST and 2 * lasted > now - tested.since


def _best_of(rule: Rule, tracks: Sequence[Track]) -> Better | None:
    found = None
    for limit in _limits(rule, tracks):
        # Where it would warn was chosen for the limit it had.
        other = replace(rule, limit=limit, warn=None)
        count = sum(len(list(fired(_looks(track, other, limit), other))) for track in tracks)
        if 0 < count <= MOST and (found is None or abs(count - WANTED) < abs(found.firings - WANTED)):
            found = Better(rule=other, firings=count)
        if count == WANTED:
            break
    return found


def _looks(track: Track, rule: Rule, limit: float) -> Iterator[Look]:
    unit = kpi_of(rule.query.kpi).unit
    for at, value in track:
        yield Look(at, Level.UNKNOWN if value is None else level_of(value, rule, limit, unit), value or 0.0)


def _limits(rule: Rule, tracks: Sequence[Track]) -> Iterator[float]:
    """Round limits that let through the worst day only, the worst two, and so on."""
    rises, unit = rule.op.startswith(">"), kpi_of(rule.query.kpi).unit
    worst: dict[tuple[int, int], float] = {}
    for number, track in enumerate(tracks):
        for at, value in track:
            if value is not None:
                key = number, at.toordinal()
                worst[key] = (max if rises else min)(worst.get(key, value), value)
    if len(worst) < LEAST_DAYS:
        return
    days = sorted(worst.values(), reverse=rises)
    for place in range(1, min(TRIED, len(days))):
        limit = _between(rule.op, days[place - 1], days[place], unit)
        if limit is not None:
            yield limit


def _between(op: str, fires: float, stays: float, unit: Unit) -> float | None:
    """The roundest limit at which one value fires and the other does not; None where there is no number between them."""
    compare = OPS[op]
    for step in ROUND.get(unit, COUNTS):
        for near in (ceil(min(fires, stays) / step), floor(max(fires, stays) / step)):
            limit = round(near * step, 6)
            if compare(fires, limit) and not compare(stays, limit):
                return limit
    return None
