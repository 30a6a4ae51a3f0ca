"""Lets DuckDB run the very SELECTs that are written for PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import duckdb
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

DIALECT = "duckdb"


class Cursor:
    """A statement on its connection: DuckDB's own cursors are connections, each with a transaction of its own.

    Rows are fetched at once: they are figures, not tickets, and the connection holds but one result."""

    arraysize = 1
    rowcount = -1

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        told = self._connection.execute(statement, list(parameters))
        self.description = told.description
        self._rows = told.fetchall()

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchmany(self, size: int = 1) -> list[Any]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def close(self) -> None:
        self._rows = []


class Joined:
    """One of several connections to the same columns, as SQLAlchemy expects a driver's to be."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def cursor(self) -> Cursor:
        return Cursor(self.connection)

    def begin(self) -> None:
        self.connection.begin()

    def commit(self) -> None:
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        self.connection.rollback()

    def close(self) -> None:
        self.connection.close()


class Duck(PGDialect):
    """PostgreSQL's grammar with `$1` parameters, and nothing asked of a server at connecting."""

    name = DIALECT
    driver = DIALECT
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        return duckdb

    def initialize(self, connection: Connection) -> None:
        """DuckDB has none of the catalogues that this would look into."""

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.begin()


def engine_of(connect: Callable[[], duckdb.DuckDBPyConnection]) -> Engine:
    """An engine whose every session is a connection, and a snapshot, of its own."""
    make: Any = Duck
    dialect = make(paramstyle="numeric_dollar")
    dialect.dbapi = duckdb

    def joined() -> Any:
        return Joined(connect())

    pool = QueuePool(joined, pool_size=8, max_overflow=-1, reset_on_return=None)
    return Engine(pool, dialect, URL.create(DIALECT), hide_parameters=True)
