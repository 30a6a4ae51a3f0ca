"""The clock of one ticket: what happened when, who was waiting how long on both clocks, and where its targets stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.facts.derive import Facts
from bot.facts.running import running
from bot.facts.sla import SlaInstance
from bot.store.columns import instant, seconds
from bot.store.tables import Ticket
from bot.store.words import Metric, Status

MOST_STEPS = 40

Time = tuple[int, int]
"""(calendar, business) seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to the ticket; `lasted` is how long the status it began went on, on the calendar."""

    at: datetime
    says: str
    lasted: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One service-level target: `used` is the share of its time, None where the desk tells only the outcome."""

    metric: Metric
    instance: int
    policy: str
    outcome: str
    target_s: int | None
    used: float | None
    due_at: datetime | None
    business: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTime:
    """One ticket as it stands at an instant. The four times are those of the requester's and the agents' waits, of holds and
    of agents' work; they overlap as the definitions say. `dropped` moments in the middle are not told."""

    source: str
    number: str
    subject: str
    url: str | None
    status: Status
    excluded: str | None
    merged_into: str | None
    merged_url: str | None
    created_at: datetime
    first_response: Time | None
    full_resolution: Time | None
    requester_wait: Time
    agent_wait: Time
    on_hold: Time
    agent_work: Time
    replies: int
    reopens: int
    reassignments: int
    waiting_since: datetime | None
    moments: tuple[Moment, ...]
    dropped: int
    targets: tuple[Target, ...]


def find_tickets(session: Session, number: str) -> list[Ticket]:
    """The tickets of that number: one in each source that has it."""
    return list(session.exec(select(Ticket).where(Ticket.external_id == number).order_by(col(Ticket.source)).limit(5)))


def ticket_time(session: Session, ticket: Ticket, *, profile: str, now: datetime) -> TicketTime | None:
    """The clock of a ticket with all that runs measured until now; None where its history cannot be read."""
    which = {ticket.source: [ticket.id or 0]}
    facts = next((found for _, found in running(session, which, now, profile=profile, past=False)), None)
    if facts is None:
        return None
    moments = sorted(_moments(facts, seconds(now)), key=lambda one: one.at)
    half = MOST_STEPS // 2
    told = moments if len(moments) <= MOST_STEPS else [*moments[:half], *moments[-half:]]
    history = facts.history
    return TicketTime(
        source=ticket.source,
        number=ticket.external_id,
        subject=ticket.subject,
        url=ticket.url,
        status=facts.status,
        excluded=facts.excluded,
        merged_into=ticket.merged_into,
        merged_url=_address(session, ticket.source, ticket.merged_into),
        created_at=ticket.created_at,
        first_response=facts.first_response_s,
        full_resolution=facts.full_resolution_s,
        requester_wait=facts.requester_wait,
        agent_wait=facts.agent_wait,
        on_hold=facts.on_hold,
        agent_work=facts.agent_work,
        replies=len(history.replies),
        reopens=sum(one.reopened_at is not None for one in history.solves),
        reassignments=history.reassignments,
        waiting_since=None if history.waiting_since is None else instant(history.waiting_since),
        moments=tuple(told),
        dropped=len(moments) - len(told),
        targets=tuple(_target(one, seconds(now)) for one in facts.slas),
    )


def _address(session: Session, source: str, number: str | None) -> str | None:
    """Where the ticket is that another one was merged into; None of one that we do not have."""
    if number is None:
        return None
    return session.exec(select(Ticket.url).where(Ticket.source == source, Ticket.external_id == number)).first()


def _moments(facts: Facts, now: int) -> Iterator[Moment]:
    """Changes of status, replies and breaches; nobody is named."""
    before = None
    for stretch in facts.history.stretches:
        if stretch.status is not before:
            lasted = None if stretch.end is None else _whole(facts, stretch.start, stretch.status)
            said = f"created, {stretch.status}" if before is None else f"{before} → {stretch.status}"
            yield Moment(at=instant(stretch.start), says=said, lasted=lasted)
        before = stretch.status
    for reply in facts.history.replies:
        yield Moment(at=instant(reply.at), says="first reply" if reply.is_first else "reply")
    for sla in facts.slas:
        if sla.due is not None and not sla.met and sla.due <= now:
            yield Moment(at=instant(sla.due), says=f"{sla.metric.value.replace('_', ' ')} target of {sla.policy} broken")


def _whole(facts: Facts, start: int, status: Status) -> int | None:
    """How long a status went on from its first stretch to its last, whoever had the ticket meanwhile."""
    end = start
    for stretch in facts.history.stretches:
        if stretch.start >= start:
            if stretch.status is not status:
                return end - start
            if stretch.end is None:
                return None
            end = stretch.end
    return end - start


def _target(sla: SlaInstance, now: int) -> Target:
    broken = not sla.met and sla.due is not None and sla.due <= now
    paused = sla.fulfilled is None and sla.due is None
    outcome = "met" if sla.met else "broken" if broken else "paused" if paused else "running"
    used = sla.elapsed_s / sla.target_s if sla.elapsed_s is not None and sla.target_s else None
    return Target(
        metric=sla.metric,
        instance=sla.instance,
        policy=sla.policy,
        outcome=outcome,
        target_s=sla.target_s,
        used=used,
        due_at=None if sla.due is None else instant(sla.due),
        business=sla.business,
    )
