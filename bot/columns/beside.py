"""What a session of the store may have beside it: the same facts in columns, as they stand in that session's snapshot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from sqlalchemy import Select
from sqlmodel import Session

from bot.errors import ColumnsFailed

log = logging.getLogger("cx.columns")
PLACE = "columns"
TOLD: ContextVar[Callable[[Select[Any]], None] | None] = ContextVar("told", default=None)
"""Who wants to know what columns are asked in this context, if anybody does."""


class Found(Protocol):
    """Rows, as SQLAlchemy hands them out."""

    def __iter__(self) -> Iterator[Any]: ...
    def one(self) -> Any: ...
    def first(self) -> Any: ...
    def scalar(self) -> Any: ...
    def scalars(self) -> Iterable[Any]: ...


class Facts(Protocol):
    """What can be asked SELECTs over facts: a session of the store, or columns that show the same."""

    def execute(self, statement: Any, /) -> Found: ...


class Beside:
    """The columns beside one session: opened when they are first asked for, and not again where that was in vain."""

    def __init__(self, begin: Callable[[], Facts | None]) -> None:
        self._begin = begin
        self._begun = False
        self._columns: Facts | None = None

    def columns(self) -> Facts | None:
        """A snapshot that shows the same facts; None where there is none now."""
        if not self._begun:
            self._begun, self._columns = True, self._begin()
        return self._columns

    def close(self) -> None:
        """From now on there is none."""
        self._begun, self._columns = True, None


@contextmanager
def beside(session: Session, begin: Callable[[], Facts | None]) -> Iterator[None]:
    """Put columns beside a session for as long as it is read."""
    told = Beside(begin)
    session.info[PLACE] = told
    try:
        yield
    finally:
        told.close()


def columns_beside(session: Session) -> Facts | None:
    """The columns beside a session, if any show what it shows."""
    told = session.info.get(PLACE)
    return told.columns() if isinstance(told, Beside) else None


def give_up(session: Session, failed: ColumnsFailed) -> None:
    """Ask the columns beside this session no more: they could not answer, and the store can."""
    log.warning("The columns could not answer, so the store does: %s", failed.what)
    told = session.info.get(PLACE)
    if isinstance(told, Beside):
        told.close()
