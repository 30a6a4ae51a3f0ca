"""Ratings given in the help desk: the newest score counts, in the window of the first; each score is remembered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlmodel import col, select

from bot.store.engine import Store
from bot.store.ratings import let_latest_count
from bot.store.records import RatingRecord, Record
from bot.store.tables import Agent, AnswerHistory, Customer, Quarantine, SurveyAnswer, Ticket
from bot.store.upsert import Stored, store_records
from bot.store.words import Box, SurveyKind
from bot.surveys.grading import grade
from tests.world import MONDAY, NOW, SOURCE, minute, rating, ticket


def keep(store: Store, *records: Record, source: str = SOURCE) -> Stored:
    with store.writing() as session:
        return store_records(session, source, records, now=NOW, grade=grade)


def answers(store: Store) -> Sequence[SurveyAnswer]:
    with store.reading() as session:
        return session.exec(select(SurveyAnswer).order_by(col(SurveyAnswer.external_id))).all()


def answer(store: Store) -> SurveyAnswer:
    [only] = answers(store)
    return only


def history(store: Store) -> list[tuple[str, int]]:
    with store.reading() as session:
        rows = session.exec(select(AnswerHistory).order_by(col(AnswerHistory.external_id), col(AnswerHistory.order_key)))
        return [(row.external_id, row.score) for row in rows]


def test_a_rating_is_an_answer_with_its_scale_ticket_customer_and_agent(store: Store) -> None:
    stored = keep(store, ticket(), rating(2, minute(9), comment="Slow\x00ly"))

    row = answer(store)
    assert (row.source, row.external_id, row.survey, row.scale) == (SOURCE, "rating-1", SurveyKind.CSAT, "csat-1-5")
    assert (row.score, row.scale_min, row.scale_max, row.direction, row.box) == (2, 1, 5, "up", Box.NEGATIVE)
    assert (row.answered_at, row.changed_at, row.comment, row.excluded) == (minute(9), None, "Slowly", None)
    with store.reading() as session:
        assert session.get(Ticket, row.ticket_id) is not None
        assert session.get(Customer, row.customer_id).external_id == "carla"  # type: ignore[union-attr]
        assert session.get(Agent, row.agent_id).external_id == "ana"  # type: ignore[union-attr]
    assert stored.counts == {"tickets": 1, "ratings": 1}


def test_the_same_rating_twice_is_one_answer(store: Store) -> None:
    for _ in range(2):
        keep(store, ticket(), rating(5), rating(5))
    assert answer(store).changed_at is None
    assert history(store) == [("rating-1", 5)]


def test_a_rating_makes_no_ticket_dirty(store: Store) -> None:
    keep(store, ticket())
    assert keep(store, rating(5)).dirty == set()


def test_a_changed_score_counts_in_the_window_of_the_first(store: Store) -> None:
    keep(store, ticket(), rating(2, minute(10)))
    keep(store, rating(5, minute(60)))

    row = answer(store)
    assert (row.score, row.box, row.answered_at, row.changed_at) == (5, Box.POSITIVE, minute(10), minute(60))
    assert history(store) == [("rating-1", 2), ("rating-1", 5)]


def test_an_older_score_told_late_never_wins_but_is_remembered(store: Store) -> None:
    keep(store, ticket(), rating(5, minute(60)))
    keep(store, rating(2, minute(10)))

    assert answer(store).score == 5
    assert history(store) == [("rating-1", 2), ("rating-1", 5)]


def test_the_order_of_scores_within_a_page_does_not_matter(store: Store) -> None:
    keep(store, ticket(), rating(5, minute(60)), rating(2, minute(10)))
    assert answer(store).score == 5


def test_a_score_corrected_without_a_new_time_is_taken(store: Store) -> None:
    keep(store, ticket(), rating(2))
    keep(store, rating(4))
    assert answer(store).score == 4


def test_a_cancelled_rating_is_kept_and_left_out(store: Store) -> None:
    keep(store, ticket(), rating(2))
    keep(store, rating(2, cancelled=True))
    assert answer(store).excluded == "cancelled"

    keep(store, rating(2))
    assert answer(store).excluded is None


def test_a_rating_without_its_ticket_still_counts(store: Store) -> None:
    keep(store, rating(5, of="404"))
    assert answer(store).ticket_id is None

    keep(store, ticket("404"), rating(5, of="404"))
    assert answer(store).ticket_id is not None


def test_people_whom_nobody_introduced_can_rate_and_be_rated(store: Store) -> None:
    keep(store, rating(5, customer="new customer", agent="new agent"))
    row = answer(store)
    assert row.customer_id is not None
    assert row.agent_id is not None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (rating(9), "The scale csat-1-5 has no such score."),
        (rating(5, scale="stars"), "There is no such rating scale."),
    ],
)
def test_a_rating_on_no_scale_of_ours_is_set_aside_with_the_reason(store: Store, record: RatingRecord, reason: str) -> None:
    assert keep(store, ticket(), record).bad == 1
    assert answers(store) == []
    with store.reading() as session:
        assert [(row.stream, row.reason) for row in session.exec(select(Quarantine))] == [("ratings", reason)]


def test_of_two_ratings_of_one_ticket_the_later_counts(store: Store) -> None:
    keep(store, ticket(), rating(1, minute(10), external_id="first"), rating(5, minute(20), external_id="second"))
    assert [(row.external_id, row.superseded) for row in answers(store)] == [("first", True), ("second", False)]

    keep(store, rating(3, minute(5), external_id="zeroth"))
    assert {row.external_id: row.superseded for row in answers(store)} == {"zeroth": True, "first": True, "second": False}


def test_when_the_later_of_two_is_cancelled_the_earlier_counts_again(store: Store) -> None:
    keep(store, ticket(), rating(1, minute(10), external_id="first"), rating(5, minute(20), external_id="second"))
    keep(store, rating(5, minute(20), external_id="second", cancelled=True))
    assert [row.external_id for row in answers(store) if not row.superseded and row.excluded is None] == ["first"]


def test_ratings_of_other_tickets_and_other_surveys_do_not_compete(store: Store) -> None:
    keep(
        store,
        ticket("1"),
        ticket("2"),
        rating(1, minute(10), of="1"),
        rating(5, minute(20), of="2"),
        rating(6, minute(30), of="1", external_id="effort", survey=SurveyKind.CES, scale="ces-1-7"),
    )
    assert [row.superseded for row in answers(store)] == [False, False, False]


def test_an_answer_given_in_slack_competes_with_one_from_the_desk(store: Store) -> None:
    keep(store, ticket(), rating(1, minute(10)))
    first = answer(store)
    with store.writing() as session:
        click = SurveyAnswer(**first.model_dump(exclude={"id"}))
        click.source, click.external_id, click.answered_at = "slack", "token", minute(30)
        session.add(click)
        session.flush()
        let_latest_count(session.connection(), [first.ticket_id, None])

    assert {row.source: row.superseded for row in answers(store)} == {SOURCE: True, "slack": False}


def test_two_sources_may_number_their_ratings_alike(store: Store) -> None:
    keep(store, rating(1, MONDAY), source="mojo")
    keep(store, rating(5, MONDAY), source="zendesk")
    assert sorted(row.score for row in answers(store)) == [1, 5]
