"""Front's events as ours: each brings the conversation with it, as it stands when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, text_of
from bot.store.records import CustomerRecord, EventRecord, Record, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status

STATUSES = {"archived": Status.SOLVED, "deleted": Status.DELETED, "spam": Status.SPAM, "trashed": Status.DELETED}
CATEGORIES = {"open": Status.OPEN, "waiting": Status.PENDING, "resolved": Status.SOLVED}
TURNS = {"archive": Status.SOLVED, "reopen": Status.OPEN, "trash": Status.DELETED, "restore": Status.OPEN}
CHANNELS = {
    "email": Channel.EMAIL, "intercom": Channel.CHAT, "front_chat": Channel.CHAT, "whatsapp": Channel.SOCIAL,
    "facebook": Channel.SOCIAL, "twitter": Channel.SOCIAL, "tweet": Channel.SOCIAL, "sms": Channel.PHONE,
    "phone-call": Channel.PHONE, "call": Channel.PHONE, "form": Channel.WEB, "custom": Channel.API,
}  # fmt: skip
RECEIVED, SENT = "inbound", frozenset({"outbound", "out_reply"})
BIRTH_S = 2
"""Front makes a conversation in the moment of its first message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What events are read with: where a conversation can be looked at, and what an account's own statuses mean."""

    web: str = "https://app.frontapp.com/open/"
    statuses: Mapping[str, str] = field(default_factory=dict)


def records(event: Json, place: Place) -> Iterator[Record]:
    """What one event tells: the conversation, who it is with, and what happened. Raises Unreadable."""
    told = known(event.get("conversation"))
    if not told or text_of(told.get("type")) in ("discussion", "task"):
        return  # Between colleagues only.
    at = needed_instant(event.get("emitted_at"), "The time of an event")
    record = _ticket(told, at, event, place)
    if (person := _recipient(told)) is not None:
        yield person
    yield record
    yield from _events(event, record, at, place)


def _ticket(told: Json, at: datetime, event: Json, place: Place) -> TicketRecord:
    external_id = name_of(told.get("id"))
    if external_id is None:
        raise Unreadable("It names no conversation.")
    created = needed_instant(told.get("created_at"), "Its time of creation")
    changed = max(at, instant(told.get("updated_at")) or at, created)
    person = _recipient(told)
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=changed,
        version=int(changed.timestamp()),
        status=_status(told, place),
        status_raw=text_of(told.get("status")),
        subject=text_of(told.get("subject")),
        url=f"{place.web}{external_id}",
        channel=_channel(event, told),
        tags=tuple(sorted(tag for each in objects(told.get("tags")) if (tag := text_of(each.get("name"))))),
        agent=name_of(known(told.get("assignee")).get("id")),
        customer=person.external_id if person else None,
    )


def _status(told: Json, place: Place) -> Status:
    """With ticketing a status has a category; without it a conversation is open until it is archived."""
    word = text_of(told.get("status"))
    if word in STATUSES and word != "archived":
        return STATUSES[word]
    category = text_of(told.get("status_category")) or place.statuses.get(name_of(told.get("status_id")) or "", "")
    if category in CATEGORIES:
        return CATEGORIES[category]
    if word not in ("archived", "unassigned", "assigned", "open", "snoozed", "invisible"):
        raise Unreadable("Its status is none that Front documents.")
    return Status.PENDING if word == "snoozed" else STATUSES.get(word, Status.OPEN)


def _recipient(told: Json) -> CustomerRecord | None:
    """Who wrote, known by the address they write from: not every one is a contact."""
    person = known(told.get("recipient"))
    handle = text_of(person.get("handle")).strip().lower()
    if not handle:
        return None
    return CustomerRecord(external_id=handle, name=text_of(person.get("name")) or handle, email=handle if "@" in handle else None)


def _channel(event: Json, told: Json) -> Channel:
    """Of its messages; a conversation itself does not tell."""
    message = _message(event)
    word = text_of(message.get("type")) or ("email" if "@" in text_of(known(told.get("recipient")).get("handle")) else "")
    return CHANNELS.get(word, Channel.OTHER)


def _message(event: Json) -> Json:
    target = known(event.get("target"))
    return known(target.get("data")) if text_of(known(target.get("_meta")).get("type")) == "message" else {}


def _events(event: Json, record: TicketRecord, at: datetime, place: Place) -> Iterator[EventRecord]:
    kind, of = text_of(event.get("type")), _Told(event, record, max(at, record.created_at))
    if kind == RECEIVED or kind in SENT:
        is_first = abs((at - record.created_at).total_seconds()) <= BIRTH_S
        if is_first:
            yield of.event(Kind.CREATED, "-created", at=record.created_at, new=Status.OPEN.value)
        yield of.event(Kind.REPLY, "", new="opening" if is_first else None)
    elif kind == "comment":
        yield of.event(Kind.NOTE, "")
    elif (status := TURNS.get(kind) or _ticketed(event, place)) is not None:
        yield of.event(Kind.STATUS, "-status", new=status.value)
    elif kind in ("assign", "unassign"):
        who = name_of(_data(event).get("id"))
        yield of.event(Kind.ASSIGNED, "-assigned", **({"new": who} if kind == "assign" and who else {"old": who or "?"}))
    for gone in _merged(event):
        yield replace(of.event(Kind.STATUS, f"-{gone}", new=Status.MERGED.value), ticket=gone)


def _data(event: Json) -> Json:
    return known(known(event.get("target")).get("data"))


def _ticketed(event: Json, place: Place) -> Status | None:
    if text_of(event.get("type")) != "ticket_status_update":
        return None
    target = _data(event)
    category = text_of(target.get("category")) or place.statuses.get(name_of(target.get("id")) or "", "")
    return CATEGORIES.get(category)


def _merged(event: Json) -> list[str]:
    """The conversations that are no more because they became part of this one."""
    target = known(event.get("target"))
    if text_of(event.get("type")) != "conversations_merged":
        return []
    gone = target.get("data")
    names = gone if isinstance(gone, list) else known(gone).get("ids")
    return [name for each in names or () if (name := name_of(each if not isinstance(each, dict) else each.get("id")))]


@dataclass(frozen=True, slots=True)
class _Told:
    """One event of one conversation."""

    told: Json
    record: TicketRecord
    at: datetime

    def event(self, kind: Kind, ending: str, **more: Any) -> EventRecord:
        actor, actor_kind = self._who()
        facts = {"at": self.at, "actor": actor, "actor_kind": actor_kind, **more}
        return EventRecord(
            ticket=self.record.external_id,
            key=f"{name_of(self.told.get('id'))}{ending}",
            seq=_fraction(self.told),
            kind=kind,
            **facts,
        )

    def _who(self) -> tuple[str | None, Actor]:
        """The author of a message, else whoever did it: a colleague, or a rule and the like."""
        if text_of(self.told.get("type")) == RECEIVED:
            return self.record.customer, Actor.CUSTOMER
        source = known(self.told.get("source"))
        author = known(_message(self.told).get("author"))
        person = author if author.get("id") else known(source.get("data")) if _kind(source) == "teammate" else {}
        who = name_of(person.get("id"))
        if who is None:
            return None, Actor.BOT if text_of(self.told.get("type")) in SENT else Actor.SYSTEM
        return who, Actor.BOT if is_bot(person) else Actor.AGENT


def is_bot(person: Json) -> bool:
    """Whether a teammate is a program: Front tells people from what acts for a rule, an application or an AI."""
    return text_of(person.get("type")) not in ("", "user", "visitor")


def _kind(source: Json) -> str:
    return text_of(known(source.get("_meta")).get("type"))


def _fraction(told: Json) -> int:
    """The thousandths of its second: they order what happened within one."""
    at = told.get("emitted_at")
    return int(at * 1000) % 1000 if isinstance(at, int | float) else 0
