"""Hands a question about one ticket to whoever will put its link into a reply in the help desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.errors import BadRequest
from bot.store.tables import Customer, Invitation, SolveFact, Ticket, TicketFact
from bot.store.words import InvitationState, SurveyKind, Via
from bot.surveys.asking import has_opted_out
from bot.surveys.candidates import AFTER_SOLVE
from bot.surveys.rules import Rules
from bot.surveys.wire import hash_token


def link_to(session: Session, ticket: Ticket, token: str, *, rules: Mapping[SurveyKind, Rules], now: datetime) -> Invitation:
    """A question that counts as sent, about the last resolution of a ticket; a new link takes the place of an older one.

    Raises BadRequest where nobody may be asked: no survey is on, the ticket is not solved, the customer opted out, or was
    asked about it already."""
    own = next((rules[kind] for kind in AFTER_SOLVE if rules[kind].on), None)
    if own is None:
        raise BadRequest("No survey is switched on.", next_step="An admin can type `/cx survey csat on`.")
    fact = session.get(TicketFact, ticket.id)
    solve = session.exec(
        select(SolveFact)
        .where(SolveFact.ticket_id == ticket.id, col(SolveFact.reopened_at).is_(None))
        .order_by(col(SolveFact.at).desc())
    ).first()
    if fact is None or fact.excluded is not None or solve is None:
        raise BadRequest("This ticket is not solved, so there is nothing to ask about yet.", next_step="Solve it first.")
    customer = None if fact.customer_id is None else session.get(Customer, fact.customer_id)
    if customer is not None and has_opted_out(session, user_id=None, email=customer.email):
        raise BadRequest("This customer asked not to be asked again.", next_step="Leave it at that.")
    invitation = _invitation(session, ticket, solve, own)
    invitation.token_hash, invitation.state, invitation.via = hash_token(token), InvitationState.SENT, Via.LINK
    invitation.decided_at = invitation.sent_at = now
    invitation.expires_at = now + own.open_for
    session.add(invitation)
    session.flush()
    return invitation


def _invitation(session: Session, ticket: Ticket, solve: SolveFact, own: Rules) -> Invitation:
    nth = session.exec(select(func.count()).where(col(SolveFact.ticket_id) == ticket.id, col(SolveFact.at) <= solve.at)).one()
    query = select(Invitation).where(Invitation.ticket_id == ticket.id, Invitation.resolution == nth, Invitation.again == 0)
    found = session.exec(query.with_for_update()).first()
    if found is None:
        return Invitation(
            survey=own.survey.slug,
            scale=own.scale.slug,
            ticket_id=ticket.id,
            resolution=nth,
            customer_id=ticket.customer_id,
            agent_id=solve.agent_id,
            anonymous=own.anonymous,
            token_hash="",
            state=InvitationState.SENT,
            decided_at=solve.at,
        )
    if found.state is InvitationState.ANSWERED or (found.sent_at is not None and found.via is not Via.LINK):
        raise BadRequest("This customer was asked about this ticket already.", next_step="`/cx survey why` says when.")
    return found
