"""Deliveries that come twice, late, shuffled, forged, expired and all at once never leave a wrong score."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete, select

from bot.store.engine import Store
from bot.store.tables import AnswerHistory, Invitation, SurveyAnswer
from bot.store.words import InvitationState
from bot.surveys.admitting import Clicker, Refused
from bot.surveys.answering import Recorded
from bot.surveys.rush import Rated, record_clicks
from bot.surveys.wire import hash_token
from tests.surveys.cast import CARLA, DAY, NOW, TEAM, action_ts, add_customer, add_invitation, add_ticket, history, token

STRANGER = Clicker(user_id="U-MALLORY", team_id=TEAM)
ELSEWHERE = Clicker(user_id=CARLA.user_id, team_id="T-OTHERS")
LATE = NOW + 8 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery: which invitation's token, which score, when pressed, by whom, when it came."""

    number: int
    score: int
    pressed: int
    by: Clicker = CARLA
    now: datetime = NOW

    @property
    def honest(self) -> bool:
        return self.by == CARLA and self.now == NOW and 1 <= self.score <= 5 and self.number > 0


def deliver(store: Store, sent: Sent) -> None:
    """By itself, or with whatever comes at the same moment."""
    outcome = store.all_together(sent, record)
    assert isinstance(outcome, Recorded if sent.honest else Refused), (sent, outcome)


def record(session: Session, sent: Sequence[Sent]) -> list[Recorded | Refused]:
    return record_clicks(
        session,
        [
            Rated(token=token(one.number), score=one.score, by=one.by, action_ts=action_ts(one.pressed), now=one.now)
            for one in sent
        ],
    )


def expected(deliveries: Sequence[Sent], number: int) -> list[tuple[str, int]]:
    """The distinct honest presses of one invitation in the order of pressing."""
    return sorted({(action_ts(one.pressed), one.score) for one in deliveries if one.honest and one.number == number})


def check(store: Store, deliveries: Sequence[Sent], numbers: Sequence[int]) -> None:
    with store.reading() as session:
        answers = {row.external_id: row for row in session.exec(select(SurveyAnswer))}
        by_token = {row.token_hash: row for row in session.exec(select(Invitation))}
        assert len(answers) == len({one.number for one in deliveries if one.honest})
        for number in numbers:
            token_hash = hash_token(token(number))
            presses = expected(deliveries, number)
            assert history(session, number) == presses
            if presses:
                assert (answers[token_hash].order_key, answers[token_hash].score) == presses[-1]
            wanted = InvitationState.ANSWERED if presses else InvitationState.SENT
            assert by_token[token_hash].state is wanted


def score_of(number: int, pressed: int) -> int:
    """A person presses one button at one instant, so the instant decides the score."""
    return 1 + (number * 7 + pressed * 3) % 5


honest = st.builds(
    lambda number, pressed: Sent(number=number, score=score_of(number, pressed), pressed=pressed),
    st.integers(1, 3),
    st.integers(0, 6),
)
hostile = st.builds(
    Sent,
    number=st.integers(1, 3),
    score=st.integers(1, 5),
    pressed=st.integers(0, 9),
    by=st.sampled_from([STRANGER, ELSEWHERE]),
)
late = st.builds(Sent, number=st.integers(1, 3), score=st.integers(1, 5), pressed=st.integers(7, 9), now=st.just(LATE))
off_scale = st.builds(Sent, number=st.integers(1, 3), score=st.sampled_from([-1, 0, 6, 10]), pressed=st.integers(7, 9))
forged = st.builds(Sent, number=st.just(-1), score=st.integers(1, 5), pressed=st.integers(7, 9))


deliveries = st.lists(st.one_of(honest, honest, honest, hostile, late, off_scale, forged), min_size=1, max_size=9)


@given(crowds=st.lists(deliveries, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_alone_or_in_a_crowd_the_newest_honest_press_counts(sqlite_store: Store, crowds: list[list[Sent]]) -> None:
    with sqlite_store.writing() as session:
        for table in (AnswerHistory, SurveyAnswer, Invitation):
            session.exec(delete(table))
    for number in (1, 2, 3):
        add_invitation(sqlite_store, number)
    for crowd in crowds:
        with sqlite_store.writing() as session:
            for sent, outcome in zip(crowd, record(session, crowd), strict=True):
                assert isinstance(outcome, Recorded if sent.honest else Refused), (sent, outcome)
    check(sqlite_store, [sent for crowd in crowds for sent in crowd], (1, 2, 3))


def test_thousands_of_deliveries_from_eight_threads_leave_no_wrong_score(store: Store) -> None:
    random_deliveries = random.Random(20261118)
    numbers = range(1, 61)
    for number in numbers:
        add_invitation(store, number)
    deliveries: list[Sent] = []
    for number in numbers:
        for pressed in random_deliveries.sample(range(50), random_deliveries.randint(0, 6)):
            sent = Sent(number=number, score=score_of(number, pressed), pressed=pressed)
            deliveries += [sent] * random_deliveries.randint(1, 3)
        deliveries += [
            Sent(number=number, score=5, pressed=60, by=STRANGER),
            Sent(number=number, score=5, pressed=61, by=ELSEWHERE),
            Sent(number=number, score=5, pressed=62, now=LATE),
            Sent(number=number, score=9, pressed=63),
            Sent(number=-number, score=5, pressed=64),
        ]
    deliveries *= 2
    random_deliveries.shuffle(deliveries)
    assert len(deliveries) > 1000
    with ThreadPoolExecutor(8) as threads:
        for done in threads.map(lambda sent: deliver(store, sent), deliveries):
            assert done is None
    check(store, deliveries, numbers)


def test_two_answers_about_one_ticket_at_the_same_moment_leave_one_that_counts(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    for number in range(1, 9):
        add_invitation(store, number, ticket_id=ticket_id, resolution=number)
    deliveries = [Sent(number=number, score=score_of(number, 0), pressed=0) for number in range(1, 9)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda sent: deliver(store, sent), deliveries))
    with store.reading() as session:
        counting = session.exec(select(SurveyAnswer).where(SurveyAnswer.superseded == False)).all()  # noqa: E712
        assert len(counting) == 1
        assert len(session.exec(select(SurveyAnswer)).all()) == 8
