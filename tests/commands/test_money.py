"""Costs and customer counts are entered by admins, once for the same days, and nothing is guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.errors import BadRequest
from bot.store.tables import Cost, CustomerCount
from commands.entering import Counts, read_cents, read_counts, read_number
from tests.commands.room import Room, buttons, said, typed

EXAMPLE = "cost 50000 for Oct"


def costs(room: Room) -> list[tuple[date, date, int, str]]:
    with room.store.reading() as session:
        return [(row.first_day, row.last_day, row.amount_cents, row.channel) for row in session.exec(select(Cost))]


def counts(room: Room) -> list[tuple[date, date, int, int, int]]:
    with room.store.reading() as session:
        rows = session.exec(select(CustomerCount))
        return [(row.first_day, row.last_day, row.at_start, row.joined, row.lost) for row in rows]


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("50000", 50_000),
        ("50,000", 50_000),
        ("50.000", 50_000),
        ("50 000", 50_000),
        ("50'000", 50_000),
        ("1,234,567", 1_234_567),
        ("1.234.567,89", 1_234_567.89),
        ("1,234,567.89", 1_234_567.89),
        ("0.5", 0.5),
        ("1,5", 1.5),
        ("1,23", 1.23),
        ("1234,567", 1234.567),
        ("12.34.56", None),
        ("1,2,3", None),
        ("1.234,567,8", None),
        ("", None),
        (".", None),
        ("9" * 30, None),
    ],
)
def test_amounts_are_read_as_people_write_them(digits: str, number: float | None) -> None:
    assert read_number(digits) == number


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_an_amount_with_thousands_in_any_style_is_the_same(amount: int) -> None:
    english = f"{amount:,}"

    assert {read_number(english.replace(",", mark)) for mark in (",", ".", " ", "'", "")} == {float(amount)}


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        (("50000",), 5_000_000),
        (("50000", "eur"), 5_000_000),
        (("€50,000",), 5_000_000),
        (("50", "000", "€"), 5_000_000),
        (("50k",), 5_000_000),
        (("1.5", "m", "eur"), 150_000_000),
        (("support", "cost", "was", "12.34"), 1_234),
        (("0",), 0),
    ],
)
def test_money_is_kept_in_cents(said: tuple[str, ...], cents: int) -> None:
    assert read_cents(said, "EUR", EXAMPLE) == cents


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ((), "I see no amount in that."),
        (("lots",), "I see no amount in that."),
        (("-5",), "I see no amount in that."),
        (("5", "6,7,8"), "I see no amount in that."),
        (("50000", "usd"), "Costs are kept in EUR, not in USD."),
        (("$5",), "Costs are kept in EUR, not in USD."),
        (("999999999999999",), "That is more than I can believe."),
        (("1e9",), "I see no amount in that."),
    ],
)
def test_what_is_no_amount_is_refused(said: tuple[str, ...], what: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_cents(said, "EUR", EXAMPLE)

    assert refused.value.what == what
    assert refused.value.next_step


def test_a_cost_is_kept_for_whole_local_days_and_noted(empty: Room) -> None:
    reply = empty.type("cost $50,000 for March")

    assert costs(empty) == [(date(2026, 3, 1), date(2026, 3, 31), 5_000_000, "")]
    assert said(reply).startswith("Cost of Sun 1 - Tue 31 Mar 2026: $50,000.00.")
    assert typed(reply) == ["cost-per-ticket 2026-03-01 to 2026-03-31"]
    detail = {"first": "2026-03-01", "last": "2026-03-31", "cents": 5_000_000, "currency": "USD", "channel": ""}
    assert empty.audit() == [("U0LENA", "cost.entered", detail)]


def test_the_same_days_replace_and_say_what_was(empty: Room) -> None:
    empty.type("cost 50000 for Mar")
    again = empty.type("cost 40000 for 1 Mar to 31 Mar")

    assert [cents for _, _, cents, _ in costs(empty)] == [4_000_000]
    assert "It was $50,000.00." in said(again)


def test_days_that_overlap_would_count_twice_and_are_refused(empty: Room) -> None:
    empty.type("cost 50000 for Mar")
    refused = said(empty.type("cost 10 for 31 Mar to 1 Apr"))

    assert "There is an entry for Sun 1 - Tue 31 Mar 2026 already" in refused
    assert len(costs(empty)) == 1
    assert "Cost of" in said(empty.type("cost 10 for Feb"))


def test_a_channel_has_costs_of_its_own(empty: Room) -> None:
    empty.type("cost 50000 for Mar")
    empty.type("cost 1000 channel:phone for Mar")

    assert {(cents, channel) for _, _, cents, channel in costs(empty)} == {(5_000_000, ""), (100_000, "phone")}
    assert said(empty.type("cost 1000 channel:fax for Mar")).startswith("Which channel? One of email, web")
    assert "for phone" in said(empty.type("cost"))


def test_what_was_entered_can_be_removed(empty: Room) -> None:
    empty.type("cost 50000 for Mar")

    assert said(empty.type("cost remove Mar")) == "Removed: cost of Sun 1 - Tue 31 Mar 2026."
    assert costs(empty) == []
    assert "Nothing is entered for" in said(empty.type("cost remove for Mar"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cost 50000", "For which days?"),
        ("cost 50000 for", "For which days?"),
        ("cost 50000 for ever and a day", "I know no period called"),
        ("cost 50000 for this month", "This month is not over yet."),
        ("cost 50000 for next month", "The window 'next month' lies in the future."),
        ("cost 50000 EUR for Mar", "Costs are kept in USD, not in EUR."),
        ("cost for Mar", "I see no amount in that."),
        ("cost nonsense", "For which days?"),
    ],
)
def test_what_cannot_be_entered_is_said_and_nothing_is_kept(empty: Room, text: str, says: str) -> None:
    assert said(empty.type(text)).startswith(says)
    assert costs(empty) == []
    assert empty.audit() == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("100 joined 15 lost 10", Counts(at_start=100, joined=15, lost=10)),
        ("100 customers at the start, lost 10", Counts(at_start=100, joined=0, lost=10)),
        ("lost 10 joined 15 of 100", Counts(at_start=100, joined=15, lost=10)),
        ("1,234 new 5 left 6", Counts(at_start=1234, joined=5, lost=6)),
        ("10 lost 10", Counts(at_start=10, joined=0, lost=10)),
    ],
)
def test_counts_are_read_in_any_order(words: str, found: Counts) -> None:
    assert read_counts([word.strip(",") for word in words.split()], "x") == found


@pytest.mark.parametrize(
    "words", ["", "100", "lost 10", "100 joined 5", "100 200 lost 5", "100 lost ten", "100 lost 101", "100 lost -1"]
)
def test_counts_that_cannot_be_are_refused(words: str) -> None:
    with pytest.raises(BadRequest):
        read_counts(words.split(), "customers 100 joined 15 lost 10 for Q3")


def test_customers_make_churn_at_once(empty: Room) -> None:
    empty.type("customers 100 joined 15 lost 10 for Q1")

    assert counts(empty) == [(date(2026, 1, 1), date(2026, 3, 31), 100, 15, 10)]
    assert said(empty.type("churn Q1")).startswith("10.0%")
    assert said(empty.type("retention Q1")).startswith("90.0%")
    assert [action for _, action, _ in empty.audit()] == ["customers.entered", "question.asked", "question.asked"]


def test_customers_are_replaced_removed_and_shown(empty: Room) -> None:
    assert "No customer counts are entered yet." in said(empty.type("customers"))
    empty.type("customers 100 joined 15 lost 10 for Q1")
    assert "It was 100 at the start, 15 joined, 10 lost." in said(empty.type("customers 90 lost 1 for Q1"))
    assert "already" in said(empty.type("customers 90 lost 1 for Jan"))
    assert "90 at the start, 0 joined, 1 lost" in said(empty.type("customers"))
    assert "Removed" in said(empty.type("customers remove Q1"))
    assert counts(empty) == []


def test_the_last_entries_are_shown_with_the_way_to_the_form(empty: Room) -> None:
    assert "No costs are entered yet." in said(empty.type("cost"))
    empty.type("cost 50000 for Mar")

    assert "Sun 1 - Tue 31 Mar 2026: $50,000.00" in said(empty.type("cost"))
    assert [one["action_id"] for one in buttons(empty.type("cost"))] == ["enter_cost"]
