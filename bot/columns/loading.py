"""Carries rows from the store into columns: a few thousand at a time, so that nobody waits long for the interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Select,
    bindparam,
    case,
    column,
    func,
    literal,
    select,
    table,
)
from sqlmodel import Session

from bot.columns import packed
from bot.columns.packed import NOTHING, Packed, Words, chunked, index_of, ordered_by, placed, together
from bot.columns.shapes import Kept, columns, kept, kind

AT_ONCE = 10_000
ASKED = 500

Parts = dict[str, list[packed.Column]]


def load(session: Session, going_on: Callable[[], bool]) -> dict[str, Packed] | None:
    """Every table from one snapshot of the store; None where `going_on` said no before it was done."""
    tables: dict[str, Packed] = {}
    for one in kept():
        parts: Parts = {}
        words = {c.name: Words() if kind(c) == "word" else None for c in columns(one)}
        for rows in _bare(session, _all_of(one)):
            if not going_on():
                return None
            _add(parts, rows, words)
        tables[one.table.name] = _table(one, parts or _add({}, [], words))
    return tables


def replaced(session: Session, tables: Mapping[str, Packed], changed: Mapping[str, Iterable[int]]) -> dict[str, Packed]:
    """The tables with the rows of changed keys as the session's snapshot shows them, by the table that told of them."""
    told = dict(tables)
    for one in kept():
        keys = sorted(changed.get(one.watched, ()))
        if not keys:
            continue
        old = told[one.table.name]
        parts: Parts = {}
        words = {name: column.words for name, column in old.columns.items()}
        for rows in _chunks(_read(session, one, keys), AT_ONCE):
            _add(parts, rows, words)
        left = old.without(one.key, np.array(keys, np.int64))
        arrived = {name: together(stretch) for name, stretch in parts.items()}
        told[one.table.name] = left.with_rows(_exact(arrived, parts), one.key) if parts else left
    return told


def _exact(columns: Mapping[str, packed.Column], parts: Parts) -> dict[str, packed.Column]:
    """Without room behind."""
    counts = {name: sum(len(part.values) for part in stretch) for name, stretch in parts.items()}
    return {name: packed.Column(one.values[: counts[name]], one.gaps, one.words) for name, one in columns.items()}


def _table(one: Kept, parts: Parts) -> Packed:
    count = sum(len(part.values) for part in next(iter(parts.values())))
    joined: dict[str, packed.Column] = {}
    for name in list(parts):
        joined[name] = together(parts.pop(name))
    ordered = ordered_by(joined, count, one.order)
    indexes = {name: index_of(ordered[name], count) for name in one.indexed}
    places = placed(ordered[one.key].values[:count], 0) if one.placed else None
    return Packed(columns=ordered, count=count, ordered=count, order=one.order, indexes=indexes, places=places)


def _add(parts: Parts, rows: Sequence[Any], words: Mapping[str, Words | None]) -> Parts:
    stretches = zip(*rows, strict=True) if rows else (() for _ in words)
    for (name, known), values in zip(words.items(), stretches, strict=True):
        parts.setdefault(name, []).append(chunked(values, known))
    return parts


def _bare(session: Session, query: Select[Any]) -> Iterator[list[Any]]:
    """Rows as the driver gives them: SQLAlchemy's would take as long again to make."""
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    sql = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
    with closing(driver.cursor() if connection.dialect.name == "sqlite" else driver.cursor("columns")) as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


def _read(session: Session, one: Kept, keys: Sequence[int]) -> Iterator[Any]:
    some: BindParameter[Any] = bindparam("some", expanding=True)
    query = _all_of(one).where(column(one.key).in_(some))
    for chunk in _chunks(keys, ASKED):
        yield from session.connection().execute(query, {"some": chunk})


def _all_of(one: Kept) -> Select[Any]:
    """Its rows past their types: as the database has them, with our sign for numbers that are not there."""
    return select(*map(_plain, columns(one))).select_from(table(one.table.name))


def _plain(of: Column[Any]) -> ColumnElement[Any]:
    bare: ColumnElement[Any] = column(of.name)
    match kind(of):
        case "word":
            return bare
        case "flag":
            return case((bare.is_(None), literal(NOTHING, BigInteger())), (column(of.name, Boolean()), 1), else_=0)
        case _:
            return func.coalesce(bare, literal(NOTHING, BigInteger())) if of.nullable else bare


def _chunks(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    walk = iter(values)
    while some := list(islice(walk, size)):
        yield some
