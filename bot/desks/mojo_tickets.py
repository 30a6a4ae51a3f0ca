"""Mojo's tickets as ours: what a ticket tells of itself, and what can be told of its life from that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, name_of, needed_instant, objects, text_of, whole
from bot.store.records import EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status, SurveyKind

STATUSES = {
    10: (Status.NEW, "New"),
    20: (Status.OPEN, "In Progress"),
    30: (Status.HOLD, "On Hold"),
    40: (Status.PENDING, "Information Requested"),
    50: (Status.SOLVED, "Solved"),
    60: (Status.CLOSED, "Closed"),
}
PRIORITIES = {10: 1, 20: 2, 30: 3, 40: 4}
CHANNELS = {0: Channel.WEB, 1: Channel.EMAIL, 2: Channel.WEB, 3: Channel.API, 4: Channel.CHAT, 5: Channel.OTHER}
STAR = 20
TOGETHER = timedelta(seconds=2)
"""A comment and the change of status it was sent with are written one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a ticket is read with: who is staff, what types and queues are called, what our category is, and where pages are."""

    base: str
    staff: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    category: str = "type"

    def who(self, user: str | None) -> Actor | None:
        """What somebody is to Mojo; None where nobody told us who is staff."""
        if user is None:
            return Actor.SYSTEM
        if user in self.staff:
            return Actor.AGENT
        return Actor.CUSTOMER if self.staff else None


def ticket(told: Json, place: Place) -> TicketRecord:
    """A ticket as it stands, from its detail or, where that is gone, from its row in a search. Raises Unreadable."""
    external_id = name_of(told.get("id")) or "?"
    created = needed_instant(told.get("created_on"), "Its time of creation")
    updated = max(instant(told.get("updated_on"), "Its time of change") or created, created)
    status, word = status_of(told)
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=status,
        status_raw=word,
        subject=text_of(told.get("title")),
        url=f"{place.base}/ma/#/tickets/{external_id}",
        priority=PRIORITIES.get(whole(told.get("priority_id")) or 0),
        channel=CHANNELS.get(_number(told, "created_from"), Channel.OTHER),
        category=_category(told, place),
        tags=tuple(label for tag in objects(told.get("tags")) if (label := text_of(tag.get("label")))),
        team=name_of(told.get("ticket_queue_id")),
        agent=name_of(told.get("assigned_to_id")),
        customer=name_of(told.get("user_id")),
    )


def status_of(told: Json) -> tuple[Status, str]:
    """Our status and Mojo's word. A deleted ticket keeps its status and says when it went. Raises Unreadable."""
    if instant(told.get("deleted_at"), "Its time of deletion") is not None:
        return Status.DELETED, "Deleted"
    found = STATUSES.get(whole(told.get("status_id")) or 0)
    if found is None:
        raise Unreadable("Its status is none that Mojo documents.")
    return found


def events(told: Json, place: Place) -> Iterator[Record]:
    """What a ticket tells of its own life: creation, comments with the time they took, and the last of each change.

    Keys are made of instants: what an earlier look told stays, so that the changes seen one by one become a history."""
    record = ticket(told, place)
    comments = list(_comments(told, record.external_id, place))
    yield EventRecord(
        ticket=record.external_id,
        key="created",
        at=record.created_at,
        kind=Kind.CREATED,
        actor=record.customer,
        actor_kind=place.who(record.customer),
        new=Status.NEW.value,
    )
    yield from comments
    yield from _assigned(told, record)
    yield from _statuses(told, record, comments)


def rating(told: Json) -> Iterator[Record]:
    """The rating in a row of a search: one to five stars, twenty points each. Raises Unreadable."""
    points, external_id = whole(told.get("rating")), name_of(told.get("id")) or "?"
    if points is None:
        return
    if points % STAR or not STAR <= points <= 5 * STAR:
        raise Unreadable("Its rating is no number of stars.")
    yield RatingRecord(
        external_id=f"rating-{external_id}",
        survey=SurveyKind.CSAT,
        scale="csat-1-5",
        score=points // STAR,
        answered_at=needed_instant(told.get("rated_on"), "The time of its rating"),
        ticket=external_id,
        customer=name_of(told.get("user_id")),
        agent=name_of(told.get("assigned_to_id")),
        comment=text_of(told.get("rating_comment")) or None,
    )


def _category(told: Json, place: Place) -> str | None:
    names, key = (place.queues, "ticket_queue_id") if place.category == "queue" else (place.types, "ticket_type_id")
    external_id = name_of(told.get(key))
    return names.get(external_id, external_id) if external_id else None


def _comments(told: Json, external_id: str, place: Place) -> Iterator[EventRecord]:
    """Comments, and staff notes beside them; a note that is also listed as a private comment is the same one."""
    private = set()
    for each in objects(told.get("all_comments")):
        secret = each.get("is_private") is True
        private |= {_fingerprint(each)} if secret else set()
        yield _said(each, f"comment-{name_of(each.get('id'))}", external_id, Kind.NOTE if secret else Kind.REPLY, place)
    for each in objects(told.get("staff_notes")):
        if _fingerprint(each) not in private:
            yield _said(each, f"note-{name_of(each.get('id'))}", external_id, Kind.NOTE, place)


def _fingerprint(said: Json) -> tuple[Any, ...]:
    return (said.get("user_id"), said.get("created_on"), said.get("time_spent"))


def _said(said: Json, key: str, external_id: str, kind: Kind, place: Place) -> EventRecord:
    author, minutes = name_of(said.get("user_id")), whole(said.get("time_spent"))
    return EventRecord(
        ticket=external_id,
        key=key,
        at=needed_instant(said.get("created_on"), "The time of a comment"),
        seq=(whole(said.get("id")) or 0) % 2**31,
        kind=kind,
        actor=author,
        actor_kind=place.who(author),
        worked_s=minutes * 60 if minutes and minutes > 0 else None,
    )


def _assigned(told: Json, record: TicketRecord) -> Iterator[EventRecord]:
    """The last assignment; the first one is known by its instant alone, and whose it was only if it is the same."""
    at = instant(told.get("assigned_on") or told.get("first_assigned_on"), "The time of its assignment")
    if at is not None and record.agent is not None:
        key = f"assigned-{_epoch(at)}"
        yield EventRecord(
            ticket=record.external_id, key=key, at=max(at, record.created_at), kind=Kind.ASSIGNED, new=record.agent, derived=True
        )


def _statuses(told: Json, record: TicketRecord, comments: Sequence[EventRecord]) -> Iterator[EventRecord]:
    """When it was last solved, and since when it is what it is now."""
    solved = instant(told.get("solved_on"), "The time of its solution")
    changed = instant(told.get("status_changed_on"), "The time of its status") or record.created_at
    if solved is not None:
        yield _turned(record, "solved", solved, Status.SOLVED, comments)
    if record.status is Status.NEW and changed <= record.created_at:
        return
    if not (record.status is Status.SOLVED and solved is not None and solved >= changed):
        yield _turned(record, "status", changed, record.status, comments)


def _turned(record: TicketRecord, name: str, at: datetime, status: Status, comments: Sequence[EventRecord]) -> EventRecord:
    """Mojo tells when and not who: whoever commented in that moment did it, as a customer's reply reopens a ticket."""
    with_it = next((each for each in comments if abs(each.at - at) <= TOGETHER), None)
    return EventRecord(
        ticket=record.external_id,
        key=f"{name}-{_epoch(at)}",
        at=max(at, record.created_at),
        seq=2**31 - 1,
        kind=Kind.STATUS,
        actor=with_it.actor if with_it else None,
        actor_kind=with_it.actor_kind if with_it else None,
        new=status.value,
        derived=True,
    )


def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def _number(told: Json, name: str) -> int:
    found = whole(told.get(name))
    return -1 if found is None else found
