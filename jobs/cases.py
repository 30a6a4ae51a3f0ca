"""Brings bad answers to those who can mend them: opens cases, keeps their messages true, says what is overdue, asks again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from bot.store.tables import SurveyCase
from bot.store.words import CaseState
from bot.surveys.case_file import read_case
from bot.surveys.case_letters import is_told, keep_history, keep_told
from bot.surveys.cases import ask_again, open_cases, overdue
from bot.views.case import case_payload, history_payload, overdue_text
from jobs.job import Job, Tick

# A message older than this is not edited any more: the outbox forgets where it stands after a month.
LIVING = timedelta(days=28)
ROUND = 200


def run(tick: Tick) -> int:
    """One round; how many cases it opened, told anew, found overdue, or asked about once more."""
    zone = tick.settings.zone
    with tick.store.writing() as session:
        done = len(open_cases(session, now=tick.now)) + _say_overdue(session, zone, tick.now) + ask_again(session, now=tick.now)
    with tick.store.reading() as session:
        changed = [case_id for case_id in _living(session, tick.now) if _is_news(session, case_id, zone)]
    for case_id in changed:
        with tick.store.writing() as session:
            done += _tell(session, case_id, zone, tick.now)
    return done


CASES = Job(
    slug="cases",
    says="Brings bad answers to the people who can mend them, and says which are overdue.",
    every=timedelta(seconds=10),
    run=run,
)


def _living(session: Session, now: datetime) -> list[int]:
    told = and_(col(SurveyCase.letter_id).is_not(None), col(SurveyCase.resolved_at) > now - LIVING)
    lives = or_(col(SurveyCase.state) != CaseState.RESOLVED, told)
    query = select(SurveyCase.id).where(lives, col(SurveyCase.opened_at) > now - LIVING)
    return [one for one in session.exec(query.order_by(col(SurveyCase.id)).limit(ROUND)) if one is not None]


def _is_news(session: Session, case_id: int, zone: str) -> bool:
    """Whether the case would read otherwise than it was told; nothing is kept."""
    case = session.get(SurveyCase, case_id)
    file = None if case is None else read_case(session, case)
    return case is not None and file is not None and not is_told(case, case_payload(file, zone))


def _tell(session: Session, case_id: int, zone: str, now: datetime) -> int:
    query = select(SurveyCase).where(SurveyCase.id == case_id).with_for_update(skip_locked=True)
    case = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    file = None if case is None else read_case(session, case)
    if case is None or file is None:
        return 0
    return int(keep_told(session, case, case_payload(file, zone), now))


def _say_overdue(session: Session, zone: str, now: datetime) -> int:
    late = overdue(session, now=now)
    for case in late:
        file = read_case(session, case)
        if file is not None:
            keep_history(session, case, "overdue", history_payload(overdue_text(file, zone)), now)
    return len(late)
