"""Decides whom to ask about what, inside the transaction that writes the decision down, so that nobody is asked twice.

A decision not to ask is written down too: it is counted, and it is final. Being throttled means dropped, not postponed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_
from sqlmodel import Session, col, select

from bot.store.erased import hashed_names
from bot.store.tables import Customer, Invitation, OptOut, Ticket
from bot.store.words import InvitationState, SurveyKind, Via
from bot.surveys.candidates import Candidate, customers_to_ask, solves_to_ask_about
from bot.surveys.conditions import is_sampled, left_out
from bot.surveys.quiet import next_opening
from bot.surveys.rules import Rules, rest_between

# Only what could be an address is asked about or written to: one that is refused every time would hold up everyone behind it.
ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
SKIP_MARK = 0
"""The resolution that stands for all of a ticket's: nobody is to be asked about any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPerson:
    """An active human being in Slack, by the ids of the person and of the person's own workspace, and their own zone."""

    user_id: str
    team_id: str
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a candidate, and the rule or person behind it where one is."""

    state: InvitationState
    reason: str | None = None


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
    fresh = next((one for one in _still(session, candidate, rules, now) if one == candidate), None)
    if fresh is None:
        return None
    verdict = foreseen(session, fresh, rules) or _verdict(session, fresh, person, rules=rules, now=now)
    invitation = _written(fresh, person, verdict, rules[candidate.survey], now)
    session.add(invitation)
    session.flush()
    return invitation


def foreseen(session: Session, candidate: Candidate, rules: Mapping[SurveyKind, Rules]) -> Verdict | None:
    """The verdict where it does not depend on who the person is in Slack; that need not be looked up then."""
    own = rules[candidate.survey]
    skipped = skipped_by(session, candidate.ticket_id)
    if skipped is not None:
        return Verdict(state=InvitationState.SKIPPED, reason=skipped)
    rule = left_out(own.only, own.never, candidate.subject)
    if rule is not None:
        return Verdict(state=InvitationState.SKIPPED, reason=rule)
    if not is_sampled(candidate.subject, own.sample):
        return Verdict(state=InvitationState.SAMPLED_OUT, reason=f"{own.sample} % are asked")
    return None


def skipped_by(session: Session, ticket_id: int | None) -> str | None:
    """Who said that nobody is to be asked about this ticket."""
    if ticket_id is None:
        return None
    mark = select(Invitation.reason).where(Invitation.ticket_id == ticket_id, Invitation.resolution == SKIP_MARK)
    return session.exec(mark.limit(1)).first()


def has_opted_out(session: Session, *, user_id: str | None, email: str | None) -> bool:
    """Whether this person asked never to be asked again, under either name we know."""
    names = [name for name in (user_id, email and email.strip().lower()) if name]
    names += hashed_names(session.connection(), names)
    return session.exec(select(OptOut.person).where(col(OptOut.person).in_(names))).first() is not None


def _verdict(
    session: Session, candidate: Candidate, person: SlackPerson | None, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> Verdict:
    if has_opted_out(session, user_id=None if person is None else person.user_id, email=candidate.email):
        return Verdict(state=InvitationState.OPTED_OUT)
    if person is None and not (rules[candidate.survey].by_mail and candidate.email and ADDRESS.fullmatch(candidate.email)):
        return Verdict(state=InvitationState.UNMATCHED)
    _take_turns_with(session, person, candidate.email)
    if is_resting(session, person, candidate, rules=rules, now=now):
        return Verdict(state=InvitationState.THROTTLED)
    return Verdict(state=InvitationState.WAITING)


def is_resting(
    session: Session,
    person: SlackPerson | None,
    candidate: Candidate,
    *,
    rules: Mapping[SurveyKind, Rules],
    now: datetime,
    but: int = 0,
) -> bool:
    """Whether this person, under either name we know, was asked anything too lately; `but` is an invitation left out."""
    asked_at = func.coalesce(col(Invitation.sent_at), col(Invitation.decided_at))
    was_asked = or_(col(Invitation.sent_at).is_not(None), col(Invitation.state) == InvitationState.WAITING)
    rest = {before: rest_between(before, candidate.survey, rules) for before in rules}
    too_soon = or_(*(and_(col(Invitation.survey) == before, asked_at > now - span) for before, span in rest.items()))
    query = select(Invitation.id).where(_is(person, candidate.email), was_asked, too_soon, Invitation.id != but)
    return session.exec(query).first() is not None


def _is(person: SlackPerson | None, email: str | None) -> ColumnElement[bool]:
    names: list[ColumnElement[bool]] = []
    if person is not None:
        names.append(and_(col(Invitation.slack_user_id) == person.user_id, col(Invitation.slack_team_id) == person.team_id))
    if email:
        same = select(Customer.id).where(col(Customer.email).in_({email, email.strip().lower()}))
        names.append(col(Invitation.customer_id).in_(same))
    return or_(*names) if names else false()


def _written(candidate: Candidate, person: SlackPerson | None, verdict: Verdict, own: Rules, now: datetime) -> Invitation:
    zone = None if person is None else person.zone
    return Invitation(
        survey=candidate.survey,
        scale=own.scale.slug,
        ticket_id=candidate.ticket_id,
        resolution=candidate.resolution,
        customer_id=candidate.customer_id,
        agent_id=candidate.agent_id,
        slack_team_id=None if person is None else person.team_id,
        slack_user_id=None if person is None else person.user_id,
        via=Via.SLACK if person is not None else Via.MAIL,
        zone=zone,
        anonymous=own.anonymous,
        token_hash=no_token_yet(candidate, now),
        state=verdict.state,
        reason=verdict.reason,
        decided_at=now,
        send_at=next_opening(now, own.hours, zone) if verdict.state is InvitationState.WAITING else None,
    )


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


def _take_turns_with(session: Session, person: SlackPerson | None, email: str | None) -> None:
    """One decision about a person at a time, across tickets, kinds and help desks. On SQLite all writers take turns.

    A lock of the transaction, not of the session: those are lost behind a pooler that shares connections. A person has
    two names here; taken in one order, nobody waits for somebody who waits for them."""
    if session.get_bind().dialect.name != "postgresql":
        return
    names = [f"survey {person.team_id} {person.user_id}"] if person is not None else []
    names += [f"survey {email.strip().lower()}"] if email else []
    for key in sorted(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names):
        session.exec(select(func.pg_advisory_xact_lock(key))).first()


def no_token_yet(candidate: Candidate, now: datetime, *, again: int = 0) -> str:
    """Fills the column until the message is made; no token hashes to it, because it is no SHA-256."""
    about = candidate.ticket_id if candidate.ticket_id is not None else f"customer at {int(now.timestamp())}"
    return f"none|{candidate.survey}|{about}|{candidate.resolution}|{candidate.customer_id}|{again}"
