"""What a session of the store may have beside it: the same facts in columns, as they stand in that session's snapshot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.clock import Span

log = logging.getLogger("cx.columns")
PLACE = "columns"


class Beside:
    """The columns beside one session: opened when they are first asked for, and not again where that was in vain."""

    def __init__(self, begin: Callable[[], Session | None], worth: Callable[[Span], bool]) -> None:
        self._begin = begin
        self._worth = worth
        self._begun = False
        self._session: Session | None = None

    def session(self, window: Span | None) -> Session | None:
        """A snapshot that shows the same facts; None where there is none now, or the store is quicker over such a window."""
        if window is not None and not self._worth(window):
            return None
        if not self._begun:
            self._begun, self._session = True, self._begin()
        return self._session

    def close(self) -> None:
        """End the snapshot; from now on there is none."""
        self._begun = True
        if self._session is not None:
            self._session.close()
            self._session = None


@contextmanager
def beside(session: Session, begin: Callable[[], Session | None], worth: Callable[[Span], bool]) -> Iterator[None]:
    """Put columns beside a session for as long as it is read."""
    told = Beside(begin, worth)
    session.info[PLACE] = told
    try:
        yield
    finally:
        told.close()


def columns_beside(session: Session, window: Span | None = None) -> Session | None:
    """The columns beside a session, if any show what it shows and reading the window from them is worth it."""
    told = session.info.get(PLACE)
    return told.session(window) if isinstance(told, Beside) else None


def give_up(session: Session, error: DBAPIError) -> None:
    """Ask the columns beside this session no more: they could not answer, and the store can."""
    log.warning("The columns could not answer, so the store does: %s", type(error.orig).__name__)
    told = session.info.get(PLACE)
    if isinstance(told, Beside):
        told.close()
