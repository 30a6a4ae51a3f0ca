"""A chart's title is the finding, and claims no more than the numbers carry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.clock import Grain
from bot.kpis import KPIS
from bot.kpis.answer import Figure
from bot.kpis.figures import durations
from bot.views.answer_chart import TITLE, answer_chart, finding, split_finding
from bot.views.chart_grid import grid
from bot.views.chart_spec import Bars, Series
from tests.views.answers import (
    BACKLOG,
    CSAT,
    DAILY,
    FEW,
    FRT,
    HOSTILE,
    NOTHING,
    TEAMS,
    VOLUME,
    answer,
    by_team,
    count,
    minutes,
    rate,
    row,
    series,
    steps,
    window,
)


@pytest.mark.parametrize(
    ("told", "title"),
    [
        (FRT, "First reply down 19% in a week, to 38 min"),
        (BACKLOG, "Backlog up 9.9% in a week, to 312"),
        (VOLUME, "Ticket volume: 142"),
        (CSAT, "Customer satisfaction: 75.0%"),
        (FEW, "Customer satisfaction: 66.7% (only n=3)"),
        (NOTHING, "Net promoter score: n/a"),
        (answer("backlog", count(312), count(312)), "Backlog steady at 312"),
        (answer("csat", rate(90, 100), rate(60, 100)), "CSAT up 30 pt in a week, to 90.0%"),
        (answer("reassignments", Figure(value=2.5, n=90), Figure(value=1.0, n=90)), "Reassignments per ticket up 150% in a week"),
        (answer("first-reply-resolution", rate(90, 100), rate(60, 100)), "First-reply resolution up 30 pt in a week"),
    ],
)
def test_the_title_is_the_finding(told, title):
    assert finding(told) == title


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
@pytest.mark.parametrize("value", [None, 0.0, 7.0, 123_456_789.0])
def test_every_title_fits_on_its_line(kpi, value):
    for before in (1.0, 123_456.0):
        told = answer(kpi.slug, Figure(value=value, n=500), Figure(value=before, n=500))
        assert 0 < len(finding(told)) <= TITLE


def test_a_change_that_may_be_chance_is_not_in_the_title():
    assert "up" not in finding(CSAT)
    assert "up" not in finding(VOLUME)


def test_a_split_of_counts_names_the_largest_share():
    told = answer("volume", count(200), splits=("channel",), rows=(row("email", count(150), 75.0), row("web", count(50), 25.0)))
    assert split_finding(told) == "email: 75% of ticket volume"


@pytest.mark.parametrize("splits", [("tag",), ("channel", "team")])
def test_groups_that_overlap_or_are_pairs_have_no_largest_share(splits):
    told = answer("volume", count(200), splits=splits, rows=(row("a", count(150), 75.0), row("b", count(50), 25.0)))
    assert "75%" not in split_finding(told)


def test_a_split_of_anything_else_says_the_range_of_what_can_be_judged():
    assert split_finding(TEAMS) == "Customer satisfaction by team"
    told = by_team([("A", minutes(*[10] * 20)), ("B", minutes(*[30] * 20)), ("C", minutes(900))], "frt", figure=minutes(20))
    assert split_finding(told) == "First response time by team"
    short = by_team([("A", rate(90, 100)), ("B", rate(60, 100)), ("C", rate(0, 1))], "sla")
    assert split_finding(short) == "SLA compliance by team: 60.0% to 90.0%"


def test_one_group_that_can_be_judged_makes_no_range():
    assert split_finding(by_team([("A", rate(90, 100)), ("C", rate(0, 1))], "sla")) == "SLA compliance by team"


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_a_title_holds_anybodys_words_on_its_line(words):
    told = answer("volume", count(200), splits=("channel",), rows=(row(words, count(150), 75.0), row("web", count(50), 25.0)))
    assert 0 < len(split_finding(told)) <= TITLE
    assert not set("\n\r<>") & set(split_finding(told)) or "<" in words


def test_durations_are_drawn_in_minutes_or_hours_and_said_as_everywhere():
    short = answer_chart(series("frt", [minutes(38), minutes(52)], minutes(38, 52)))
    assert isinstance(short, Series)
    assert (short.unit, [p.value for p in short.points], [p.text for p in short.points]) == (
        "min",
        [38, 52],
        ["38 min", "52 min"],
    )
    long = answer_chart(series("frt", [minutes(38), minutes(150)], minutes(38, 150)))
    assert isinstance(long, Series)
    assert (long.unit, [p.value for p in long.points]) == ("h", [0.63, 2.5])


def test_a_series_of_rates_carries_its_intervals_and_its_gaps():
    spec = answer_chart(series("csat", [rate(30, 40), rate(0, 0)], rate(30, 40)))
    assert isinstance(spec, Series)
    assert spec.points[1].value is None
    assert spec.band[0] == rate(30, 40).interval
    assert spec.band[1] is None


def test_an_unfinished_last_step_is_marked_and_not_drawn_as_a_drop():
    figures = steps([count(20), count(3)])
    series = (figures[0], replace(figures[1], partial=True))
    spec = answer_chart(answer("volume", count(23), series=series, window=replace(window(), open=True)))
    assert isinstance(spec, Series)
    assert (spec.first_part, spec.last_part) == ("", "so far")


def test_a_first_step_that_the_window_cuts_is_not_drawn_as_a_rise():
    figures = steps([count(2), count(20)])
    spec = answer_chart(answer("volume", count(22), series=(replace(figures[0], partial=True), figures[1]), grain=Grain.WEEK))
    assert isinstance(spec, Series)
    assert (spec.first_part, spec.last_part) == ("part of the week", "")
    assert spec.labels[0].endswith(" (part of the week)")


def test_the_rows_of_a_split_keep_their_order_and_their_n():
    spec = answer_chart(TEAMS)
    assert isinstance(spec, Bars)
    assert [(bar.label, bar.n, bar.thin) for bar in spec.rows] == [
        ("Billing", 100, False),
        ("Technical", 100, False),
        ("Partners", 4, True),
    ]


def test_small_counts_are_not_faded():
    told = answer("volume", count(200), splits=("channel",), rows=(row("email", count(197), 98.5), row("phone", count(3), 1.5)))
    spec = answer_chart(told)
    assert isinstance(spec, Bars)
    assert not any(bar.thin for bar in spec.rows)


def test_there_is_no_chart_of_nothing():
    assert answer_chart(FRT) is None
    assert answer_chart(series("csat", [rate(0, 0), rate(0, 0)], rate(0, 0))) is None


def test_table_and_picture_say_the_same_values():
    spec = answer_chart(DAILY)
    assert isinstance(spec, Series)
    assert [line[1].text for line in grid(spec).rows] == [point.shown for point in spec.points]


def test_the_heading_says_window_n_and_clock():
    spec = answer_chart(
        series("frt", [minutes(38)] * 3, durations([60 * i for i in range(30)]), durations([90 * i for i in range(30)]))
    )
    assert isinstance(spec, Series)
    assert spec.subtitle == "median · per day · Wed 11 - Tue 17 Nov 2026 · n=30 first responses"
    assert spec.footer == "business hours · Europe/Berlin · ▼ 33% against Wed 4 - Tue 10 Nov 2026"
