"""Forgets customers' words when their time is over; the scores stay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col, select

from bot.store.erased import comment_days
from bot.store.tables import SurveyAnswer
from jobs.job import Job, Tick

ROUND = 1_000


def run(tick: Tick) -> int:
    """Forget comments older than they are kept, a thousand at most; how many. A later sync does not bring them back."""
    with tick.store.reading() as session:
        oldest = tick.now - timedelta(days=comment_days(session.connection()))
        old = select(SurveyAnswer.id).where(col(SurveyAnswer.comment).is_not(None), col(SurveyAnswer.answered_at) < oldest)
        ids = session.exec(old.limit(ROUND)).all()
    if not ids:
        return 0
    with tick.store.writing() as session:
        session.execute(update(SurveyAnswer).where(col(SurveyAnswer.id).in_(ids)).values(comment=None))
    return len(ids)


RETENTION = Job(
    slug="retention", says="Forgets customers' words after a year, or as long as was set.", every=timedelta(hours=1), run=run
)
