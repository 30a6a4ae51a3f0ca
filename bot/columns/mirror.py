"""The column mirror: all facts once more, in columns, for long windows; disposable, never the truth, never behind.

Each process has its own, in its memory. A reader compares the store's log of changes with what the mirror has taken over,
takes over the rest, and reads a snapshot of columns that equals its own of the store. Until the mirror is built, while
much is being taken over, and for whatever columns have no answer to, the store answers."""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import Session

from bot.columns.beside import Facts, beside
from bot.errors import StoreError
from bot.store.change_log import prune, tail, watch
from bot.store.engine import Store
from bot.store.tables import TicketFact, table_of

if TYPE_CHECKING:
    from bot.columns.built import Built

TICKET = table_of(TicketFact)
log = logging.getLogger("cx.columns")

AT_ONCE = 5_000
"""So many changed rows are taken over while somebody waits; with more, the store answers and the mirror follows."""
TOO_MANY = 100_000
"""So many are quicker read anew, with all the others, than taken over."""
WORTH = 20_000
"""With fewer tickets the store itself answers as fast, and a process without columns is half as large."""
PATIENCE_S = 0.5
LOOK_S = 2.0
AGAIN_S = 60.0
CLOSING_S = 5.0


@dataclass(slots=True)
class Mirror:
    """The columns of one store in this process. `start` lets it follow the store in a thread; `close` ends that."""

    store: Store
    worth: int = WORTH
    _built: Built | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _awake: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def ready(self) -> bool:
        """Whether there are columns to read."""
        return self._built is not None

    def start(self) -> None:
        """Build in the background, then follow the store; from now on its readers find columns beside them."""
        self.store.accompany = self.accompany
        self._thread = threading.Thread(target=self._follow, name="cx-columns", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Forget everything; the store answers alone."""
        self._ended.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(CLOSING_S)
        self._built = None

    def accompany(self, session: Session) -> AbstractContextManager[None]:
        """Columns beside a session that only reads."""
        return beside(session, partial(self.snapshot, session))

    def snapshot(self, session: Session) -> Facts | None:
        """Columns that show what the session shows; None where there are none, or too much has changed."""
        if self._built is None or not self._lock.acquire(timeout=PATIENCE_S):
            return None
        try:
            return self._snapshot(session)
        finally:
            self._lock.release()

    def build(self) -> bool:
        """Read everything anew; says whether it was done, or the mirror closed meanwhile. Old columns serve until then."""
        with self.store.writing() as session:
            watch(session)
            prune(session)
        built = self._load()
        if built is None:
            return False
        with self._lock:
            self._built = built
        return True

    def catch_up(self) -> None:
        """Take over what has changed, so that the next reader need not; forget columns that are too far behind."""
        with self.store.reading() as session, self._lock:
            built = self._built
            if built is None:
                return
            seen = tail(session, built.mark)
            if seen.lost or seen.size > TOO_MANY:
                self._built = None
            elif seen.changed and not seen.behind:
                built.take_over(session, seen)

    def _snapshot(self, session: Session) -> Facts | None:
        built = self._built
        if built is None:
            return None
        seen = tail(session, built.mark)
        if seen.behind:
            return None
        if seen.lost or seen.size > AT_ONCE:
            self._awake.set()
            return None
        if seen.changed:
            built.take_over(session, seen)
        return built.snapshot()

    def _load(self) -> Built | None:
        # numpy takes a tenth of a second and 20 MB, which a small store and a single command never pay.
        from bot.columns.built import build

        with self.store.reading() as session:
            return build(session, lambda: not self._ended.is_set())

    def _follow(self) -> None:
        pause = 0.0
        while not self._ended.is_set():
            self._awake.wait(pause)
            self._awake.clear()
            pause = LOOK_S if self._turn() else AGAIN_S

    def _turn(self) -> bool:
        """One look at the store; says whether it went well."""
        try:
            self.catch_up()
            built = self._built
            if self._is_worth_it() if built is None else built.taken_over > TOO_MANY:
                self.build()
        except StoreError as error:
            log.warning("The columns could not be brought up to date, so the store answers alone: %s", error)
            return False
        return True

    def _is_worth_it(self) -> bool:
        with self.store.reading() as session:
            return session.execute(select(TICKET.c.ticket_id).limit(1).offset(max(self.worth - 1, 0))).first() is not None
