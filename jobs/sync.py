"""Reads help desks into the store: a page's records, their facts and the cursor after them in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session

from bot.clock import monotonic
from bot.desks import DESKS
from bot.desks.desk import Cursor, Desk, Page, Pull
from bot.errors import BadInput, BadRequest, CxError
from bot.facts.refresh import keep_definitions, refresh
from bot.store.engine import Store
from bot.store.ledger import release_lease, take_lease
from bot.store.tables import DeskCursor
from bot.store.upsert import store_records
from bot.surveys.grading import grade
from jobs.job import Job, Tick

LEASE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync is: records stored so far, of about how many, and what the store now covers."""

    source: str
    stream: str
    pages: int = 0
    records: int = 0
    tickets_changed: int = 0
    set_aside: int = 0
    seen: int | None = None
    estimated_total: int | None = None
    covered_until: datetime | None = None


Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One desk being read into one store: with which settings, when, and by whose definitions. `clock` only measures how
    long the reading takes, so that others leave the source alone for as long."""

    store: Store
    desk: Desk
    settings: Mapping[str, str]
    now: datetime
    profile: str
    watch: Watch | None = None
    clock: Callable[[], float] = monotonic


def sync_due(tick: Tick) -> int:
    """Sync every configured desk once; a desk that fails stops no other, and its error is kept with its cursor."""
    changed = 0
    for desk in configured(tick.settings.desks):
        settings, profile = tick.settings.desk(desk.slug), tick.settings.profile
        try:
            done = sync(Reading(store=tick.store, desk=desk, settings=settings, now=tick.now, profile=profile))
        except CxError as error:
            _remember_error(tick.store, desk.slug, error.sentence())
        else:
            changed += sum(step.tickets_changed for step in done)
    return changed


def configured(desks: Mapping[str, Mapping[str, object]]) -> Iterator[Desk]:
    """The desks that have settings of their own."""
    return (desk for desk in DESKS if desk.slug in desks)


def desk_of(slug: str) -> Desk:
    """The desk of that name. Raises BadRequest."""
    for desk in DESKS:
        if desk.slug == slug:
            return desk
    raise BadRequest(f"There is no desk called {slug!r}.", next_step=f"There are: {', '.join(desk.slug for desk in DESKS)}.")


def sync(reading: Reading) -> list[Progress]:
    """Read each stream of a desk to its end. A crash repeats one page and loses none. Raises DeskError.

    Two processes never read one source together: who comes second does nothing and gets an empty list."""
    store, lease = reading.store, Lease(reading=reading, holder=uuid4().hex, since=reading.clock())
    with store.writing() as session:
        if not lease.renewed(session):
            return []
        keep_definitions(session, profile=reading.profile, now=reading.now)
    try:
        return [_stream(reading, stream, lease) for stream in reading.desk.streams]
    finally:
        with store.writing() as session:
            release_lease(session, reading.desk.slug, lease.holder)


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


def _stream(reading: Reading, stream: str, lease: Lease) -> Progress:
    source = reading.desk.slug
    with reading.store.reading() as session:
        row = session.get(DeskCursor, (source, stream))
        cursor = Cursor(version=row.version, data=row.data) if row and row.data else None
    progress = Progress(source=source, stream=stream)
    for page in reading.desk.pull(Pull(settings=reading.settings, stream=stream, cursor=cursor, now=reading.now)):
        with reading.store.writing() as session:
            if not lease.renewed(session):
                return progress
            progress = store_page(session, page, progress, now=reading.now, profile=reading.profile)
        if reading.watch:
            reading.watch(progress)
    return progress


def store_page(session: Session, page: Page, progress: Progress, *, now: datetime, profile: str) -> Progress:
    """Store one page with everything that follows from it, and the cursor after it. The caller commits."""
    stored = store_records(session, progress.source, page.records, now=now, grade=grade)
    refresh(session, progress.source, stored.dirty, profile=profile)
    _advance(session, progress, page, now)
    return replace(
        progress,
        pages=progress.pages + 1,
        records=progress.records + len(page.records),
        tickets_changed=progress.tickets_changed + len(stored.dirty),
        set_aside=progress.set_aside + stored.bad,
        seen=page.seen,
        estimated_total=page.estimated_total,
        covered_until=page.covered_until,
    )


def store_all(reading: Reading, source: str, pages: Iterable[Page]) -> Progress:
    """Store all pages under one source or, if anything is wrong with any of them, nothing."""
    progress = Progress(source=source, stream="tickets")
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
    row.covered_from = _earliest(row.covered_from, page.covered_from)
    row.covered_until = page.covered_until or row.covered_until
    row.synced_at, row.last_error = now, None
    session.add(row)
    session.flush()


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _remember_error(store: Store, source: str, sentence: str) -> None:
    with store.writing() as session:
        row = session.get(DeskCursor, (source, "tickets")) or DeskCursor(source=source, stream="tickets")
        row.last_error = sentence
        session.add(row)


SYNC = Job(
    slug="sync", says="Reads new tickets and changes from every connected help desk.", every=timedelta(minutes=1), run=sync_due
)
