"""Reads one help desk into the store: stream by stream, page by page, each with its facts and the cursor after it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, select

from bot.clock import monotonic
from bot.desks.desk import Cursor, Desk, Keep, Pace, Page, Pull
from bot.errors import BadInput, DeskDenied, DeskError, DeskMissing, DeskRejected
from bot.facts.refresh import keep_definitions, refresh
from bot.store.differences import with_differences
from bot.store.engine import Store
from bot.store.ledger import release_lease, take_lease
from bot.store.tables import DeskCursor
from bot.store.upsert import store_records
from bot.surveys.grading import grade
from jobs.job import never
from jobs.sync_gone import Listing, mark_vanished
from jobs.sync_marks import Counted, remember_error

LEASE_S = 120
LIVE_EVERY_S = 60
"""How often, while a long stream is read, the live ones are looked at."""
NEEDED = "tickets"
"""The stream without which there is nothing to answer from."""
LISTING = "listing"
SELDOM = (50_000, 20, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync is: records stored so far, of about how many, and what the store now covers. `refused` says why a
    stream could not be read; `seconds` is how long it took so far, `last_page_s` how long the last page did. A ticket is among
    `tickets_changed` once, in the stream that met it first: `counted` remembers."""

    source: str
    stream: str
    pages: int = 0
    records: int = 0
    tickets_changed: int = 0
    set_aside: int = 0
    seen: int | None = None
    estimated_total: int | None = None
    covered_from: datetime | None = None
    covered_until: datetime | None = None
    refused: str | None = None
    seconds: float = 0.0
    last_page_s: float = 0.0
    counted: Counted = field(default_factory=Counted, compare=False, repr=False)


Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One desk being read into one store: with which settings, when, and by whose definitions. `clock` only measures how
    long the reading takes, so that others leave the source alone for as long; `pace` is how a desk waits. Once `stopping`
    says so, the reading ends after its page: the next one goes on from there."""

    store: Store
    desk: Desk
    settings: Mapping[str, str]
    now: datetime
    profile: str
    watch: Watch | None = None
    clock: Callable[[], float] = monotonic
    pace: Pace = field(default_factory=Pace)
    stopping: Callable[[], bool] = never


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A reader's turn at a source, renewed with each page: it runs out only for a reader that has stopped."""

    reading: Reading
    holder: str
    since: float

    def renewed(self, session: Session) -> bool:
        """Whether the source is still ours, and now for two minutes more."""
        now = self.reading.now + timedelta(seconds=self.reading.clock() - self.since)
        return take_lease(session, self.reading.desk.slug, self.holder, now, LEASE_S)


def sync(reading: Reading) -> list[Progress]:
    """Read each stream of a desk to its end. A crash repeats one page and loses none. Raises DeskError.

    A stream that may not or cannot be read is told of in its Progress, and the others go on; without tickets nothing does.
    Two processes never read one source together: who comes second does nothing and gets an empty list."""
    store, lease = reading.store, Lease(reading=reading, holder=uuid4().hex, since=reading.clock())
    with store.writing() as session:
        if not lease.renewed(session):
            return []
        keep_definitions(session, profile=reading.profile, now=reading.now)
    try:
        with closing(Keep()) as keep, seldom_collected():
            walk = Walk(reading=reading, lease=lease, keep=keep, looked_at=reading.clock())
            return [*walk.streams(), *walk.vanished()]
    finally:
        with store.writing() as session:
            release_lease(session, reading.desk.slug, lease.holder)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While pages are read, Python looks less often for garbage in circles: a page makes a hundred thousand objects and no
    circle, and looking through them again and again took a quarter of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class TurnLost(Exception):
    """Another process took the source over while we stood still."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """One turn at a source, over all its streams."""

    reading: Reading
    lease: Lease
    keep: Keep
    looked_at: float
    counted: Counted = field(default_factory=Counted)

    def streams(self) -> Iterator[Progress]:
        """What became of each stream."""
        for stream in self.reading.desk.streams:
            if self.reading.stopping():
                return
            try:
                yield self._stream(stream)
            except TurnLost as lost:
                yield lost.args[0]
                return
            except (DeskDenied, DeskMissing, DeskRejected) as refused:
                if stream == NEEDED:
                    raise
                yield self._refused(stream, refused.sentence())

    def vanished(self) -> Iterator[Progress]:
        """What became of the night's listing, where one was due: one that breaks off changes nothing and stops nothing."""
        reading, progress = self.reading, Progress(source=self.reading.desk.slug, stream=LISTING)
        if reading.desk.ids is None or reading.stopping():
            return
        asked = _asked(reading, LISTING, self.keep)
        listing = Listing(store=reading.store, desk=reading.desk, asked=asked, profile=reading.profile, stays=self._stays)
        try:
            if (changed := mark_vanished(listing)) > 0:
                yield replace(progress, tickets_changed=changed)
        except DeskError as error:
            yield replace(progress, refused=error.sentence())

    def _stays(self) -> bool:
        """Whether the source is still ours, and nobody asked us to stop."""
        with self.reading.store.writing() as session:
            return self.lease.renewed(session) and not self.reading.stopping()

    def _refused(self, stream: str, sentence: str) -> Progress:
        with self.reading.store.writing() as session:
            remember_error(session, self.reading.desk.slug, stream, sentence)
        return Progress(source=self.reading.desk.slug, stream=stream, refused=sentence)

    def _stream(self, stream: str) -> Progress:
        reading, began = self.reading, self.reading.clock()
        progress = Progress(source=reading.desk.slug, stream=stream, counted=self.counted)
        with closing(_pages(reading, stream, self.keep)) as pages:
            for page in pages:
                took = reading.clock() - began
                progress = replace(progress, seconds=took, last_page_s=took - progress.seconds)
                progress = self._keep(page, progress)
                if reading.watch:
                    reading.watch(progress)
                if reading.stopping():
                    break
                if page.more:
                    self._look_at_live(stream)
        return progress

    def _keep(self, page: Page, progress: Progress) -> Progress:
        reading = self.reading
        with reading.store.writing() as session:
            if not self.lease.renewed(session):
                raise TurnLost(progress)
            told = with_differences(session, reading.desk.slug, page.records, reading.desk.by_difference)
            return store_page(session, replace(page, records=told), progress, now=reading.now, profile=reading.profile)

    def _look_at_live(self, stream: str) -> None:
        """Between the pages of a long stream those that tell of now are read, at most once a minute."""
        live = self.reading.desk.live
        if not live or stream in live or self.reading.clock() - self.looked_at < LIVE_EVERY_S:
            return
        for each in live:
            self._stream(each)
        self.looked_at = self.reading.clock()


def _pages(reading: Reading, stream: str, keep: Keep) -> Generator[Page, None, None]:
    yield from reading.desk.pull(_asked(reading, stream, keep))


def _asked(reading: Reading, stream: str, keep: Keep) -> Pull:
    """What a desk is asked, with its cursors as stored. Raises DeskError for a cursor of a newer release."""
    desk = reading.desk
    with reading.store.reading() as session:
        rows = session.exec(select(DeskCursor).where(col(DeskCursor.source) == desk.slug)).all()
        stored = {row.stream: Cursor(version=row.version, data=dict(row.data)) for row in rows if row.data}
        finished = frozenset(row.stream for row in rows if row.finished_at is not None)
    cursors = {name: cursor for name, kept in stored.items() if (cursor := _readable(desk, name, kept)) is not None}
    return Pull(
        settings=reading.settings,
        stream=stream,
        cursor=cursors.get(stream),
        now=reading.now,
        others=cursors,
        finished=finished,
        pace=reading.pace,
        keep=keep,
    )


def _readable(desk: Desk, stream: str, cursor: Cursor) -> Cursor | None:
    if cursor.version > desk.cursor_version:
        raise DeskError(
            f"Where the reading of {desk.name} ({stream}) stands was noted by a newer release of cx.",
            still_true="What was read is kept.",
            next_step="Start that release again; this one does not guess.",
        )
    if cursor.version == desk.cursor_version:
        return cursor
    return desk.migrate(stream, cursor) if desk.migrate else None


def store_page(session: Session, page: Page, progress: Progress, *, now: datetime, profile: str) -> Progress:
    """Store one page with everything that follows from it, and the cursor after it. The caller commits."""
    stored = store_records(session, progress.source, page.records, now=now, grade=grade)
    refresh(session, progress.source, stored.dirty, profile=profile)
    _advance(session, progress, page, now)
    return replace(
        progress,
        pages=progress.pages + 1,
        records=progress.records + len(page.records),
        tickets_changed=progress.tickets_changed + progress.counted.add(stored.dirty),
        set_aside=progress.set_aside + stored.bad,
        seen=page.seen,
        estimated_total=page.estimated_total,
        covered_from=page.covered_from,
        covered_until=page.covered_until,
    )


def store_all(reading: Reading, source: str, pages: Iterable[Page]) -> Progress:
    """Store all pages under one source or, if anything is wrong with any of them, nothing."""
    progress = Progress(source=source, stream=NEEDED)
    with reading.store.writing() as session:
        keep_definitions(session, profile=reading.profile, now=reading.now)
        for page in pages:
            progress = store_page(session, page, progress, now=reading.now, profile=reading.profile)
            if progress.set_aside:
                raise BadInput(
                    f"{progress.set_aside:,} records cannot be kept.",
                    still_true="Nothing was imported.",
                    next_step="Check the file and its mapping with --dry-run.",
                )
            if reading.watch:
                reading.watch(progress)
    return progress


def _advance(session: Session, progress: Progress, page: Page, now: datetime) -> None:
    row = session.get(DeskCursor, (progress.source, progress.stream)) or DeskCursor(
        source=progress.source, stream=progress.stream
    )
    row.version, row.data = page.cursor.version, dict(page.cursor.data)
    row.covered_from = min((at for at in (row.covered_from, page.covered_from) if at is not None), default=None)
    row.covered_until = page.covered_until or row.covered_until
    row.seen, row.estimated_total = page.seen, page.estimated_total
    row.began_at = row.began_at or now
    if row.finished_at is None:
        row.reading_s = (row.reading_s or 0) + round(progress.last_page_s)
    row.finished_at = row.finished_at if page.more else now
    row.synced_at, row.last_error = now, None
    session.add(row)
    session.flush()
