"""Hands waiting invitations out: the last look before a customer is disturbed, and the token only the message will hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.store.tables import Customer, Invitation, Ticket, TicketFact
from bot.store.words import UNSOLVED, InvitationState, SurveyKind, Via
from bot.surveys.asking import SlackPerson, has_opted_out, is_resting
from bot.surveys.candidates import Candidate
from bot.surveys.grading import find_survey
from bot.surveys.quiet import next_opening
from bot.surveys.rules import Rules
from bot.surveys.survey import Scale, Survey
from bot.surveys.wire import hash_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """All that the message to a customer is made of. `token` is nowhere else; `again` where a case came before.

    A person in Slack has a `user_id`, one outside an `email`."""

    invitation_id: int
    user_id: str
    survey: Survey
    scale: Scale
    token: str
    language: str | None
    subject: str | None
    email: str | None = None
    anonymous: bool = False
    again: bool = False


def due(session: Session, *, now: datetime, via: Via = Via.SLACK, limit: int = 500) -> list[int]:
    """The ids of invitations that wait to be sent that way, the longest waiting first."""
    waits = (Invitation.state == InvitationState.WAITING, Invitation.via == via, col(Invitation.send_at) <= now)
    query = select(Invitation.id).where(*waits)
    found = session.exec(query.order_by(col(Invitation.send_at), col(Invitation.id)).limit(limit))
    return [one for one in found if one is not None]


def hand_out(
    session: Session, invitation_id: int, token: str, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> Invited | None:
    """Mark an invitation as sent, in the transaction that puts its message into the outbox.

    None when it is not to be sent, or not now: someone else did, it was taken back, the survey was switched off, the
    person opted out, was asked something else meanwhile, or is not to be disturbed at this hour."""
    invitation = _locked(session, invitation_id, InvitationState.WAITING)
    if invitation is None:
        return None
    own = rules[SurveyKind(invitation.survey)]
    customer = None if invitation.customer_id is None else session.get(Customer, invitation.customer_id)
    session.add(invitation)
    second_thought = _second_thought(session, invitation, customer, rules, now)
    if second_thought is not None:
        invitation.state = second_thought
        return None
    opening = next_opening(now, own.hours, invitation.zone)
    if opening > now:
        invitation.send_at = opening
        return None
    invitation.state = InvitationState.SENT
    invitation.token_hash = hash_token(token)
    invitation.sent_at = now
    invitation.expires_at = now + own.open_for
    return _invited(session, invitation, customer, token)


def due_for_reminder(session: Session, rules: Mapping[SurveyKind, Rules], *, now: datetime, limit: int = 200) -> list[int]:
    """The ids of questions nobody answered for so long that they are to be asked once more, the oldest first."""
    found: list[int] = []
    for kind, own in rules.items():
        if own.remind_after is None or not own.on:
            continue
        unanswered = (
            Invitation.state == InvitationState.SENT,
            Invitation.survey == kind,
            col(Invitation.via) != Via.LINK,
            col(Invitation.reminded_at).is_(None),
            col(Invitation.sent_at) <= now - own.remind_after,
            col(Invitation.expires_at) > now,
        )
        query = select(Invitation.id).where(*unanswered).order_by(col(Invitation.sent_at)).limit(limit)
        found += [one for one in session.exec(query) if one is not None]
    return found


def remind(
    session: Session, invitation_id: int, token: str, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> Invited | None:
    """The same question with a new token, once; a press on the first message counts as well, and nothing is open longer.

    None when it is not to be sent, or not now."""
    invitation = _locked(session, invitation_id, InvitationState.SENT)
    if invitation is None or invitation.reminded_at is not None or invitation.expires_at is None or invitation.expires_at <= now:
        return None
    customer = None if invitation.customer_id is None else session.get(Customer, invitation.customer_id)
    own = rules[SurveyKind(invitation.survey)]
    if _opted_out(session, invitation, customer) or next_opening(now, own.hours, invitation.zone) > now:
        return None
    invitation.earlier_token_hash = invitation.token_hash
    invitation.token_hash = hash_token(token)
    invitation.reminded_at = now
    session.add(invitation)
    return _invited(session, invitation, customer, token)


def shown_to_holder(session: Session, invitation: Invitation, token: str) -> Invited:
    """A question that is out, for the page on which whoever holds its link answers it. Changes nothing."""
    customer = None if invitation.customer_id is None else session.get(Customer, invitation.customer_id)
    return _invited(session, invitation, customer, token)


def put_back(session: Session, invitation_id: int, *, again_at: datetime) -> None:
    """A question that certainly was not sent waits again."""
    invitation = _locked(session, invitation_id, InvitationState.SENT)
    if invitation is not None:
        invitation.state, invitation.send_at, invitation.sent_at = InvitationState.WAITING, again_at, None
        session.add(invitation)


def letter_key(invitation_id: int) -> str:
    """The key under which the outbox keeps an invitation's message, once."""
    return f"survey:{invitation_id}"


def reminder_key(invitation_id: int) -> str:
    """The same of its reminder."""
    return f"{letter_key(invitation_id)}:reminder"


def _locked(session: Session, invitation_id: int, state: InvitationState) -> Invitation | None:
    query = select(Invitation).where(Invitation.id == invitation_id, Invitation.state == state)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).one_or_none()


def _second_thought(
    session: Session, invitation: Invitation, customer: Customer | None, rules: Mapping[SurveyKind, Rules], now: datetime
) -> InvitationState | None:
    """Why this is not to be sent after all."""
    if not rules[SurveyKind(invitation.survey)].on or _is_open_or_gone(session, invitation):
        return InvitationState.WITHDRAWN
    if _opted_out(session, invitation, customer):
        return InvitationState.OPTED_OUT
    if invitation.via is Via.MAIL and (customer is None or not customer.email):
        return InvitationState.UNMATCHED
    if not invitation.again and _was_asked_meanwhile(session, invitation, customer, rules, now):
        return InvitationState.THROTTLED
    return None


def _is_open_or_gone(session: Session, invitation: Invitation) -> bool:
    fact = None if invitation.ticket_id is None else session.get(TicketFact, invitation.ticket_id, populate_existing=True)
    return fact is not None and (fact.status in UNSOLVED or fact.excluded is not None)


def _opted_out(session: Session, invitation: Invitation, customer: Customer | None) -> bool:
    return has_opted_out(session, user_id=invitation.slack_user_id, email=None if customer is None else customer.email)


def _was_asked_meanwhile(
    session: Session, invitation: Invitation, customer: Customer | None, rules: Mapping[SurveyKind, Rules], now: datetime
) -> bool:
    person = None
    if invitation.slack_user_id is not None and invitation.slack_team_id is not None:
        person = SlackPerson(user_id=invitation.slack_user_id, team_id=invitation.slack_team_id)
    candidate = Candidate(
        survey=SurveyKind(invitation.survey),
        customer_id=invitation.customer_id or 0,
        email=None if customer is None else customer.email,
    )
    return is_resting(session, person, candidate, rules=rules, now=now, but=invitation.id or 0)


def _invited(session: Session, invitation: Invitation, customer: Customer | None, token: str) -> Invited:
    survey = find_survey(SurveyKind(invitation.survey))
    return Invited(
        invitation_id=invitation.id or 0,
        user_id=invitation.slack_user_id or "",
        survey=survey,
        scale=survey.scale(invitation.scale),
        token=token,
        language=None if customer is None else customer.language,
        subject=_subject(session, invitation),
        email=customer.email if customer is not None and invitation.via is not Via.SLACK else None,
        anonymous=invitation.anonymous,
        again=bool(invitation.again),
    )


def _subject(session: Session, invitation: Invitation) -> str | None:
    if invitation.ticket_id is None:
        return None
    return session.exec(select(Ticket.subject).where(Ticket.id == invitation.ticket_id)).first() or None
