"""Answers kept apart from everyone: no person, no ticket, only the day, and counted only together with others.

What it hides: nobody who asks cx can tell who answered what. The invitation says that its question was answered, and
nothing leads from it to the answer; only the thank-you in the person's own conversation does, by a token of its own.
Answers are held back until five of one scale are there from days that are over, and then counted together on one day:
a number never moves by one person. What it cannot hide: an answer that names its writer in the comment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.store.tables import Invitation, SurveyAnswer
from bot.store.words import InvitationState
from bot.surveys.admitting import Refused, Why
from bot.surveys.grading import find_scale, grade
from bot.surveys.wire import hash_token, new_token

SOURCE = "anonymous"
HELD_BACK = "held back"
TOGETHER = 5


def keep(session: Session, invitation: Invitation, score: int, *, now: datetime) -> tuple[str, SurveyAnswer]:
    """The answer without its person, and the token that alone leads to it. The question counts as answered."""
    receipt, graded = new_token(), grade(invitation.scale, score)
    answer = SurveyAnswer(
        source=SOURCE,
        external_id=hash_token(receipt),
        survey=invitation.survey,
        scale=invitation.scale,
        scale_min=graded.scale_min,
        scale_max=graded.scale_max,
        direction=graded.direction,
        score=score,
        box=graded.box,
        answered_at=_day(now),
        excluded=HELD_BACK,
    )
    invitation.state = InvitationState.ANSWERED
    session.add_all((answer, invitation))
    session.flush()
    return receipt, answer


def find(session: Session, token: str) -> SurveyAnswer | None:
    """The answer that a token from a thank-you leads to."""
    return session.exec(_by_token(token)).one_or_none()


def find_to_change(session: Session, token: str) -> SurveyAnswer | None:
    """The same, locked to the end of the transaction."""
    return session.exec(_by_token(token).with_for_update().execution_options(populate_existing=True)).one_or_none()


def is_open(answer: SurveyAnswer) -> bool:
    """Whether it can still be changed: only while it is not counted, else the number would move by one person."""
    return answer.excluded == HELD_BACK


def change(session: Session, answer: SurveyAnswer, score: int, *, now: datetime) -> SurveyAnswer | Refused:
    """Another score in the place of the first."""
    scale = find_scale(answer.scale)
    if not is_open(answer):
        return Refused(why=Why.EXPIRED)
    if scale is None or score not in scale.scores:
        return Refused(why=Why.OFF_SCALE)
    answer.score, answer.box = score, scale.box(score)
    session.add(answer)
    session.flush()
    return answer


def comment(session: Session, answer: SurveyAnswer, words: str | None, *, now: datetime) -> SurveyAnswer | Refused:
    """Words with the answer; the last ones count."""
    if not is_open(answer):
        return Refused(why=Why.EXPIRED)
    answer.comment = words
    session.add(answer)
    session.flush()
    return answer


def release(session: Session, *, now: datetime) -> int:
    """Count those held back from days that are over, where there are five of a scale; says how many.

    All are counted on the latest of their days, or a day with one answer would tell it."""
    waiting = (
        col(SurveyAnswer.source) == SOURCE,
        col(SurveyAnswer.excluded) == HELD_BACK,
        col(SurveyAnswer.answered_at) < _day(now),
    )
    scales = select(SurveyAnswer.scale, func.max(col(SurveyAnswer.answered_at)), func.count()).where(*waiting)
    released = 0
    for scale, latest, count in session.exec(scales.group_by(SurveyAnswer.scale)).all():
        if count >= TOGETHER:
            session.execute(
                update(SurveyAnswer).where(*waiting, col(SurveyAnswer.scale) == scale).values(excluded=None, answered_at=latest)
            )
            released += count
    return released


def _day(now: datetime) -> datetime:
    return now - timedelta(hours=now.hour, minutes=now.minute, seconds=now.second, microseconds=now.microsecond)


def _by_token(token: str) -> SelectOfScalar[SurveyAnswer]:
    return select(SurveyAnswer).where(SurveyAnswer.source == SOURCE, SurveyAnswer.external_id == hash_token(token))
