"""One set of columns in a file of its own, and how far into the store's log of changes it reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.columns.duck import engine_of
from bot.columns.loading import load, replace
from bot.errors import ColumnsFailed
from bot.store.change_log import Mark, Tail, mark_of

SETTINGS = {"memory_limit": "'256MB'", "threads": "2", "integer_division": "true", "preserve_insertion_order": "true"}


@dataclass(slots=True)
class Built:
    """Columns that show everything up to a mark. Everything but `close` raises ColumnsFailed, after which they are worthless."""

    root: duckdb.DuckDBPyConnection
    engine: Engine
    file: Path
    mark: Mark
    a_second: float = 0.0
    """Tickets a second of all the time there are any."""
    taken_over: int = 0

    def take_over(self, session: Session, seen: Tail) -> None:
        """Bring the columns to what the session's snapshot shows, wholly or not at all."""
        with _failing(), ExitStack() as undo:
            self.root.begin()
            undo.callback(self.root.rollback)
            replace(session, self.root, {table: sorted(keys) for table, keys in seen.changed.items()})
            undo.pop_all()
            self.root.execute("COMMIT")
        self.mark = seen.mark
        self.taken_over += seen.size

    def snapshot(self) -> Session:
        """A session that goes on showing the columns as they are now, whatever is taken over."""
        columns = Session(self.engine)
        with _failing(), ExitStack() as undo:
            undo.callback(columns.close)
            columns.connection().exec_driver_sql("SELECT 1 FROM team LIMIT 1")  # a snapshot begins with the first look
            undo.pop_all()
        return columns

    def close(self) -> None:
        """Give the columns back; a reader that still has a snapshot of them keeps it."""
        with suppress(duckdb.Error):
            self.engine.dispose()
            self.root.close()
        self.file.unlink(missing_ok=True)


def build(session: Session, file: Path, going_on: Callable[[], bool]) -> Built | None:
    """Columns of all that the session's snapshot shows; None where it did not go on for so long. Raises ColumnsFailed."""
    with _failing(), ExitStack() as undo:
        root = duckdb.connect(str(file))
        for name, value in SETTINGS.items():
            root.execute(f"SET GLOBAL {name} = {value}")
        built = Built(root=root, engine=engine_of(root.cursor), file=file, mark=mark_of(session))
        undo.callback(built.close)
        if not load(session, root, going_on):
            return None
        root.execute("CHECKPOINT")
        built.a_second = _a_second(root)
        undo.pop_all()
        return built


def _a_second(root: duckdb.DuckDBPyConnection) -> float:
    [(count, lasted)] = root.execute("SELECT count(*), max(created_at) - min(created_at) FROM ticket_fact").fetchall()
    return float(count) / max(lasted or 0, 1)


@contextmanager
def _failing() -> Iterator[None]:
    """DuckDB's refusals as one of ours."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise ColumnsFailed(
            f"The columns failed: {type(error).__name__}.", still_true="The store answers without them."
        ) from error
    except DBAPIError as error:
        if not isinstance(error.orig, duckdb.Error):
            raise
        raise ColumnsFailed(
            f"The columns failed: {type(error.orig).__name__}.", still_true="The store answers without them."
        ) from error
