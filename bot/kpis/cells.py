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
    Integer,
    Select,
    and_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    type_coerce,
    values,
)
from sqlmodel import Session

from bot.clock import Span
from bot.kpis.columns import ANSWERS, SPANS, TAGS, TICKETS
from bot.kpis.dimensions import Dimension, Key, condition
from bot.kpis.kpi import Balance, Count, Duration, Flow, Mean, Ratio, Stock
from bot.kpis.query import Filter
from bot.store.columns import seconds
from bot.store.words import Status

Rows = Count | Ratio | Mean | Duration | Balance
Keys = tuple[Key, ...]


@dataclass(slots=True)
class Cell:
    """The parts of one group: rows, sums, and for durations each value in seconds."""

    n: int = 0
    first: float = 0
    second: float = 0
    values: list[int] = field(default_factory=list)

    def add(self, other: Cell) -> None:
        self.n += other.n
        self.first += other.first
        self.second += other.second
        self.values += other.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is asked of the store besides the measure: filters, splits, zone, and whose clock."""

    session: Session
    zone: ZoneInfo
    filters: tuple[Filter, ...] = ()
    splits: tuple[Dimension, ...] = ()
    business: bool = True


def flow_cells(measure: Rows, spans: Sequence[Span], scope: Scope) -> dict[tuple[int, Keys], Cell]:
    """Cells by (index of the span, keys of the split). A span or group without rows has no cell."""
    keys = [dim.key(measure.flow) for dim in scope.splits]
    query = counted(measure.flow, scope, spans)
    piece = _piece(spans, measure.flow.when)
    found: dict[tuple[int, Keys], Cell] = {}
    group = [piece, *keys]
    grouped = [g for g in group if g is not None]
    parts = _parts(measure, business=scope.business)
    statement = query.with_only_columns(*grouped, *parts)
    if not isinstance(measure, Duration):
        statement = statement.group_by(*grouped)
    for row in scope.session.execute(statement):
        index, rest = (int(row[0]), row[1:]) if piece is not None else (0, row)
        labels, sums = tuple(rest[: len(keys)]), rest[len(keys) :]
        place = (index, _localised(labels, scope))
        found.setdefault(place, Cell()).add(_cell(measure, sums))
    return found


def counted(flow: Flow, scope: Scope, spans: Sequence[Span], *, excluded: bool = False) -> Select[Any]:
    """A SELECT over exactly the rows a flow counts in the spans; or, with `excluded`, those the shared rule leaves out."""
    rule = TICKETS.c.excluded.is_not(None) if excluded else TICKETS.c.excluded.is_(None)
    where = [flow.when >= spans[0].start, flow.when < spans[-1].end, rule]
    where += [flow.where] if flow.where is not None else []
    query: Select[Any] = select(func.count()).select_from(flow.table)
    if flow.table is ANSWERS:
        query = query.outerjoin(TICKETS, TICKETS.c.ticket_id == ANSWERS.c.ticket_id)
    elif flow.table is not TICKETS:
        query = query.join(TICKETS, TICKETS.c.ticket_id == flow.table.c.ticket_id)
    if any(dim.several for dim in scope.splits):
        query = query.join(TAGS, TAGS.c.ticket_id == TICKETS.c.ticket_id)
    return query.where(*where, *condition(scope.session, scope.filters, flow))


def stock_cells(stock: Stock, instants: Sequence[datetime], scope: Scope) -> dict[tuple[int, Keys], Cell]:
    """How many tickets were in the stock just before each of some ascending instants: those there at the first, then
    who came and who left; a range join over the same spans took 650 times as long."""
    found: dict[tuple[int, Keys], Cell] = {}
    keys = [dim.key(stock) for dim in scope.splits]
    start, end = SPANS.c.started_at, SPANS.c.ended_at
    first = instants[0]
    base = standing(stock, first, scope).with_only_columns(*keys, func.count())
    running: dict[Keys, int] = {}
    for row in scope.session.execute(base.group_by(*keys) if keys else base):
        running[_localised(tuple(row[:-1]), scope)] = int(row[-1])
    spans = [Span(a, b) for a, b in pairwise(instants)]
    changes: dict[tuple[int, Keys], int] = {}
    for when, sign in ((start, 1), (end, -1)) if spans else ():
        piece = _piece(spans, when)
        piece = literal(0) if piece is None else piece
        query = _spans(stock, scope).where(when >= first, when < instants[-1])
        for row in scope.session.execute(query.with_only_columns(piece, *keys, func.count()).group_by(piece, *keys)):
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
    start, end = SPANS.c.started_at, SPANS.c.ended_at
    return _spans(stock, scope).where(start < at, or_(end.is_(None), end >= at))


def _spans(stock: Stock, scope: Scope) -> Select[Any]:
    """Deleted and merged tickets stood in the backlog until they were; spam never did."""
    query: Select[Any] = select(func.count()).select_from(SPANS)
    query = query.join(TICKETS, TICKETS.c.ticket_id == SPANS.c.ticket_id)
    if any(dim.several for dim in scope.splits):
        query = query.join(TAGS, TAGS.c.ticket_id == TICKETS.c.ticket_id)
    not_spam = or_(TICKETS.c.excluded.is_(None), TICKETS.c.excluded != Status.SPAM.value)
    return query.where(stock.where, not_spam, *condition(scope.session, scope.filters, stock))


def _piece(spans: Sequence[Span], when: ColumnElement[Any]) -> ColumnElement[Any] | None:
    """In which of the adjacent spans a row falls, as a scalar subquery over their edges; None for a single span."""
    if len(spans) == 1:
        return None
    data = [(i, seconds(span.start), seconds(span.end)) for i, span in enumerate(spans)]
    edges = (
        values(column("i", Integer), column("lo", BigInteger), column("hi", BigInteger), name="piece").data(data).alias("piece")
    )
    at = type_coerce(when, BigInteger)
    return select(edges.c.i).where(and_(edges.c.lo <= at, at < edges.c.hi)).scalar_subquery()


def _parts(measure: Rows, *, business: bool) -> list[ColumnElement[Any]]:
    match measure:
        case Count(distinct=None):
            return [func.count()]
        case Count(distinct=distinct):
            return [func.count(distinct.distinct())]  # type: ignore[union-attr]
        case Ratio():
            return [func.count(), func.sum(_one_if(measure.top))]
        case Mean():
            return [func.count(), func.sum(measure.total)]
        case Balance():
            return [func.count(), func.sum(_one_if(measure.plus)), func.sum(_one_if(measure.minus))]
        case Duration():
            return [measure.business if business else measure.calendar]


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
