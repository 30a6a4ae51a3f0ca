"""Asks the store: the raw parts of a population's rows, by piece of time and by split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlmodel import Session

from bot.clock import Span
from bot.kpis.columns import SPANS, TAGS, TICKETS
from bot.kpis.dimensions import Dimension, condition
from bot.kpis.kpi import Balance, Count, Duration, Flow, Mean, Ratio, Stock
from bot.kpis.names import Key
from bot.kpis.query import Filter
from bot.store.columns import seconds
from bot.store.words import Status

Rows = Count | Ratio | Mean | Duration | Balance
Keys = tuple[Key, ...]


@dataclass(slots=True)
class Cell:
    """The parts of one group: rows, sums, for durations each value in seconds, and the scales that meet in it."""

    n: int = 0
    first: float = 0
    second: float = 0
    values: list[int] = field(default_factory=list)
    scales: set[str] = field(default_factory=set)

    def add(self, other: Cell) -> None:
        self.n += other.n
        self.first += other.first
        self.second += other.second
        self.values += other.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is asked of the store besides the measure: filters, splits, zone, and whose clock. `at` is the instant of a stock."""

    session: Session
    zone: ZoneInfo
    filters: tuple[Filter, ...] = ()
    splits: tuple[Dimension, ...] = ()
    business: bool = True
    at: datetime | None = None


def flow_cells(measure: Rows, spans: Sequence[Span], scope: Scope) -> dict[tuple[int, Keys], Cell]:
    """Cells by (index of the span, keys of the split). A span or group without rows has no cell."""
    scale = [measure.scale] if isinstance(measure, Mean) and measure.scale is not None else []
    keys = [dim.key(measure.flow) for dim in scope.splits]
    query = counted(measure.flow, scope, spans)
    keyed = [_piece(spans, measure.flow.when), *keys, *scale]
    if isinstance(measure, Count) and measure.distinct is not None and any(dim.local for dim in scope.splits):
        return _distinct_cells(query, keyed, measure.distinct, scope)
    found: dict[tuple[int, Keys], Cell] = {}
    for row in scope.session.execute(_told(query, keyed, measure, scope)):
        place = (int(row[0]), _localised(tuple(row[1 : len(keys) + 1]), scope))
        cell = found.setdefault(place, Cell())
        cell.add(_cell(measure, row[len(keyed) :]))
        cell.scales.update(row[len(keys) + 1 : len(keyed)])
    return found


def _distinct_cells(
    query: Select[Any], keyed: Sequence[ColumnElement[Any]], distinct: ColumnElement[Any], scope: Scope
) -> dict[tuple[int, Keys], Cell]:
    """What is solved twice within an hour falls in two of its quarters: it is one ticket only when these are put together."""
    seen: dict[tuple[int, Keys], set[Any]] = {}
    named = [key.label(f"k{i}") for i, key in enumerate(keyed)]
    for row in scope.session.execute(query.with_only_columns(*named, distinct.label("one")).distinct()):
        seen.setdefault((int(row[0]), _localised(tuple(row[1:-1]), scope)), set()).add(row[-1])
    return {place: Cell(n=len(ones)) for place, ones in seen.items()}


def _told(query: Select[Any], keys: Sequence[ColumnElement[Any]], measure: Rows | Stock, scope: Scope) -> Select[Any]:
    """The parts of each group. Grouping happens outside a subquery, by name: PostgreSQL does not see that an expression
    with parameters is the same one in SELECT and GROUP BY."""
    named = [key.label(f"k{i}") for i, key in enumerate(keys)]
    if isinstance(measure, Duration):
        return query.with_only_columns(*named, measure.business if scope.business else measure.calendar)
    parts = [part.label(f"v{i}") for i, part in enumerate(_parts(measure))]
    rows = query.with_only_columns(*named, *parts).subquery("told")
    group = [rows.c[f"k{i}"] for i in range(len(keys))]
    sums = [rows.c[f"v{i}"] for i in range(len(parts))]
    if isinstance(measure, Count) and measure.distinct is not None:
        return select(*group, func.count(sums[0].distinct())).group_by(*group)
    return select(*group, func.count(), *map(func.sum, sums)).group_by(*group)


def counted(flow: Flow, scope: Scope, spans: Sequence[Span], *, excluded: bool = False) -> Select[Any]:
    """A SELECT over exactly the rows a flow counts in the spans; or, with `excluded`, those the shared rule leaves out."""
    rule = TICKETS.c.excluded.is_not(None) if excluded else TICKETS.c.excluded.is_(None)
    where = [flow.when >= spans[0].start, flow.when < spans[-1].end, rule]
    where += [flow.where] if flow.where is not None else []
    query: Select[Any] = select(func.count()).select_from(flow.table)
    if flow.table is not TICKETS:
        query = query.join(TICKETS, TICKETS.c.ticket_id == flow.table.c.ticket_id, isouter=flow.loose)
    if any(dim.several for dim in scope.splits):
        query = query.join(TAGS, TAGS.c.ticket_id == TICKETS.c.ticket_id)
    return query.where(*where, *condition(scope, flow))


def stock_cells(stock: Stock, instants: Sequence[datetime], scope: Scope) -> dict[tuple[int, Keys], Cell]:
    """How many tickets were in the stock just before each of some ascending instants: those there at the first, then
    who came and who left; a range join over the same spans took 650 times as long."""
    found: dict[tuple[int, Keys], Cell] = {}
    keys = [dim.key(stock) for dim in scope.splits]
    start, end = SPANS.c.started_at, SPANS.c.ended_at
    first = instants[0]
    running: dict[Keys, int] = {}
    for row in scope.session.execute(_told(standing(stock, first, scope), [literal(0), *keys], stock, scope)):
        running[_localised(tuple(row[1:-1]), scope)] = int(row[-1])
    spans = [Span(a, b) for a, b in pairwise(instants)]
    changes: dict[tuple[int, Keys], int] = {}
    for when, sign in ((start, 1), (end, -1)) if spans else ():
        query = _spans(stock, scope).where(when >= first, when < instants[-1])
        for row in scope.session.execute(_told(query, [_piece(spans, when), *keys], stock, scope)):
            place = (int(row[0]) + 1, _localised(tuple(row[1:-1]), scope))
            changes[place] = changes.get(place, 0) + sign * int(row[-1])
    groups = set(running) | {key for _, key in changes}
    for index in range(len(instants)):
        for key in groups:
            running[key] = running.get(key, 0) + changes.get((index, key), 0)
            found[index, key] = Cell(n=running[key])
    return found


def standing(stock: Stock, at: datetime, scope: Scope) -> Select[Any]:
    """A SELECT over exactly the status spans that stood in the stock just before an instant, one a ticket."""
    end = SPANS.c.ended_at
    # The sum keeps SQLite off the index of beginnings, nearly all of which lie before any instant: it halves the time.
    begun = type_coerce(SPANS.c.started_at, BigInteger) + 0 < seconds(at)
    return _spans(stock, scope).where(begun, or_(end.is_(None), end >= at))


def _spans(stock: Stock, scope: Scope) -> Select[Any]:
    """Deleted and merged tickets stood in the backlog until they were; spam never did."""
    query: Select[Any] = select(func.count()).select_from(SPANS)
    query = query.join(TICKETS, TICKETS.c.ticket_id == SPANS.c.ticket_id)
    if any(dim.several for dim in scope.splits):
        query = query.join(TAGS, TAGS.c.ticket_id == TICKETS.c.ticket_id)
    not_spam = or_(TICKETS.c.excluded.is_(None), TICKETS.c.excluded != Status.SPAM.value)
    return query.where(stock.where, not_spam, *condition(scope, stock))


def _piece(spans: Sequence[Span], when: ColumnElement[Any]) -> ColumnElement[Any]:
    """In which of the adjacent spans a row falls."""
    return _halved([seconds(span.end) for span in spans[:-1]], 0, type_coerce(when, BigInteger))


def _halved(ends: Sequence[int], first: int, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Nested halves: nine comparisons find one of 400 spans, in one expression that every engine understands."""
    if not ends:
        return literal(first)
    middle = len(ends) // 2
    return case((at < ends[middle], _halved(ends[:middle], first, at)), else_=_halved(ends[middle + 1 :], first + middle + 1, at))


def _parts(measure: Rows | Stock) -> list[ColumnElement[Any]]:
    match measure:
        case Count(distinct=distinct) if distinct is not None:
            return [distinct]
        case Ratio():
            return [_one_if(measure.top)]
        case Mean():
            return [measure.total]
        case Balance():
            return [_one_if(measure.plus), _one_if(measure.minus)]
        case _:
            return []


def _one_if(expression: ColumnElement[bool]) -> ColumnElement[int]:
    return case((expression, 1), else_=0)


def _cell(measure: Rows, sums: Sequence[Any]) -> Cell:
    if isinstance(measure, Duration):
        return Cell(n=1, values=[int(sums[0])]) if sums[0] is not None else Cell()
    first, second = (*(float(s or 0) for s in sums[1:]), 0.0, 0.0)[:2]
    return Cell(n=int(sums[0] or 0), first=first, second=second)


def _localised(keys: Keys, scope: Scope) -> Keys:
    return tuple(
        dim.local(int(key), scope.zone) if dim.local and key is not None else getattr(key, "value", key)
        for dim, key in zip(scope.splits, keys, strict=True)
    )
