"""Opens the database so that no update is lost, and hands out units of work."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlmodel import Session

from bot.errors import StoreError
from bot.store.refusals import code_of, is_damage, plainly
from bot.store.together import Together, Work

A = TypeVar("A")
T = TypeVar("T")

LONGEST_TURN_S = 60.0
TRIES = 6
WRITERS = 2
"""That keep what comes at once on PostgreSQL: one would stand still behind a row that somebody holds, and each more makes
smaller companies, which cost the processor more a press (0.6 ms with one, 1.0 with two, 1.1 with four)."""
# Serialization failure and deadlock: the database undid everything and asks to be asked again.
UNDONE = ("40001", "40P01")


class Store:
    """One database. `reading()` never changes it; `writing()` commits once, at its end, or changes nothing.

    Both raise StoreError, in words for a person, when the database refuses."""

    def __init__(self, engine: Engine, readers: Engine) -> None:
        self.engine = engine
        self._readers = readers
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._together = Together(self.writing, 1 if self._turn else WRITERS)
        self.accompany: Callable[[Session], AbstractContextManager[None]] = lambda _: nullcontext()
        self.refusal: StoreError | None = None
        """Why nothing may be written any more, and what is told to whoever tries; None while all is well."""
        self.broken = False
        """Whether the database said, while it was read or written, that its file is damaged."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One snapshot for all questions asked in it; whatever was changed in it is thrown away.

        `accompany` may put the same facts beside it in a form that is quicker to read."""
        with self._watching(), plainly(), Session(self._readers, autoflush=False) as session, self.accompany(session):
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction. On SQLite writers take turns here: three times faster than waiting for the file lock."""
        if self.refusal is not None:
            raise StoreError(self.refusal.what, still_true=self.refusal.still_true, next_step=self.refusal.next_step)
        unit = Session(self.engine, expire_on_commit=False)
        with self._watching(), plainly(), self._taking_turns(), unit as session, session.begin():
            yield session

    def retrying(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, run in a transaction of its own, and again from its start when the database undid it.

        `work` must do nothing that cannot be undone. A connection lost at the commit is not retried: it may have held."""
        for attempt in range(1, TRIES):
            try:
                with self.writing() as session:
                    return work(session)
            except StoreError as error:
                if not (isinstance(error.__cause__, DBAPIError) and code_of(error.__cause__) in UNDONE):
                    raise
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - so that two do not meet again
        with self.writing() as session:
            return work(session)

    def together(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, run in one transaction with whatever else is asked for at this moment, and committed.

        For many small units that come at once; `work` must do nothing that cannot be undone, for it may run twice."""
        return self._together.run(None, lambda session, _: [work(session)])

    def all_together(self, asked: A, work: Work[A, T]) -> T:
        """What `work` answers to `asked`. It gets all that is asked for at this moment, so that it can do with few statements
        for many what takes as many for one. Else as `together`."""
        return self._together.run(asked, work)

    def compact(self) -> None:
        """Write the SQLite file anew, so that nothing deleted can be read in it any more. PostgreSQL does so by itself."""
        if self.dialect != "sqlite":
            return
        with plainly(), self._taking_turns(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                driver.execute(statement)

    def close(self) -> None:
        """Give all connections back; readers first, so that only the writer ever checkpoints."""
        self._readers.dispose()
        self.engine.dispose()

    @contextmanager
    def _watching(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self.broken = self.broken or is_damage(error)
            raise

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=LONGEST_TURN_S):
            raise StoreError("The store has been busy writing for a minute.", next_step="Try again when the import is done.")
        try:
            yield
        finally:
            self._turn.release()


def open_store(url: str) -> Store:
    """The store at a database URL such as `sqlite:///cx.db` or `postgresql+psycopg://...`.

    A SQLite file is made when it is missing, readable by its owner alone. Raises StoreError, never with the password,
    when the URL cannot be used or the file is no database of ours."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return _open_postgres(parsed)


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite store; None for a database server. Raises StoreError for a URL of no database of ours."""
    parsed = _parse(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def reachable(store: Store) -> bool:
    """Whether the database answers now."""
    try:
        with store.reading() as session:
            session.connection().exec_driver_sql("SELECT 1")
    except StoreError:
        return False
    return True


def damage(store: Store) -> str | None:
    """What SQLite finds wrong with its file, or None. Reads the whole file: about a second a gigabyte."""
    if store.dialect != "sqlite":
        return None
    try:
        with store.reading() as session:
            found = str(session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar())
    except StoreError as error:
        return error.what
    return None if found == "ok" else found.splitlines()[-1]


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _unknown_url() from error
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise _unknown_url()
    return parsed


def _unknown_url() -> StoreError:
    return StoreError(
        "CX_DATABASE_URL names no database we can open.",
        next_step="Use sqlite:////absolute/path/cx.db or postgresql+psycopg://user:password@host/name.",
    )


def _open_sqlite(url: URL) -> Store:
    path = _file(url)
    # The writer alone checkpoints, in its turn: in SQLite before 3.51.3 a checkpoint may race another connection's commit
    # and damage the file. One connection is enough, because writers take turns.
    writer = _sqlite(url, begin="BEGIN IMMEDIATE", pragmas=("journal_mode=WAL", "synchronous=FULL"), pool_size=1, max_overflow=1)
    # Each reader that is kept keeps what it was asked, up to 128 statements of some 10 kB; those beyond four come and go.
    readers = _sqlite(url, begin="BEGIN", pragmas=("wal_autocheckpoint=0",), pool_size=4, max_overflow=28)
    store = Store(writer, readers)
    try:
        with plainly(), writer.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar()
    except StoreError as error:
        store.close()
        raise StoreError(f"{error.what[:-1]}: {path}.", next_step=error.next_step) from error
    return store


def _file(url: URL) -> Path:
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        raise StoreError("An in-memory database would be empty for every other thread.", next_step="Name a file instead.")
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)  # SQLite would make it readable by everyone, and gives its -wal and -shm the same mode
    except OSError as error:
        raise StoreError(
            f"The database file {path} cannot be made: {error.strerror}.",
            next_step="Name a file in CX_DATABASE_URL in a folder that the user who runs cx may write.",
        ) from error
    return path


def _sqlite(url: URL, *, begin: str, pragmas: tuple[str, ...], pool_size: int, max_overflow: int) -> Engine:
    """Real transactions: Python's driver opens none for SELECT, which silently lost 590 of 800 concurrent updates."""
    engine = _engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 10},
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_use_lifo=True,  # the one used last has the statements and pages at hand, and the rest take no memory
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        # Of its 2 MB of pages each connection kept what it had met: 0.5 kB more with every command, for hours. Reading and
        # writing are no slower with less, because the machine keeps the file's pages anyway.
        for pragma in ("busy_timeout=10000", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-512", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _open_postgres(url: URL) -> Store:
    settings = "-c timezone=UTC -c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
    connect_args = {"options": settings, "connect_timeout": 10}
    engine = _engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10, connect_args=connect_args)
    return Store(engine, engine.execution_options(isolation_level="REPEATABLE READ"))


def _engine(url: URL, **options: Any) -> Engine:
    # Without `preserve_rowcount` an INSERT .. ON CONFLICT DO NOTHING says -1 on PostgreSQL, and -1 is true: every claim won.
    try:
        return create_engine(url, hide_parameters=True, execution_options={"preserve_rowcount": True}, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        raise _unknown_url() from error
    except ImportError as error:
        raise StoreError("The PostgreSQL driver is missing.", next_step="Install it: pip install 'cx-bot[postgres]'.") from error
