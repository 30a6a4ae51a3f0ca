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
    ColumnElement,
    Select,
    bindparam,
    case,
    column,
    func,
    literal,
    schema,
    select,
    table,
)
from sqlmodel import Session

from bot.columns.packed import NOTHING, ROOM, Column, Packed, Words, chunked, empty, grown, index_of, ordered_by, placed
from bot.columns.shapes import Kept, columns, kept, kind

AT_ONCE = 5_000
ASKED = 500


def load(session: Session, going_on: Callable[[], bool]) -> dict[str, Packed] | None:
    """Every table from one snapshot of the store; None where `going_on` said no before it was done."""
    tables: dict[str, Packed] = {}
    for one in kept():
        room = session.connection().execute(select(func.count()).select_from(one.table)).scalar_one()
        held, count = _empty(one, room + room // ROOM), 0
        for rows in _bare(session, _all_of(one)):
            if not going_on():
                return None
            arrived = _packed(rows, held)
            held = {name: grown(column, count, arrived[name]) for name, column in held.items()}
            count += len(rows)
        tables[one.table.name] = _table(one, held, count)
    return tables


def replaced(session: Session, tables: Mapping[str, Packed], changed: Mapping[str, Iterable[int]]) -> dict[str, Packed]:
    """The tables with the rows of changed keys as the session's snapshot shows them, by the table that told of them."""
    told = dict(tables)
    for one in kept():
        keys = sorted(changed.get(one.watched, ()))
        if not keys:
            continue
        left = told[one.table.name].without(one.key, np.array(keys, np.int64))
        for rows in _chunks(_read(session, one, keys), AT_ONCE):
            left = left.with_rows(_packed(rows, left.columns), one.key)
        told[one.table.name] = left
    return told


def _empty(one: Kept, room: int) -> dict[str, Column]:
    return {c.name: empty(room, Words() if kind(c) == "word" else None) for c in columns(one)}


def _packed(rows: Sequence[Any], into: Mapping[str, Column]) -> dict[str, Column]:
    """Rows of a table's columns, packed."""
    stretches = zip(*rows, strict=True)
    return {name: chunked(values, known.words) for (name, known), values in zip(into.items(), stretches, strict=True)}


def _table(one: Kept, loose: Mapping[str, Column], count: int) -> Packed:
    ordered = ordered_by(loose, count, one.order)
    indexes = {name: index_of(ordered[name], count) for name in one.indexed}
    places = placed(ordered[one.key].values[:count], 0) if one.placed else None
    return Packed(columns=ordered, count=count, ordered=count, order=one.order, indexes=indexes, places=places)


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


def _plain(of: schema.Column[Any]) -> ColumnElement[Any]:
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
