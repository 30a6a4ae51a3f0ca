"""Finds, once a night, the tickets that a help desk has no more, by the list of those it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlmodel import Session

from bot import clock
from bot.desks.desk import Desk, Pull
from bot.facts.refresh import refresh
from bot.store.changes import chunks, row_ids
from bot.store.engine import Store
from bot.store.people import TICKETS
from bot.store.records import EventRecord
from bot.store.tables import Setting, Ticket, TicketEvent, TicketFact, table_of
from bot.store.upsert import store_records
from bot.store.words import GONE, Actor, Kind, Status
from bot.store.workspace import Workspace, read_workspace
from bot.surveys.grading import grade
from jobs.sync_hints import STREAM as HINTS
from jobs.sync_hints import note

NIGHT = timedelta(hours=2)
"""A night's listing is due from two o'clock in the zone of the workspace."""
AGAIN = timedelta(hours=1)
VANISHED, BACK = "vanished", "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One listing of all that a desk has. `stays` says, after each page, whether we may go on."""

    store: Store
    desk: Desk
    asked: Pull
    profile: str
    stays: Callable[[], bool]

    @property
    def key(self) -> str:
        return f"listed:{self.desk.slug}"


class CutShort(Exception):
    """The list did not come to its end: nothing follows from what is missing in it."""


def mark_vanished(listing: Listing) -> int:
    """Mark what vanished as deleted at this instant, and what came back as it was; says how many tickets changed.

    Only a ticket that is missing in two lists, each read to its end, has vanished: rows move up while a list is read page by
    page. A list that breaks off or is empty tells nothing. Raises DeskError."""
    if listing.desk.ids is None or not _is_due(listing):
        return 0
    _remember(listing, tried=listing.asked.now)
    try:
        there = _listed(listing)
        missing = _held(listing) - there
        if missing and (sure := missing - _listed(listing)):
            return _keep(listing, there, sure)
        return _keep(listing, there, frozenset())
    except CutShort:
        return 0


def _is_due(listing: Listing) -> bool:
    """After the first night since the tickets were first read to their end, and an hour after a list that failed."""
    now = listing.asked.now
    with listing.store.reading() as session:
        kept = session.get(Setting, listing.key)
        zone = clock.zone(read_workspace(session, Workspace()).zone)
    told: Mapping[str, Any] = kept.value if kept is not None else {}
    if "tickets" not in listing.asked.finished:
        return False
    if "listed" not in told:
        _remember(listing, listed=now)
        return False
    last = datetime.fromtimestamp(told["listed"], UTC)
    tried = datetime.fromtimestamp(told.get("tried", 0), UTC)
    tonight = clock.local_date(now - NIGHT, zone) > clock.local_date(last - NIGHT, zone)
    return tonight and not tried <= now < tried + AGAIN


def _remember(listing: Listing, **instants: datetime) -> None:
    with listing.store.writing() as session:
        _note(session, listing, **instants)


def _note(session: Session, listing: Listing, **instants: datetime) -> None:
    kept = session.get(Setting, listing.key)
    told = {**(kept.value if kept is not None else {}), **{name: int(at.timestamp()) for name, at in instants.items()}}
    session.merge(Setting(key=listing.key, value=told, changed_at=listing.asked.now, changed_by="cx"))


def _listed(listing: Listing) -> frozenset[str]:
    assert listing.desk.ids is not None
    found: set[str] = set()
    for names in listing.desk.ids(listing.asked):
        found.update(names)
        if not listing.stays():
            raise CutShort
    if not found:
        raise CutShort
    return frozenset(found)


def _held(listing: Listing) -> set[str]:
    """What we know as being there, of what was told before this listing began."""
    fact = table_of(TicketFact).c
    with listing.store.reading() as session:
        query = select(fact.external_id).where(fact.source == listing.desk.slug, fact.status.not_in(GONE))
        return set(session.scalars(query))


def _keep(listing: Listing, there: frozenset[str], vanished: Iterable[str]) -> int:
    desk, now = listing.desk, listing.asked.now
    with listing.store.writing() as session:
        records = [*_gone(session, desk.slug, vanished, now), *_back(session, desk.slug, there, now)]
        stored = store_records(session, desk.slug, records, now=now, grade=grade)
        refresh(session, desk.slug, stored.dirty, profile=listing.profile)
        if HINTS in desk.streams and (unknown := _unknown(session, desk.slug, there)):
            note(session, desk, sorted(unknown), now)
        _note(session, listing, listed=now)
    return len(stored.dirty)


def _gone(session: Session, source: str, names: Iterable[str], now: datetime) -> Iterator[EventRecord]:
    """Each with the last instant at which it is known to have been there: it was deleted somewhen after that."""
    ticket = table_of(Ticket).c
    for some in chunks(sorted(names)):
        query = select(ticket.external_id, ticket.updated_at).where(ticket.source == source, ticket.external_id.in_(some))
        for name, seen in session.execute(query).all():
            yield _event(name, VANISHED, Status.DELETED, now, after=seen)


def _back(session: Session, source: str, there: frozenset[str], now: datetime) -> Iterator[EventRecord]:
    """Those that we had missed and that are there again."""
    facts, tickets, event = table_of(TicketFact), table_of(Ticket), table_of(TicketEvent).c
    fact, ticket = facts.c, tickets.c
    missed = exists().where(event.ticket_id == fact.ticket_id, event.key.startswith(f"{VANISHED}-"))
    query = select(fact.external_id, ticket.status).join_from(facts, tickets, ticket.id == fact.ticket_id)
    query = query.where(fact.source == source, fact.status == Status.DELETED, missed)
    for name, status in session.execute(query).all():
        if name in there and status not in GONE:
            yield _event(name, BACK, status, now)


def _event(ticket: str, what: str, new: Status, now: datetime, after: datetime | None = None) -> EventRecord:
    key = f"{what}-{int(now.timestamp())}"
    return EventRecord(
        ticket=ticket, key=key, at=now, kind=Kind.STATUS, new=new.value, derived=True, after=after, actor_kind=Actor.SYSTEM
    )


def _unknown(session: Session, source: str, there: frozenset[str]) -> frozenset[str]:
    return there - row_ids(session.connection(), TICKETS, source, there).keys()
