"""Asks the store: the raw parts of a population's rows, by piece of time and by split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlmodel import Session

from bot.clock import Span
from bot.columns.beside import Facts
from bot.kpis.columns import SPANS, TAGS, TICKETS
from bot.kpis.dimensions import Dimension, condition
from bot.kpis.kpi import Balance, Count, Duration, Flow, Mean, Ratio, Stock
from bot.kpis.local_time import piece, wall_clock
from bot.kpis.names import Key
from bot.kpis.query import Filter
from bot.store.columns import seconds
from bot.store.words import Status

Rows = Count | Ratio | Mean | Duration | Balance
Keys = tuple[Key, ...]
T = TypeVar("T")


SHARES = (0.5, 0.9, 0.95)
IN_SQL = f"ARRAY[{', '.join(f'{share}::float8' for share in SHARES)}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the values of a group lie: sum, highest, and median, 90th and 95th percentile (type 7)."""

    total: int
    most: int
    shares: tuple[float, ...]


@dataclass(slots=True)
class Cell:
    """The parts of one group: rows, sums, for durations how their seconds lie, and the scales that meet in it.

    A store that can compute percentiles gives the `spread`; the others give all `values`."""

    n: int = 0
    first: float = 0
    second: float = 0
    values: list[int] = field(default_factory=list)
    spread: Spread | None = None
    scales: set[str] = field(default_factory=set)

    def add(self, other: Cell) -> None:
        self.n += other.n
        self.first += other.first
        self.second += other.second
        self.values += other.values
        self.spread = other.spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is asked besides the measure: filters, splits, zone, and whose clock. `columns` show the same facts as the store,
    and are quicker; `at` is the instant of a stock."""

    session: Session
    columns: Facts | None = None
    zone: ZoneInfo
    filters: tuple[Filter, ...] = ()
    splits: tuple[Dimension, ...] = ()
    business: bool = True
    at: datetime | None = None

    @property
    def facts(self) -> Facts:
        """Where they are read."""
        return self.columns or self.session

    @property
    def spreads(self) -> bool:
        """Whether the engine computes exact percentiles by itself; SQLite does not."""
        return self.columns is not None or self.session.get_bind().dialect.name != "sqlite"


def flow_cells(measure: Rows, spans: Sequence[Span], scope: Scope) -> dict[tuple[int, Keys], Cell]:
    """Cells by (index of the span, keys of the split). A span or group without rows has no cell."""
    pieces = [piece(measure.flow.when, spans, scope.zone)] if len(spans) > 1 else []
    return _cells(measure, scope, _read(measure, spans, scope, pieces), pieced=bool(pieces))


def largest_cells(measure: Rows, span: Span, scope: Scope, most: int) -> tuple[dict[Keys, Cell], Cell, int]:
    """The cells of the groups with the most rows, all others in one, and how many those are.

    Of durations that one has only how many rows it is made of: percentiles do not add up."""
    rows = _read(measure, [span], scope, [])
    place = len(scope.splits)
    if (isinstance(measure, Mean) and measure.scale is not None) or (isinstance(measure, Duration) and not scope.spreads):
        cells = [(keys, cell) for (_, keys), cell in _cells(measure, scope, rows, pieced=False).items()]
        kept, left = largest(cells, most, n=lambda one: one[1].n, keys=lambda one: one[0])
        return dict(kept), _others(measure, [(cell.n, cell.first, cell.second) for _, cell in left]), len(left)
    shown, rest = largest(rows, most, n=lambda row: int(row[place]), keys=lambda row: plain(tuple(row[:place])))
    found = {keys: cell for (_, keys), cell in _cells(measure, scope, shown, pieced=False).items()}
    return found, _others(measure, [row[place:] for row in rest]), len(rest)


def largest(
    found: Sequence[T], most: int, *, n: Callable[[T], int], keys: Callable[[T], Keys]
) -> tuple[Sequence[T], Sequence[T]]:
    """Those with the most rows, and the others. Where several have as many, the keys decide, on every engine alike."""
    if len(found) <= most:
        return found, ()
    numbers = [*map(n, found)]
    least = sorted(numbers, reverse=True)[most - 1]
    above = [one for one, number in zip(found, numbers, strict=True) if number > least]
    level = [one for one, number in zip(found, numbers, strict=True) if number == least]
    below = [one for one, number in zip(found, numbers, strict=True) if number < least]
    level.sort(key=lambda one: [(key is None, key) for key in keys(one)])
    room = most - len(above)
    return [*above, *level[:room]], [*level[room:], *below]


def _others(measure: Rows, parts: Sequence[Sequence[Any]]) -> Cell:
    n = sum(int(part[0]) for part in parts)
    if isinstance(measure, Duration):
        return Cell(n=n)
    first, second = (*(float(sum(part[at] or 0 for part in parts)) for at in range(1, len(parts[0]) if parts else 1)), 0.0, 0.0)[
        :2
    ]
    return Cell(n=n, first=first, second=second)


def _read(measure: Rows, spans: Sequence[Span], scope: Scope, pieces: Sequence[ColumnElement[Any]]) -> Sequence[Any]:
    scale = [measure.scale] if isinstance(measure, Mean) and measure.scale is not None else []
    keyed = [*pieces, *split_keys(measure.flow, Span(spans[0].start, spans[-1].end), scope), *scale]
    return [*scope.facts.execute(_told(counted(measure.flow, scope, spans), keyed, measure, scope))]


def _cells(measure: Rows, scope: Scope, rows: Sequence[Any], *, pieced: bool) -> dict[tuple[int, Keys], Cell]:
    scaled = isinstance(measure, Mean) and measure.scale is not None
    keyed = pieced + len(scope.splits) + scaled
    found: dict[tuple[int, Keys], Cell] = {}
    for row in rows:
        cell = found.setdefault((int(row[0]) if pieced else 0, plain(tuple(row[pieced : keyed - scaled]))), Cell())
        cell.add(_cell(measure, row[keyed:]))
        cell.scales.update(row[keyed - scaled : keyed])
    # Without anything to group by there is one row even of nothing.
    return found if keyed else {place: cell for place, cell in found.items() if cell.n}


def split_keys(population: Flow | Stock, within: Span, scope: Scope) -> list[ColumnElement[Any]]:
    """What the rows of a population are split by, on the wall clocks of a span."""
    keys = [dim.key(population) for dim in scope.splits]
    return [
        dim.local(wall_clock(key, within, scope.zone)) if dim.local else key for dim, key in zip(scope.splits, keys, strict=True)
    ]


def _told(query: Select[Any], keys: Sequence[ColumnElement[Any]], measure: Rows | Stock, scope: Scope) -> Select[Any]:
    """The parts of each group. Grouping happens outside a subquery, by name: PostgreSQL does not see that an expression
    with parameters is the same one in SELECT and GROUP BY."""
    named = [key.label(f"k{i}") for i, key in enumerate(keys)]
    if isinstance(measure, Duration) and not scope.spreads:
        return query.with_only_columns(*named, measure.business if scope.business else measure.calendar)
    parts = [part.label(f"v{i}") for i, part in enumerate(_parts(measure, scope))]
    rows = query.with_only_columns(*named, *(parts or [literal(1).label("one")])).subquery("told")
    group = [rows.c[f"k{i}"] for i in range(len(keys))]
    return select(*group, *_sums(measure, [rows.c[f"v{i}"] for i in range(len(parts))])).select_from(rows).group_by(*group)


def _sums(measure: Rows | Stock, parts: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    match measure:
        case Count(distinct=distinct) if distinct is not None:
            return [func.count(parts[0].distinct())]
        case Duration():
            lie = func.percentile_cont(literal_column(IN_SQL)).within_group(parts[0])
            return [func.count(parts[0]), func.sum(parts[0]), func.max(parts[0]), lie]
        case _:
            return [func.count(), *map(func.sum, parts)]


def counted(flow: Flow, scope: Scope, spans: Sequence[Span], *, excluded: bool = False) -> Select[Any]:
    """A SELECT over exactly the rows a flow counts in the spans; or, with `excluded`, those the shared rule leaves out."""
    rule = TICKETS.c.excluded.is_not(None) if excluded else TICKETS.c.excluded.is_(None)
    within = Span(spans[0].start, spans[-1].end)
    where = [flow.when >= within.start, flow.when < within.end, rule]
    where += [flow.where] if flow.where is not None else []
    rows = flow.table
    if rows is not TICKETS:
        rows = rows.join(TICKETS, TICKETS.c.ticket_id == rows.c.ticket_id, isouter=flow.loose)
    return select(func.count()).select_from(_tagged(rows, scope)).where(*where, *condition(scope, flow, within))


def _tagged(rows: FromClause, scope: Scope) -> FromClause:
    """With a row for each tag of a ticket, where it is asked by tag."""
    by_tag = any(dim.several for dim in scope.splits)
    return rows.join(TAGS, TAGS.c.ticket_id == TICKETS.c.ticket_id) if by_tag else rows


def stock_cells(stock: Stock, instants: Sequence[datetime], scope: Scope) -> dict[tuple[int, Keys], Cell]:
    """How many tickets were in the stock just before each of some ascending instants: those there at the first, then
    who came and who left; a range join over the same spans took 650 times as long."""
    found: dict[tuple[int, Keys], Cell] = {}
    keys = split_keys(stock, Span(instants[0], instants[-1]), scope)
    start, end = SPANS.c.started_at, SPANS.c.ended_at
    first = instants[0]
    running: dict[Keys, int] = {}
    for row in scope.facts.execute(_told(standing(stock, first, scope), keys, stock, scope)):
        running[plain(tuple(row[:-1]))] = int(row[-1])
    spans = [Span(a, b) for a, b in pairwise(instants)]
    changes: dict[tuple[int, Keys], int] = {}
    for when, sign in ((start, 1), (end, -1)) if spans else ():
        query = _spans(stock, scope).where(when >= first, when < instants[-1])
        for row in scope.facts.execute(_told(query, [piece(when, spans, scope.zone), *keys], stock, scope)):
            place = (int(row[0]) + 1, plain(tuple(row[1:-1])))
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
    begun = SPANS.c.started_at < at
    if scope.columns is None:
        # The sum keeps SQLite off the index of beginnings, nearly all of which lie before any instant: it halves the time.
        begun = type_coerce(SPANS.c.started_at, BigInteger) + 0 < seconds(at)
    return _spans(stock, scope).where(begun, or_(end.is_(None), end >= at))


def _spans(stock: Stock, scope: Scope) -> Select[Any]:
    """A deleted ticket stood in the backlog until it was deleted; what was merged away, or is spam, never did."""
    rows = _tagged(SPANS.join(TICKETS, TICKETS.c.ticket_id == SPANS.c.ticket_id), scope)
    stood = or_(TICKETS.c.excluded.is_(None), TICKETS.c.excluded == Status.DELETED.value)
    return select(func.count()).select_from(rows).where(stock.where, stood, *condition(scope, stock))


def _parts(measure: Rows | Stock, scope: Scope) -> list[ColumnElement[Any]]:
    match measure:
        case Duration():
            return [measure.business if scope.business else measure.calendar]
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
        return _durations(*sums)
    first, second = (*(float(s or 0) for s in sums[1:]), 0.0, 0.0)[:2]
    return Cell(n=int(sums[0] or 0), first=first, second=second)


def _durations(n: Any, *spread: Any) -> Cell:
    """How the seconds of a group lie; or, where the engine cannot tell, one row's seconds."""
    if not spread:
        return Cell() if n is None else Cell(n=1, values=[int(n)])
    total, most, shares = spread
    return Cell(n=int(n), spread=Spread(total=int(total), most=int(most), shares=tuple(shares))) if n else Cell()


def plain(keys: Keys) -> Keys:
    """The keys of a group as the store has them."""
    return tuple(getattr(key, "value", key) for key in keys)
