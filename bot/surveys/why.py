"""Why the customer of one ticket was asked, or was not: every decision that was written down, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.store.tables import Agent, Customer, Invitation, SolveFact, TicketFact
from bot.store.words import UNSOLVED, InvitationState, SurveyKind, Via
from bot.surveys.asking import SKIP_MARK, foreseen
from bot.surveys.candidates import AFTER_SOLVE, solves_to_ask_about
from bot.surveys.rules import LOOK_BACK, Rules

WORDS = {
    InvitationState.WAITING: "waits to be sent",
    InvitationState.SENT: "was asked and has not answered yet",
    InvitationState.ANSWERED: "was asked and answered",
    InvitationState.WITHDRAWN: "the question was taken back, because the ticket came back or the survey was switched off",
    InvitationState.EXPIRED: "did not answer in time",
    InvitationState.THROTTLED: "not asked: was asked something else too short a time before",
    InvitationState.UNMATCHED: "not asked: nobody active in Slack has the e-mail address of the ticket",
    InvitationState.SAMPLED_OUT: "not asked: not in the sample",
    InvitationState.OPTED_OUT: "not asked, or not again: opted out",
    InvitationState.SKIPPED: "not asked: left out",
}


def why(
    session: Session, ticket_id: int, *, rules: Mapping[SurveyKind, Rules], now: datetime
) -> list[tuple[datetime | None, str]]:
    """What happened, oldest first, each with its instant; without any decision, what stands in the way, without one."""
    query = select(Invitation).where(Invitation.ticket_id == ticket_id).order_by(col(Invitation.decided_at), col(Invitation.id))
    told = [(one.decided_at, _told(one)) for one in session.exec(query)]
    return [*told] if told else [(None, _nothing_yet(session, ticket_id, rules, now))]


def _told(one: Invitation) -> str:
    if one.resolution == SKIP_MARK:
        return f"Nobody is asked about this ticket: {one.reason}"
    about = f"{one.survey.upper()}, {'once more after a case' if one.again else f'resolution {one.resolution}'}"
    reason = f" ({one.reason})" if one.reason else ""
    reminded = ", reminded once" if one.reminded_at is not None else ""
    by = "" if one.via is Via.SLACK or one.sent_at is None else f", by {one.via}"
    return f"{about}: {WORDS[InvitationState(one.state)]}{reason}{by}{reminded}"


def _nothing_yet(session: Session, ticket_id: int, rules: Mapping[SurveyKind, Rules], now: datetime) -> str:
    fact = session.get(TicketFact, ticket_id)
    solved = session.exec(select(func.max(SolveFact.at)).where(SolveFact.ticket_id == ticket_id)).first()
    if fact is None or fact.excluded is not None:
        return "Not asked: the ticket is deleted, merged or spam."
    if solved is None or fact.status in UNSOLVED:
        return "Not asked: the ticket is not solved."
    customer = None if fact.customer_id is None else session.get(Customer, fact.customer_id)
    if customer is None:
        return "Not asked: the help desk names no customer."
    if _is_agent(session, customer):
        return "Not asked: the customer is an agent."
    on = [rules[kind] for kind in AFTER_SOLVE if rules[kind].on]
    if not on:
        return "Not asked: no survey after a solve is switched on."
    if solved <= now - LOOK_BACK:
        return "Not asked: it was solved before the survey was switched on, or while the bot did not run for three days."
    return _soon(session, ticket_id, rules, now)


def _soon(session: Session, ticket_id: int, rules: Mapping[SurveyKind, Rules], now: datetime) -> str:
    candidate = next(iter(solves_to_ask_about(session, rules, now=now, limit=1, ticket_id=ticket_id)), None)
    if candidate is None:
        return "Not asked yet: the delay after the solve is not over."
    verdict = foreseen(session, candidate, rules)
    return "Will be decided within a minute." if verdict is None else f"Will not be asked: {verdict.reason}."


def _is_agent(session: Session, customer: Customer) -> bool:
    same = func.lower(Agent.email) == (customer.email or "").lower()
    return bool(customer.email) and session.exec(select(Agent.id).where(same)).first() is not None
