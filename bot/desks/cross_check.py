"""Compares our figures with the help desk's own, ticket by ticket: where they differ, and what explains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from bot.store.tables import Ticket, TicketFact, table_of

MINUTE_S = 60
SHOWN = 5
CHUNK = 1000


@dataclass(slots=True, kw_only=True)
class Compared:
    """One figure compared over a source. `by_schedule`: the same by the calendar and another by business hours; `one_sided`:
    only one of us has it, as after a merge, or where an agent opened the ticket; `unexplained`: the rest, with tickets."""

    name: str
    tickets: int = 0
    by_schedule: int = 0
    one_sided: int = 0
    unexplained: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def differing(self) -> int:
        return self.by_schedule + self.one_sided + self.unexplained

    def sentence(self) -> str:
        """As in: first response differs on 0.3 % of 12,040 tickets: 41 by schedule, 3 unexplained (7, 12, 19)."""
        if not self.differing:
            return f"{self.name} is the same on all {self.tickets:,} tickets"
        share = 100 * self.differing / self.tickets
        parts = [
            (self.by_schedule, "by schedule"),
            (self.one_sided, "known to one of us only"),
            (self.unexplained, "unexplained"),
        ]
        told = ", ".join(f"{count:,} {why}" for count, why in parts if count)
        examples = f" ({', '.join(self.examples)})" if self.examples else ""
        return f"{self.name} differs on {share:.1f} % of {self.tickets:,} tickets: {told}{examples}"


DURATIONS = {
    "first_response_min": ("first response", "first_response_s", "first_response_business_s"),
    "first_resolution_min": ("first resolution", "first_resolution_s", "first_resolution_business_s"),
    "full_resolution_min": ("full resolution", "full_resolution_s", "full_resolution_business_s"),
    "requester_wait_min": ("requester wait", "requester_wait_s", "requester_wait_business_s"),
    "agent_wait_min": ("agent wait", "agent_wait_s", "agent_wait_business_s"),
    "on_hold_min": ("time on hold", "on_hold_s", "on_hold_business_s"),
}
"""The desk's own figure, in whole minutes as [calendar, business], and ours in seconds."""
COUNTS = {
    "reopens": ("reopens", "reopens"),
    "replies": ("agent replies", "agent_replies"),
    "assignee_stations": ("assignee stations", "assignee_stations"),
    "group_stations": ("group stations", "group_stations"),
}


def cross_check(session: Session, source: str) -> list[Compared]:
    """What differs for the tickets of a source that count; nothing for a desk that tells no figures of its own."""
    names = {key: told[0] for key, told in DURATIONS.items()} | {key: told[0] for key, told in COUNTS.items()}
    found = {key: Compared(name=name) for key, name in names.items()}
    for name, theirs, ours in _pairs(session, source):
        for key, compared in found.items():
            if key in theirs:
                _compare(compared, name, theirs[key], ours, key)
    return [compared for compared in found.values() if compared.tickets]


def _pairs(session: Session, source: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    ticket, fact = table_of(Ticket), table_of(TicketFact)
    names = {column for _, *columns in DURATIONS.values() for column in columns} | {column for _, column in COUNTS.values()}
    columns = [fact.c[name] for name in sorted(names)]
    query = select(ticket.c.external_id, ticket.c.desk_facts, *columns)
    query = query.join_from(ticket, fact, fact.c.ticket_id == ticket.c.id)
    query = query.where(ticket.c.source == source, fact.c.excluded.is_(None)).order_by(ticket.c.id)
    for row in session.execute(query.execution_options(yield_per=CHUNK)).mappings():
        if row["desk_facts"]:
            yield row["external_id"], row["desk_facts"], {name: row[name] for name in names}


def _compare(compared: Compared, name: str, theirs: Any, ours: Mapping[str, Any], key: str) -> None:
    compared.tickets += 1
    judge = _judge_duration if key in DURATIONS else _judge_count
    why = judge(theirs, ours, key)
    if why is None:
        return
    setattr(compared, why, getattr(compared, why) + 1)
    if why == "unexplained" and len(compared.examples) < SHOWN:
        compared.examples.append(name)


def _judge_duration(theirs: Any, ours: Mapping[str, Any], key: str) -> str | None:
    """Why a duration differs, or None: whole minutes say the same as seconds if they are less than a minute apart."""
    _, calendar, business = DURATIONS[key]
    told_calendar, told_business = theirs
    if (told_calendar is None) != (ours[calendar] is None):
        return "one_sided"
    if not _near(told_calendar, ours[calendar]):
        return "unexplained"
    return None if _near(told_business, ours[business]) else "by_schedule"


def _near(minutes: int | None, seconds: int | None) -> bool:
    return minutes is None or seconds is None or abs(minutes * MINUTE_S - seconds) < MINUTE_S


def _judge_count(theirs: Any, ours: Mapping[str, Any], key: str) -> str | None:
    return None if theirs == ours[COUNTS[key][1]] else "unexplained"
