"""What a team that sees to its bad answers would have done by now: a case for each of the last quarter, most of them mended."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.store.tables import SurveyAnswer, SurveyCase
from bot.store.words import Box, CaseState, SurveyKind

LEAD = "U0LENA"
QUARTER, FRESH, HOUR = timedelta(days=90), timedelta(days=3), timedelta(hours=1)


def see_to_bad_answers(session: Session, now: datetime) -> int:
    """Closed cases for the bad answers older than three days, told long ago; how many. The fresh ones are still to come."""
    bad = (
        SurveyAnswer.box == Box.NEGATIVE,
        col(SurveyAnswer.excluded).is_(None),
        col(SurveyAnswer.answered_at) > now - QUARTER,
        col(SurveyAnswer.answered_at) < now - FRESH,
    )
    made = [_case(answer) for answer in session.exec(select(SurveyAnswer).where(*bad).order_by(col(SurveyAnswer.id)))]
    session.add_all(made)
    session.flush()
    return len(made)


def _case(answer: SurveyAnswer) -> SurveyCase:
    at, number = answer.answered_at, answer.id or 0
    return SurveyCase(
        answer_id=number,
        survey=SurveyKind(answer.survey),
        ticket_id=answer.ticket_id,
        customer_id=answer.customer_id,
        agent_id=answer.agent_id,
        channel_id="C0LEADS",
        state=CaseState.RESOLVED,
        opened_at=at,
        due_at=at + 24 * HOUR,
        claimed_by=LEAD,
        claimed_at=at + HOUR,
        resolved_by=LEAD,
        resolved_at=at + 20 * HOUR,
        asked_again_at=at + 44 * HOUR,
        recovered=(True, True, None, False, None)[number % 5],
    )
