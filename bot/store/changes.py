"""Compares a page with what is stored and writes only the rows that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from json import dumps
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    TableClause,
    bindparam,
    column,
    select,
    table,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from bot.store.columns import Instant, Word

Row = dict[str, Any]

# SQLite allows 32,766 variables in a statement (999 before 3.32); a statement of this size is also cheap to prepare.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A table whose rows are known by a unique key; `content` is what a page may change.

    Its values are plain: instants are whole seconds, words are text. Going through aware datetimes and enums and back
    would cost more than the database does."""

    plain: TableClause
    key: tuple[str, ...]
    content: tuple[str, ...]

    def differs(self, row: Row, stored: Row | None) -> bool:
        """Whether a row is new or says something else than what is stored."""
        return stored is None or any(row[name] != stored[name] for name in self.content)


def keyed(model: type[SQLModel], *key: str, ours: tuple[str, ...] = ()) -> Keyed:
    """A model's table, by its key; the columns named in `ours` belong to the bot, and no page overwrites them."""
    columns = SQLModel.metadata.tables[str(model.__tablename__)].columns
    content = tuple(each.name for each in columns if each.name not in ("id", *key, *ours))
    plain = table(str(model.__tablename__), *(column(each.name, _plain_type(each.type)) for each in columns))
    return Keyed(plain=plain, key=key, content=content)


def stored_rows(connection: Connection, to: Keyed, source: str, external_ids: Iterable[str]) -> dict[str, Row]:
    """The content of a source's rows, by external id."""
    c = to.plain.c
    query = select(c.external_id, *(c[name] for name in to.content)).where(_of_source(to, source))
    return {row[0]: dict(zip(to.content, row[1:], strict=True)) for row in in_chunks(connection, query, external_ids)}


def row_ids(connection: Connection, to: Keyed, source: str, external_ids: Iterable[str]) -> dict[str, int]:
    """Our ids of a source's rows, by external id; what is not stored is missing."""
    query = select(to.plain.c.external_id, to.plain.c.id).where(_of_source(to, source))
    return {row[0]: row[1] for row in in_chunks(connection, query, external_ids)}


def in_chunks(connection: Connection, query: Select[Any], values: Iterable[Any]) -> Iterator[Any]:
    """The rows of a query that takes a list named `some`, asked for a few hundred values at a time."""
    for some in chunks(values):
        yield from connection.execute(query, {"some": some})


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values, a few hundred at a time."""
    remaining = iter(values)
    while some := list(islice(remaining, CHUNK)):
        yield some


def write(connection: Connection, to: Keyed, rows: Sequence[Row], *, newer: tuple[str, ...] = ()) -> None:
    """Insert the rows, or overwrite those of the same key; with `newer`, only where those columns do not go back.

    All rows name the same columns. One statement run many times: a statement of many VALUES is ten times slower."""
    if not rows:
        return
    statement = _insert(connection)(to.plain)
    stored: Callable[[str], ColumnElement[Any]] = to.plain.c.__getitem__
    told: Callable[[str], ColumnElement[Any]] = statement.excluded.__getitem__
    guard = tuple_(*map(told, newer)) >= tuple_(*map(stored, newer)) if newer else None
    changes = {name: told(name) for name in to.content}
    _run(connection, to, statement.on_conflict_do_update(index_elements=to.key, set_=changes, where=guard), list(rows))


def add_missing(connection: Connection, to: Keyed, rows: Sequence[Row]) -> None:
    """Insert the rows whose key is not stored; the others stay as they are."""
    if rows:
        _run(connection, to, _insert(connection)(to.plain).on_conflict_do_nothing(index_elements=to.key), list(rows))


def _run(connection: Connection, to: Keyed, statement: sqlite.Insert | postgresql.Insert, rows: Sequence[Row]) -> None:
    """Past SQLAlchemy's own handling of each row's parameters, which took as long as the database."""
    compiled = statement.values({name: bindparam(name) for name in rows[0]}).compile(dialect=connection.dialect)
    documents = [name for name in rows[0] if isinstance(to.plain.c[name].type, JSON)]
    told = [row | {name: dumps(row[name]) for name in documents} for row in rows] if documents else rows
    order = compiled.positiontup
    prepared = [tuple([row[name] for name in order]) for row in told] if order else told
    connection.exec_driver_sql(str(compiled), prepared)


def _of_source(to: Keyed, source: str) -> ColumnElement[bool]:
    return (to.plain.c.source == source) & to.plain.c.external_id.in_(bindparam("some", expanding=True))


def _insert(connection: Connection) -> Callable[[TableClause], sqlite.Insert | postgresql.Insert]:
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def _plain_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(type_, Instant):
        return BigInteger()
    return String() if isinstance(type_, Word) else type_
