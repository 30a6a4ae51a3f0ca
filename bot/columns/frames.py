"""Rows of one or more tables side by side: found by a window, joined, and narrowed down."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Alias, BindParameter, ColumnElement, FromClause, Table
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnClause
from sqlalchemy.sql.visitors import iterate

from bot.columns.packed import Flags, Packed, Rows
from bot.columns.vectors import Value, Vector, either, truth
from bot.errors import NotInColumns
from bot.store.columns import Instant, Word

Element = ColumnElement[Any]
Truth = Flags | bool
Evaluate = Callable[[Any, "Frame"], Value]
KEY = "ticket_id"


@dataclass(frozen=True, slots=True)
class Side:
    """Some rows of one table; `absent` are those beside which it has none."""

    table: Packed
    rows: Rows
    absent: Flags | None = None

    def vector(self, name: str) -> Vector:
        """A column of these rows."""
        column = self.table.columns.get(name)
        if column is None:
            raise NotInColumns(f"a column {name}")
        values = column.values[self.rows]
        nulls: Flags | None = values == np.iinfo(values.dtype).min if column.gaps else None
        if nulls is not None and not nulls.any():
            nulls = None
        return Vector(values, either(nulls, self.absent), column.words)

    def taken(self, places: Any) -> Side:
        """Some of the rows."""
        return Side(self.table, _among(self.rows, places), None if self.absent is None else self.absent[places])


@dataclass(slots=True)
class Frame:
    """So many rows: of tables, of vectors that were computed before, or of tables under other names."""

    count: int
    sides: dict[FromClause, Side] = field(default_factory=dict)
    told: dict[FromClause, Mapping[str, Vector]] = field(default_factory=dict)
    renamed: dict[FromClause, Mapping[str, Element]] = field(default_factory=dict)
    _seen: dict[tuple[FromClause, str], Vector] = field(default_factory=dict)

    def vector(self, column: ColumnClause[Any]) -> Vector | Element:
        """A column's values; or of a renamed table, the column that it stands for."""
        source, name = column.table, column.key
        assert source is not None
        seen = self._seen.get((source, name))
        if seen is not None:
            return seen
        if source in self.sides:
            found = self._seen[source, name] = self.sides[source].vector(name)
            return found
        if source in self.told:
            return self.told[source][name]
        if source in self.renamed:
            return self.renamed[source][name]
        raise NotInColumns(f"rows of {source}")

    def narrowed(self, kept: Truth) -> Frame:
        """The rows that are kept."""
        if kept is True or (not isinstance(kept, bool) and bool(kept.all())):
            return self
        return self.taken(np.zeros(0, np.int64) if kept is False else np.flatnonzero(kept))

    def taken(self, places: Any) -> Frame:
        """Some rows, each as often as it is named."""
        return Frame(
            count=len(places),
            sides={source: side.taken(places) for source, side in self.sides.items()},
            told={source: {name: one.taken(places) for name, one in told.items()} for source, told in self.told.items()},
            renamed=self.renamed,
        )


def table_name(source: FromClause) -> str:
    """The table of ours that is meant. Raises NotInColumns where it is none."""
    inner = source.element if isinstance(source, Alias) else source
    if not isinstance(inner, Table):
        raise NotInColumns(f"rows of {type(inner).__name__}")
    return str(inner.name)


def conditions(where: Sequence[Element]) -> Iterator[Element]:
    """What must hold, piece by piece."""
    for one in where:
        if isinstance(one, BooleanClauseList) and one.operator is operator.and_:
            yield from conditions(one.clauses)
        else:
            yield one


def sources_of(condition: Element) -> set[FromClause]:
    """The tables that a condition names."""
    return {node.table for node in iterate(condition) if isinstance(node, ColumnClause) and node.table is not None}


def found(table: Packed, source: FromClause, where: Sequence[Element], evaluate: Evaluate) -> Frame:
    """The rows of one table for which all conditions hold: the ordered ones through an index, the later ones one by one."""
    rows, rest = _ordered(table, source, where)
    picked = _kept(table, rows, source, rest, evaluate)
    if table.count > table.ordered:
        late = _kept(table, slice(table.ordered, table.count), source, where, evaluate)
        picked = np.concatenate((_numbers(picked), _numbers(late))) if length(late) else picked
    return Frame(count=length(picked), sides={source: Side(table, picked)})


def _ordered(table: Packed, source: FromClause, where: Sequence[Element]) -> tuple[Rows, Sequence[Element]]:
    """Where to look among the ordered rows, and which conditions are still to be looked at there."""
    edges: dict[str, list[tuple[Element, Any, int]]] = {}
    for one in where:
        edge = _edge(one, source)
        if edge is not None and (edge[0] == table.order or edge[0] in table.indexes):
            edges.setdefault(edge[0], []).append((one, edge[1], edge[2]))
    for name, found_edges in edges.items():
        low = max((at for _, op, at in found_edges if op is operator.ge), default=None)
        high = min((at for _, op, at in found_edges if op is operator.lt), default=None)
        rows = table.between(name, low, high)
        if rows is not None:
            used = [one for one, *_ in found_edges]
            return rows, [one for one in where if not any(one is other for other in used)]
    return slice(0, table.ordered), where


def _edge(condition: Element, source: FromClause) -> tuple[str, Any, int] | None:
    if not isinstance(condition, BinaryExpression) or condition.operator not in (operator.ge, operator.lt):
        return None
    column, bound = condition.left, condition.right
    if not isinstance(column, ColumnClause) or column.table is not source or not isinstance(bound, BindParameter):
        return None
    at = plain(bound)
    return (column.name, condition.operator, at) if isinstance(at, int) else None


def plain(bound: BindParameter[Any]) -> Any:
    """A value as the columns have it: instants as seconds, words as text."""
    kind, value = bound.type, bound.value
    if not isinstance(kind, Instant | Word):
        return value
    turn: Any = kind.process_bind_param
    return [turn(one, None) for one in value] if isinstance(value, (list, tuple)) else turn(value, None)


def _kept(table: Packed, rows: Rows, source: FromClause, where: Sequence[Element], evaluate: Evaluate) -> Rows:
    frame = Frame(count=length(rows), sides={source: Side(table, rows)})
    flags: Truth = True
    if table.buried is not None:
        flags = ~table.buried[rows]
    for one in where:
        flags = flags & truth(evaluate(one, frame))
    if flags is True:
        return rows
    return _among(rows, np.zeros(0, np.int64) if isinstance(flags, bool) else np.flatnonzero(flags))


def length(rows: Rows) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def _numbers(rows: Rows) -> Any:
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _among(rows: Rows, places: Any) -> Rows:
    if isinstance(rows, slice):
        moved: Rows = places + rows.start if rows.start else places
        return moved
    some: Rows = rows[places]
    return some


def beside_one(frame: Frame, table: Packed, source: FromClause, ids: Vector, *, loose: bool) -> Frame:
    """The frame with each row's ticket beside it; rows without one are left out, or stay where they are loose."""
    assert table.places is not None
    values = ids.values
    outside = values >= len(table.places)
    missing = outside if ids.nulls is None else outside | ids.nulls
    rows = table.places[np.where(missing, 0, values) if missing.any() else values]
    missing |= rows < 0
    if not missing.any():
        frame.sides[source] = Side(table, rows)
        return frame
    if loose:
        frame.sides[source] = Side(table, np.where(missing, 0, rows), missing)
        return frame
    there = np.flatnonzero(~missing)
    kept = frame.taken(there)
    kept.sides[source] = Side(table, rows[there])
    return kept


def beside_many(frame: Frame, other: Frame, source: FromClause, ids: Vector, theirs: Vector) -> Frame:
    """The frame with each row as often as the other table has rows of its ticket, and those beside it; a row without a
    ticket is left out, although a number stands where its ticket's would."""
    wanted, own = theirs.values.astype(np.int64), ids.values.astype(np.int64)
    order = np.argsort(own, kind="stable")
    if ids.nulls is not None:
        order = order[~ids.nulls[order]]
    first = np.searchsorted(own[order], wanted, "left")
    counts = np.searchsorted(own[order], wanted, "right") - first
    steps = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    joined = frame.taken(order[np.repeat(first, counts) + steps])
    joined.sides[source] = other.sides[source].taken(np.repeat(np.arange(len(counts)), counts))
    return joined
