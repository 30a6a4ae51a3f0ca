"""The details of a digest are drawn as what they are: first replies in buckets, a Pareto of categories, ratings by team."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.kpis.answer import Answer, Bin, Row
from bot.views.chart_grid import grid
from bot.views.chart_spec import BacklogChart, Bars, DurationBuckets, Pareto, Ratings
from bot.views.digest import digest
from bot.views.digest_charts import detail_chart
from bot.views.digest_words import Edition, Target
from tests.views.answers import FRT, answer, by_team, count, rate, row, trend

WAITS = {60.0 * (10 + i): 1 for i in range(57)}
CHANNELS = replace(FRT, query=replace(FRT.query, splits=("channel",)), rows=(row("email", FRT.figure), row("chat", FRT.figure)))


def issue(*details: Answer, **changes: object) -> Edition:
    """An edition with details."""
    facts = {"scope": "Support", "day": date(2026, 11, 16), "answers": (FRT,), "details": details, "first_replies": WAITS}
    return Edition(**{**facts, **changes})  # type: ignore[arg-type]


def rated(label: str, *counts: int) -> Row:
    bins = tuple(Bin(low=score, high=score + 1, count=n) for score, n in enumerate(counts, 1))
    return replace(row(label, rate(sum(counts[3:]), sum(counts))), distribution=bins)


@pytest.mark.parametrize(
    ("goal", "title", "late"),
    [(3600.0, "First reply: 89% within the 1 h goal", 6), (None, "First reply: half within 38 min", 0)],
)
def test_first_replies_are_in_buckets_up_to_the_goal(goal: float | None, title: str, late: int) -> None:
    goals = {"frt": Target(op="<=", target=goal)} if goal is not None else {}
    spec = detail_chart(issue(CHANNELS, goals=goals), CHANNELS)

    assert isinstance(spec, DurationBuckets)
    assert (spec.title, spec.late, spec.n) == (title, late, 57)
    assert "median 38 min" in spec.footer


def test_what_drives_volume_is_a_pareto_that_adds_up() -> None:
    rows = tuple(row(f"topic {n}", count(n), n / 55) for n in range(1, 11))
    told = answer("volume", count(55), splits=("category",), rows=rows)
    spec = detail_chart(issue(told), told)

    assert isinstance(spec, Pareto)
    assert spec.rows[0].label == "topic 10"
    assert sum(one.count for one in spec.folded) == 55
    assert grid(spec).rows[-1][0].text == "Other (2)"


def test_ratings_are_drawn_score_by_score_with_their_interval_and_goal() -> None:
    rows = (rated("Billing", 2, 3, 5, 20, 70), rated("Tiny", 0, 0, 0, 0, 2))
    told = replace(by_team([]), figure=rate(92, 102), rows=rows, distribution=rows[0].distribution)
    spec = detail_chart(issue(told, goals={"csat": Target(op=">=", target=70.0)}), told)

    assert isinstance(spec, Ratings)
    assert spec.scale == ("1", "2", "3", "4", "5")
    assert [(one.label, one.counts, one.thin) for one in spec.rows] == [
        ("Billing", (2, 3, 5, 20, 70), False),
        ("Tiny", (0, 0, 0, 0, 2), True),
    ]
    assert [spec.mood(one) for one in spec.rows] == ["better", "thin"]


def test_what_none_of_them_fits_stays_bars() -> None:
    told = by_team([("A", rate(30, 40)), ("B", rate(20, 40))], "sla")
    assert isinstance(detail_chart(issue(told), told), Bars)
    assert isinstance(detail_chart(issue(CHANNELS, first_replies={}), CHANNELS), Bars)


def test_what_only_the_picture_tells_is_in_the_words_and_the_pile_is_in_the_thread() -> None:
    days = {slug: trend(slug, list(range(30, 44))) for slug in ("backlog", "volume", "solved")}
    days["frt"] = replace(days["volume"], kpi=FRT.kpi)
    told = digest(issue(CHANNELS, trends=days))

    pile, first = told.details
    assert isinstance(pile.charts[0], BacklogChart)
    assert "created in the last 7 days" in pile.text
    assert "≤15m 11%" in first.text
    assert "email" in first.text
