"""Presses that come at once are kept in a few statements, each by the laws of one by itself."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from bot.store.engine import Store
from bot.store.tables import SurveyAnswer, SurveyCase
from bot.surveys.admitting import Refused, Why
from bot.surveys.answering import Recorded
from bot.surveys.first_answers import ASKED_AGAIN
from bot.surveys.rush import Rated, record_clicks
from tests.surveys.cast import CARLA, DEV, MINUTE, NOW, action_ts, add_customer, add_invitation, add_ticket, history, token

CROWD = 12


def rated(number: int, score: int = 4, at: float = 1, **changes: Any) -> Rated:
    facts = {"token": token(number), "score": score, "by": CARLA, "action_ts": action_ts(at), "now": NOW + MINUTE}
    return Rated(**{**facts, **changes})


def test_a_crowd_of_first_answers_takes_no_more_statements_than_a_pair(store: Store) -> None:
    carla = add_customer(store, language="de")
    for number in range(1, CROWD + 3):
        add_invitation(store, number, ticket_id=add_ticket(store, carla, str(number)), customer_id=carla)
    seen: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: seen.append(statement))
    with store.writing() as session:
        record_clicks(session, [rated(CROWD + 1), rated(CROWD + 2)])
    pair = len(seen)
    with store.writing() as session:
        told = record_clicks(session, [rated(number, score=1 + number % 5) for number in range(1, CROWD + 1)])
    assert len(seen) == 2 * pair
    assert [(one.score, one.language) for one in told if isinstance(one, Recorded)] == [
        (1 + number % 5, "de") for number in range(1, CROWD + 1)
    ]


def test_of_two_presses_on_one_question_in_a_crowd_the_newer_counts(store: Store) -> None:
    add_invitation(store, 1)
    with store.writing() as session:
        told = record_clicks(session, [rated(1, 5, at=9), rated(1, 2, at=3), rated(1, 3, at=11), rated(1, 5, at=9)])
    assert [one.score for one in told if isinstance(one, Recorded)] == [5, 5, 3, 3]
    with store.reading() as session:
        assert session.exec(select(SurveyAnswer)).one().score == 3
        assert history(session, 1) == [(action_ts(3), 2), (action_ts(9), 5), (action_ts(11), 3)]


def test_whoever_is_refused_in_a_crowd_hears_why_and_the_others_are_kept(store: Store) -> None:
    add_invitation(store, 1)
    add_invitation(store, 2)
    with store.writing() as session:
        told = record_clicks(
            session,
            [
                rated(1, by=DEV),
                rated(99),
                rated(2),
                rated(1, 9),
                rated(1, action_ts="soon"),
                rated(1, now=NOW + 9 * 1440 * MINUTE),
            ],
        )
    refused = [one.why if isinstance(one, Refused) else one.score for one in told]
    assert refused == [Why.SOMEONE_ELSE, Why.FORGED, 4, Why.OFF_SCALE, Why.UNREADABLE, Why.EXPIRED]


@pytest.mark.parametrize("crowd", [1, 3])
def test_an_anonymous_answer_stays_apart_in_a_crowd_too(store: Store, crowd: int) -> None:
    for number in range(1, crowd + 1):
        add_invitation(store, number, anonymous=number == 1)
    with store.writing() as session:
        first, *_ = record_clicks(session, [rated(number) for number in range(1, crowd + 1)])
    assert isinstance(first, Recorded)
    assert first.token is not None
    with store.reading() as session:
        assert the_sources(session) == ["anonymous", *["slack"] * (crowd - 1)]


def test_an_answer_after_a_case_says_in_a_crowd_too_whether_it_was_mended(store: Store) -> None:
    ticket = add_ticket(store, add_customer(store))
    add_invitation(store, 1, ticket_id=ticket)
    with store.writing() as session:
        record_clicks(session, [rated(1, 1)])
        answer = session.exec(select(SurveyAnswer)).one()
        case = SurveyCase(answer_id=answer.id or 0, survey=answer.survey, channel_id="C1", opened_at=NOW, due_at=NOW)
        session.add(case)
        session.flush()
        case_id = case.id
    add_invitation(store, 2, ticket_id=ticket, again=1, case_id=case_id)
    add_invitation(store, 3)
    with store.writing() as session:
        record_clicks(session, [rated(3), rated(2, 5)])
    with store.reading() as session:
        assert session.get_one(SurveyCase, case_id).recovered is True
        again = session.exec(select(SurveyAnswer).where(SurveyAnswer.excluded == ASKED_AGAIN)).one()
        assert (again.score, again.ticket_id) == (5, ticket)


def the_sources(session: Session) -> list[str]:
    return sorted(session.exec(select(SurveyAnswer.source)).all())
