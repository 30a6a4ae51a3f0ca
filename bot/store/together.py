"""Commits together what comes together: five hundred answers then wait for the disk a few dozen times, not five hundred."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlmodel import Session

A = TypeVar("A")
T = TypeVar("T")

IMPATIENCE = "SET LOCAL lock_timeout = '500ms'"
"""One that waits for a row somebody else holds would keep the whole company waiting; by itself it waits as ever."""

Writing = Callable[[], AbstractContextManager[Session]]


Work = Callable[[Session, Sequence[A]], Sequence[T]]
"""What is done with several things asked for at once: the answer to each, in their order."""


@dataclass(slots=True, eq=False)
class Unit:
    """What one caller wants done, and what it gave once that is committed. `called` is set when it is settled or has to lead."""

    asked: Any
    work: Work[Any, Any]
    called: threading.Event = field(default_factory=threading.Event)
    settled: bool = False
    kept: bool = False
    told: Any = None


class Together:
    """Units of work that were asked for while another transaction was being written share the next one.

    The first who waits writes for all who wait; `at_once` may do so side by side. Where one unit fails, nothing of its company
    is kept, and each does its own work again by itself and hears of its own failure: so `work` must do nothing that a rollback
    does not undo."""

    def __init__(self, writing: Writing, at_once: int) -> None:
        self._writing = writing
        self._free = at_once
        self._waiting: list[Unit] = []
        self._list = threading.Lock()

    def run(self, asked: A, work: Work[A, T]) -> T:
        """What `work` answers to this, alone or among others, committed when this returns. Raises what it raises, and
        StoreError."""
        mine = Unit(asked, work)
        if self._has_to_lead(mine) or not self._is_settled(mine):
            self._lead(mine)
        if mine.kept:
            return cast(T, mine.told)
        with self._writing() as session:
            return work(session, [asked])[0]

    def _has_to_lead(self, mine: Unit) -> bool:
        with self._list:
            leads = self._free > 0
            self._free -= leads
            if not leads:
                self._waiting.append(mine)
        return leads

    def _is_settled(self, mine: Unit) -> bool:
        """Wait until another wrote for us, or says that it is our turn to write."""
        mine.called.wait()
        return mine.settled

    def _lead(self, mine: Unit) -> None:
        with self._list:
            company, self._waiting = [mine, *self._waiting], []
        try:
            self._write_for(company)
        finally:
            self._hand_on(company)

    def _hand_on(self, company: Sequence[Unit]) -> None:
        """Let the company go, and the first of those who came meanwhile lead."""
        with self._list:
            following = self._waiting.pop(0) if self._waiting else None
            self._free += following is None
        for unit in company:
            unit.settled = True
            unit.called.set()
        if following is not None:
            following.called.set()

    def _write_for(self, company: Sequence[Unit]) -> None:
        with suppress(Exception):  # Nothing is lost by it: whose fault it was meets it again when working alone.
            with self._writing() as session:
                if session.get_bind().dialect.name == "postgresql":
                    session.connection().exec_driver_sql(IMPATIENCE)
                told = [(unit, answer) for work in _works(company) for unit, answer in _answered(session, work, company)]
            for unit, answer in told:
                unit.told, unit.kept = answer, True


def _works(company: Sequence[Unit]) -> list[Work[Any, Any]]:
    return list(dict.fromkeys(unit.work for unit in company))


def _answered(session: Session, work: Work[Any, Any], company: Sequence[Unit]) -> list[tuple[Unit, Any]]:
    units = [unit for unit in company if unit.work == work]
    return list(zip(units, work(session, [unit.asked for unit in units]), strict=True))
