"""Nothing is claimed that the numbers do not carry."""

from __future__ import annotations

import pytest

from bot.kpis import kpi_of
from bot.kpis.answer import Figure
from bot.kpis.figures import quotient
from bot.views.judging import is_thin, needs_mark, sample, verdict
from tests.views.answers import BACKLOG, CSAT, FEW, FRT, NOTHING, VOLUME, answer, count, minutes, rate


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (FRT, "better"),
        (CSAT, "chance"),
        (FEW, "thin"),
        (NOTHING, "unknown"),
        (answer("csat", rate(90, 100), rate(60, 100)), "better"),
        (answer("csat", rate(60, 100), rate(90, 100)), "worse"),
        (answer("csat", rate(60, 100)), "unknown"),
        (answer("csat", rate(75, 100), rate(75, 100)), "same"),
        (answer("csat", rate(75, 100), rate(0, 0)), "unknown"),
        (answer("volume", count(300), count(200)), "moved"),
        (answer("breaches", count(300), count(200)), "worse"),
        (answer("breaches", count(40), count(36)), "chance"),
        (answer("breaches", count(5), count(200)), "better"),
        (answer("breaches", count(5), count(3)), "thin"),
        (answer("backlog", count(350), count(284)), "worse"),
        (BACKLOG, "moved"),
        (VOLUME, "chance"),
        (answer("volume", count(30), count(0)), "unknown"),
    ],
)
def test_a_change_is_judged_only_where_it_is_more_than_chance_and_there_is_enough_of_it(told, expected):
    assert verdict(told) == expected


def test_durations_of_few_cases_are_not_compared_however_large_the_change():
    assert verdict(answer("frt", minutes(*range(1, 20)), minutes(*range(100, 200)))) == "thin"
    assert verdict(answer("frt", minutes(*range(1, 21)), minutes(*range(100, 200)))) == "better"


@pytest.mark.parametrize(
    ("n", "thin", "marked"), [(0, True, False), (9, True, True), (10, True, False), (19, True, False), (20, False, False)]
)
def test_below_ten_a_rate_is_marked_and_below_twenty_it_is_thin(n, thin, marked):
    csat = kpi_of("csat")
    assert is_thin(csat, rate(n // 2, n)) is thin
    assert needs_mark(csat, rate(n // 2, n)) is marked


def test_a_small_count_needs_no_mark_because_it_is_no_sample():
    assert not needs_mark(kpi_of("backlog"), count(3))


def test_tickets_per_agent_rest_on_the_tickets_however_few_the_agents_are():
    per_agent = quotient(240, 8)
    assert sample(kpi_of("per-agent"), per_agent) == 240
    assert not is_thin(kpi_of("per-agent"), per_agent)


def test_a_flow_ratio_has_no_interval_and_is_therefore_not_judged():
    told = answer("reopen-rate", quotient(30, 100, 100), quotient(5, 100, 100))
    assert verdict(told) == "moved"


def test_a_quotient_of_nothing_is_thin():
    assert is_thin(kpi_of("per-agent"), Figure(value=None, n=0))
