"""Gorgias' tickets, messages and events as ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, text_of
from bot.desks.fields import whole as number_of
from bot.store.records import CustomerRecord, EventRecord, RatingRecord, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status, SurveyKind

PRIORITIES = {"critical": 1, "urgent": 1, "high": 2, "normal": 3, "low": 4}
CHANNELS = {
    "email": Channel.EMAIL, "chat": Channel.CHAT, "chat-offline-capture": Channel.CHAT, "help-center": Channel.WEB,
    "contact_form": Channel.WEB, "contact-form": Channel.WEB, "phone": Channel.PHONE, "sms": Channel.PHONE, "api": Channel.API,
    "aircall": Channel.PHONE, "facebook": Channel.SOCIAL, "facebook-messenger": Channel.SOCIAL,
    "facebook-mention": Channel.SOCIAL,
    "instagram-comment": Channel.SOCIAL, "instagram-direct-message": Channel.SOCIAL, "instagram-mention": Channel.SOCIAL,
    "instagram-ad-comment": Channel.SOCIAL, "twitter": Channel.SOCIAL, "twitter-direct-message": Channel.SOCIAL,
    "whatsapp": Channel.SOCIAL, "tiktok-shop": Channel.SOCIAL,
}  # fmt: skip
TURNS = {
    "ticket-closed": Status.SOLVED, "ticket-reopened": Status.OPEN,
    "ticket-snoozed": Status.HOLD, "ticket-self-unsnoozed": Status.OPEN,
    "ticket-trashed": Status.DELETED, "ticket-untrashed": Status.OPEN,
    "ticket-marked-spam": Status.SPAM, "ticket-unmarked-spam": Status.OPEN,
}  # fmt: skip
MOVES = {
    "ticket-assigned": (Kind.ASSIGNED, "assignee_user"), "ticket-unassigned": (Kind.ASSIGNED, ""),
    "ticket-team-assigned": (Kind.TEAM, "assignee_team"), "ticket-team-unassigned": (Kind.TEAM, ""),
}  # fmt: skip
"""What changed hands, and the field that names whose it is now; without one it is nobody's."""
LARGEST_SEQ = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a ticket can be looked at, and the field that is our category."""

    web: str
    category: str = ""


def ticket(told: Json, place: Place) -> TicketRecord:
    """A ticket as it stands. Raises Unreadable."""
    external_id = name_of(told.get("id")) or "?"
    created = needed_instant(told.get("created_datetime"), "Its time of creation")
    updated = max(instant(told.get("updated_datetime")) or created, created)
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=_status(told),
        status_raw=text_of(told.get("status")),
        subject=text_of(told.get("subject")),
        url=f"{place.web}/app/ticket/{external_id}",
        priority=PRIORITIES.get(text_of(told.get("priority")).lower()),
        channel=CHANNELS.get(text_of(told.get("channel")).lower(), Channel.OTHER),
        category=_category(told, place),
        tags=tuple(tag for each in objects(told.get("tags")) if (tag := text_of(each.get("name")))),
        team=_id(told.get("assignee_team")) or name_of(told.get("assignee_team_id")),
        agent=_id(told.get("assignee_user")) or name_of(told.get("assignee_user_id")),
        customer=_contact(told.get("customer")),
    )


def _status(told: Json) -> Status:
    """The trash and spam are apart from the status; a snoozed ticket is closed until then."""
    if told.get("trashed_datetime"):
        return Status.DELETED
    if told.get("spam") is True:
        return Status.SPAM
    word = text_of(told.get("status")).lower()
    if word not in ("open", "closed"):
        raise Unreadable("Its status is none that Gorgias documents.")
    if told.get("snooze_datetime"):
        return Status.HOLD
    return Status.OPEN if word == "open" else Status.SOLVED


def _category(told: Json, place: Place) -> str | None:
    fields = told.get("custom_fields")
    rows = fields.values() if isinstance(fields, dict) else fields or ()
    values = (each.get("value") for each in rows if isinstance(each, dict) and name_of(each.get("id")) == place.category)
    return next((text_of(value) or name_of(value) for value in values), None) if place.category else None


def customer(told: Json) -> Iterator[CustomerRecord]:
    """Who a ticket is from."""
    person = known(told.get("customer"))
    if external_id := _contact(person):
        name = text_of(person.get("name")) or f"{text_of(person.get('firstname'))} {text_of(person.get('lastname'))}".strip()
        yield CustomerRecord(external_id=external_id, name=name or external_id, email=text_of(person.get("email")) or None)


def events(record: TicketRecord, messages: Sequence[Json], happened: Sequence[Json]) -> Iterator[EventRecord]:
    """A ticket's life from its messages and events. Raises Unreadable."""
    said = sorted(messages, key=lambda each: number_of(each.get("id")) or 0)
    opener = next((each for each in said if each.get("public") is not False and not _failed(each)), None)
    actor, kind = _who(opener, record) if opener else (record.customer, Actor.CUSTOMER)
    yield EventRecord(
        ticket=record.external_id, key="created", at=record.created_at, kind=Kind.CREATED, actor=actor, actor_kind=kind,
        new=Status.OPEN.value,
    )  # fmt: skip
    for each in said:
        yield _message(each, record, is_opening=each is opener)
    yield from _happened(record, happened)


def _message(each: Json, record: TicketRecord, *, is_opening: bool) -> EventRecord:
    number = number_of(each.get("id")) or 0
    at = instant(each.get("sent_datetime")) or needed_instant(each.get("created_datetime"), "The time of a message")
    actor, kind = _who(each, record)
    return EventRecord(
        ticket=record.external_id, key=f"message-{number}", at=max(at, record.created_at), seq=number % LARGEST_SEQ,
        kind=Kind.NOTE if each.get("public") is False or _failed(each) else Kind.REPLY, actor=actor, actor_kind=kind,
        new="opening" if is_opening else None,
    )  # fmt: skip


def _failed(each: Json) -> bool:
    """Whether it was written and could not be sent: it reached nobody."""
    return bool(each.get("failed_datetime")) and not each.get("sent_datetime")


def _who(each: Json, record: TicketRecord) -> tuple[str | None, Actor]:
    """A message that a rule sent is a bot's, although it goes out in somebody's name."""
    sender = _id(each.get("sender"))
    if each.get("from_agent") is not True:
        return (f"customer-{sender}" if sender else record.customer), Actor.CUSTOMER
    by_rule = each.get("rule_id") is not None or text_of(each.get("via")) == "rule"
    return (None, Actor.BOT) if by_rule else (sender, Actor.AGENT)


def _happened(record: TicketRecord, happened: Sequence[Json]) -> Iterator[EventRecord]:
    for each in sorted(happened, key=lambda one: number_of(one.get("id")) or 0):
        word, number = text_of(each.get("type")), number_of(each.get("id")) or 0
        user = name_of(each.get("user_id"))
        kind, new = Kind.STATUS, TURNS[word].value if word in TURNS else None
        if word in MOVES:
            kind, name = MOVES[word]
            data = known(each.get("data"))
            new = name_of(data.get(f"{name}_id")) or _id(data.get(name))
        elif new is None:
            continue
        yield EventRecord(
            ticket=record.external_id, key=f"event-{number}", kind=kind, seq=LARGEST_SEQ, new=new, old=None if new else "?",
            at=max(needed_instant(each.get("created_datetime"), "The time of an event"), record.created_at),
            actor=user, actor_kind=Actor.AGENT if user else Actor.SYSTEM,
        )  # fmt: skip


def rating(told: Json) -> RatingRecord | None:
    """An answered survey, one to five; None while it waits. Raises Unreadable."""
    score = number_of(told.get("score"))
    if score is None:
        return None
    if not 1 <= score <= 5:
        raise Unreadable("Its score is no number from 1 to 5.")
    return RatingRecord(
        external_id=f"survey-{name_of(told.get('id'))}", survey=SurveyKind.CSAT, scale="csat-1-5", score=score,
        answered_at=needed_instant(told.get("scored_datetime"), "The time of a rating"), ticket=name_of(told.get("ticket_id")),
        customer=_contact({"id": told.get("customer_id")}), comment=text_of(told.get("body_text")) or None,
    )  # fmt: skip


def _id(told: object) -> str | None:
    return name_of(known(told).get("id"))


def _contact(told: object) -> str | None:
    """A customer's id: users and customers are numbered apart."""
    name = _id(told)
    return f"customer-{name}" if name else None
