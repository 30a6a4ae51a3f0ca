"""Stores a page of records: newer wins, the same page twice changes nothing, bad records are set aside and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, select, update
from sqlmodel import Session

from bot.store.changes import Keyed, Row, chunks, keyed, row_ids, stored_rows, write
from bot.store.columns import seconds
from bot.store.erased import forget_again
from bot.store.people import EVENTS, TICKETS, People, resolve_people, store_people
from bot.store.ratings import Grader, store_ratings
from bot.store.records import (
    EventRecord,
    MergeRecord,
    OnlyPolicies,
    RatingRecord,
    Record,
    ScheduleRecord,
    SlaPolicyRecord,
    TicketRecord,
)
from bot.store.sifting import STREAMS, Sifted, name_of, newest, sift, tidy, tidy_facts, tidy_or_none
from bot.store.tables import Quarantine, Schedule, SlaPolicy
from bot.store.words import Status

SCHEDULES = keyed(Schedule, "source", "external_id")
POLICIES = keyed(SlaPolicy, "source", "external_id")
QUARANTINE = keyed(Quarantine, "source", "stream", "external_id")
NEWER = ("version", "updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a page did: ids of the tickets whose facts must be derived anew, good records by kind, and how many were not."""

    dirty: set[int]
    counts: Mapping[str, int]
    bad: int


def store_records(session: Session, source: str, records: Sequence[Record], *, now: datetime, grade: Grader) -> Stored:
    """Store a page of one source in the caller's transaction. Records may come in any order and more than once.

    A ticket never goes back to an older (version, updated_at). Events are known by (ticket, key). Teams, agents and
    customers whom nobody introduced yet get rows named by their external ids. A record that cannot be kept, or an event
    of a ticket that is neither stored nor in the page, goes to the quarantine with its reason and stops nothing."""
    connection = session.connection()
    page = sift(records)
    forget_again(connection, source, page, now=now)
    dirty = store_people(connection, source, page)
    people = resolve_people(connection, source, page)
    changed = _store_tickets(connection, source, page, people)
    _store_merges(connection, source, page)
    ticket_ids = row_ids(connection, TICKETS, source, changed | _named_tickets(page))
    dirty |= {ticket_ids[name] for name in changed} | _store_events(connection, source, page, ticket_ids)
    store_ratings(connection, source, page, people, ticket_ids, grade)
    dirty |= _store_rules(connection, source, page)
    _quarantine(connection, source, page, now)
    session.expire_all()  # the statements went past the session: what it loaded before may be old
    counts = {stream: len(page.kept[kind]) for kind, stream in STREAMS.items() if page.kept[kind]}
    return Stored(dirty=dirty, counts=counts, bad=len(page.bad))


def _store_tickets(connection: Connection, source: str, page: Sifted, people: People) -> set[str]:
    """External ids of the tickets that are new or say something else now."""
    rows = [_ticket_row(source, ticket, people) for ticket in page.of(TicketRecord)]
    told = newest(rows, lambda row: row["external_id"], _age)
    stored = stored_rows(connection, TICKETS, source, told)
    for name, row in told.items():
        if row["merged_into"] is None and row["status"] == Status.MERGED.value and name in stored:
            row["merged_into"] = stored[name]["merged_into"]  # A merge may have told of it: the ticket's own row does not.
    changed = [row for name, row in told.items() if TICKETS.differs(row, old := stored.get(name)) and not _stale(row, old)]
    write(connection, TICKETS, changed, newer=NEWER)
    return {row["external_id"] for row in changed}


def _store_merges(connection: Connection, source: str, page: Sifted) -> None:
    """Name the ticket that another one went into; no figure is about it, so none has to be derived anew."""
    merges = [{"a_name": tidy(each.external_id), "an_into": tidy(each.into)} for each in page.of(MergeRecord)]
    if merges:
        ticket = TICKETS.plain.c
        mine = (ticket.source == source) & (ticket.external_id == bindparam("a_name"))
        anew = ticket.merged_into.is_distinct_from(bindparam("an_into"))
        connection.execute(update(TICKETS.plain).where(mine & anew).values(merged_into=bindparam("an_into")), merges)


def _store_events(connection: Connection, source: str, page: Sifted, ticket_ids: Mapping[str, int]) -> set[int]:
    """Ids of the tickets to which something happened that was not known, or was known otherwise."""
    _forget_gone(connection, source, page, ticket_ids)
    page.sift_again(EventRecord, lambda event: None if event.ticket in ticket_ids else "Its ticket is not in the store.")
    by_ticket: dict[int, dict[str, Row]] = {}
    for event in page.of(EventRecord):
        ticket_id = ticket_ids[event.ticket]
        by_ticket.setdefault(ticket_id, {})[event.key] = _event_row(ticket_id, event)
    dirty: set[int] = set()
    for some in chunks(by_ticket):
        stored = _stored_events(connection, {each: by_ticket[each] for each in some})
        told = (row for each in some for row in by_ticket[each].values())
        changed = [row for row in told if EVENTS.differs(row, stored.get((row["ticket_id"], row["key"])))]
        write(connection, EVENTS, changed)
        dirty.update(row["ticket_id"] for row in changed)
    return dirty


def _forget_gone(connection: Connection, source: str, page: Sifted, ticket_ids: Mapping[str, int]) -> None:
    """Events of a ticket that was deleted before we ever saw it belong to nothing, and are no fault: also those set aside."""
    events = page.of(EventRecord)
    gone = {each.ticket for each in events if each.new == Status.DELETED and each.ticket not in ticket_ids}
    if gone:
        page.kept[EventRecord] = [each for each in events if each.ticket not in gone]
        held = QUARANTINE.plain.c
        for name in gone:
            mine = (
                (held.source == source)
                & (held.stream == STREAMS[EventRecord])
                & held.external_id.startswith(f"{name}/", autoescape=True)
            )
            connection.execute(delete(QUARANTINE.plain).where(mine))


def _stored_events(connection: Connection, told: Mapping[int, Mapping[str, Row]]) -> dict[tuple[int, str], Row]:
    """What is stored of these tickets between the first and the last instant told: all that can be the same."""
    event = EVENTS.plain.c
    instants = [row["at"] for rows in told.values() for row in rows.values()]
    query = select(event.ticket_id, event.key, *(event[name] for name in EVENTS.content))
    query = query.where(event.ticket_id.in_(list(told)), event.at.between(min(instants), max(instants)))
    return {(row[0], row[1]): dict(zip(EVENTS.content, row[2:], strict=True)) for row in connection.execute(query)}


def _store_rules(connection: Connection, source: str, page: Sifted) -> set[int]:
    """Every ticket of the source when its business hours or targets changed: all of them may count differently."""
    schedules = [_schedule_row(source, one) for one in page.of(ScheduleRecord)]
    policies = [_policy_row(source, one) for one in page.of(SlaPolicyRecord)]
    changed = [_store_changed(connection, to, source, rows) for to, rows in ((SCHEDULES, schedules), (POLICIES, policies))]
    ticket = TICKETS.plain.c
    changed.append(_withdraw_policies(connection, source, page))
    return set(connection.scalars(select(ticket.id).where(ticket.source == source))) if any(changed) else set()


def _withdraw_policies(connection: Connection, source: str, page: Sifted) -> bool:
    """Whether a policy is gone that was there before."""
    policy, gone = POLICIES.plain.c, False
    for all_there_are in page.of(OnlyPolicies):
        taken = policy.external_id.not_in(all_there_are.external_ids)
        gone = bool(connection.execute(delete(POLICIES.plain).where(policy.source == source, taken)).rowcount) or gone
    return gone


def _store_changed(connection: Connection, to: Keyed, source: str, rows: Sequence[Row]) -> bool:
    told = newest(rows, lambda row: row["external_id"])
    stored = stored_rows(connection, to, source, told)
    changed = [row for name, row in told.items() if to.differs(row, stored.get(name))]
    write(connection, to, changed)
    return bool(changed)


def _quarantine(connection: Connection, source: str, page: Sifted, now: datetime) -> None:
    """Release what could be kept this time, then set aside what could not: a record counts as bad only while it is."""
    if _holds_any(connection, source):
        good = ((STREAMS[kind], record) for kind, records in page.kept.items() for record in records)
        _release(connection, source, [{"a_stream": stream, "a_name": name_of(record)} for stream, record in good])
    at = seconds(now)
    rows = [
        {"source": source, "stream": bad.stream, "external_id": bad.external_id, "reason": bad.reason, "at": at}
        for bad in page.bad
    ]
    write(connection, QUARANTINE, rows)


def _holds_any(connection: Connection, source: str) -> bool:
    return bool(connection.scalar(select(exists().where(QUARANTINE.plain.c.source == source))))


def _release(connection: Connection, source: str, names: Sequence[Row]) -> None:
    if names:
        held = QUARANTINE.plain.c
        mine = (held.source == source) & (held.stream == bindparam("a_stream")) & (held.external_id == bindparam("a_name"))
        connection.execute(delete(QUARANTINE.plain).where(mine), names)


def _named_tickets(page: Sifted) -> set[str]:
    events, ratings = page.of(EventRecord), page.of(RatingRecord)
    return {one.ticket for one in events} | {one.ticket for one in ratings if one.ticket}


def _age(row: Row) -> tuple[int, int]:
    return row["version"], row["updated_at"]


def _stale(row: Row, stored: Row | None) -> bool:
    return stored is not None and _age(row) < _age(stored)


def _ticket_row(source: str, ticket: TicketRecord, people: People) -> Row:
    return {
        "source": source,
        "external_id": ticket.external_id,
        "subject": tidy(ticket.subject),
        "url": tidy_or_none(ticket.url),
        "status": ticket.status.value,
        "status_raw": tidy_or_none(ticket.status_raw),
        "priority": ticket.priority,
        "channel": ticket.channel.value,
        "category": tidy_or_none(ticket.category),
        "tags": [tidy(tag) for tag in ticket.tags],
        "team_id": people.teams.get(ticket.team or ""),
        "agent_id": people.agents.get(ticket.agent or ""),
        "customer_id": people.customers.get(ticket.customer or ""),
        "created_at": seconds(ticket.created_at),
        "updated_at": seconds(ticket.updated_at),
        "version": ticket.version,
        "merged_into": tidy_or_none(ticket.merged_into),
        "handled_s": ticket.handled_s,
        "traits": {tidy(name): sorted(map(tidy, values)) for name, values in ticket.traits.items()},
        "desk_facts": tidy_facts(dict(ticket.desk_facts)),
    }


def _event_row(ticket_id: int, event: EventRecord) -> Row:
    return {
        "ticket_id": ticket_id,
        "key": event.key,
        "at": seconds(event.at),
        "seq": event.seq,
        "kind": event.kind._value_,
        "actor": event.actor,
        "actor_kind": event.actor_kind._value_ if event.actor_kind else None,
        "old": tidy_or_none(event.old),
        "new": tidy_or_none(event.new),
        "worked_s": event.worked_s,
        "derived": event.derived,
        "after": seconds(event.after) if event.after else None,
    }


def _schedule_row(source: str, schedule: ScheduleRecord) -> Row:
    return {
        "source": source,
        "external_id": schedule.external_id,
        "name": tidy(schedule.name),
        "zone": schedule.zone,
        "week": [list(pair) for pair in schedule.week],
        "holidays": list(schedule.holidays),
        "is_default": schedule.is_default,
    }


def _policy_row(source: str, policy: SlaPolicyRecord) -> Row:
    return {
        "source": source,
        "external_id": policy.external_id,
        "name": tidy(policy.name),
        "position": policy.position,
        "matches": {key: [tidy(value) for value in values] for key, values in policy.matches.items()},
        "targets": [
            {**asdict(target), "metric": target.metric.value, "pauses": sorted(status.value for status in target.pauses)}
            for target in policy.targets
        ],
    }
