"""Tells records that every database can keep from those it cannot, and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from bot.clock import zone
from bot.errors import UnknownZone
from bot.store.records import (
    AgentRecord,
    BadRecord,
    CustomerRecord,
    EventRecord,
    MergeRecord,
    OnlyPolicies,
    RatingRecord,
    Record,
    ScheduleRecord,
    SlaPolicyRecord,
    TeamRecord,
    TicketRecord,
)
from bot.store.words import Kind, Metric, Status

R = TypeVar("R", bound=Record)
T = TypeVar("T")

# What a kind of record is called in the quarantine and in counts.
STREAMS: dict[type[Any], str] = {
    TeamRecord: "teams",
    AgentRecord: "agents",
    CustomerRecord: "customers",
    TicketRecord: "tickets",
    EventRecord: "events",
    RatingRecord: "ratings",
    ScheduleRecord: "schedules",
    SlaPolicyRecord: "policies",
    OnlyPolicies: "lists of policies",
    MergeRecord: "merges",
}
MOST_SECONDS = 2**31 - 1
MOST_VERSION = 2**63 - 1
MOST_TAGS = 1_000
# Business hours are counted within these; an export's placeholder such as 9999-12-31 is no date.
FIRST_YEAR, LAST_YEAR = 1900, 2198
WEEK_MINUTES = 7 * 24 * 60

# What old and new of an event may say before a colon; no word is no change.
STATUSES = frozenset({None, *(status.value for status in Status)})
METRICS = frozenset({None, *(metric.value for metric in Metric)})
WORDS: dict[Kind, frozenset[str | None]] = {
    Kind.CREATED: STATUSES,
    Kind.STATUS: STATUSES,
    Kind.PRIORITY: frozenset({None, "1", "2", "3", "4"}),
    Kind.SLA_APPLIED: METRICS,
    Kind.SLA_ACHIEVED: METRICS,
    Kind.SLA_BREACHED: METRICS,
    Kind.SLA_RETRACTED: METRICS,
}


@dataclass(slots=True, kw_only=True)
class Sifted:
    """A page by kind of record, and what has to be set aside."""

    kept: dict[type[Any], list[Any]] = field(default_factory=lambda: {kind: [] for kind in STREAMS})
    bad: list[BadRecord] = field(default_factory=list)

    def of(self, kind: type[R]) -> list[R]:
        """The good records of a kind, in the order of the page."""
        return self.kept[kind]

    def sift_again(self, kind: type[R], check: Callable[[R], str | None]) -> None:
        """Set aside the records of a kind for which `check` has a reason; it holds no customer's words."""
        told = self.of(kind)
        self.kept[kind] = []
        for record in told:
            self.take(record, check(record))

    def take(self, record: Record, reason: str | None) -> None:
        """Keep a record, or set it aside when there is a reason to."""
        if reason is None:
            self.kept[type(record)].append(record)
        else:
            self.bad.append(BadRecord(stream=STREAMS[type(record)], external_id=name_of(record), reason=reason))


def sift(records: Iterable[Record]) -> Sifted:
    """The records by kind. One that would make a database refuse the whole page is set aside instead."""
    sifted = Sifted()
    for record in records:
        if isinstance(record, BadRecord):
            sifted.bad.append(_printable(record))
        else:
            sifted.take(record, CHECKS[type(record)](record))
    sifted.bad += [_empty(policy) for policy in sifted.of(SlaPolicyRecord) if not policy.targets]
    return sifted


def name_of(record: Any) -> str:
    """What a record is called in the quarantine: its external id, for an event its ticket's and its own."""
    name = f"{record.ticket}/{record.key}" if isinstance(record, EventRecord) else str(record.external_id)
    return tidy(name)


def newest(records: Sequence[T], name: Callable[[T], Any], age: Callable[[T], Any] | None = None) -> dict[Any, T]:
    """One record for each name: the newest, and of equals the later in the page."""
    kept: dict[Any, T] = {}
    for record in records:
        known = kept.get(name(record))
        if known is None or age is None or age(record) >= age(known):
            kept[name(record)] = record
    return kept


def tidy(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and without half characters, which no encoding has."""
    if storable(text):
        return text
    return text.replace("\x00", "").encode(errors="replace").decode()


def tidy_or_none(text: str | None) -> str | None:
    """The same for a text that may be missing."""
    return None if text is None else tidy(text)


def tidy_facts(value: Any) -> Any:
    """A desk's own figures as JSON that PostgreSQL takes: no NaN, no infinity, no NUL."""
    match value:
        case str():
            return tidy(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {tidy(str(key)): tidy_facts(each) for key, each in value.items()}
        case list() | tuple():
            return [tidy_facts(each) for each in value]
        case _:
            return value


def storable(text: str) -> bool:
    """Whether both databases can keep this text as it is."""
    if "\x00" in text:
        return False
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _empty(policy: SlaPolicyRecord) -> BadRecord:
    """Kept all the same, so that one whose targets were taken away holds no longer; the next policy that matches counts."""
    return BadRecord(
        stream=STREAMS[SlaPolicyRecord], external_id=name_of(policy), reason="It has no targets, so it promises nothing."
    )


def _printable(record: BadRecord) -> BadRecord:
    return BadRecord(stream=tidy(record.stream), external_id=tidy(record.external_id), reason=tidy(record.reason))


def _check_named(record: Any) -> str | None:
    return None if _are_names(record.external_id) else "Its id is empty or unreadable."


def _check_ticket(ticket: TicketRecord) -> str | None:
    if not _are_names(ticket.external_id, ticket.team, ticket.agent, ticket.customer):
        return "An id in it is empty or unreadable."
    if ticket.priority not in (None, 1, 2, 3, 4):
        return f"Its priority is {ticket.priority}, not 1 to 4."
    if len(ticket.tags) > MOST_TAGS:
        return f"It has {len(ticket.tags):,} tags; more than {MOST_TAGS:,} cannot be kept."
    if not _within(ticket.handled_s, MOST_SECONDS) or not _within(ticket.version, MOST_VERSION):
        return "A number in it is too large."
    return _check_zones(ticket.created_at, ticket.updated_at)


def _check_event(event: EventRecord) -> str | None:
    if not _are_names(event.ticket, event.key, event.actor):
        return "An id in it is empty or unreadable."
    if not _within(event.worked_s, MOST_SECONDS) or not _within(event.seq, MOST_SECONDS):
        return "A number in it is too large."
    known = WORDS.get(event.kind)
    if known is not None and not {_word(event.old), _word(event.new)} <= known:
        return f"It tells of a {event.kind} that does not exist."
    return _check_zones(event.at)


def _check_schedule(schedule: ScheduleRecord) -> str | None:
    if (reason := _check_named(schedule)) is not None:
        return reason
    if any(not (0 <= start < WEEK_MINUTES and 0 <= end <= WEEK_MINUTES and start != end) for start, end in schedule.week):
        return "Its hours lie outside the week or are no time at all."
    try:
        zone(schedule.zone)
        for day in schedule.holidays:
            date.fromisoformat(day)
    except (UnknownZone, ValueError):
        return "Its time zone or one of its holidays does not exist."
    return None if schedule.week else "It never opens."


def _check_policy(policy: SlaPolicyRecord) -> str | None:
    if any(not 0 <= target.target_s <= MOST_SECONDS for target in policy.targets):
        return "It promises less than no time, or more than a lifetime."
    return _check_named(policy)


def _check_rating(rating: RatingRecord) -> str | None:
    if not _are_names(rating.external_id, rating.ticket, rating.customer, rating.agent):
        return "An id in it is empty or unreadable."
    return _check_zones(rating.answered_at)


def _word(said: str | None) -> str | None:
    return None if said is None else said.partition(":")[0]


def _check_zones(*instants: datetime) -> str | None:
    if any(at.tzinfo is None for at in instants):
        return "A time in it has no time zone."
    return None if all(FIRST_YEAR <= at.year <= LAST_YEAR for at in instants) else "A time in it lies too far away."


def _are_names(*names: str | None) -> bool:
    return "" not in names and storable("".join(filter(None, names)))


def _within(number: int | None, most: int) -> bool:
    return number is None or -most <= number <= most


CHECKS: dict[type[Any], Callable[[Any], str | None]] = {
    TeamRecord: _check_named,
    AgentRecord: _check_named,
    CustomerRecord: _check_named,
    TicketRecord: _check_ticket,
    EventRecord: _check_event,
    RatingRecord: _check_rating,
    ScheduleRecord: _check_schedule,
    SlaPolicyRecord: _check_policy,
    OnlyPolicies: lambda _: None,
    MergeRecord: lambda merge: None if _are_names(merge.external_id, merge.into) else "An id in it is empty or unreadable.",
}
