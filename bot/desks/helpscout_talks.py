"""Help Scout's conversations and threads as ours: a thread tells also what the status and the assignee were after it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, text_of
from bot.desks.fields import whole as number_of
from bot.store.records import CustomerRecord, EventRecord, RatingRecord, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status, SurveyKind

STATUSES = {"active": Status.OPEN, "open": Status.OPEN, "pending": Status.PENDING, "closed": Status.SOLVED, "spam": Status.SPAM}
CHANNELS = {"email": Channel.EMAIL, "chat": Channel.CHAT, "phone": Channel.PHONE}
SOURCES = {"api": Channel.API, "web": Channel.WEB, "beacon": Channel.WEB, "beacon-v2": Channel.WEB, "docs": Channel.WEB}
SPOKEN = frozenset({"customer", "message", "chat", "beaconchat", "phone"})
NOTES = frozenset({"note", "forwardparent", "forwardchild"})
RATINGS = {1: 3, 2: 2, 3: 1}
"""Great, okay, not good, as the steps of three faces."""
NOBODY = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What conversations are read with: the custom field that is our category, where there is one."""

    category: str = ""
    mailboxes: Mapping[str, str] = field(default_factory=dict)


def stamped(told: Json) -> Json:
    """The row with `changed_at`, its newest instant. Help Scout sorts by a change that it does not tell, and tags change without
    one: a fraction of a second made of what the row says tells two versions of one second apart."""
    rows = [known(each) for each in _threads(told)]
    found = [told.get("createdAt"), told.get("closedAt"), told.get("userUpdatedAt"), *(each.get("createdAt") for each in rows)]
    newest = max((at for at in map(_or_none, found) if at is not None), default=None)
    mark = crc32(json.dumps(told, sort_keys=True, default=str).encode()) % 1_000_000
    return {**told, "changed_at": f"{newest:%Y-%m-%dT%H:%M:%S}.{mark:06}Z" if newest else None}


def _or_none(value: Any) -> datetime | None:
    try:
        return instant(value)
    except Unreadable:
        return None


def _threads(told: Json) -> list[Json]:
    return list(objects(known(told.get("_embedded")).get("threads")))


def ticket(told: Json, place: Place) -> TicketRecord:
    """A conversation as it stands. Raises Unreadable."""
    external_id = name_of(told.get("id")) or "?"
    created = needed_instant(told.get("createdAt"), "Its time of creation")
    updated = max(instant(told.get("changed_at")) or created, created)
    word = text_of(told.get("status"))
    status = Status.DELETED if told.get("state") == "deleted" else STATUSES.get(word)
    if status is None:
        raise Unreadable("Its status is none that Help Scout documents.")
    web = text_of(known(known(told.get("_links")).get("web")).get("href"))
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=status,
        status_raw=word,
        subject=text_of(told.get("subject")),
        url=web or f"https://secure.helpscout.net/conversation/{external_id}/{name_of(told.get('number')) or ''}",
        channel=_channel(told),
        category=_category(told, place),
        tags=tuple(tag for each in objects(told.get("tags")) if (tag := text_of(each.get("tag")))),
        team=name_of(told.get("mailboxId")),
        agent=_owner(told.get("assignee")),
        customer=_contact(told.get("primaryCustomer")),
    )


def _channel(told: Json) -> Channel:
    source = SOURCES.get(text_of(known(told.get("source")).get("type")).lower())
    channel = CHANNELS.get(text_of(told.get("type")).lower(), Channel.OTHER)
    return source if source is not None and channel in (Channel.EMAIL, Channel.OTHER) else channel


def _category(told: Json, place: Place) -> str | None:
    fields = objects(told.get("customFields"))
    found = (each for each in fields if place.category in (name_of(each.get("id")), text_of(each.get("name"))))
    return (
        next((text_of(each.get("text")) or text_of(each.get("value")) or None for each in found), None)
        if place.category
        else None
    )


def customer(told: Json) -> Iterator[CustomerRecord]:
    """Who a conversation is with."""
    person = known(told.get("primaryCustomer"))
    if external_id := _contact(person):
        name = f"{text_of(person.get('first'))} {text_of(person.get('last'))}".strip()
        yield CustomerRecord(external_id=external_id, name=name or external_id, email=text_of(person.get("email")) or None)


def events(record: TicketRecord, told: Json) -> Iterator[EventRecord]:
    """A conversation's life from its published threads, oldest first. Raises Unreadable."""
    opener = known(told.get("createdBy"))
    yield EventRecord(
        ticket=record.external_id, key="created", at=record.created_at, kind=Kind.CREATED,
        actor=_person(opener), actor_kind=_kind(opener), new=Status.OPEN.value,
    )  # fmt: skip
    status, agent, opening = Status.OPEN, None, True
    threads = [each for each in _threads(told) if each.get("state", "published") == "published"]
    for number, each in enumerate(sorted(threads, key=_order)):
        at = max(needed_instant(each.get("createdAt"), "The time of a thread"), record.created_at)
        about = _About(record.external_id, name_of(each.get("id")) or str(number), at, number, known(each.get("createdBy")))
        if (said := _said(each)) is not None:
            yield about.event(said, "", new="opening" if opening and said is Kind.REPLY else None)
            opening = opening and said is not Kind.REPLY
        now = STATUSES.get(text_of(each.get("status")), status)
        if now is not status:
            yield about.event(Kind.STATUS, "-status", old=status.value, new=now.value)
            status = now
        owner = _owner(each.get("assignedTo")) if "assignedTo" in each else agent
        if owner != agent:
            yield about.event(Kind.ASSIGNED, "-assigned", old=agent, new=owner)
            agent = owner


@dataclass(frozen=True, slots=True)
class _About:
    """The thread that events are told of."""

    ticket: str
    name: str
    at: datetime
    number: int
    by: Json

    def event(self, kind: Kind, ending: str, *, old: str | None = None, new: str | None = None) -> EventRecord:
        return EventRecord(
            ticket=self.ticket, key=f"thread-{self.name}{ending}", at=self.at, seq=self.number, kind=kind,
            actor=_person(self.by), actor_kind=_kind(self.by), old=old, new=new,
        )  # fmt: skip


def _order(each: Json) -> tuple[str, int]:
    return text_of(each.get("createdAt")), number_of(each.get("id")) or 0


def _said(each: Json) -> Kind | None:
    kind = text_of(each.get("type")).lower()
    return Kind.REPLY if kind in SPOKEN else Kind.NOTE if kind in NOTES else None


def _kind(by: Json) -> Actor:
    """Help Scout's own automation writes as a user without a number, or not at all; its AI is a `system_user`, where the API
    does not call it a user as well."""
    kind = text_of(by.get("type")).lower()
    if kind in ("customer", "system_user"):
        return Actor.CUSTOMER if kind == "customer" else Actor.BOT
    return Actor.AGENT if kind == "user" and _somebody(by) else Actor.SYSTEM


def _person(by: Json) -> str | None:
    return _contact(by) if text_of(by.get("type")).lower() == "customer" else _somebody(by)


def _owner(told: Any) -> str | None:
    """Whose a conversation is; what was given to a whole team is nobody's yet."""
    return None if text_of(known(told).get("type")).lower() == "team" else _somebody(told)


def _somebody(told: Any) -> str | None:
    name = name_of(known(told).get("id"))
    return None if name == NOBODY else name


def _contact(told: Any) -> str | None:
    """A customer's id: users and customers are numbered apart."""
    name = _somebody(told)
    return f"customer-{name}" if name else None


def ratings(rows: Sequence[Json]) -> Iterator[RatingRecord]:
    """Happiness ratings of the report. Raises Unreadable."""
    for each in rows:
        step, own = RATINGS.get(number_of(each.get("ratingId")) or 0), name_of(each.get("threadid") or each.get("threadId"))
        if step is None or own is None:
            continue
        yield RatingRecord(
            external_id=f"rating-{own}", survey=SurveyKind.CSAT, scale="csat-faces-3", score=step,
            answered_at=needed_instant(each.get("ratingCreatedAt"), "The time of a rating"),
            ticket=name_of(each.get("id")), customer=_contact({"id": each.get("ratingCustomerId")}),
            agent=_somebody({"id": each.get("ratingUserId")}), comment=text_of(each.get("ratingComments")) or None,
        )  # fmt: skip
