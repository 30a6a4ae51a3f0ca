"""Answers a SELECT from columns: the rows of its tables, what is asked of each, and what is asked of their groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, CompoundSelect, FromClause, Join, Select, Subquery
from sqlalchemy.sql.elements import Label
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

from bot.columns.beside import TOLD
from bot.columns.expressions import Reading
from bot.columns.frames import KEY, Frame, beside_many, beside_one, found, sources_of, table_name
from bot.columns.grouping import aggregate, grouped
from bot.columns.packed import Packed
from bot.columns.statement import Statement, statement
from bot.columns.vectors import Vector, spread, together, truth
from bot.errors import NotInColumns
from bot.store.columns import Instant, Word

UNREADABLE = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What a SELECT of a kind that was never thought of may come to; the store answers it."""


@dataclass(frozen=True, slots=True)
class Told:
    """The rows of an answer: SQLAlchemy's own kind takes longer to make than most answers."""

    rows: Sequence[tuple[Any, ...]]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def one(self) -> tuple[Any, ...]:
        """The only row."""
        (row,) = self.rows
        return row

    def first(self) -> tuple[Any, ...] | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        """The first value of the first row."""
        return self.rows[0][0] if self.rows else None

    def scalars(self) -> Iterator[Any]:
        """The first value of each row."""
        return (row[0] for row in self.rows)


@dataclass(frozen=True, slots=True)
class Selecting:
    """The tables as of one moment, to be asked SELECTs of the kinds that numbers are made of."""

    tables: Mapping[str, Packed]

    def execute(self, select: Any, /) -> Told:
        """The rows that the store would give. Raises NotInColumns for what only the store can answer."""
        listening = TOLD.get()
        if listening is not None:
            listening(select)
        try:
            return Told(self._rows(statement(select)))
        except UNREADABLE as error:
            raise NotInColumns(f"The columns have no answer to this: {type(error).__name__}.") from error

    def _rows(self, asked: Statement) -> list[tuple[Any, ...]]:
        rows: Any = zip(*(self._groups(asked) if asked.in_groups else self._values(asked)), strict=True)
        for one in reversed(asked.order):
            place = next((n for n, column in enumerate(asked.columns) if column is one), None)
            if place is None:
                raise NotInColumns("rows in the order of something else")
            rows = sorted(rows, key=_by(place))
        return list(rows)

    def _values(self, asked: Statement) -> Iterator[list[Any]]:
        """A value a row, for each column."""
        vectors = self._vectors(asked)
        if asked.distinct:
            vectors = grouped(vectors, len(vectors[0].values)).keys
        return (_told(v.taken(slice(asked.limit)), c.type) for c, v in zip(asked.columns, vectors, strict=True))

    def _vectors(self, asked: Statement) -> list[Vector]:
        reading, frames = self._frames(asked)
        return [_over(reading, column, frames) for column in asked.columns]

    def _groups(self, asked: Statement) -> Iterator[list[Any]]:
        """A value a group, for each column."""
        reading, frames = self._frames(asked)
        groups = grouped([_over(reading, one, frames) for one in asked.groups], sum(frame.count for frame in frames))
        groups.in_order = any(column.__visit_name__ == "withingroup" for column in asked.columns)
        for column in asked.columns:
            place = next((n for n, one in enumerate(asked.groups) if one is column), None)
            if place is not None:
                yield _told(groups.keys[place], column.type)
                continue
            bare = column.element if isinstance(column, Label) else column
            yield _typed(aggregate(bare, groups, lambda inner: _over(reading, inner, frames)), bare.type)

    def _frames(self, asked: Statement) -> tuple[Reading, list[Frame]]:
        """The rows that are asked about: of a union, those of each part of it."""
        reading = Reading(self.tables, lambda inner: [row[0] for row in self._rows(statement(inner))])
        early = [one for one in asked.where if sources_of(one) <= {asked.source}]
        late = [one for one in asked.where if not any(one is other for other in early)]
        frames = [*self._found(asked.source, early, reading)]
        for join in asked.joins:
            frames = [self._joined(frame, join, reading) for frame in frames]
        for one in late:
            frames = [frame.narrowed(truth(reading.value(one, frame))) for frame in frames]
        return reading, frames

    def _found(self, source: FromClause, where: Sequence[Any], reading: Reading) -> Iterator[Frame]:
        inner = source.element if isinstance(source, Subquery) else None
        if isinstance(inner, CompoundSelect):
            for part in inner.selects:
                own = statement(part)
                named = {c.key: told for c, told in zip(source.c, own.columns, strict=True)}
                table = reading.table(table_name(own.source))
                frame = found(table, own.source, [_renamed(one, source, named) for one in where], reading.value)
                frame.renamed = {source: named}
                yield frame
        elif isinstance(inner, Select):
            vectors = self._vectors(statement(inner))
            frame = Frame(count=len(vectors[0].values), told={source: dict(zip(source.c.keys(), vectors, strict=True))})
            for one in where:
                frame = frame.narrowed(truth(reading.value(one, frame)))
            yield frame
        else:
            yield found(reading.table(table_name(source)), source, where, reading.value)

    def _joined(self, frame: Frame, join: Join, reading: Reading) -> Frame:
        """The frame with the rows of another table that are of the same ticket."""
        target: Any = join.right
        on: Any = join.onclause
        mine, theirs = (on.left, on.right) if on.right.table is target else (on.right, on.left)
        if theirs.table is not target or theirs.name != KEY:
            raise NotInColumns("rows joined by something else")
        ids = spread(reading.value(mine, frame), frame.count)
        table = reading.table(table_name(target))
        if table.places is not None:
            return beside_one(frame, table, target, ids, loose=join.isouter)
        other = found(table, target, (), reading.value)
        return beside_many(frame, other, target, ids, spread(reading.value(theirs, other), other.count))


def _by(place: int) -> Callable[[tuple[Any, ...]], Any]:
    return lambda row: (row[place] is not None, row[place])


def _renamed(condition: ColumnElement[Any], source: FromClause, named: Mapping[str, Any]) -> ColumnElement[Any]:
    def own(element: Any, **_: Any) -> Any:
        return named[element.key] if getattr(element, "table", None) is source else None

    replaced: ColumnElement[Any] = replacement_traverse(condition, {}, own)
    return replaced


def _over(reading: Reading, node: Any, frames: Sequence[Frame]) -> Vector:
    return together([spread(reading.value(node, frame), frame.count) for frame in frames])


def _told(vector: Vector, kind: TypeEngine[Any]) -> list[Any]:
    """The values as the store gives them."""
    values: list[Any] = vector.values.tolist()
    if vector.words is not None:
        words = vector.words.words
        values = [words[code] if code >= 0 else None for code in values]
    if vector.nulls is not None:
        values = [None if gone else value for value, gone in zip(values, vector.nulls.tolist(), strict=True)]
    return _typed(values, kind)


def _typed(values: list[Any], kind: TypeEngine[Any]) -> list[Any]:
    if isinstance(kind, Instant | Word):
        turn: Any = kind.process_result_value
        return [turn(value, None) for value in values]
    return [None if value is None else bool(value) for value in values] if isinstance(kind, Boolean) else values
