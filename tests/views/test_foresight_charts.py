"""Charts beyond an answer: a forecast, a rule tried on the past, a goal along time. Each says its finding in its title,
and the same numbers as the text, the table and the words for those who hear it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.clock import DAY, HOUR
from bot.kpis import kpi_of
from bot.kpis.alert_back_test import BackTest, Firing
from bot.kpis.alert_rules import Rule, RuleKind
from bot.kpis.answer import Figure, Step
from bot.kpis.forecast import Expected, Forecast
from bot.store.workspace import Workspace
from bot.views.alert_chart import back_test_chart
from bot.views.alert_draft import Draft, draft_message
from bot.views.chart.control import _peaks
from bot.views.chart_grid import grid
from bot.views.chart_spec import ControlChart, Point, Series
from bot.views.forecast import forecast_message
from bot.views.message import Message
from commands.grammar import default_query
from tests.commands.conftest import empty, town, town_store
from tests.commands.room import Room, said
from tests.kpis.town import build_town
from tests.slack_validators import problems

__all__ = ["empty", "town", "town_store"]
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ZONE = "Europe/Berlin"
TOLD = Forecast(
    days=tuple(
        Expected(day=date(2026, 11, 18) + timedelta(days=n), middle=40.0 + n, low=30.25 + n, high=50.0 + n) for n in range(14)
    ),
    past=tuple(
        Step(start=NOW - n * DAY, end=NOW - (n - 1) * DAY, figure=Figure(value=1_200.0 + n, n=1_200 + n))
        for n in range(30, 0, -1)
    ),
    inside=45,
    tested=56,
    error=9.0,
)


def judged(message: Message) -> list[str]:
    return problems({"text": message.text, "blocks": list(message.blocks)})


def rule(kpi: str, op: str = ">", limit: float = 300.0, kind: RuleKind = RuleKind.NUMBER) -> Rule:
    query = default_query(kpi_of(kpi), now=NOW, workspace=Workspace(zone=ZONE))
    return Rule(kind=kind, query=query, op=op, limit=limit)


def tried(*values: float | None, fired: int = 0, limit: float = 300.0) -> BackTest:
    """One value a quarter of a day, the last of them now."""
    track = tuple((NOW - (len(values) - n) * 6 * HOUR, value) for n, value in enumerate(values))
    firings = tuple(Firing(start=NOW - n * DAY, end=NOW, peak=400.0) for n in range(fired))
    return BackTest(since=NOW - 90 * DAY, looks=len(values), firings=firings, track=track, limit=limit)


def test_a_forecast_says_the_same_in_text_picture_and_table() -> None:
    message = forecast_message(kpi_of("volume"), TOLD, "", ZONE, "q1")
    (fan,) = message.charts
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in grid(fan).rows}

    assert fan.title == "About 651 new tickets in 14 days"
    assert "About 651 in the next 14 days" in message.text
    assert rows["20 Nov"] == ["42", "32 to 52"]
    assert "Fri 20 Nov      42   32 to 52" in message.text
    assert rows["17 Nov"] == ["1,201", "known"]
    assert "20 Nov 42 (32 to 52)" in fan.alt
    assert judged(message) == []


def test_a_rule_tried_on_the_past_shows_each_days_worst_value_and_its_limit() -> None:
    chart = back_test_chart(rule("backlog"), tried(100, None, 310, 20, 5, 6, 7, None, fired=1), ZONE)

    assert chart is not None
    assert chart.title == "Backlog: would have fired once"
    assert [point.value for point in chart.points] == [310, 20, None]
    assert [chart.points[place].shown for place in chart.news] == ["310"]
    assert (chart.upper, chart.lower) == (300.0, None)


def test_a_rule_about_too_little_shows_the_least_of_each_day() -> None:
    chart = back_test_chart(rule("csat", "<", 80.0), tried(95, 79, 90, 91, limit=80.0), ZONE)

    assert chart is not None
    assert chart.title == "CSAT: would never have fired"
    assert (chart.upper, chart.lower) == (None, 80.0)
    assert chart.lower_text == "limit 80.0%"


def test_an_anomaly_is_shown_by_how_unlike_its_weekday_each_day_was() -> None:
    chart = back_test_chart(rule("volume", kind=RuleKind.ANOMALY), tried(0.5, -4.2, limit=3.5, fired=1), ZONE)

    assert chart is not None
    assert (chart.lower, chart.centre, chart.upper) == (-3.5, 0.0, 3.5)
    assert chart.points[-1].shown == "-4.2"


@pytest.mark.parametrize("values", [(), (None, None)])
def test_what_was_never_looked_at_has_no_chart(values: tuple[None, ...]) -> None:
    assert back_test_chart(rule("backlog"), tried(*values), ZONE) is None


def test_the_draft_of_an_alert_carries_its_chart() -> None:
    message = draft_message(Draft(rule=rule("backlog"), tested=tried(1.0, 2.0), query_id="q1"), ZONE, "C1")

    assert [block["block_id"] for block in message.blocks if block["type"] == "image"] == ["alert:chart"]
    assert len(message.charts) == 1
    assert judged(message) == []


def test_a_goal_shows_its_number_its_target_and_the_way_there(empty: Room) -> None:
    build_town(empty.store)
    empty.type("goal frt -20% by December")
    shown = empty.press(empty.type("goal"), "goal-chart")
    assert shown.message is not None
    (chart,) = shown.message.charts
    assert isinstance(chart, Series)

    assert chart.title.startswith("First reply ")
    assert [line.name for line in chart.others] == ["pace"]
    assert chart.goal_text in shown.message.text
    assert judged(shown.message) == []


def test_a_goal_that_was_removed_says_so(town: Room) -> None:
    assert said(town.click("goal-chart", "999")).startswith("This goal is not there any more.")


def test_of_signals_in_a_row_the_furthest_beyond_the_limit_is_named() -> None:
    values = (41, 60, 75, 70, 41, 5, 41, None, 66)
    points = tuple(Point(label=f"{place}", value=value, text=f"{value}") for place, value in enumerate(values))
    chart = ControlChart(title="t", name="n", points=points, centre=41, lower=20, upper=50)

    assert _peaks(chart) == [2, 5, 8]
    assert _peaks(replace(chart, lower=None, upper=1)) == [2, 8]
    assert _peaks(replace(chart, lower=None, upper=100)) == []
