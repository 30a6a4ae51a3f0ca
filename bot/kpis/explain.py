"""Watches the store while a question is answered: the very SQL that ran, with its values in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any

from sqlalchemy import Engine, Select, event
from sqlalchemy.dialects.postgresql.base import PGDialect

from bot.columns.beside import TOLD

MOST_LISTED = 50
MARK = re.compile(r"\?|%\(([^)]+)\)s(?:::[A-Z]+)?|\$(\d+)(?:::[A-Z]+)?|'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement as it ran, on which kind of database; columns are asked the statement that PostgreSQL would be."""

    database: str
    sql: str


@dataclass(slots=True)
class Watch:
    """What has run so far."""

    statements: list[Statement] = field(default_factory=list)

    def told(self) -> tuple[Statement, ...]:
        """Each statement once, in the order they ran."""
        return tuple(dict.fromkeys(self.statements))[:MOST_LISTED]


@contextmanager
def watched() -> Iterator[Watch]:
    """Everything this thread reads from any database within the block, and what it asks of columns."""
    watch, thread = Watch(), get_ident()
    make: Any = PGDialect
    dialect = make()

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, context: Any, _many: object) -> None:
        if get_ident() == thread and sql.lstrip().upper().startswith(("SELECT", "WITH")):
            watch.statements.append(Statement(database=context.dialect.name, sql=filled(sql, parameters)))

    def note_columns(select: Select[Any]) -> None:
        told = select.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        watch.statements.append(Statement(database="columns", sql=str(told)))

    event.listen(Engine, "before_cursor_execute", note)
    listening = TOLD.set(note_columns)
    try:
        yield watch
    finally:
        TOLD.reset(listening)
        event.remove(Engine, "before_cursor_execute", note)


def filled(sql: str, parameters: Any) -> str:
    """A statement with its values where the marks for them were, to be read and tried, never to be run by us."""
    given = iter(parameters) if isinstance(parameters, Sequence) else iter(())
    named: Mapping[str, Any] = parameters if isinstance(parameters, Mapping) else {}

    def value(mark: re.Match[str]) -> str:
        if mark[0].startswith("'"):
            return mark[0]
        if mark[1] is not None:
            return literal(named.get(mark[1]))
        if mark[2] is not None and isinstance(parameters, Sequence):
            return literal(parameters[int(mark[2]) - 1])
        return literal(next(given, None))

    return MARK.sub(value, sql)


def literal(value: Any) -> str:
    """A value as SQL writes it."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return repr(value)
        case _:
            return "'{}'".format(str(value).replace("'", "''"))
