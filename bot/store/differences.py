"""Works out what changed between two looks at a ticket, for help desks that keep no history of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from bot.store.changes import in_chunks
from bot.store.people import TICKETS
from bot.store.records import EventRecord, Record, TicketRecord
from bot.store.tables import Agent, Team, table_of
from bot.store.words import RESOLVED, Kind, Status

NAMED = {Kind.TEAM: "team", Kind.ASSIGNED: "agent", Kind.PRIORITY: "priority", Kind.CATEGORY: "category", Kind.STATUS: "status"}
"""Which field of a ticket a kind of change is about."""


def with_differences(session: Session, source: str, records: Sequence[Record], kinds: frozenset[Kind]) -> tuple[Record, ...]:
    """The records, and an event for each change of these kinds since the tickets were stored.

    It is dated by the newer look and bounded by the older: `after` < what happened <= `at`. A ticket found solved at a newer
    instant than it was stored solved had been open in between, although nobody saw it so."""
    told = [record for record in records if isinstance(record, TicketRecord)] if kinds else []
    if not told:
        return tuple(records)
    stored = _stored(session, source, {record.external_id for record in told})
    solved = _solved_at(records)
    found: list[Record] = []
    for ticket in told:
        before = stored.get(ticket.external_id)
        if before is not None and (ticket.version, ticket.updated_at) > (before["version"], before["updated_at"]):
            found += _changes(ticket, before, kinds)
            found += _unseen_reopening(ticket, before, solved.get(ticket.external_id))
            stored[ticket.external_id] = _as_stored(ticket)
    return (*records, *found)


def _changes(ticket: TicketRecord, before: Mapping[str, Any], kinds: frozenset[Kind]) -> Iterator[EventRecord]:
    now = _as_stored(ticket)
    for kind in sorted(kinds & NAMED.keys()):
        old, new = before[NAMED[kind]], now[NAMED[kind]]
        if old != new:
            yield _event(ticket, kind, ticket.updated_at, before["updated_at"], old, new)


def _unseen_reopening(ticket: TicketRecord, before: Mapping[str, Any], solved_at: datetime | None) -> Iterator[EventRecord]:
    if solved_at is None or before["status"] not in RESOLVED or ticket.status not in RESOLVED:
        return
    if solved_at > before["updated_at"]:
        yield _event(ticket, Kind.STATUS, solved_at, before["updated_at"], before["status"], Status.OPEN.value)


def _event(ticket: TicketRecord, kind: Kind, at: datetime, after: datetime, old: str | None, new: str | None) -> EventRecord:
    key = f"between-{int(after.timestamp())}-{kind.value}"
    return EventRecord(
        ticket=ticket.external_id, key=key, at=at, kind=kind, old=old, new=new, derived=True, after=after if after < at else None
    )


def _solved_at(records: Sequence[Record]) -> dict[str, datetime]:
    """The newest solve a page tells of, by ticket."""
    found: dict[str, datetime] = {}
    for record in records:
        if isinstance(record, EventRecord) and record.kind is Kind.STATUS and record.new == Status.SOLVED.value:
            found[record.ticket] = max(record.at, found.get(record.ticket, record.at))
    return found


def _as_stored(ticket: TicketRecord) -> dict[str, Any]:
    return {
        "version": ticket.version,
        "updated_at": ticket.updated_at,
        "status": ticket.status.value,
        "priority": str(ticket.priority) if ticket.priority else None,
        "category": ticket.category,
        "team": ticket.team,
        "agent": ticket.agent,
    }


def _stored(session: Session, source: str, names: set[str]) -> dict[str, dict[str, Any]]:
    ticket, team, agent = TICKETS.plain.c, table_of(Team), table_of(Agent)
    query = (
        select(
            ticket.external_id, ticket.version, ticket.updated_at, ticket.status, ticket.priority, ticket.category,
            team.c.external_id, agent.c.external_id,
        )
        .select_from(TICKETS.plain.outerjoin(team, team.c.id == ticket.team_id).outerjoin(agent, agent.c.id == ticket.agent_id))
        .where(ticket.source == source, ticket.external_id.in_(bindparam("some", expanding=True)))
    )  # fmt: skip
    return {row[0]: _row(row) for row in in_chunks(session.connection(), query, names)}


def _row(row: Any) -> dict[str, Any]:
    _, version, updated_at, status, priority, category, team, agent = row
    return {
        "version": version,
        "updated_at": datetime.fromtimestamp(updated_at, UTC),
        "status": status,
        "priority": str(priority) if priority else None,
        "category": category,
        "team": team,
        "agent": agent,
    }
