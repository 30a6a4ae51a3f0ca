"""Ends invitations: a reopened ticket takes its question back, time runs out, or a person wants no more questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, update
from sqlmodel import Session, col, select

from bot.store.changes import add_missing, keyed
from bot.store.columns import seconds
from bot.store.outbox import cancel
from bot.store.tables import Customer, Invitation, OptOut, SolveFact, TicketFact
from bot.store.words import UNSOLVED, InvitationState, SurveyKind
from bot.surveys.admitting import By, Clicker, Refused, admit_owner, language_of
from bot.surveys.asking import SKIP_MARK
from bot.surveys.sending import letter_key, reminder_key

UNANSWERED = (InvitationState.WAITING, InvitationState.SENT)
LONGEST_WAIT = timedelta(hours=72)
ROUND = 500
OPT_OUTS = keyed(OptOut, "person")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """Someone will not be asked again; `language` is how to tell them."""

    language: str | None


def withdraw(session: Session) -> list[int]:
    """Take back unanswered questions about resolutions that did not hold; returns their ids. Answers stay.

    A resolution did not hold when the ticket is open again or gone, or when every solve before the decision was undone,
    even if a later one followed: that one is a resolution of its own."""
    about_nothing = and_(col(Invitation.ticket_id).is_not(None), or_(_ticket_is_open_or_gone(), _undone()))
    return _end(session, about_nothing, InvitationState.WITHDRAWN)


def expire(session: Session, *, now: datetime) -> list[int]:
    """End unanswered questions whose time is over, and those that could not be sent for 72 hours; returns their ids."""
    over = or_(
        and_(col(Invitation.state) == InvitationState.SENT, col(Invitation.expires_at) <= now),
        and_(col(Invitation.state) == InvitationState.WAITING, col(Invitation.send_at) <= now - LONGEST_WAIT),
    )
    return _end(session, over, InvitationState.EXPIRED)


def leave_out(session: Session, invitation_id: int) -> None:
    """Not send this one: its person is not there any more."""
    waits = and_(col(Invitation.id) == invitation_id, col(Invitation.state) == InvitationState.WAITING)
    session.execute(update(Invitation).where(waits).values(state=InvitationState.UNMATCHED))


def opt_out(session: Session, token: str, *, by: By, now: datetime) -> OptedOut | Refused:
    """Never ask the owner of this token again, whatever the question and however old. Their answers stay."""
    invitation = admit_owner(session, token, by=by)
    if isinstance(invitation, Refused):
        return invitation
    email = session.exec(select(Customer.email).where(Customer.id == invitation.customer_id)).first()
    never_ask(session, by if isinstance(by, Clicker) else None, email=email, now=now)
    return OptedOut(language=language_of(session, invitation))


def never_ask(session: Session, person: Clicker | None, *, email: str | None, now: datetime) -> list[int]:
    """Never ask this person again; returns the ids of the questions that ends, unsent ones included.

    Kept under the Slack id and under the help desk's e-mail address, so that it holds wherever we would meet them."""
    address = (email or "").strip().lower()
    names = filter(None, (person.user_id if person is not None else "", address))
    add_missing(session.connection(), OPT_OUTS, [{"person": name, "at": seconds(now)} for name in names])
    theirs: list[ColumnElement[bool]] = []
    if person is not None:
        theirs.append(and_(col(Invitation.slack_user_id) == person.user_id, col(Invitation.slack_team_id) == person.team_id))
    if address:
        same = select(Customer.id).where(col(Customer.email).in_({address, (email or "").strip()}))
        theirs.append(col(Invitation.customer_id).in_(same))
    ended = _end(session, or_(*theirs), InvitationState.OPTED_OUT) if theirs else []
    for invitation_id in ended:
        cancel(session, letter_key(invitation_id))
        cancel(session, reminder_key(invitation_id))
    return ended


def skip(session: Session, ticket_id: int, *, by: str, now: datetime) -> list[int]:
    """Ask nobody about this ticket, for good; returns the ids of the unanswered questions that ends."""
    mark = select(Invitation.id).where(Invitation.ticket_id == ticket_id, Invitation.resolution == SKIP_MARK)
    if session.exec(mark).first() is None:
        session.add(
            Invitation(
                survey=SurveyKind.CSAT,
                scale="",
                ticket_id=ticket_id,
                resolution=SKIP_MARK,
                token_hash=f"none|skip|{ticket_id}",
                state=InvitationState.SKIPPED,
                reason=f"skipped by {by}",
                decided_at=now,
            )
        )
        session.flush()
    ended = _end(session, col(Invitation.ticket_id) == ticket_id, InvitationState.SKIPPED)
    session.execute(update(Invitation).where(col(Invitation.id).in_(ended)).values(reason=f"skipped by {by}"))
    return ended


def _ticket_is_open_or_gone() -> ColumnElement[bool]:
    return exists().where(
        col(TicketFact.ticket_id) == Invitation.ticket_id,
        or_(col(TicketFact.status).in_(UNSOLVED), col(TicketFact.excluded).is_not(None)),
    )


def _undone() -> ColumnElement[bool]:
    before = and_(col(SolveFact.ticket_id) == Invitation.ticket_id, col(SolveFact.at) <= Invitation.decided_at)
    undone = exists().where(before, col(SolveFact.reopened_at).is_not(None))
    holding = exists().where(before, col(SolveFact.reopened_at).is_(None))
    return and_(undone, ~holding)


def _end(session: Session, which: ColumnElement[bool], state: InvitationState) -> list[int]:
    """End the unanswered ones among these; a click that came first keeps its answer. A round ends 500 at most.

    Rows are locked in the order of their ids: two who end several at once would otherwise wait for each other for ever."""
    unanswered = and_(col(Invitation.state).in_(UNANSWERED), which)
    locked = select(Invitation.id).where(unanswered).order_by(col(Invitation.id)).limit(ROUND).with_for_update()
    ids = [one for one in session.exec(locked) if one is not None]
    if ids:
        ended = update(Invitation).where(col(Invitation.id).in_(ids)).values(state=state)
        session.execute(ended, execution_options={"synchronize_session": "fetch"})
    return ids
