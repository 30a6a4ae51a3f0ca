"""Rows of one ticket as records: what happened is told by a row's own instants, or by how a row differs from the last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.desks.csv_cells import Row, Unreadable
from bot.desks.mapping import FileMapping, Order, Rows
from bot.store.columns import seconds
from bot.store.records import EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import RESOLVED, Actor, Kind, Status

DESK_POLICY = "desk"


@dataclass(slots=True, kw_only=True)
class Events:
    """The events of one ticket as they are found, never going back in time and never under one key twice."""

    ticket: str
    at: datetime
    found: list[EventRecord] = field(default_factory=list)
    keys: Counter[str] = field(default_factory=Counter)

    def advance(self, at: datetime) -> None:
        """Nothing happens before what came before it: an earlier instant counts as the last one."""
        self.at = max(self.at, at)

    def add(
        self,
        kind: Kind,
        key: str,
        *,
        old: str | None = None,
        new: str | None = None,
        actor: tuple[str | None, Actor] | None = None,
    ) -> None:
        self.keys[key] += 1
        self.found.append(
            EventRecord(
                ticket=self.ticket,
                key=key if self.keys[key] == 1 else f"{key}-{self.keys[key]}",
                at=self.at,
                seq=len(self.found),
                kind=kind,
                old=old,
                new=new,
                actor=actor[0] if actor else None,
                actor_kind=actor[1] if actor else None,
                derived=kind is not Kind.CREATED,
            )
        )


def ticket_records(rows: Sequence[Row], mapping: FileMapping) -> Iterator[Record]:
    """One ticket with its events and ratings. Raises Unreadable when a row does not say when it was solved."""
    first = rows[0]
    events = Events(ticket=first.ticket, at=first.created_at)
    customer = first.texts.get("customer")
    events.add(Kind.CREATED, "created", new=Status.NEW.value, actor=(customer, Actor.CUSTOMER) if customer else None)
    if mapping.rows is Rows.EVENT:
        rows = in_order(rows, mapping.order)
        status = _told_by_differences(rows, mapping, events)
    else:
        status = _told_by_instants(first, mapping, events)
    yield _ticket(rows, status, mapping, events.at)
    yield from events.found
    yield from _ratings(rows[-1], events.at)


def in_order(rows: Sequence[Row], order: Order) -> list[Row]:
    """Rows that share an instant, or all of them when the file's own order counts, stay as sequence and file have them."""
    if order is Order.FILE:
        return list(rows)
    return sorted(rows, key=lambda row: (row.at or row.created_at, row.sequence or 0.0, row.line))


def _told_by_differences(rows: Sequence[Row], mapping: FileMapping, events: Events) -> Status:
    status, before = Status.NEW, None
    solved_at, broken = None, False
    for row in rows:
        events.advance(row.at or row.created_at)
        key = f"{seconds(row.at or row.created_at)}-{'' if row.sequence is None else f'{row.sequence:g}'}"
        _changes(row, before, events, key)
        new = row.status or status
        if new is not status:
            events.add(Kind.STATUS, f"{key}-status", old=status.value, new=new.value)
            solved_at = events.at if new in RESOLVED and status not in RESOLVED else solved_at
            status = new
        if row.kept is False and not broken and mapping.sla:
            broken = True
            events.add(Kind.SLA_BREACHED, "sla", new=f"{mapping.sla.metric.value}:{DESK_POLICY}")
        before = row
    if mapping.sla and not broken and solved_at and status in RESOLVED and rows[-1].kept:
        last, events.at = events.at, solved_at
        events.add(Kind.SLA_ACHIEVED, "sla", new=f"{mapping.sla.metric.value}:{DESK_POLICY}")
        events.at = last
    return status


def _changes(row: Row, before: Row | None, events: Events, key: str) -> None:
    for kind, field_name in ((Kind.TEAM, "team"), (Kind.ASSIGNED, "agent")):
        old, new = before.texts.get(field_name) if before else None, row.texts.get(field_name)
        if old != new:
            events.add(kind, f"{key}-{kind}", old=old, new=new)
    if before is None:
        return
    if before.priority != row.priority:
        events.add(Kind.PRIORITY, f"{key}-priority", old=_digits(before.priority), new=_digits(row.priority))
    if before.category != row.category:
        events.add(Kind.CATEGORY, f"{key}-category", old=before.category, new=row.category)


def _told_by_instants(row: Row, mapping: FileMapping, events: Events) -> Status:
    agent, reply = row.texts.get("agent"), row.instants.get("first_reply_at")
    status, solved_at = Status.NEW, None
    for at, new in _path(row):
        if reply and reply <= at:
            _reply(events, reply, agent)
            reply = None
        events.advance(at)
        solved_at = events.at if new in RESOLVED and status not in RESOLVED else solved_at
        solver = (agent, Actor.AGENT) if agent and new is Status.SOLVED else None
        events.add(Kind.STATUS, new.value, old=status.value, new=new.value, actor=solver)
        status = new
    if reply:
        _reply(events, reply, agent)
    if mapping.sla and row.kept is not None and (solved_at or not row.kept):
        kind = Kind.SLA_ACHIEVED if row.kept else Kind.SLA_BREACHED
        events.add(kind, "sla", new=f"{mapping.sla.metric.value}:{DESK_POLICY}")
    events.advance(row.at or events.at)
    return status


def _path(row: Row) -> list[tuple[datetime, Status]]:
    """The statuses a row tells of after the first, and since when. Raises Unreadable for a solve without an instant.

    One that was solved once and is not now was opened again; when, only the last change can tell."""
    instants = row.instants
    path = [
        (instants[key], status) for key, status in (("solved_at", Status.SOLVED), ("closed_at", Status.CLOSED)) if key in instants
    ]
    last = path[-1][1] if path else Status.NEW
    final = row.status or last
    if final is last or (final is Status.SOLVED and path):
        return path
    if row.at is None and final in RESOLVED and not path:
        raise Unreadable(f"the ticket is {final} and no column says since when: map solved_at, closed_at or updated_at")
    return [*path, (row.at or max([row.created_at, *instants.values()]), final)]


def _reply(events: Events, at: datetime, agent: str | None) -> None:
    events.advance(at)
    events.add(Kind.REPLY, "first-reply", actor=(agent, Actor.AGENT))


def _ticket(rows: Sequence[Row], status: Status, mapping: FileMapping, updated_at: datetime) -> TicketRecord:
    last, texts = rows[-1], rows[-1].texts
    url = mapping.url.replace("{id}", last.ticket) if mapping.url else None
    return TicketRecord(
        external_id=last.ticket,
        created_at=rows[0].created_at,
        updated_at=updated_at,
        version=seconds(updated_at),
        status=status,
        status_raw=next((row.status_raw for row in reversed(rows) if row.status_raw and row.status), None),
        subject=texts.get("subject", ""),
        url=texts.get("url") or url,
        priority=last.priority,
        channel=last.channel,
        category=last.category,
        tags=last.tags,
        team=texts.get("team"),
        agent=texts.get("agent"),
        customer=texts.get("customer"),
        handled_s=last.handled_s,
        desk_facts={key: int(value) if value.isascii() and value.isdigit() else value for key, value in last.facts.items()},
    )


def _ratings(row: Row, known_until: datetime) -> Iterator[RatingRecord]:
    for score in row.scores:
        yield RatingRecord(
            external_id=f"{row.ticket}-{score.rating.scale}",
            survey=score.rating.survey,
            scale=score.rating.scale,
            score=score.score,
            answered_at=score.answered_at or known_until,
            ticket=row.ticket,
            customer=row.texts.get("customer"),
            agent=row.texts.get("agent"),
            comment=score.comment,
        )


def _digits(priority: int | None) -> str | None:
    return None if priority is None else str(priority)
