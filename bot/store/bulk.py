"""Many plain rows at once, past the types: instants are whole seconds and words are text already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import TableClause, column, table
from sqlmodel import Session, SQLModel


def plain(model: type[SQLModel]) -> TableClause:
    """A model's table without its types: reading a million instants as aware datetimes costs more than reading them."""
    columns = SQLModel.metadata.tables[str(model.__tablename__)].columns
    return table(str(model.__tablename__), *(column(each.name) for each in columns))


def append(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns in the same order, by one prepared statement."""
    if not rows:
        return
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    names = ", ".join(rows[0])
    marks = ", ".join(mark for _ in rows[0])
    statement = f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})"  # noqa: S608 - names are our own columns
    session.connection().exec_driver_sql(statement, [tuple(row.values()) for row in rows])
