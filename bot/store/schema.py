"""Brings the database to the shape this version needs, whole or not at all, and refuses one from the future."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import BadInput, StoreError
from bot.store.alone import alone
from bot.store.backup import back_up
from bot.store.engine import Store
from bot.store.refusals import refusal

HEAD = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"
# Any number that no other program on the same server takes; replicas that start together wait for one another on it.
UPGRADE_LOCK = 7_220_311_001


def ensure_schema(store: Store, *, head: str = HEAD, scripts: Path = MIGRATIONS) -> None:
    """Make or upgrade the tables when they are not those of `head`. A SQLite file with data is copied beside itself before.

    Several processes may start at once: one upgrades and the others wait. Raises StoreError, with everything as it was,
    when a step fails, when the database is newer than this program, or when its tables are not ours; and BadConfig when an
    older cx runs over the file, under which it would change."""
    with store.reading() as session:
        found = version_of(session.connection())
    if found == head:
        return
    known = _revisions(scripts)
    _refuse_newer(found, known, head)
    with alone(store) if found is not None else nullcontext():
        copied = _copy(store, head) if found is not None else None
        try:
            with _upgrading(store) as connection:
                _refuse_newer(version_of(connection), known, head)  # again: somebody may have upgraded while we waited
                _upgrade(connection, head, scripts)
        except SQLAlchemyError as error:
            raise _failed(error, found, head, copied) from error


def wait_for_other_starts(connection: Connection) -> None:
    """Let nobody else who starts change what all of them would, until the transaction ends. SQLite's writers stand in line
    anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5min'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")


def refuse_unknown(revision: str | None) -> None:
    """Raises StoreError for a revision that this program does not know: a newer cx made it."""
    if revision != HEAD:
        _refuse_newer(revision, _revisions(MIGRATIONS), HEAD)


def version_of(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one. Raises StoreError for tables that somebody else made."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return None if version is None else str(version)
    if tables:
        raise StoreError(
            "The database holds tables that cx did not make.",
            next_step="Name a database of its own in CX_DATABASE_URL.",
        )
    return None


def _refuse_newer(found: str | None, known: Collection[str], head: str) -> None:
    if found is not None and found not in known:
        raise StoreError(
            f"The database was made by a newer cx: it is at version {found}, and this one knows {head}.",
            still_true="Nothing was changed.",
            next_step="Start the newer cx, or restore the copy it made before its upgrade.",
        )


def _revisions(scripts: Path) -> list[str]:
    # Alembic takes a second to import, which every start but the first would pay for nothing.
    from alembic.script import ScriptDirectory

    return [revision.revision for revision in ScriptDirectory(str(scripts)).walk_revisions()]


def _upgrade(connection: Connection, head: str, scripts: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    command.upgrade(config, head)


def _failed(error: SQLAlchemyError, found: str | None, head: str, copied: Path | None) -> StoreError:
    told = refusal(error) if isinstance(error, DBAPIError) else None
    aside = f" A copy of it is in {copied}." if copied else ""
    return StoreError(
        f"The database could not be brought from version {found or 'none'} to {head}. {told.what if told else ''}".rstrip(),
        still_true=f"It is as it was before.{aside}",
        next_step=told.next_step if told else "Go back to the version of cx that ran last, and report this.",
    )


@contextmanager
def _upgrading(store: Store) -> Iterator[Connection]:
    upgrading = _upgrading_sqlite if store.dialect == "sqlite" else _upgrading_postgres
    with upgrading(store) as connection:
        yield connection


@contextmanager
def _upgrading_sqlite(store: Store) -> Iterator[Connection]:
    # Altering a table on SQLite replaces it; with foreign keys on, replacing a parent deleted all its children.
    # The switch works only outside a transaction.
    with store.engine.connect() as connection:
        _driver(connection).execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise StoreError("The upgrade would have left rows without what they refer to.", still_true="It was undone.")
        finally:
            _driver(connection).execute("PRAGMA foreign_keys=ON")


@contextmanager
def _upgrading_postgres(store: Store) -> Iterator[Connection]:
    with store.engine.begin() as connection:
        wait_for_other_starts(connection)
        yield connection


def _copy(store: Store, head: str) -> Path | None:
    """The file as it is, copied whole beside it and proved. PostgreSQL's backups are its operator's."""
    if store.dialect != "sqlite":
        return None
    file = Path(str(store.engine.url.database))
    copy = file.with_name(f"{file.name}.before-{head}")
    try:
        back_up(store, copy)
    except (StoreError, BadInput) as error:
        raise StoreError(
            f"The database could not be copied before its upgrade. {error.what}",
            still_true="Nothing was changed.",
            next_step=f"Make room for a second copy of it in {file.parent}.",
        ) from error
    return copy


def _driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, which opens no transaction by itself."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
