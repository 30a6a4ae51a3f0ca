"""Hands waiting invitations out: the last look before a customer is disturbed, and the token only the message will hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.store.tables import Customer, Invitation, Ticket
from bot.store.words import InvitationState, SurveyKind
from bot.surveys.asking import has_opted_out
from bot.surveys.grading import find_survey
from bot.surveys.rules import Rules
from bot.surveys.survey import Scale, Survey
from bot.surveys.wire import hash_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """All that the message to a customer is made of. `token` is nowhere else."""

    invitation_id: int
    user_id: str
    survey: Survey
    scale: Scale
    token: str
    language: str | None
    subject: str | None


def due(session: Session, *, now: datetime, limit: int = 500) -> list[int]:
    """The ids of invitations that wait to be sent, the longest waiting first."""
    query = select(Invitation.id).where(Invitation.state == InvitationState.WAITING, col(Invitation.send_at) <= now)
    found = session.exec(query.order_by(col(Invitation.send_at), col(Invitation.id)).limit(limit))
    return [one for one in found if one is not None]


def hand_out(
    session: Session, invitation_id: int, token: str, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> Invited | None:
    """Mark an invitation as sent, in the transaction that puts its message into the outbox.

    None when it is no longer to be sent: someone else did, it was taken back, the survey was switched off meanwhile,
    or the person asked to be left alone."""
    query = select(Invitation).where(Invitation.id == invitation_id, Invitation.state == InvitationState.WAITING)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    invitation = session.exec(locked).one_or_none()
    if invitation is None or invitation.slack_user_id is None:
        return None
    session.add(invitation)
    survey = find_survey(SurveyKind(invitation.survey))
    if not rules[survey.slug].on:
        invitation.state = InvitationState.WITHDRAWN
        return None
    customer = None if invitation.customer_id is None else session.get(Customer, invitation.customer_id)
    if has_opted_out(session, user_id=invitation.slack_user_id, email=None if customer is None else customer.email):
        invitation.state = InvitationState.OPTED_OUT
        return None
    invitation.state = InvitationState.SENT
    invitation.token_hash = hash_token(token)
    invitation.sent_at = now
    invitation.expires_at = now + rules[survey.slug].open_for
    return Invited(
        invitation_id=invitation_id,
        user_id=invitation.slack_user_id,
        survey=survey,
        scale=survey.scale(invitation.scale),
        token=token,
        language=None if customer is None else customer.language,
        subject=_subject(session, invitation),
    )


def letter_key(invitation_id: int) -> str:
    """The key under which the outbox keeps an invitation's message, once."""
    return f"survey:{invitation_id}"


def _subject(session: Session, invitation: Invitation) -> str | None:
    if invitation.ticket_id is None:
        return None
    return session.exec(select(Ticket.subject).where(Ticket.id == invitation.ticket_id)).first() or None
