"""Writes first answers to questions: for one or for many, each statement once.

In a rush a press has about a millisecond, so nothing here makes objects: rows go straight into their tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session

from bot.store.ratings import Grade, let_latest_count
from bot.store.tables import AnswerHistory, Invitation, SurveyAnswer, Ticket, table_of
from bot.store.words import Box, InvitationState, Via
from bot.surveys.cases import settle_asked_again
from bot.surveys.grading import grade

SOURCE, WEB = "slack", "web"
ASKED_AGAIN = "asked again"
"""Why an answer after a case is left out of the score: it says whether the case was mended, and would hide that there was one."""

INVITATIONS, TICKETS = table_of(Invitation), table_of(Ticket)
# Put together once: writing a statement down anew took a tenth of a press.
FIRST = insert(table_of(SurveyAnswer))
KEPT = insert(table_of(AnswerHistory))
ANSWERED = (
    update(INVITATIONS).where(INVITATIONS.c.id.in_(bindparam("asked", expanding=True))).values(state=InvitationState.ANSWERED)
)
THE_TICKETS = (
    select(TICKETS.c.id)
    .where(TICKETS.c.id.in_(bindparam("tickets", expanding=True)))
    .order_by(TICKETS.c.id)
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A press that may count. `order_key` is when it was made, as text in order of time."""

    invitation: Invitation
    score: int
    order_key: str
    now: datetime


def keep_first_answers(session: Session, presses: Sequence[Press]) -> None:
    """Keep the answer and the press of each, and that the question was answered. No two of them about the same question.

    Raises BadInput for a score that its scale does not have."""
    connection = session.connection()
    grades = [grade(press.invitation.scale, press.score) for press in presses]
    connection.execute(FIRST, [_answer(press, told) for press, told in zip(presses, grades, strict=True)])
    connection.execute(KEPT, [_history(press) for press in presses])
    connection.execute(ANSWERED, {"asked": [press.invitation.id for press in presses]})
    for press, told in zip(presses, grades, strict=True):
        set_committed_value(press.invitation, "state", InvitationState.ANSWERED)
        if press.invitation.case_id is not None:
            settle_asked_again(session, press.invitation.case_id, recovered=told.box is Box.POSITIVE)
    tickets = {press.invitation.ticket_id for press in presses if press.invitation.case_id is None}
    let_latest_of(session, sorted(ticket for ticket in tickets if ticket is not None))


def note_press(session: Session, source: str, external_id: str, press: Press) -> None:
    """Keep a press of an answer that was there before."""
    names = {"source": source, "external_id": external_id}
    session.connection().execute(KEPT, names | {"order_key": press.order_key, "score": press.score, "at": press.now})


def let_latest_of(session: Session, tickets: Sequence[int]) -> None:
    """Of several answers about one ticket only the latest counts: the one first given last, not the one changed last."""
    if not tickets:
        return
    # Two answers about one ticket at the same moment would not see each other: the ticket's row makes them take turns.
    # A SQLite file has one writer.
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(THE_TICKETS, {"tickets": tickets})
    let_latest_count(session.connection(), tickets)


def _names(press: Press) -> dict[str, Any]:
    asked = press.invitation
    return {"source": SOURCE if asked.via is Via.SLACK else WEB, "external_id": asked.token_hash}


def _history(press: Press) -> dict[str, Any]:
    return _names(press) | {"order_key": press.order_key, "score": press.score, "at": press.now}


def _answer(press: Press, told: Grade) -> dict[str, Any]:
    asked = press.invitation
    return _names(press) | {
        "survey": asked.survey,
        "scale": asked.scale,
        "scale_min": told.scale_min,
        "scale_max": told.scale_max,
        "direction": told.direction,
        "score": press.score,
        "box": told.box,
        "ticket_id": asked.ticket_id,
        "customer_id": asked.customer_id,
        "agent_id": asked.agent_id,
        "answered_at": press.now,
        "order_key": press.order_key,
        "superseded": False,
        "excluded": ASKED_AGAIN if asked.again else None,
    }
