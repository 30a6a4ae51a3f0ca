"""Carries rows from the store into columns: a few thousand at a time, so that nobody waits long for the interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, Column, ColumnElement, Select, Table, bindparam, column, select, table
from sqlmodel import Session

from bot.columns.shapes import columns, creation, key_of, kind, tables, watched

AT_ONCE = 10_000
ASKED = 500
EVERY = 20

Array = NDArray[Any]


def load(session: Session, into: duckdb.DuckDBPyConnection, going_on: Callable[[], bool]) -> bool:
    """Make every table anew from one snapshot of the store; says whether it was done, or `going_on` no more."""
    for source, order in tables():
        into.execute(creation(source))
        if not _pour(session, _all_of(source), into, source, going_on):
            return False
        # Rows of the same weeks lie together, so that a window reads its own rows and not the store's.
        into.execute(f'CREATE TABLE ordered AS SELECT * FROM "{source.name}" ORDER BY "{order}"')  # noqa: S608 - our own names
        into.execute(f'DROP TABLE "{source.name}"')
        into.execute(f'ALTER TABLE ordered RENAME TO "{source.name}"')
    return going_on()


def replace(session: Session, into: duckdb.DuckDBPyConnection, changed: dict[str, Sequence[int]]) -> None:
    """Take over the rows of changed keys, by the table that told of them. The caller commits."""
    for source, _ in tables():
        keys = changed.get(watched(source), ())
        if not keys:
            continue
        key = key_of(source)
        into.register("changed", {"key": np.array(keys, np.int64)})
        into.execute(f'DELETE FROM "{source.name}" WHERE "{key}" IN (SELECT key FROM changed)')  # noqa: S608
        into.unregister("changed")
        for rows in _chunks(_read(session, source, keys), AT_ONCE):
            _append(into, source, rows)


def _pour(
    session: Session, query: Select[Any], into: duckdb.DuckDBPyConnection, source: Table, going_on: Callable[[], bool]
) -> bool:
    result = session.connection().execution_options(yield_per=AT_ONCE).execute(query)
    for rows in result.partitions(AT_ONCE):
        if not going_on():
            result.close()
            return False
        _append(into, source, rows)
    return True


def _read(session: Session, source: Table, keys: Sequence[int]) -> Iterator[Any]:
    some: BindParameter[Any] = bindparam("some", expanding=True)
    query = _all_of(source).where(column(key_of(source)).in_(some))
    for chunk in _chunks(keys, ASKED):
        yield from session.connection().execute(query, {"some": chunk})


def _all_of(source: Table) -> Select[Any]:
    """Its rows past their types: as the database has them."""
    names: list[ColumnElement[Any]] = [column(c.name) for c in columns(source)]
    return select(*names).select_from(table(source.name))


def _append(into: duckdb.DuckDBPyConnection, source: Table, rows: Sequence[Any]) -> None:
    if not rows:
        return
    kept = columns(source)
    told = {c.name: _array(values, c) for c, values in zip(kept, zip(*rows, strict=True), strict=True)}
    names = ", ".join(f'"{c.name}"' for c in kept)
    into.register("arrived", told)
    into.execute(f'INSERT INTO "{source.name}" ({names}) SELECT {names} FROM arrived')  # noqa: S608
    into.unregister("arrived")


def _array(values: Sequence[Any], of: Column[object]) -> Array:
    """A column with its gaps. Numbers go through floating point, which is exact below 2^53 and takes None by itself."""
    if kind(of) == "VARCHAR":
        return np.array(values, dtype=object)
    numbers = np.array(values, dtype=float)
    gaps = np.isnan(numbers)
    whole = np.where(gaps, 0, numbers).astype(np.int64)
    typed = whole.astype(bool) if kind(of) == "BOOLEAN" else whole
    return np.ma.masked_array(typed, mask=gaps) if gaps.any() else typed


def _chunks(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    walk = iter(values)
    while some := list(islice(walk, size)):
        yield some
