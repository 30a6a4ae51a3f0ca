"""What happened to a ticket, from Zendesk's audits: the export's child events and a single ticket's events alike.

An export's child event names its field by a key (`"status": "open"`), a ticket's audit by `field_name` and `value`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.desks.fields import Json, Unreadable, known, name_of, needed_instant, objects, text_of, whole
from bot.desks.fields import instant as read_instant
from bot.desks.zendesk_changes import MOVES, changed_categories, changed_names, has, new_value
from bot.desks.zendesk_merges import merge_of
from bot.desks.zendesk_tickets import Fields
from bot.desks.zendesk_traits import TAG, changed_traits
from bot.desks.zendesk_words import MERGED_TAG, SYSTEM_USER, is_merge, is_rule, status_of
from bot.store.records import BadRecord, EventRecord, Record
from bot.store.words import Actor, Kind, Status

COMMENTS = frozenset({"comment", "voicecomment", "facebookcomment", "tweet", "facebookevent", "commentevent"})
CHANGES = frozenset({"create", "change"})
OPENING = "opening"
LARGEST_SEQ = 2**31 - 1
TAGS = "tags"
WORK_FIELDS = "custom_ticket_fields"
CATEGORY_FIELDS = {"form": "ticket_form_id", "ticket_form": "ticket_form_id", "brand": "brand_id"}
FIELDS = frozenset({"status", "custom_status_id", "group_id", "assignee_id", "priority", "schedule_id", "type", WORK_FIELDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What audits are read with; `staff` are the ids of everybody on a seat."""

    fields: Fields = field(default_factory=Fields)
    staff: frozenset[str] = frozenset()

    def who(self, user: str | None) -> Actor | None:
        """What somebody is to Zendesk: anybody on a seat is an agent, also a bot we know as one."""
        if user is None or user in (SYSTEM_USER, "0"):
            return Actor.SYSTEM
        if user in self.staff:
            return Actor.AGENT
        return Actor.CUSTOMER if self.staff else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One update of one ticket: everything in it happened at once. `seq` is the order within a second: audits are numbered as
    they come, and what is in one audit is of one moment."""

    ticket: str
    id: str
    at: datetime
    author: str | None
    via: Any
    children: tuple[Json, ...]
    types: tuple[str, ...]
    seq: int

    def is_first(self) -> bool:
        """Whether it made the ticket."""
        return "create" in self.types

    def key(self, index: int) -> str:
        """The event's own id; it sorts as numbers do, because two changes of one audit are told apart by nothing else."""
        child = self.children[index]
        own = whole(child.get("id"))
        return f"e{own:020d}" if own is not None and own >= 0 else f"a{self.id}-{index:04d}"


def events(told: Json, reader: Reader, ticket: str | None = None) -> Iterator[Record]:
    """The events of one audit, of whichever of the two shapes; what cannot be read is set aside."""
    try:
        audit = _audit(told, ticket)
    except Unreadable as reason:
        yield BadRecord(
            stream="events", external_id=f"{_ticket_of(told) or ticket}/{name_of(told.get('id'))}", reason=str(reason)
        )
        return
    if audit.is_first():
        yield _created(audit, reader)
    yield from _comments(audit, reader)
    for index, (child, kind) in enumerate(zip(audit.children, audit.types, strict=True)):
        if kind in CHANGES:
            for event in _changes(audit, index, child, reader):
                yield event
                if event.kind is Kind.STATUS and event.new == Status.MERGED:
                    yield from merge_of(audit.ticket, audit.via, audit.children)
        elif kind == "scheduleassignment":
            old, new = name_of(child.get("previous_schedule_id")), name_of(child.get("new_schedule_id"))
            yield from _moved(audit, f"{audit.key(index)}-schedule", Kind.SCHEDULE, (old, new), reader)


def newest_at(page: Json) -> int:
    """The newest instant among the export's events, in seconds since 1970; 0 without events."""
    return max((_stamp(told) for told in objects(page.get("ticket_events"))), default=0)


def tells_comments(page: Json) -> bool:
    """Whether the export tells of comments: every ticket begins with one, so a page of new tickets without any hides them."""
    told = [each for row in objects(page.get("ticket_events")) for each in objects(row.get("child_events"))]
    kinds = {_type(each) for each in told}
    return "create" not in kinds or not COMMENTS.isdisjoint(kinds)


def _stamp(told: Json) -> int:
    stamp = whole(told.get("timestamp"))
    if stamp is not None:
        return stamp
    try:
        at = read_instant(told.get("created_at"))
    except Unreadable:
        return 0
    return int(at.timestamp()) if at else 0


def _ticket_of(told: Json) -> str | None:
    return name_of(told.get("ticket_id"))


def _audit(told: Json, ticket: str | None) -> Audit:
    of, audit_id = _ticket_of(told) or ticket, name_of(told.get("id"))
    if of is None or audit_id is None:
        raise Unreadable("It names no ticket, or has no id.")
    children = told.get("child_events")
    children = tuple(objects(told.get("events") if children is None else children))
    return Audit(
        ticket=of,
        id=audit_id,
        at=needed_instant(told.get("created_at") or told.get("timestamp"), "Its time"),
        author=name_of(told.get("updater_id")) or name_of(told.get("author_id")),
        via=told.get("via"),
        children=children,
        types=tuple(map(_type, children)),
        seq=_seq(audit_id),
    )


def _seq(audit_id: str) -> int:
    number = whole(audit_id)
    return number % LARGEST_SEQ if number is not None and number >= 0 else 0


def _type(child: Json) -> str:
    """`type` says more than `event_type` where both are there and differ: "Comment" against "Audit"."""
    return (text_of(child.get("event_type")) or text_of(child.get("type"))).lower()


def _created(audit: Audit, reader: Reader) -> EventRecord:
    """Who wrote the opening comment opened the ticket: an API account often only carries it in."""
    typed = list(zip(audit.children, audit.types, strict=True))
    first = next((child for child, kind in typed if kind in COMMENTS), {})
    author = name_of(first.get("author_id")) or audit.author
    words = (status_of(new_value(child, "status")) for child, kind in typed if kind == "create")
    status = next((word for word in words if word is not None), None)
    return EventRecord(
        ticket=audit.ticket,
        key=f"a{audit.id}-created",
        at=audit.at,
        seq=audit.seq,
        kind=Kind.CREATED,
        actor=author,
        actor_kind=reader.who(author),
        new=(status or Status.NEW).value,
    )


def _comments(audit: Audit, reader: Reader) -> Iterator[EventRecord]:
    opening = audit.is_first()
    for index, (child, kind) in enumerate(zip(audit.children, audit.types, strict=True)):
        if kind not in COMMENTS:
            continue
        public = _is_public(child)
        author = name_of(child.get("author_id")) or audit.author
        yield EventRecord(
            ticket=audit.ticket,
            key=f"{audit.key(index)}",
            at=audit.at,
            seq=audit.seq,
            kind=Kind.REPLY if public else Kind.NOTE,
            actor=author,
            actor_kind=reader.who(author),
            new=OPENING if opening and public else None,
        )
        opening = False


def _is_public(child: Json) -> bool:
    return child.get("public", child.get("comment_public")) not in (False, "false", "False")


def _changes(audit: Audit, index: int, child: Json, reader: Reader) -> Iterator[EventRecord]:
    """What one child event changes. A new ticket's first values are no changes: they are what it began with."""
    touched, asked = _touched(child, reader.fields), reader.fields.asked
    if not touched and not asked and TAGS not in child.values() and TAGS not in child:
        return
    key = audit.key(index)
    for name, before, now in changed_traits(child, asked if audit.types[index] == "create" else asked | {TAG}):
        yield _event(audit, f"{key}-{name}", Kind.TRAIT, reader, old=before, new=now)
    if audit.types[index] == "change":
        if "status" in touched or "custom_status_id" in touched:
            yield from _status(audit, f"{key}-status", child, reader)
        for name, ending, kind, read in (*MOVES, (category_field(reader.fields), "category", Kind.CATEGORY, changed_categories)):
            if name in touched:
                yield from _moved(audit, f"{key}-{ending}", kind, read(child, name), reader)
    if "schedule_id" in touched:
        yield from _moved(audit, f"{key}-schedule", Kind.SCHEDULE, changed_names(child, "schedule_id"), reader)
    yield from _worked(audit, f"{key}-worked", child, reader)


def _touched(child: Json, fields: Fields) -> Set[str]:
    """The fields of ours that a child event tells of; most tell of none."""
    ours = {*FIELDS, category_field(fields), *fields.worked} if fields.worked or fields.category != "type" else FIELDS
    return ours & child.keys() if "field_name" not in child else ours & {text_of(child["field_name"])}


def category_field(fields: Fields) -> str:
    """What the field that is our category is called in an event."""
    return CATEGORY_FIELDS.get(fields.category, fields.category)


def _status(audit: Audit, key: str, child: Json, reader: Reader) -> Iterator[EventRecord]:
    """A change between two statuses of one category is none; a close by a merge is a merge."""
    statuses = reader.fields.statuses
    name = "status" if has(child, "status") else "custom_status_id"
    old, new = (_status_named(word, name, statuses) for word in (child.get("previous_value"), new_value(child, name)))
    if new is Status.CLOSED and _merged(audit, child):
        new = Status.MERGED
    if new is not None:
        yield from _moved(audit, key, Kind.STATUS, (old.value if old else None, new.value), reader)


def _status_named(word: Any, name: str, statuses: Mapping[str, tuple[str, str]]) -> Status | None:
    if name == "status":
        return status_of(word)
    category = statuses.get(name_of(word) or "")
    return status_of(category[0]) if category else None


def _merged(audit: Audit, child: Json) -> bool:
    tagged = any(MERGED_TAG in _tags(each) for each in audit.children)
    return tagged or is_merge(audit.via) or is_merge(child.get("via"))


def _tags(child: Json) -> list[str]:
    told = child.get("added_tags") or new_value(child, "tags")
    return (
        told.split() if isinstance(told, str) else [tag for tag in told if isinstance(tag, str)] if isinstance(told, list) else []
    )


def _worked(audit: Audit, key: str, child: Json, reader: Reader) -> Iterator[EventRecord]:
    """Time logged with the time-tracking app, in seconds, whenever its field says how long the last update took."""
    if not reader.fields.worked:
        return
    custom = known(child.get(WORK_FIELDS))
    values = [custom.get(name) for name in reader.fields.worked] + [new_value(child, name) for name in reader.fields.worked]
    seconds = next((each for each in map(whole, values) if each), None)
    if seconds is not None and seconds > 0:
        yield _event(audit, key, Kind.WORKED, reader, worked_s=seconds)


def _moved(audit: Audit, key: str, kind: Kind, change: tuple[str | None, str | None], reader: Reader) -> Iterator[EventRecord]:
    old, new = change
    if old != new:
        yield _event(audit, key, kind, reader, old=old, new=new)


def _event(audit: Audit, key: str, kind: Kind, reader: Reader, **more: Any) -> EventRecord:
    by_rule = is_rule(audit.via) and audit.author in (None, SYSTEM_USER)
    return EventRecord(
        ticket=audit.ticket,
        key=key,
        at=audit.at,
        seq=audit.seq,
        kind=kind,
        actor=None if by_rule else audit.author,
        actor_kind=Actor.SYSTEM if by_rule else reader.who(audit.author),
        **more,
    )
