"""A goal is judged only where the numbers carry a verdict, and its pace is a straight line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kpis import kpi_of
from bot.kpis.answer import Figure
from bot.kpis.goals import pace, target_of, verdict
from bot.kpis.statistics import wilson
from bot.store.tables import Goal
from tests.world import NOW


def goal(**facts: object) -> Goal:
    made = {"kpi": "frt", "op": "<=", "target": 2880.0, "created_at": NOW, "created_by": "U1", **facts}
    return Goal.model_validate(made)


@pytest.mark.parametrize(("baseline", "percent", "target"), [(60, -20, 48), (200, -30, 140), (80, 10, 88)])
def test_a_change_in_percent_is_of_the_baseline(baseline: float, percent: float, target: float) -> None:
    assert target_of(baseline, percent) == pytest.approx(target)


def test_few_cases_get_no_verdict_and_a_rate_only_when_its_whole_interval_is_on_one_side() -> None:
    csat = kpi_of("csat")
    assert verdict(csat, Figure(value=100.0, n=19, interval=wilson(19, 19)), ">=", 50) == "thin"
    assert verdict(csat, Figure(value=90.0, n=200, interval=wilson(180, 200)), ">=", 85) == "met"
    assert verdict(csat, Figure(value=90.0, n=40, interval=wilson(36, 40)), ">=", 85) == "undecided"
    assert verdict(csat, Figure(value=60.0, n=200, interval=wilson(120, 200)), ">=", 85) == "missed"
    assert verdict(csat, Figure(value=None, n=0), ">=", 85) == "unknown"
    assert verdict(kpi_of("backlog"), Figure(value=5.0, n=5), "<=", 10) == "met", "a count is no sample"


@given(st.floats(1, 1e6), st.floats(1, 1e6), st.integers(1, 400), st.integers(0, 500))
def test_the_pace_begins_at_the_baseline_and_ends_at_the_target(baseline: float, target: float, days: int, gone: int) -> None:
    start = date(2026, 1, 1)
    row = goal(target=target, baseline=baseline, starts_on=start, due_on=start + timedelta(days=days))
    found = pace(row, baseline, start + timedelta(days=gone))
    assert found is not None
    assert min(baseline, target) - 1e-6 <= found.expected <= max(baseline, target) + 1e-6
    if gone >= days:
        assert found.expected == pytest.approx(target)
    if gone == 0:
        assert found.expected == pytest.approx(baseline)


def test_without_a_last_day_there_is_no_pace() -> None:
    assert pace(goal(), 3000.0, date(2026, 1, 1)) is None
