"""Percentiles and intervals: the arithmetic on which every figure rests, against other people's and against its laws."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kpis.figures import durations, net_score, quotient
from bot.kpis.statistics import adjusted_wald, percentile, wilson

VALUES = st.lists(st.integers(0, 10**7), min_size=1, max_size=60)
SHARES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7], 0.9, 7), ([1, 2], 0.5, 1.5), ([1, 2, 3, 4], 0.5, 2.5), ([15, 20, 35, 40, 50], 0.4, 29), (range(11), 0.95, 9.5)],
)
def test_a_percentile_lies_between_the_closest_ranks(values: list[int], share: float, expected: float) -> None:
    assert percentile(list(values), share) == pytest.approx(expected)


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile([], 0.5) is None


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=60))
def test_percentiles_are_those_of_the_standard_library(values: list[int]) -> None:
    ordered = sorted(values)
    cuts = statistics.quantiles(ordered, n=20, method="inclusive")
    assert [percentile(ordered, k / 20) for k in range(1, 20)] == pytest.approx(cuts)
    assert percentile(ordered, 0.5) == statistics.median(values)


@given(VALUES, SHARES, SHARES)
def test_a_higher_share_is_no_lower_value_and_both_are_within_the_values(values: list[int], one: float, other: float) -> None:
    ordered, (low, high) = sorted(values), sorted((one, other))
    below, above = percentile(ordered, low), percentile(ordered, high)
    assert below is not None
    assert above is not None
    assert ordered[0] <= below <= above + 1e-6 <= ordered[-1] + 1e-6


@given(VALUES)
def test_least_median_p90_p95_and_most_stand_in_this_order(values: list[int]) -> None:
    parts = durations(values).parts
    told = [min(values), *(parts[name] or 0 for name in ("median", "p90", "p95", "max"))]
    assert all(a <= b + 1e-6 for a, b in pairwise(told))
    assert parts["mean"] == pytest.approx(statistics.fmean(values))


def test_sixty_minutes_over_ten_tickets_are_six_on_average() -> None:
    figure = durations([60] * 5 + [600] * 4 + [900], "mean")
    assert figure.value == (5 * 60 + 4 * 600 + 900) / 10
    assert durations([360] * 10, "mean").value == 360


def test_nothing_is_rounded_or_cut_before_averaging() -> None:
    # 59 and 90 seconds are 74.5, not one minute each or two.
    assert durations([59, 90], "mean").value == 74.5


@pytest.mark.parametrize(
    ("top", "n", "low", "high"), [(75, 100, 65.7, 82.45), (10, 12, 55.2, 95.3), (25, 30, 66.4, 92.7), (0, 10, 0.0, 27.75)]
)
def test_wilsons_interval_is_the_printed_one(top: int, n: int, low: float, high: float) -> None:
    assert wilson(top, n) == pytest.approx((low, high), abs=0.06)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_rate_keeps_within_bounds_and_narrows_with_n(case: tuple[int, int]) -> None:
    top, n = case
    low, high = wilson(top, n) or (0, 0)
    assert 0 <= low <= 100 * top / n <= high <= 100
    narrow = wilson(4 * top, 4 * n) or (0, 0)
    assert narrow[1] - narrow[0] < high - low


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_a_net_score_is_within_a_hundred_and_turns_its_sign_with_its_sides(plus: int, passive: int, minus: int) -> None:
    n = plus + passive + minus
    there, back = net_score(plus, minus, n), net_score(minus, plus, n)
    if n == 0:
        assert there.value is None
        assert there.interval is None
        return
    assert there.value is not None
    assert there.value == -(back.value or 0)
    assert -100 <= there.value <= 100
    low, high = there.interval or (0, 0)
    assert -100 <= low < high <= 100
    assert (-high, -low) == pytest.approx(back.interval)


def test_the_interval_of_the_printed_score_is_not_centred_on_it() -> None:
    figure = net_score(20, 10, 31)
    assert figure.value == 1000 / 31
    assert figure.interval == pytest.approx((-1.4, 60.2), abs=0.05)
    assert figure.parts == {"promoters": 20, "passives": 1, "detractors": 10}


@pytest.mark.parametrize(
    ("plus", "passive", "minus", "score"), [(5, 0, 0, 100), (0, 0, 5, -100), (0, 5, 0, 0), (0, 0, 0, None), (2, 2, 2, 0)]
)
def test_the_extremes_of_a_net_score(plus: int, passive: int, minus: int, score: float | None) -> None:
    assert net_score(plus, minus, plus + passive + minus).value == score


def test_nothing_below_the_line_or_nothing_entered_above_it_is_no_data() -> None:
    assert quotient(5, 0).value is None
    assert quotient(None, 5).value is None
    assert quotient(0, 5).value == 0
    assert wilson(0, 0) is None
    assert adjusted_wald(0, 0, 0) is None
