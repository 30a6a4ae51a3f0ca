"""Histograms: each row in one bin, edges that are round and equally wide, and nothing left out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.kpis import KPIS
from bot.kpis.distribution import MOST_BINS, PIECES, SECONDS, _bins
from bot.kpis.kpi import Duration, Mean, Stock
from bot.kpis.query import Filter
from bot.store.engine import Store
from tests.kpis.office import DATABASES, ask, days, fresh_store
from tests.kpis.town import FIRST, LAST, build_town

WHOLE = days(FIRST, (LAST - FIRST).days)
SHAPED = [kpi.slug for kpi in KPIS if isinstance(kpi.measure, Duration | Mean | Stock)] + ["csat", "nps"]


@pytest.fixture(scope="module", params=DATABASES)
def town(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, request.param) as store:
        build_town(store)
        yield store


@pytest.mark.parametrize("slug", SHAPED)
def test_the_bins_hold_every_row_once(town: Store, slug: str) -> None:
    answer = ask(town, slug, WHOLE, show="distribution")

    assert sum(one.count for one in answer.distribution) == answer.figure.n > 0
    assert all(one.high == other.low for one, other in pairwise(answer.distribution))
    assert all(one.high is not None for one in answer.distribution[:-1])


@pytest.mark.parametrize("kpi", [kpi for kpi in KPIS if kpi.slug not in SHAPED], ids=lambda kpi: kpi.slug)
def test_what_has_no_amounts_has_no_distribution_and_a_way_on(town: Store, kpi: object) -> None:
    from bot.kpis.kpi import Kpi

    assert isinstance(kpi, Kpi)
    with pytest.raises(BadRequest, match="has no distribution"):
        ask(town, kpi.slug, WHOLE, show="distribution")


def test_scores_have_a_bin_each_from_end_to_end_of_their_scale(town: Store) -> None:
    assert [(one.low, one.high) for one in ask(town, "nps", WHOLE, show="distribution").distribution] == [
        (score, score + 1) for score in range(11)
    ]


def test_filters_and_the_clock_hold_for_it_too(town: Store) -> None:
    wanted = (Filter(dimension="channel", values=("email",)),)
    for clock in ("calendar", "business"):
        answer = ask(town, "frt", WHOLE, show="distribution", filters=wanted, clock=clock)
        low = answer.distribution[0]
        under = ask(
            town, "frt", WHOLE, filters=(*wanted, Filter(dimension="frt", values=(f"{low.high:.0f}s",), op="<")), clock=clock
        )
        assert under.figure.n == low.count


@pytest.mark.parametrize("slug", SHAPED)
def test_of_a_split_each_group_has_its_own_amounts_in_the_bins_of_the_whole(town: Store, slug: str) -> None:
    answer = ask(town, slug, WHOLE, splits=("channel", "priority"), show="distribution")

    assert len(answer.rows) > 4
    for row in answer.rows:
        assert sum(one.count for one in row.distribution) == row.figure.n > 0
        assert [(one.low, one.high) for one in row.distribution] == [(one.low, one.high) for one in answer.distribution]
    held = [sum(counts) for counts in zip(*([one.count for one in row.distribution] for row in answer.rows), strict=True)]
    assert held == [one.count for one in answer.distribution]


def test_nothing_else_carries_a_distribution(town: Store) -> None:
    assert ask(town, "frt", WHOLE).distribution == ()
    assert ask(town, "frt", days(FIRST.replace(year=2020)), show="distribution").distribution == ()


@given(st.dictionaries(st.integers(0, 10**9), st.integers(1, 50), min_size=1, max_size=60), st.sampled_from([SECONDS, PIECES]))
def test_any_amounts_fall_into_few_equal_bins_and_a_small_tail(counts: dict[int, int], steps: tuple[int, ...]) -> None:
    bins = _bins(dict(sorted((float(amount), n) for amount, n in counts.items())), steps)
    n = sum(counts.values())
    closed = [one for one in bins if one.high is not None]

    assert sum(one.count for one in bins) == n
    assert bins[0].low == 0
    assert len(closed) <= MOST_BINS
    assert len({(one.high or 0) - one.low for one in closed}) == 1
    for one in bins:
        assert one.count == sum(c for amount, c in counts.items() if one.low <= amount < (one.high or float("inf")))
    assert bins[-1].high is not None or bins[-1].count <= max(1, n * 0.05 + 1)
