"""The open tickets that will miss a service-level target next, unless somebody acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.store.tables import SlaFact, Ticket, TicketFact
from bot.store.words import UNSOLVED

HORIZON = timedelta(hours=24)
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    """A target that still runs, and the instant at which it is missed."""

    number: str
    subject: str
    url: str | None
    metric: str
    policy: str
    due_at: datetime


def at_risk(
    session: Session, *, now: datetime, within: timedelta = HORIZON, agents: Sequence[int] | None = None, limit: int = MOST
) -> tuple[AtRisk, ...]:
    """Targets of open tickets due in `(now, now + within]`, the soonest first; of the agents who have them now, or of all.

    A target whose clock is paused has no instant and is not among them. One ticket stands once, with its next target."""
    due = (
        col(SlaFact.due_at) > now,
        col(SlaFact.due_at) <= now + within,
        col(SlaFact.fulfilled_at).is_(None),
        col(TicketFact.excluded).is_(None),
        col(TicketFact.status).in_(UNSOLVED),
    )
    whose = (col(TicketFact.agent_id).in_(agents),) if agents is not None else ()
    rows = session.exec(
        select(SlaFact, Ticket)
        .join(TicketFact, col(TicketFact.ticket_id) == col(SlaFact.ticket_id))
        .join(Ticket, col(Ticket.id) == col(SlaFact.ticket_id))
        .where(*due, *whose)
        .order_by(col(SlaFact.due_at), col(SlaFact.id))
        .limit(4 * limit)
    ).all()
    first: dict[int, AtRisk] = {}
    for sla, ticket in rows:
        assert sla.due_at is not None
        first.setdefault(
            sla.ticket_id,
            AtRisk(
                number=ticket.external_id,
                subject=ticket.subject,
                url=ticket.url,
                metric=sla.metric.value,
                policy=sla.policy,
                due_at=sla.due_at,
            ),
        )
    return tuple(first.values())[:limit]
