"""Freshdesk's tickets, conversations, times and ratings as ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, several, text_of, whole
from bot.store.records import CustomerRecord, EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status, SurveyKind

STATUSES = {2: Status.OPEN, 3: Status.PENDING, 4: Status.SOLVED, 5: Status.CLOSED, 6: Status.PENDING, 7: Status.HOLD}
WORDS = {2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed"}
PRIORITIES = {4: 1, 3: 2, 2: 3, 1: 4}
"""Here a higher number is more urgent."""
CHANNELS = {1: Channel.EMAIL, 2: Channel.WEB, 3: Channel.PHONE, 5: Channel.SOCIAL, 6: Channel.SOCIAL, 7: Channel.CHAT}
CHANNELS |= {8: Channel.WEB, 9: Channel.WEB, 10: Channel.EMAIL, 13: Channel.SOCIAL}
OUTBOUND = 10
FORWARDED, FEEDBACK = 8, 6
"""Conversations that are no reply to the customer: a mail forwarded to somebody else, and the words of a rating."""
SIGNS = {2: "csat-good-bad", 3: "csat-faces-3", 5: "csat-1-5"}
NEUTRAL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a ticket is read with: the account's own statuses, who is staff, and where pages are."""

    base: str
    statuses: Mapping[str, str] = field(default_factory=dict)
    staff: frozenset[str] = frozenset()

    def who(self, user: str | None) -> Actor | None:
        """What somebody is to Freshdesk; None where nobody told us who is staff."""
        if user is None:
            return Actor.SYSTEM
        if user in self.staff:
            return Actor.AGENT
        return Actor.CUSTOMER if self.staff else None

    def status(self, told: Any) -> tuple[Status, str]:
        """Our status and the account's word; a status of the account's own is open unless its name says who is waited for."""
        number = whole(told)
        if number is None:
            raise Unreadable("Its status is none that Freshdesk has.")
        word = self.statuses.get(str(number), WORDS.get(number, str(number)))
        own = re.search(r"wait|pending|hold|third", word, re.IGNORECASE)
        if number in STATUSES and number < 6:
            return STATUSES[number], word
        if own is None:
            return (Status.OPEN if word != str(number) else STATUSES.get(number, Status.OPEN)), word
        return (Status.PENDING if re.search(r"customer|requester|client|pending", word, re.IGNORECASE) else Status.HOLD), word


def ticket(told: Json, place: Place) -> TicketRecord:
    """A ticket as it stands, from its row in a list. Raises Unreadable."""
    external_id = name_of(told.get("id")) or "?"
    created = needed_instant(told.get("created_at"), "Its time of creation")
    updated = max(instant(told.get("updated_at"), "Its time of change") or created, created)
    status, word = place.status(told.get("status"))
    if told.get("deleted") is True or told.get("spam") is True:
        status = Status.SPAM if told.get("spam") is True else Status.DELETED
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=status,
        status_raw=word,
        subject=text_of(told.get("subject")),
        url=f"{place.base}/a/tickets/{external_id}",
        priority=PRIORITIES.get(whole(told.get("priority")) or 0),
        channel=CHANNELS.get(whole(told.get("source")) or 0, Channel.OTHER),
        category=text_of(told.get("type")) or None,
        tags=tuple(tag for tag in several(told.get("tags")) if isinstance(tag, str)),
        team=name_of(told.get("group_id")),
        agent=name_of(told.get("responder_id")),
        customer=name_of(told.get("requester_id")),
        desk_facts=_desk_facts(known(told.get("stats")), created),
    )


def events(told: Json, place: Place) -> Iterator[Record]:
    """What a row tells of a ticket's life: who asked, its creation, and the last instant of each change of its status.

    Keys are made of instants: what an earlier look told stays, so that the changes seen one by one become a history."""
    record = ticket(told, place)
    by_agent = whole(told.get("source")) == OUTBOUND
    yield from _requester(known(told.get("requester")))
    yield EventRecord(
        ticket=record.external_id,
        key="created",
        at=record.created_at,
        kind=Kind.CREATED,
        actor=None if by_agent else record.customer,
        actor_kind=Actor.AGENT if by_agent else place.who(record.customer),
        new=Status.OPEN.value,
    )
    yield from _statuses(record, known(told.get("stats")), place.status(told.get("status"))[0])


def said(told: Json, external_id: str, place: Place) -> EventRecord:
    """One conversation: a public one is a reply, also a public note. Raises Unreadable."""
    author, source = name_of(told.get("user_id")), whole(told.get("source"))
    inner = told.get("private") is True or source in (FORWARDED, FEEDBACK)
    return EventRecord(
        ticket=external_id,
        key=f"conversation-{name_of(told.get('id'))}",
        at=needed_instant(told.get("created_at"), "The time of a conversation"),
        seq=(whole(told.get("id")) or 0) % 2**31,
        kind=Kind.NOTE if inner else Kind.REPLY,
        actor=author,
        actor_kind=Actor.CUSTOMER if told.get("incoming") is True else place.who(author),
    )


def worked(told: Json) -> Iterator[EventRecord]:
    """A time entry, "hh:mm" long; one whose timer still runs is told when it has stopped. Raises Unreadable."""
    external_id, spent = name_of(told.get("ticket_id")), re.fullmatch(r"(\d+):(\d\d)", text_of(told.get("time_spent")))
    if external_id is None or told.get("timer_running") is True:
        return
    if spent is None:
        raise Unreadable("Its time spent is none.")
    seconds = int(spent[1]) * 3600 + int(spent[2]) * 60
    if seconds:
        yield EventRecord(
            ticket=external_id,
            key=f"time-{name_of(told.get('id'))}",
            at=needed_instant(told.get("executed_at") or told.get("created_at"), "Its time"),
            kind=Kind.WORKED,
            actor=name_of(told.get("agent_id")),
            actor_kind=Actor.AGENT,
            worked_s=seconds,
        )


def rating(told: Json, surveys: Mapping[str, Sequence[int]]) -> RatingRecord:
    """A rating on the scale of its survey: 103 to 101 are happy, 100 is neutral, -101 to -103 are not. Raises Unreadable."""
    external_id, value = name_of(told.get("id")) or "?", whole(known(told.get("ratings")).get("default_question"))
    if value is None:
        raise Unreadable("It holds no rating.")
    scale, score = _on_scale(value, surveys.get(name_of(told.get("survey_id")) or "", ()))
    return RatingRecord(
        external_id=f"rating-{external_id}",
        survey=SurveyKind.CSAT,
        scale=scale,
        score=score,
        answered_at=needed_instant(told.get("updated_at") or told.get("created_at"), "Its time"),
        ticket=name_of(told.get("ticket_id")),
        customer=name_of(told.get("user_id")),
        agent=name_of(told.get("agent_id")),
        comment=text_of(told.get("feedback")) or None,
    )


def _on_scale(value: int, steps: Sequence[int]) -> tuple[str, int]:
    """Seven steps, or a survey nobody told us of, by their sign: a smile, a straight face or a frown."""
    if not NEUTRAL <= abs(value) <= NEUTRAL + 3 or value == -NEUTRAL:
        raise Unreadable("Its rating is none that Freshdesk documents.")
    scale = SIGNS.get(len(steps))
    if scale is None or value not in steps:
        return "csat-faces-3", 2 if value == NEUTRAL else 3 if value > 0 else 1
    return scale, sorted(steps).index(value) + (0 if len(steps) == 2 else 1)


def _requester(told: Json) -> Iterator[CustomerRecord]:
    if external_id := name_of(told.get("id")):
        name, email = text_of(told.get("name")), text_of(told.get("email")) or None
        yield CustomerRecord(external_id=external_id, name=name or external_id, email=email)


def _statuses(record: TicketRecord, stats: Json, current: Status) -> Iterator[EventRecord]:
    told = {
        "pending": (_at(stats, "pending_since"), Status.PENDING),
        "reopened": (_at(stats, "reopened_at"), Status.OPEN),
        "resolved": (_at(stats, "resolved_at"), Status.SOLVED),
        "closed": (_at(stats, "closed_at"), Status.CLOSED),
    }
    solved = told["resolved"][0] or told["closed"][0]
    if told["closed"][0] is not None and told["closed"][0] == solved and current is Status.CLOSED:
        told["resolved"] = (solved, Status.SOLVED)  # Closed without a stop: solved at that instant, too.
    now = (_at(stats, "status_updated_at"), current)
    if now[0] is not None and now not in told.values() and (current is not Status.OPEN or now[0] > record.created_at):
        told["status"] = now
    for name, (at, status) in told.items():
        if at is not None:
            yield EventRecord(
                ticket=record.external_id,
                key=f"{name}-{int(at.timestamp())}",
                at=max(at, record.created_at),
                seq=2**31 - 2 if name == "resolved" else 2**31 - 1,
                kind=Kind.STATUS,
                new=status.value,
                derived=True,
            )


def _at(stats: Json, name: str) -> datetime | None:
    return instant(stats.get(name), "A time in its stats")


def _desk_facts(stats: Json, created: datetime) -> dict[str, Any]:
    """The desk's own first response by the calendar, in whole minutes: to compare with, never to count with."""
    first = _at(stats, "first_responded_at")
    return {"first_response_min": [int((first - created).total_seconds()) // 60, None]} if first else {}
