"""A chart is data: its alt text, key, folding and verdicts follow from its numbers."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.chart_spec import (
    ALT_LIMIT,
    Bar,
    Bars,
    ChartSpec,
    ControlChart,
    HeatMap,
    KpiRow,
    KpiStrip,
    Pareto,
    ParetoRow,
    Point,
    RatingRow,
    Ratings,
    Series,
    duration_buckets,
    share_text,
    spec_key,
)  # fmt: skip
from tests.views.charts import BACKLOG_CHART, CONTROL, DURATIONS, EVERY, HEAT, KPI, RATINGS, of_size


@pytest.mark.parametrize("spec", EVERY, ids=lambda spec: type(spec).__name__)
class TestEverySpec:
    def test_tells_its_finding_and_its_numbers(self, spec: ChartSpec) -> None:
        assert spec.title in spec.alt
        assert len(spec.alt) > len(spec.title) + len(spec.subtitle) + len(spec.footer) + 20

    def test_has_a_finding_short_enough_for_one_line(self, spec: ChartSpec) -> None:
        assert len(spec.title) <= 45

    def test_travels_between_processes(self, spec: ChartSpec) -> None:
        assert pickle.loads(pickle.dumps(spec)) == spec

    def test_keeps_its_key_and_changes_it_with_anything(self, spec: ChartSpec) -> None:
        assert spec_key(spec, "light") == spec_key(replace(spec), "light")
        assert spec_key(spec, "light") != spec_key(spec, "dark")
        assert spec_key(spec) != spec_key(replace(spec, footer="x"))


@pytest.mark.parametrize("count", [0, 1, 1000])
@pytest.mark.parametrize("label", ["x" * 500, "a\ud800", "🔥"])
def test_alt_text_of_anything_fits_and_encodes(count: int, label: str) -> None:
    for spec in of_size(count, label, 3.0):
        assert len(spec.alt) <= ALT_LIMIT
        assert spec.alt.encode()
        assert spec_key(spec)


def test_no_data_is_said_and_never_zero() -> None:
    points = (Point(label="Mon", value=None), Point(label="Tue", value=float("nan")))
    assert "Mon no data, Tue no data" in Series(title="t", name="CSAT", points=points).alt
    assert BACKLOG_CHART.sums == (("created", 569.0), ("solved", 534.0))
    assert replace(BACKLOG_CHART, created=(None,) * 28).sums[0] == ("created", None)


def test_the_goal_within_a_bucket_splits_it() -> None:
    labels = [bucket.label for bucket in duration_buckets([], 45 * 60)]
    assert labels == ["≤15m", "15–30m", "30–45m", "45–60m", "1–2h", "2–4h", "4–8h", "8–24h", ">24h"]
    assert [b.label for b in duration_buckets([], 90 * 60)][3:5] == ["1–1.5h", "1.5–2h"]


def test_exactly_the_goal_is_in_time_and_a_second_more_is_late() -> None:
    buckets = duration_buckets([3600, 3601], 3600)
    assert [(b.label, b.late) for b in buckets if b.count] == [("30–60m", False), ("1–2h", True)]


def test_without_a_goal_nothing_is_late() -> None:
    assert not any(bucket.late for bucket in duration_buckets([1, 99999], None))


@given(st.lists(st.floats(0, 1e7), max_size=50), st.one_of(st.none(), st.floats(1, 1e6)))
def test_every_duration_is_in_one_bucket_and_late_means_beyond_the_goal(seconds: list[float], goal: float | None) -> None:
    buckets = duration_buckets(seconds, goal)
    assert sum(bucket.count for bucket in buckets) == len(seconds)
    assert sum(bucket.count for bucket in buckets if bucket.late) == sum(1 for s in seconds if goal and s > goal)


@given(st.lists(st.integers(0, 1000), max_size=60))
def test_folding_keeps_the_total_and_ends_at_the_whole(counts: list[int]) -> None:
    spec = Pareto(title="t", rows=tuple(ParetoRow(label=str(i), count=c) for i, c in enumerate(counts)))
    assert sum(row.count for row in spec.folded) == sum(counts)
    assert len(spec.folded) <= 9
    assert spec.running[-1:] in ((1.0,), (None,), ())


def test_a_ninth_category_is_shown_rather_than_called_other() -> None:
    rows = tuple(ParetoRow(label=str(i), count=1) for i in range(9))
    assert Pareto(title="t", rows=rows).folded == rows


@pytest.mark.parametrize(
    ("low", "high", "n", "good", "mood"),
    [(80, 89, 100, "up", "worse"), (91, 95, 100, "up", "better"), (85, 95, 100, "up", "neutral"), (90, 95, 100, "up", "neutral"),
     (80, 89, 19, "up", "thin"), (80, 89, 100, "down", "better"), (91, 95, 100, "down", "worse")],
)  # fmt: skip
def test_a_score_is_judged_only_if_its_whole_interval_is_off_the_goal(
    low: float, high: float, n: int, good: str, mood: str
) -> None:
    row = RatingRow(label="a", counts=(0, n), score=(low + high) / 2, text="x", low=low, high=high)
    assert Ratings(title="t", scale=("1", "2"), rows=(row,), goal=90, good=good).mood(row) == mood


def test_without_a_goal_no_score_is_judged() -> None:
    assert {replace(RATINGS, goal=None).mood(row) for row in RATINGS.rows[:3]} == {"neutral"}


def test_a_bar_below_twenty_cases_is_thin_whatever_its_mood() -> None:
    assert Bar(label="a", value=1, n=19, mood="worse").thin
    assert not Bar(label="a", value=1, n=20).thin
    assert not Bar(label="a", value=None, n=0).thin
    assert "too few" in Bars(title="t", name="n", rows=(Bar(label="a", value=1, n=3),)).alt


def test_the_share_outside_staffed_hours_counts_tickets_not_cells() -> None:
    week = HeatMap(title="t", values=((1, 3),), staffed=((True, False),), rows=("Mon",), columns=("00", "01"))
    assert week.outside == 0.75
    assert replace(week, staffed=()).outside is None
    assert replace(week, values=((None, 0),)).outside is None


def test_the_peak_is_the_first_largest_cell() -> None:
    assert HEAT.peak is not None
    assert HEAT.peak[:2] == (0, 12)
    assert HeatMap(title="t", values=((2, 5, 5),), rows=("Mon",), columns=("a", "b", "c")).peak == (0, 1, 5.0)
    assert HeatMap(title="t", values=((0, None),), rows=("Mon",), columns=("a", "b")).peak is None


def test_points_on_a_limit_are_noise_and_beyond_it_news() -> None:
    assert CONTROL.news == (16, 24)
    points = tuple(Point(label=str(v), value=v) for v in (27, 55, 56, 26, None))
    assert ControlChart(title="t", name="n", points=points, centre=41, lower=27, upper=55).news == (2, 3)
    assert ControlChart(title="t", name="n", points=points, centre=41, lower=None, upper=None, signals=(1,)).news == (1,)


def test_a_thin_kpi_says_too_few_in_place_of_its_arrow() -> None:
    strip = KpiStrip(title="t", rows=(KpiRow(name="CSAT", value="80%", delta="▲ 3 pt", mood="thin"),))
    assert "too few" in strip.alt
    assert "▲" not in strip.alt
    assert "▲ 12%" in KPI.alt


def test_shares_that_round_to_nothing_are_not_called_zero() -> None:
    assert [share_text(s) for s in (0, 0.001, 0.005, 0.21, 1)] == ["0%", "<1%", "0%", "21%", "100%"]
    assert DURATIONS.late == 208
