"""Numbers are said as people say them, and nothing is said where there is no number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kpis import KPIS, kpi_of
from bot.kpis.kpi import Unit
from bot.views.say import (
    age_text,
    change_text,
    counted_text,
    duration_text,
    instant_text,
    interval_text,
    money_text,
    number_text,
    rounded,
    size_text,
    value_text,
)

EXAMPLES = [(kpi, example) for kpi in KPIS for example in kpi.examples]
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


@pytest.mark.parametrize(("kpi", "example"), EXAMPLES, ids=[f"{k.slug}-{e.says}" for k, e in EXAMPLES])
def test_every_worked_example_is_said_as_its_source_says_it(kpi, example):
    assert value_text(kpi, example.value) == example.shown


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_no_number_is_said_as_not_available(kpi, value):
    assert value_text(kpi, value) == "n/a"


@given(value=FINITE)
def test_any_number_can_be_said_in_few_words(value):
    for kpi in KPIS:
        assert 0 < len(value_text(kpi, value)) < 60


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (599.7, "10 min"),
        (38 * 60, "38 min"),
        (3599.9, "1 h"),
        (6720, "1 h 52 min"),
        (47 * 3600, "47 h"),
        (1_000_000, "277 h 47 min"),
        (-90, "-1 min 30 s"),
    ],
)
def test_durations_are_said_in_the_two_units_that_matter(seconds, words):
    assert duration_text(seconds) == words


def test_only_calendar_durations_are_said_in_days_because_a_business_day_has_no_agreed_length():
    frt = kpi_of("frt")
    assert value_text(frt, 3 * 86_400, clock="calendar") == "3 d"
    assert value_text(frt, 3 * 86_400, clock="business") == "72 h"
    assert age_text(19 * 86_400 + 3600) == "19 d 1 h"
    assert age_text(-5) == "0 s"


@given(st.integers(0, 10**9))
def test_a_duration_is_never_said_with_sixty_of_a_smaller_unit(seconds):
    for days in (False, True):
        assert "60 " not in duration_text(seconds, days=days).replace(",", "")[-6:] or duration_text(seconds).endswith("h")
        assert " 24 h" not in f" {duration_text(seconds, days=True)}" or seconds < 2 * 86_400


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_longer_duration_is_never_said_as_a_shorter_one(seconds, more):
    assert in_seconds(duration_text(seconds)) <= in_seconds(duration_text(seconds + more))


def in_seconds(words: str) -> int:
    size = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
    parts = words.replace(",", "").split()
    return sum(int(number) * size[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(
    ("change", "unit", "words"),
    [
        (12.2, "percent", "▲ 12%"),
        (-19.1, "percent", "▼ 19%"),
        (3.44, "percent", "▲ 3.4%"),
        (0.04, "percent", "→ 0%"),
        (-0.04, "percent", "→ 0%"),
        (1234.5, "percent", "▲ 1,235%"),
        (-3, "points", "▼ 3 pt"),
        (1.25, "points", "▲ 1.3 pt"),
        (9.96, "percent", "▲ 10%"),
    ],
)
def test_a_change_has_arrow_number_and_unit(change, unit, words):
    assert change_text(change, unit) == words


@given(FINITE)
def test_an_arrow_never_points_the_wrong_way_and_never_stands_before_nothing(change):
    words = change_text(change, "percent")
    if words.startswith("→"):
        assert abs(change) < 0.05 + 1e-6
        assert words == "→ 0%"
    else:
        assert words[0] == ("▲" if change > 0 else "▼")
        assert size_text(change, "percent") != "0%"


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (10, "USD", "$10.00"),
        (1234.5, "EUR", "€1,234.50"),
        (1200.4, "JPY", "¥1,200"),
        (1234.5, "CHF", "CHF 1,234.50"),
        (-3.5, "USD", "-$3.50"),
        (-0.001, "USD", "$0.00"),
        (2.675, "USD", "$2.68"),
    ],
)
def test_money_is_said_in_its_own_currency(amount, currency, words):
    assert money_text(amount, currency) == words


def test_there_is_no_negative_zero():
    assert number_text(-0.04) == "0.0"
    assert value_text(kpi_of("nps"), -0.0) == "0.0"
    assert str(rounded(-0.0, 1)) == "0.0"


def test_halves_are_rounded_away_from_zero_as_people_do():
    assert [rounded(x, 0) for x in (0.5, 1.5, 2.5, -2.5)] == [1, 2, 3, -3]
    assert rounded(2.675, 2) == 2.68


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_rounding_moves_a_number_by_half_a_step_at_most(number, decimals):
    assert abs(rounded(number, decimals) - number) <= 0.5 / 10**decimals + 1e-6


def test_intervals_say_to_where_a_minus_would_be_read_as_a_dash():
    assert interval_text((65.7, 82.45)) == "95% interval 66-82"
    assert interval_text((-1.4, 60.2)) == "95% interval -1 to 60"


def test_one_of_something_is_not_said_in_the_plural():
    assert counted_text(1, "unsolved tickets") == "1 unsolved ticket"
    assert counted_text(1234, "SLA breaches") == "1,234 SLA breaches"
    assert counted_text(0, "tickets created") == "0 tickets created"


def test_an_instant_is_said_on_the_clocks_of_the_zone():
    at = datetime(2026, 11, 17, 23, 30, tzinfo=UTC)
    assert instant_text(at, "Europe/Berlin") == "Wed 18 Nov 2026, 00:30"
    assert instant_text(at, "America/New_York") == "Tue 17 Nov 2026, 18:30"


def test_every_unit_has_words():
    assert {kpi.unit for kpi in KPIS} <= set(Unit)
    assert len({value_text(kpi, 12.0) for kpi in KPIS}) >= 5
