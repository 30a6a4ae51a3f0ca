"""Decides whom to ask about what, inside the transaction that writes the decision down, so that nobody is asked twice.

A decision not to ask is written down too: it is counted, and it is final. Being throttled means dropped, not postponed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from bot.store.tables import Customer, Invitation, OptOut, Ticket
from bot.store.words import InvitationState, SurveyKind
from bot.surveys.candidates import Candidate, customers_to_ask, solves_to_ask_about
from bot.surveys.rules import Rules, rest_between


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPerson:
    """An active human being in Slack, by the ids of the person and of the person's own workspace."""

    user_id: str
    team_id: str


def whom_to_ask(session: Session, rules: Mapping[SurveyKind, Rules], *, now: datetime, limit: int = 200) -> list[Candidate]:
    """Who might be asked now, solved tickets first, oldest first. Nothing is decided yet; a reading session will do."""
    found = solves_to_ask_about(session, rules, now=now, limit=limit)
    if rules[SurveyKind.NPS].on:
        found += customers_to_ask(session, rules, now=now, limit=limit)
    return found[:limit]


def decide(
    session: Session, candidate: Candidate, person: SlackPerson | None, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> Invitation | None:
    """Write down what becomes of a candidate: waiting to be sent, or the reason why not.

    None when there is nothing to decide any more: decided elsewhere, reopened or gone meanwhile."""
    _take_turns_about(session, candidate)
    if candidate not in _still(session, candidate, rules, now):
        return None
    state = _verdict(session, candidate, person, rules=rules, now=now)
    invitation = Invitation(
        survey=candidate.survey,
        scale=rules[candidate.survey].scale.slug,
        ticket_id=candidate.ticket_id,
        resolution=candidate.resolution,
        customer_id=candidate.customer_id,
        agent_id=candidate.agent_id,
        slack_team_id=None if person is None else person.team_id,
        slack_user_id=None if person is None else person.user_id,
        token_hash=_no_token_yet(candidate, now),
        state=state,
        decided_at=now,
        send_at=now if state is InvitationState.WAITING else None,
    )
    session.add(invitation)
    session.flush()
    return invitation


def has_opted_out(session: Session, *, user_id: str | None, email: str | None) -> bool:
    """Whether this person asked never to be asked again, under either name we know."""
    names = [name for name in (user_id, email and email.strip().lower()) if name]
    return session.exec(select(OptOut.person).where(col(OptOut.person).in_(names))).first() is not None


def _verdict(
    session: Session, candidate: Candidate, person: SlackPerson | None, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> InvitationState:
    if has_opted_out(session, user_id=None if person is None else person.user_id, email=candidate.email):
        return InvitationState.OPTED_OUT
    if person is None:
        return InvitationState.UNMATCHED
    _take_turns_with(session, person)
    if _is_resting(session, person, candidate.survey, rules=rules, now=now):
        return InvitationState.THROTTLED
    return InvitationState.WAITING


def _is_resting(
    session: Session, person: SlackPerson, survey: SurveyKind, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> bool:
    asked_at = func.coalesce(col(Invitation.sent_at), col(Invitation.decided_at))
    was_asked = or_(col(Invitation.sent_at).is_not(None), col(Invitation.state) == InvitationState.WAITING)
    too_soon = or_(
        *(and_(col(Invitation.survey) == before, asked_at > now - rest_between(before, survey, rules)) for before in rules)
    )
    query = select(Invitation.id).where(
        Invitation.slack_user_id == person.user_id, Invitation.slack_team_id == person.team_id, was_asked, too_soon
    )
    return session.exec(query).first() is not None


def _still(session: Session, candidate: Candidate, rules: Mapping[SurveyKind, Rules], now: datetime) -> list[Candidate]:
    if candidate.ticket_id is not None:
        return solves_to_ask_about(session, rules, now=now, limit=1, ticket_id=candidate.ticket_id)
    return customers_to_ask(session, rules, now=now, limit=1, customer_id=candidate.customer_id)


def _take_turns_about(session: Session, candidate: Candidate) -> None:
    """Two workers about to decide the same thing do so one after the other, and the second sees what the first did."""
    if candidate.ticket_id is not None:
        session.exec(select(Ticket.id).where(Ticket.id == candidate.ticket_id).with_for_update(key_share=True)).first()
    else:
        session.exec(select(Customer.id).where(Customer.id == candidate.customer_id).with_for_update(key_share=True)).first()


def _take_turns_with(session: Session, person: SlackPerson) -> None:
    """One decision about a person at a time, across tickets, kinds and help desks. On SQLite all writers take turns.

    A lock of the transaction, not of the session: those are lost behind a pooler that shares connections."""
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.sha256(f"survey {person.team_id} {person.user_id}".encode()).digest()
        session.exec(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], signed=True)))).first()


def _no_token_yet(candidate: Candidate, now: datetime) -> str:
    """Fills the column until the message is made; no token hashes to it, because it is no SHA-256."""
    about = candidate.ticket_id if candidate.ticket_id is not None else f"customer at {int(now.timestamp())}"
    return f"none|{candidate.survey}|{about}|{candidate.resolution}|{candidate.customer_id}"
