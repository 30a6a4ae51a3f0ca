"""Intercom's conversations as ours: what one tells of itself, and its whole life from its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, text_of, whole
from bot.store.records import CustomerRecord, EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status, SurveyKind

STATES = {"open": Status.OPEN, "closed": Status.SOLVED, "snoozed": Status.PENDING}
PRIORITIES = {"priority": 2, "not_priority": 3}
CHANNELS = {
    "conversation": Channel.CHAT,
    "email": Channel.EMAIL,
    "phone_call": Channel.PHONE,
    "phone_switch": Channel.PHONE,
    "sms": Channel.PHONE,
}
CHANNELS |= dict.fromkeys(("facebook", "instagram", "twitter", "whatsapp"), Channel.SOCIAL)
TURNS = {
    "close": "closed",
    "open": "open",
    "assign_and_reopen": "open",
    "snoozed": "snoozed",
    "unsnoozed": "open",
    "timer_unsnooze": "open",
    "assign_and_unsnooze": "open",
}
"""What a part does to the state, whatever it says the state is."""
SAID = frozenset({"comment", "quick_reply"})
SAID_ALONG = frozenset({"close", "open", "snoozed"})
"""Parts that are a reply as well when they have words."""
PEOPLE = frozenset({"user", "lead", "contact"})
MOST_PARTS = 500
DESK_FACTS = {"time_to_admin_reply": "first_response_min", "time_to_last_close": "full_resolution_min"}
"""Intercom's own figures count office hours only: they stand in the place of business time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a conversation is read with: where pages are, and the attribute that is our category."""

    base: str = "https://app.intercom.com"
    category: str = ""


@dataclass(slots=True, kw_only=True)
class Thread:
    """Where a conversation stands while its parts are read; `old` is unknown at first where the first parts are not told."""

    ticket: str
    state: Status = Status.OPEN
    holds: dict[Kind, str | None] = field(default_factory=dict)


def ticket(told: Json, place: Place) -> TicketRecord:
    """A conversation as it stands. Raises Unreadable."""
    external_id = name_of(told.get("id")) or "?"
    created = needed_instant(told.get("created_at"), "Its time of creation")
    updated = max(instant(told.get("updated_at"), "Its time of change") or created, created)
    state, statistics, source = text_of(told.get("state")), known(told.get("statistics")), known(told.get("source"))
    if state not in STATES:
        raise Unreadable("Its state is none that Intercom documents.")
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=STATES[state],
        status_raw=state,
        subject=text_of(told.get("title")),
        url=f"{place.base}/a/inbox/_/inbox/conversation/{external_id}",
        priority=PRIORITIES.get(text_of(told.get("priority"))),
        channel=CHANNELS.get(text_of(source.get("type")), Channel.OTHER),
        category=name_of(known(told.get("custom_attributes")).get(place.category)) if place.category else None,
        tags=tuple(name for tag in objects(known(told.get("tags")).get("tags")) if (name := text_of(tag.get("name")))),
        team=_nobody(told.get("team_assignee_id")),
        agent=_nobody(told.get("admin_assignee_id")),
        customer=_customer(told, source),
        handled_s=_seconds(statistics, "adjusted_handling_time") or _seconds(statistics, "handling_time"),
        desk_facts=_desk_facts(told, statistics),
    )


def events(told: Json, place: Place) -> Iterator[Record]:
    """People, rating, creation and all parts. Raises Unreadable.

    Of a giant conversation only the newest parts are told: what came before is known by the instants in its statistics."""
    record, source = ticket(told, place), known(told.get("source"))
    parts = sorted(objects(known(told.get("conversation_parts")).get("conversation_parts")), key=_order)
    author = known(source.get("author"))
    yield from _people([author, *(known(part.get("author")) for part in parts)])
    yield from _rating(told, record)
    yield EventRecord(
        ticket=record.external_id,
        key="created",
        at=record.created_at,
        kind=Kind.CREATED,
        actor=name_of(author.get("id")) or record.customer,
        actor_kind=_opener(author, source),
        new=Status.OPEN.value,
    )
    thread = Thread(ticket=record.external_id)
    if len(parts) >= MOST_PARTS:
        yield from _before(told, record, needed_instant(parts[0].get("created_at"), "The time of a part"))
    for part in parts:
        yield from _part(part, thread, record)


def is_bot(author: Json) -> bool:
    """Whether a program wrote it, whoever's seat it sits on."""
    return text_of(author.get("type")) == "bot" or author.get("from_ai_agent") is True or author.get("is_ai_answer") is True


def who(author: Json) -> Actor:
    """What an author is to Intercom."""
    if is_bot(author):
        return Actor.BOT
    kind = text_of(author.get("type"))
    return Actor.AGENT if kind == "admin" else Actor.CUSTOMER if kind in PEOPLE else Actor.SYSTEM


def _opener(author: Json, source: Json) -> Actor:
    """A campaign is sent in an admin's name, and no admin opened it."""
    initiated = text_of(source.get("delivered_as"))
    return Actor.BOT if initiated in ("campaigns_initiated", "automated", "operator_initiated") else who(author)


def _part(part: Json, thread: Thread, record: TicketRecord) -> Iterator[EventRecord]:
    kind, author = text_of(part.get("part_type")), known(part.get("author"))
    event = EventRecord(
        ticket=record.external_id,
        key=f"part-{name_of(part.get('id'))}",
        at=max(needed_instant(part.get("created_at"), "The time of a part"), record.created_at),
        seq=_number(part),
        kind=Kind.NOTE,
        actor=name_of(author.get("id")),
        actor_kind=who(author),
    )
    words = bool(text_of(part.get("body"))) or part.get("redacted") is True
    if kind in SAID or (kind in SAID_ALONG and words):
        yield replace(event, kind=Kind.REPLY)
    elif kind in ("note", "note_and_reopen") or (words and "assign" in kind):
        yield event
    if "assign" in kind:
        yield from _assigned(part, thread, event)
    told = TURNS.get(kind) or text_of(part.get("state"))
    status = STATES.get(told, thread.state)
    if status is not thread.state:
        yield replace(event, key=f"{event.key}-state", kind=Kind.STATUS, old=thread.state.value, new=status.value)
        thread.state = status


def _assigned(part: Json, thread: Thread, event: EventRecord) -> Iterator[EventRecord]:
    """To a person or to a team; to nobody is to no person."""
    target = known(part.get("assigned_to"))
    kind = Kind.TEAM if text_of(target.get("type")) == "team" else Kind.ASSIGNED
    old, new = thread.holds.get(kind), _nobody(target.get("id"))
    if old != new:
        thread.holds[kind] = new
        yield replace(event, key=f"{event.key}-{kind.value}", kind=kind, old=old, new=new)


def _before(told: Json, record: TicketRecord, first: datetime) -> Iterator[EventRecord]:
    """The first reply and the first close of a conversation whose first parts are not told any more."""
    statistics = known(told.get("statistics"))
    for name, kind, new in (
        ("first_admin_reply_at", Kind.REPLY, None),
        ("first_close_at", Kind.STATUS, Status.SOLVED.value),
    ):
        at = instant(statistics.get(name), "A time in its statistics")
        if at is not None and at < first:
            agent = Actor.AGENT if kind is Kind.REPLY else None
            yield EventRecord(
                ticket=record.external_id, key=name, at=at, kind=kind, actor_kind=agent, new=new, derived=True
            )  # fmt: skip


def _rating(told: Json, record: TicketRecord) -> Iterator[RatingRecord]:
    """One to five; its `created_at` is when it was asked for, so it counts from when it was last changed."""
    rated = known(told.get("conversation_rating"))
    score = whole(rated.get("rating"))
    if score is None:
        return
    if not 1 <= score <= 5:
        raise Unreadable("Its rating is none of one to five.")
    yield RatingRecord(
        external_id=f"rating-{record.external_id}",
        survey=SurveyKind.CSAT,
        scale="csat-1-5",
        score=score,
        answered_at=needed_instant(rated.get("updated_at") or rated.get("created_at"), "The time of its rating"),
        ticket=record.external_id,
        customer=name_of(known(rated.get("contact")).get("id")) or record.customer,
        agent=name_of(known(rated.get("teammate")).get("id")),
        comment=text_of(rated.get("remark")) or None,
    )


def _people(authors: list[Json]) -> Iterator[CustomerRecord]:
    told = {name: each for each in authors if text_of(each.get("type")) in PEOPLE and (name := name_of(each.get("id")))}
    for name, each in told.items():
        yield CustomerRecord(
            external_id=name, name=text_of(each.get("name")) or name, email=text_of(each.get("email")) or None
        )  # fmt: skip


def _customer(told: Json, source: Json) -> str | None:
    contacts = objects(known(told.get("contacts")).get("contacts"))
    first = next((name for each in contacts if (name := name_of(each.get("id")))), None)
    author = known(source.get("author"))
    return first or (name_of(author.get("id")) if text_of(author.get("type")) in PEOPLE else None)


def _desk_facts(told: Json, statistics: Json) -> dict[str, Any]:
    """The desk's own figures: to compare with, never to count with; and what became of its SLA."""
    found: dict[str, Any] = {}
    for theirs, ours in DESK_FACTS.items():
        if (seconds := whole(statistics.get(theirs))) is not None:
            found[ours] = [None, seconds // 60]
    if (reopens := whole(statistics.get("count_reopens"))) is not None:
        found["reopens"] = reopens
    if status := text_of(known(told.get("sla_applied")).get("sla_status")):
        found["sla_status"] = status
    return found


def _seconds(statistics: Json, name: str) -> int | None:
    found = whole(statistics.get(name))
    return found if found is not None and found > 0 else None


def _nobody(value: Any) -> str | None:
    name = name_of(value)
    return None if name in ("0", "nobody") else name


def _number(part: Json) -> int:
    return (whole(part.get("id")) or 0) % 2**31


def _order(part: Json) -> tuple[int, int]:
    return whole(part.get("created_at")) or 0, _number(part)
