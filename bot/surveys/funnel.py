"""What became of asking: from those who could be asked to those who said something, overall or by a property."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlmodel import Session, col

from bot.errors import BadRequest
from bot.store.tables import Agent, Invitation, SurveyAnswer, TicketFact
from bot.store.words import InvitationState

SPLITS = ("kind", "channel", "category", "agent")
NONE = "none"
COUNTED = {
    InvitationState.SKIPPED: "skipped",
    InvitationState.SAMPLED_OUT: "sampled_out",
    InvitationState.OPTED_OUT: "opted_out",
    InvitationState.UNMATCHED: "unmatched",
    InvitationState.THROTTLED: "throttled",
    InvitationState.WAITING: "waiting",
    InvitationState.ANSWERED: "answered",
    InvitationState.WITHDRAWN: "withdrawn",
    InvitationState.EXPIRED: "expired",
}


@dataclass(slots=True, kw_only=True)
class Funnel:
    """Counts of what was decided in a window. `eligible` is everyone decided about; `sent` all that left, whatever came after.

    Whoever opted out on the message itself is in `sent` and in `opted_out`. Questions after a case are not among these."""

    eligible: int = 0
    skipped: int = 0
    sampled_out: int = 0
    opted_out: int = 0
    unmatched: int = 0
    throttled: int = 0
    waiting: int = 0
    sent: int = 0
    reminded: int = 0
    answered: int = 0
    commented: int = 0
    withdrawn: int = 0
    expired: int = 0

    @property
    def response_rate(self) -> float | None:
        """Answered by sent, in percent; None where nothing was sent."""
        return 100 * self.answered / self.sent if self.sent else None

    def add(self, other: Funnel) -> None:
        """Put another's counts to these."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def funnel(session: Session, start: datetime, end: datetime, *, by: str | None = None) -> dict[str, Funnel]:
    """The funnel of what was decided in `[start, end)`, by the values of a split, the largest first; by nothing under "".

    Raises BadRequest for a split there is not."""
    if by is not None and by not in SPLITS:
        raise BadRequest(f"The funnel cannot be split by {by[:40]}.", next_step=f"It can be split by {', '.join(SPLITS)}.")
    found: dict[str, Funnel] = {}
    for key, state, total, sent, reminded, commented in session.execute(_rows(start, end, by)):
        part = Funnel(eligible=total, sent=sent or 0, reminded=reminded or 0, commented=commented or 0)
        if state in COUNTED:
            setattr(part, COUNTED[state], total)
        found.setdefault(str(key) if key is not None else NONE, Funnel()).add(part)
    if by is None:
        return {"": found.get("0", Funnel())}
    return dict(sorted(found.items(), key=lambda item: (-item[1].eligible, item[0])))


def _rows(start: datetime, end: datetime, by: str | None) -> Select[Any]:
    said = and_(
        col(SurveyAnswer.external_id) == Invitation.token_hash,
        col(SurveyAnswer.source).in_(("slack", "web")),
    )
    keys: dict[str | None, Any] = {
        None: func.coalesce(col(Invitation.again), 0),
        "kind": col(Invitation.survey),
        "channel": col(TicketFact.channel),
        "category": col(TicketFact.category),
        "agent": col(Agent.name),
    }
    return (
        select(
            keys[by],
            col(Invitation.state),
            func.count(),
            _count(col(Invitation.sent_at).is_not(None)),
            _count(col(Invitation.reminded_at).is_not(None)),
            _count(col(SurveyAnswer.comment).is_not(None)),
        )
        .select_from(Invitation)
        .join(TicketFact, col(TicketFact.ticket_id) == Invitation.ticket_id, isouter=True)
        .join(Agent, col(Agent.id) == Invitation.agent_id, isouter=True)
        .join(SurveyAnswer, said, isouter=True)
        .where(
            col(Invitation.decided_at) >= start,
            col(Invitation.decided_at) < end,
            col(Invitation.resolution) > 0,
            col(Invitation.again) == 0,
        )
        .group_by(keys[by], col(Invitation.state))
    )


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))
