"""Column types and shapes shared by all tables."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Dialect, Index, String
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

# Whoever alters a table later must be able to name what it removes; SQLite names nothing by itself.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, stored as whole seconds since 1970 so that all engines subtract and compare alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | int | None, dialect: Dialect) -> int | None:
        if value is None or isinstance(value, int):
            return value
        return seconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(int(value))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return self


class Word(TypeDecorator[StrEnum]):
    """A word of a closed vocabulary, stored as its plain text so that every engine and spreadsheet can read it."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


def seconds(at: datetime) -> int:
    """Whole seconds since 1970 of an aware instant; a naive one is refused, because its zone would be guessed."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return int(at.timestamp() // 1)


def instant(epoch_s: int) -> datetime:
    """The aware UTC instant of whole seconds since 1970."""
    return datetime.fromtimestamp(epoch_s, UTC)


def one_of(column: str, words: type[StrEnum], table: str) -> CheckConstraint:
    """A CHECK that keeps a column to the words of an enum, because `table=True` models validate nothing."""
    allowed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"ck_{table}_{column}")


def indexed(table: str, *columns: str) -> Index:
    """An index with a predictable name."""
    return Index(f"ix_{table}_{'_'.join(columns)}", *columns)
