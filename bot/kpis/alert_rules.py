"""What an alert watches for, and the one rule by which it opens, stays and ends: for the present and for the past alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.clock import zone
from bot.kpis.answer import Figure
from bot.kpis.figures import THIN_N
from bot.kpis.kpi import Count, Kpi, Quotient, Stock, Unit
from bot.kpis.quantities import OPS
from bot.kpis.query import Query, from_json, to_json
from bot.periods import read_window
from bot.store.alert_tables import IncidentState
from bot.store.workspace import Workspace

MARGIN = 0.05
MARGIN_POINTS = 2.0


class RuleKind(StrEnum):
    """What is looked at."""

    NUMBER = "number"
    SLA = "sla"
    ANOMALY = "anomaly"
    SPIKE = "spike"
    WORKLOAD = "workload"


class Level(StrEnum):
    """How a number stands to a rule: `between` neither opens nor ends anything, `unknown` decides nothing."""

    CALM = "calm"
    BETWEEN = "between"
    WARN = "warn"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`limit` is in the KPI's unit, seconds for durations; None means the goal that holds when it is looked at.

    For SLA `limit` is the share of the target's time from 0 to 1, for anomalies the robust z, for spikes and workload how
    many times the usual. `hold` is for how long it must last, also to end."""

    kind: RuleKind
    query: Query
    op: str = ">"
    limit: float | None = None
    warn: float | None = None
    hold: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an alert stands: its open incident's state, if any, and the level it has been at since when."""

    state: IncidentState | None = None
    level: Level | None = None
    since: datetime | None = None


def advance(standing: Standing, level: Level, at: datetime, hold: timedelta) -> Standing:
    """The standing after a look. It opens once, worsens at most once, and ends only when it was calm as long as it must last."""
    if level is Level.UNKNOWN:
        return standing
    since = standing.since if standing.level is level and standing.since is not None else at
    lasted = at - since >= hold
    state = _next(standing.state, level) if lasted else standing.state
    return Standing(state=state, level=level, since=since)


def _next(state: IncidentState | None, level: Level) -> IncidentState | None:
    match level:
        case Level.OVER:
            return IncidentState.BREACHED
        case Level.WARN:
            return state or IncidentState.WARNING
        case Level.CALM:
            return None
        case _:
            return state


def level_of(value: float | None, rule: Rule, limit: float, unit: Unit) -> Level:
    """How a value stands to a limit. No data decides nothing."""
    if value is None:
        return Level.UNKNOWN
    compare = OPS[rule.op]
    if compare(value, limit):
        return Level.OVER
    if rule.warn is not None and compare(value, rule.warn):
        return Level.WARN
    clear = clears_at(rule, limit, unit)
    calm = value <= clear if rule.op.startswith(">") else value >= clear
    return Level.CALM if calm else Level.BETWEEN


def clears_at(rule: Rule, limit: float, unit: Unit) -> float:
    """From which value on an incident ends: a twentieth on the good side of the limit, or two points of a percentage."""
    edge = rule.warn if rule.warn is not None else limit
    margin = MARGIN_POINTS if unit in (Unit.PERCENT, Unit.POINTS) else abs(edge) * MARGIN
    clear = edge - margin if rule.op.startswith(">") else edge + margin
    # A share cannot pass 100 %, nor any count fall below nothing.
    return min(clear, 100.0) if unit is Unit.PERCENT else clear


def is_too_thin(kpi: Kpi, figure: Figure) -> bool:
    """Whether a figure rests on too few cases for any alert; a count is no sample."""
    if isinstance(kpi.measure, Count | Stock):
        return False
    # Tickets by agents rest on the tickets, however few the agents are.
    by_size = isinstance(kpi.measure, Quotient) and kpi.unit is not Unit.PERCENT
    cases = max((part or 0 for part in figure.parts.values()), default=figure.n) if by_size else figure.n
    return cases < THIN_N


def query_at(query: Query, now: datetime, workspace: Workspace) -> Query:
    """The rule's question as it is asked at an instant: its window begins and ends anew, and nothing is compared or split."""
    window = read_window(query.window.text, now=now, zone=zone(workspace.zone), week_start=workspace.week_start)
    return replace(query, window=window, versus=None, against=None, grain=None, splits=(), show=None)


def rule_json(rule: Rule) -> dict[str, Any]:
    """The stored form of a rule."""
    return {
        "v": 1,
        "kind": rule.kind.value,
        "query": to_json(rule.query),
        "op": rule.op,
        "limit": rule.limit,
        "warn": rule.warn,
        "hold_s": int(rule.hold.total_seconds()),
    }


def rule_of(data: Mapping[str, Any]) -> Rule:
    """The rule of a stored form."""
    return Rule(
        kind=RuleKind(data["kind"]),
        query=from_json(data["query"]),
        op=data["op"],
        limit=data["limit"],
        warn=data["warn"],
        hold=timedelta(seconds=data["hold_s"]),
    )
