"""Chatwoot's conversations, messages and reporting events as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, several, text_of
from bot.desks.fields import whole as number_of
from bot.store.records import CustomerRecord, EventRecord, RatingRecord, TicketRecord
from bot.store.words import RESOLVED, Actor, Channel, Kind, Status, SurveyKind

STATUSES = {"open": Status.OPEN, "resolved": Status.SOLVED, "pending": Status.PENDING, "snoozed": Status.HOLD}
PRIORITIES = {"urgent": 1, "high": 2, "medium": 3, "low": 4}
CHANNELS = {
    "Channel::Email": Channel.EMAIL, "Channel::WebWidget": Channel.CHAT, "Channel::Api": Channel.API,
    "Channel::Voice": Channel.PHONE,
    "Channel::Whatsapp": Channel.SOCIAL, "Channel::FacebookPage": Channel.SOCIAL, "Channel::Instagram": Channel.SOCIAL,
    "Channel::TwitterProfile": Channel.SOCIAL, "Channel::Telegram": Channel.SOCIAL, "Channel::Line": Channel.SOCIAL,
}  # fmt: skip
INCOMING, OUTGOING = 0, 1
SENDERS = {
    "contact": Actor.CUSTOMER, "user": Actor.AGENT, "agentbot": Actor.BOT, "agent_bot": Actor.BOT,
    "captain::assistant": Actor.BOT,
}  # fmt: skip
SURVEY = "input_csat"
RESOLVED_BY = frozenset({"conversation_resolved", "resolution"})
REOPENED_BY = frozenset({"conversation_opened"})
LARGEST_SEQ = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What conversations are read with: where pages are, and the channel of each inbox."""

    base: str
    account: str
    inboxes: Mapping[str, str] = field(default_factory=dict)


def ticket(told: Json, place: Place) -> TicketRecord:
    """A conversation as it stands. Raises Unreadable."""
    external_id, meta = name_of(told.get("id")) or "?", known(told.get("meta"))
    created = needed_instant(told.get("created_at"), "Its time of creation")
    updated = max(instant(told.get("updated_at")) or created, instant(told.get("last_activity_at")) or created, created)
    word = text_of(told.get("status"))
    if word not in STATUSES:
        raise Unreadable("Its status is none that Chatwoot documents.")
    inbox = place.inboxes.get(name_of(told.get("inbox_id")) or "", text_of(meta.get("channel")))
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=STATUSES[word],
        status_raw=word,
        url=f"{place.base}/app/accounts/{place.account}/conversations/{external_id}",
        priority=PRIORITIES.get(text_of(told.get("priority"))),
        channel=CHANNELS.get(inbox, Channel.OTHER),
        tags=tuple(label for label in several(told.get("labels")) if isinstance(label, str)),
        team=name_of(known(meta.get("team")).get("id")),
        agent=name_of(known(meta.get("assignee")).get("id")),
        customer=_contact(meta.get("sender")),
    )


def customer(told: Json) -> Iterator[CustomerRecord]:
    """Who a conversation is with."""
    sender = known(known(told.get("meta")).get("sender"))
    if external_id := _contact(sender):
        yield CustomerRecord(
            external_id=external_id, name=text_of(sender.get("name")) or external_id, email=text_of(sender.get("email")) or None
        )


def events(record: TicketRecord, messages: Sequence[Json], reported: Sequence[Json]) -> Iterator[EventRecord]:
    """A conversation's life: messages, and when it was resolved; when it was opened again is worked out. Raises Unreadable."""
    said = [each for message in messages if (each := _message(message, record)) is not None]
    opener = next((each for each in said if each.kind is Kind.REPLY), None)
    yield EventRecord(
        ticket=record.external_id, key="created", at=record.created_at, kind=Kind.CREATED,
        actor=opener.actor if opener else record.customer, actor_kind=opener.actor_kind if opener else Actor.CUSTOMER,
        new=Status.OPEN.value,
    )  # fmt: skip
    for each in said:
        yield each if each is not opener else _opening(each)
    yield from _turns(record, said, reported)


def ratings(record: TicketRecord, messages: Sequence[Json]) -> Iterator[RatingRecord]:
    """Answers to the survey that Chatwoot sends as a message: one to five. Raises Unreadable."""
    for each in messages:
        values = known(known(each.get("content_attributes")).get("submitted_values"))
        answer = known(values.get("csat_survey_response"))
        score = number_of(answer.get("rating"))
        if text_of(each.get("content_type")) != SURVEY or score is None:
            continue
        if not 1 <= score <= 5:
            raise Unreadable("Its rating is no number from 1 to 5.")
        yield RatingRecord(
            external_id=f"csat-{name_of(each.get('id'))}", survey=SurveyKind.CSAT, scale="csat-1-5", score=score,
            answered_at=needed_instant(each.get("updated_at") or each.get("created_at"), "The time of a rating"),
            ticket=record.external_id, customer=record.customer, agent=record.agent,
            comment=text_of(answer.get("feedback_message")) or None,
        )  # fmt: skip


def _message(each: Json, record: TicketRecord) -> EventRecord | None:
    """A message; None for what Chatwoot writes itself: lines about the conversation, greetings, surveys."""
    kind, number = number_of(each.get("message_type")), number_of(each.get("id")) or 0
    if kind not in (INCOMING, OUTGOING) or text_of(each.get("content_type")) == SURVEY:
        return None
    sender = known(each.get("sender"))
    word = (text_of(each.get("sender_type")) or text_of(sender.get("type"))).lower()
    who = Actor.CUSTOMER if kind == INCOMING else SENDERS.get(word, Actor.SYSTEM)
    login = name_of(each.get("sender_id")) or name_of(sender.get("id"))
    return EventRecord(
        ticket=record.external_id,
        key=f"message-{number}",
        at=max(needed_instant(each.get("created_at"), "The time of a message"), record.created_at),
        seq=number % LARGEST_SEQ,
        kind=Kind.NOTE if each.get("private") is True else Kind.REPLY,
        actor=f"contact-{login}" if login and who is Actor.CUSTOMER else login,
        actor_kind=who,
    )


def _contact(sender: Any) -> str | None:
    """A contact's id: contacts and users are numbered apart."""
    name = name_of(known(sender).get("id"))
    return f"contact-{name}" if name else None


def _opening(each: EventRecord) -> EventRecord:
    return EventRecord(
        ticket=each.ticket, key=each.key, at=each.at, seq=each.seq, kind=each.kind, actor=each.actor, actor_kind=each.actor_kind,
        new="opening",
    )  # fmt: skip


def _turns(record: TicketRecord, said: Sequence[EventRecord], reported: Sequence[Json]) -> Iterator[EventRecord]:
    """Solves as reported; between two of them, or after the last of an unsolved conversation, it was opened again: by the
    customer's next message, as Chatwoot does by itself, else at an instant that nothing tells."""
    told = sorted(_told(reported), key=lambda each: (each[0], each[1]))
    for index, (at, number, opened, user) in enumerate(told):
        status = Status.OPEN if opened else Status.SOLVED
        yield _turn(record, f"report-{number}", max(at, record.created_at), status, user, Actor.AGENT if user else Actor.SYSTEM)
        following = told[index + 1] if index + 1 < len(told) else None
        if opened or (following is not None and following[2]) or (following is None and record.status in RESOLVED):
            continue
        until = following[0] if following else record.updated_at
        by = next((each for each in said if each.actor_kind is Actor.CUSTOMER and at <= each.at <= until), None)
        if by is not None:
            yield _turn(record, f"reopened-{number}", by.at, Status.OPEN, by.actor, Actor.CUSTOMER)


def _told(reported: Sequence[Json]) -> Iterator[tuple[datetime, int, bool, str | None]]:
    for each in reported:
        name = text_of(each.get("name"))
        if name in RESOLVED_BY | REOPENED_BY:
            at = needed_instant(each.get("event_end_time") or each.get("created_at"), "The time of a report")
            yield at, number_of(each.get("id")) or 0, name in REOPENED_BY, name_of(each.get("user_id"))


def _turn(record: TicketRecord, key: str, at: datetime, status: Status, who: str | None, kind: Actor) -> EventRecord:
    return EventRecord(
        ticket=record.external_id, key=key, at=at, seq=LARGEST_SEQ, kind=Kind.STATUS, actor=who, actor_kind=kind,
        new=status.value, derived=kind is Actor.CUSTOMER,
    )  # fmt: skip


def listed(body: Any) -> list[Json]:
    """The rows of a list, which Chatwoot wraps in `payload`, in `data.payload`, or not at all."""
    if isinstance(body, list):
        return list(objects(body))
    told = known(body)
    return list(objects(told.get("payload") or known(told.get("data")).get("payload")))
