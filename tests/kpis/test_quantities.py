"""Tickets kept and left out by what they have an amount of, against the same reckoned row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from bot.errors import BadRequest
from bot.kpis.quantities import AGE_ENDS, AGES, OPS, QUANTITIES, Quantity, amount_of, find_quantity, read_amount
from bot.kpis.query import Filter
from bot.store.engine import Store
from bot.store.tables import SurveyAnswer, TicketFact
from bot.store.words import UNSOLVED
from tests.kpis.office import DATABASES, ask, by, days, fresh_store
from tests.kpis.town import FIRST, LAST, build_town

WHOLE = days(FIRST, (LAST - FIRST).days)
COLUMNS = {
    "frt": "first_response_s",
    "resolution": "full_resolution_s",
    "handling": "handling_s",
    "waited": "requester_wait_s",
    "replies": "agent_replies",
    "reopens": "reopens",
    "reassignments": "reassignments",
}


@pytest.fixture(scope="module", params=DATABASES)
def town(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, request.param) as store:
        build_town(store)
        yield store


def wanted(text: str, *, negated: bool = False) -> Filter:
    """`frt>4h` as a filter."""
    op = next(op for op in sorted(OPS, key=len, reverse=True) if op in text)
    name, value = text.split(op)
    return Filter(dimension=name, values=(value,), op=op, negated=negated)


def facts(store: Store) -> list[TicketFact]:
    with store.reading() as session:
        rows = session.exec(select(TicketFact)).all()
        session.expunge_all()
    return [row for row in rows if row.excluded is None and WHOLE.start <= row.created_at < WHOLE.end]


@pytest.mark.parametrize("slug", COLUMNS)
@pytest.mark.parametrize("op", OPS)
def test_a_threshold_keeps_exactly_the_tickets_whose_amount_compares_so(town: Store, slug: str, op: str) -> None:
    quantity = find_quantity(slug)
    assert quantity is not None
    amounts = sorted(value for row in facts(town) if (value := getattr(row, COLUMNS[slug])) is not None)
    middle = amounts[len(amounts) // 2]
    text = f"{slug}{op}{middle}{'s' if quantity.timed else ''}"
    expected = sum(OPS[op](value, middle) for value in amounts)
    kept = ask(town, "volume", WHOLE, filters=(wanted(text),)).figure.n
    rest = ask(town, "volume", WHOLE, filters=(wanted(text, negated=True),)).figure.n

    assert kept == expected
    assert kept + rest == len(facts(town))


@pytest.mark.parametrize("kind", ["csat", "nps", "ces"])
def test_a_score_keeps_the_tickets_that_were_given_it_and_of_answers_the_very_ones(town: Store, kind: str) -> None:
    with town.reading() as session:
        rows = session.exec(select(SurveyAnswer).where(SurveyAnswer.survey == kind)).all()
        given = [(row.ticket_id, row.score) for row in rows if not row.superseded and row.excluded is None]
    tickets = {row.ticket_id for row in facts(town)}
    low = {ticket for ticket, score in given if score < 4}

    assert ask(town, "volume", WHOLE, filters=(wanted(f"{kind}<4"),)).figure.n == len(low & tickets)
    whole = ask(town, kind, WHOLE).figure.n
    kept = ask(town, kind, WHOLE, filters=(wanted(f"{kind}<4"),)).figure.n
    assert 0 < kept < whole
    assert kept + ask(town, kind, WHOLE, filters=(wanted(f"{kind}<4", negated=True),)).figure.n == whole


def test_the_amount_is_on_the_clock_of_the_question(town: Store) -> None:
    kept = [ask(town, "volume", WHOLE, clock=clock, filters=(wanted("frt>2h"),)).figure.n for clock in ("calendar", "business")]
    rows = facts(town)

    assert kept == [
        sum((getattr(row, name) or 0) > 7_200 for row in rows) for name in ("first_response_s", "first_response_business_s")
    ]


def test_any_further_reply_that_took_long_keeps_its_ticket(town: Store) -> None:
    some, none, every = (
        ask(town, "volume", WHOLE, filters=(wanted(text),)).figure.n
        for text in ("next-reply>1h", "next-reply>520w", "next-reply>=0s")
    )
    assert 0 == none < some < every


def test_the_backlog_is_kept_by_its_age_at_each_instant(town: Store) -> None:
    """Tickets grow older during a series, so each step asks anew."""
    answer = ask(town, "backlog", WHOLE, grain="week", filters=(wanted("age>=7d"),))
    ages = by(ask(town, "backlog", WHOLE, splits=("age",)))
    old = sum(figure.n for label, figure in ages.items() if label not in ("under 1 day", "1 to 3 days", "3 to 7 days"))

    assert answer.series[-1].figure.n == answer.figure.n == old
    for step in answer.series:
        window = days(step.end - timedelta(days=1))
        assert ask(town, "backlog", window, filters=(wanted("age>=7d"),)).figure == step.figure


def test_the_groups_of_age_make_up_the_backlog_and_are_told_in_their_order(town: Store) -> None:
    answer = ask(town, "backlog", WHOLE, splits=("age",))
    with town.reading() as session:
        rows = session.exec(select(TicketFact).where(col(TicketFact.status).in_(UNSOLVED))).all()
        ages = [(WHOLE.end - row.created_at).total_seconds() for row in rows if row.excluded != "spam"]

    assert sum(row.figure.n for row in answer.rows) == answer.figure.n
    assert [row.labels[0] for row in answer.rows] == [label for label in AGES.values() if label in by(answer)]
    assert len(ages) > 0
    label = answer.rows[-1].labels[0]
    kept = ask(town, "backlog", WHOLE, filters=(Filter(dimension="age", values=(label,)),)).figure.n
    assert kept == answer.rows[-1].figure.n
    assert len(AGES) == len(AGE_ENDS) + 1


def test_what_is_solved_has_the_age_at_which_it_was_solved(town: Store) -> None:
    whole = ask(town, "solved", WHOLE).figure.n
    old = ask(town, "solved", WHOLE, filters=(wanted("age>1d"),)).figure.n
    ages = by(ask(town, "solved", WHOLE, splits=("age",)))

    assert 0 < old < whole
    assert ages["under 1 day"].n > 0


def test_a_ticket_has_no_age_when_it_is_created(town: Store) -> None:
    with pytest.raises(BadRequest, match="no age when it is created") as raised:
        ask(town, "volume", WHOLE, filters=(wanted("age>7d"),))
    assert "backlog age>7d" in raised.value.next_step


@pytest.mark.parametrize(("name", "value"), [("happiness", "3"), ("frt", "3"), ("csat", "4h"), ("frt", "")])
def test_what_cannot_be_compared_is_refused_in_a_sentence(town: Store, name: str, value: str) -> None:
    with pytest.raises(BadRequest) as raised:
        ask(town, "volume", WHOLE, filters=(Filter(dimension=name, values=(value,), op=">"),))
    assert raised.value.next_step


def test_what_is_entered_cannot_be_compared(town: Store) -> None:
    with pytest.raises(BadRequest, match="cannot be filtered by frt"):
        ask(town, "churn", WHOLE, filters=(wanted("frt>4h"),))


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("4h", "4h"), ("4 hours", "4h"), ("90 min", "90m"), ("60m", "1h"), ("1.5h", "90m"), ("2w", "14d"), ("48h", "2d"),
        ("0s", "0s"), ("30 seconds", "30s"), ("4", None), ("4 months", None), ("-1h", None), ("h", None), ("999999w", None),
    ],
)  # fmt: skip
def test_an_amount_of_time_is_said_in_the_largest_unit_that_holds_it(typed: str, canonical: str | None) -> None:
    frt = find_quantity("first-response-time")
    assert frt is not None
    assert read_amount(frt, typed) == canonical


@given(st.sampled_from(QUANTITIES), st.integers(0, 10**8))
def test_an_amount_reads_back_as_itself(quantity: Quantity, amount: int) -> None:
    told = read_amount(quantity, f"{amount}{'s' if quantity.timed else ''}")

    assert told is not None
    assert read_amount(quantity, told) == told
    assert amount_of(quantity, told) == amount
