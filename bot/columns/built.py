"""One set of columns, and how far into the store's log of changes it reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from bot.columns.loading import load, replaced
from bot.columns.packed import Packed
from bot.columns.selecting import Selecting
from bot.store.change_log import Mark, Tail, mark_of


@dataclass(slots=True)
class Built:
    """Columns that show everything up to a mark. What is taken over changes none that somebody is reading."""

    tables: Mapping[str, Packed]
    mark: Mark
    taken_over: int = 0

    def take_over(self, session: Session, seen: Tail) -> None:
        """Bring the columns to what the session's snapshot shows, wholly or not at all."""
        self.tables = replaced(session, self.tables, seen.changed)
        self.mark = seen.mark
        self.taken_over += seen.size

    def snapshot(self) -> Selecting:
        """The columns as they are now, whatever is taken over."""
        return Selecting(self.tables)


def build(session: Session, going_on: Callable[[], bool]) -> Built | None:
    """Columns of all that the session's snapshot shows; None where it did not go on for so long."""
    mark = mark_of(session)
    tables = load(session, going_on)
    return None if tables is None else Built(tables=tables, mark=mark)
