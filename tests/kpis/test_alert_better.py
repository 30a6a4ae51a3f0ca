"""A limit that would fire never, far too often or all the time comes with one that fires a few times in 90 days."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import DAY, HOUR
from bot.kpis.alert_back_test import DAYS, BackTest, Firing, Track
from bot.kpis.alert_better import MOST, Better, _others, better
from bot.kpis.alert_rules import Rule, RuleKind
from bot.kpis.query import Query
from bot.store.engine import Store
from bot.store.workspace import Workspace
from bot.views.alert_words import rule_text
from commands.alert_reading import read_rule
from commands.alerts import try_edited
from commands.command import Ask, Click
from tests.commands.conftest import empty, town, town_store
from tests.commands.room import ANA, LENA, Room, buttons, said
from tests.kpis.office import days

__all__ = ["empty", "town", "town_store"]
NOW = datetime(2026, 4, 6, 9, tzinfo=UTC)
SINCE = NOW - DAYS * DAY
WORKSPACE = Workspace(zone="Europe/Berlin")
WAVES = [200 + 80 * sin(hour / 4) + 40 * sin(hour / 97) for hour in range(24 * DAYS)]


def track(values: list[float | None], every: timedelta = HOUR) -> Track:
    return tuple((SINCE + place * every, value) for place, value in enumerate(values))


def rule(kpi: str = "backlog", *, op: str = ">", limit: float = 9_999.0) -> Rule:
    return Rule(kind=RuleKind.NUMBER, query=Query(kpi=kpi, window=days(SINCE)), op=op, limit=limit)


def found(store: Store, rule: Rule, *tracks: Track, firings: int = 0, lasting: timedelta = HOUR) -> Better | None:
    """What is proposed for a rule whose back-test saw these values and fired so often."""
    fired = tuple(Firing(start=SINCE, end=SINCE + lasting, peak=1.0) for _ in range(firings))
    tested = BackTest(since=SINCE, looks=1, firings=fired, track=tracks[0], tracks=tracks, limit=rule.limit)
    with store.reading() as session:
        return better(session, rule, tested, workspace=WORKSPACE, now=NOW)


@pytest.mark.parametrize("firings", [0, DAYS + 1])
def test_a_limit_out_of_reach_or_passed_every_day_is_replaced_by_one_passed_a_few_times(empty: Room, firings: int) -> None:
    other = found(empty.store, rule(), track(list(WAVES)), firings=firings)

    assert other is not None
    assert other.rule.limit is not None
    assert 1 <= other.firings <= MOST
    assert max(WAVES) > other.rule.limit > sorted(WAVES)[len(WAVES) // 2]
    assert rule_text(other.rule) == f"backlog > {other.rule.limit:g}"


@pytest.mark.parametrize(("firings", "lasting"), [(3, HOUR), (DAYS, HOUR), (1, 30 * DAY)])
def test_a_limit_that_does_well_stays(empty: Room, firings: int, lasting: timedelta) -> None:
    assert found(empty.store, rule(), track(list(WAVES)), firings=firings, lasting=lasting) is None


def test_one_that_would_have_been_on_most_of_the_time_is_replaced_too(empty: Room) -> None:
    other = found(empty.store, rule(limit=1.0), track(list(WAVES)), firings=1, lasting=80 * DAY)

    assert other is not None
    assert (other.rule.limit or 0) > 250


def test_falling_numbers_get_a_lower_limit_and_durations_one_of_whole_minutes(empty: Room) -> None:
    under = found(empty.store, rule("csat", op="<", limit=5.0), track([90 - abs(value - 200) / 4 for value in WAVES]))
    slow = found(empty.store, rule("frt", limit=86_400.0 * 30), track([value * 60 for value in WAVES]))

    assert under is not None
    assert 55 < (under.rule.limit or 0) < 85
    assert re.match(r"csat < [\d.]+%", rule_text(under.rule))
    assert slow is not None
    assert (slow.rule.limit or 1) % 60 == 0


def test_each_group_counts_where_groups_are_watched(empty: Room) -> None:
    both = found(empty.store, rule(), track([value / 10 for value in WAVES]), track(list(WAVES)))

    assert both is not None
    assert (both.rule.limit or 0) > 100
    assert both.firings <= MOST


@pytest.mark.parametrize("values", [[7.0] * 2_000, [None] * 2_000, [float(hour) for hour in range(240)], []])
def test_where_no_limit_parts_the_days_or_too_few_are_known_nothing_is_proposed(empty: Room, values: list[float | None]) -> None:
    assert found(empty.store, rule(), track(values)) is None


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 400).map(float)), min_size=40, max_size=90),
    op=st.sampled_from(("<", "<=", ">", ">=")),
    kpi=st.sampled_from(("backlog", "csat", "frt")),
)
def test_whatever_happened_a_proposed_limit_fires_a_few_times_and_can_be_typed(
    town_store: Store, values: list[float | None], op: str, kpi: str
) -> None:
    known = [None if value is None else value / 4 if kpi == "csat" else value for value in values]
    other = found(town_store, rule(kpi, op=op), track(known, DAY))
    if other is None:
        return
    told = rule_text(other.rule)
    with town_store.reading() as session:
        again = read_rule(Ask(text=told, now=NOW, session=session, workspace=WORKSPACE, asker=LENA), told)

    assert 1 <= other.firings <= MOST
    assert (again.op, again.limit) == (op, other.rule.limit)


def test_the_draft_offers_it_by_a_button_that_tries_it_out(town: Room) -> None:
    draft = town.type("alert volume > 900 last 24 hours", ANA)
    again = town.press(draft, "run:better", ANA)

    assert "would never have fired" in said(draft)
    assert re.search(r"This would have fired (once|twice|\d+ times) in 90 days", said(again))
    assert "run:better" not in [one["action_id"] for one in buttons(again)]


def test_a_spike_that_never_came_is_tried_with_less(town: Room) -> None:
    draft = town.type("alert spike 90x")

    assert "would never have fired" in said(draft)
    assert re.search(r"spike [23]x would have fired", said(draft)) or "run:better" not in str(buttons(draft))


def test_the_form_names_it(town: Room) -> None:
    state = {"rule": {"rule": {"value": "volume > 900 last 24 hours"}}}
    with town.store.reading() as session:
        click = Click(
            action="alert-edited", value="", now=NOW, session=session, workspace=town.workspace, asker=LENA, state=state
        )
        modal = try_edited(click).modal

    assert re.search(r"`volume &gt; \d+ last 24 hours` would have fired", str(modal))


def test_targets_that_break_too_often_are_watched_of_urgent_tickets_only(empty: Room) -> None:
    """What breaks passes every share of its time: a later warning alone makes it no rarer."""
    told = replace(rule("breaches"), kind=RuleKind.SLA, limit=0.8)
    rules = [rule_text(one) for one in _others(told, rarer=True)]

    assert rules == ["sla 90%", "sla 95%", "sla 80% priority:urgent", "sla 95% priority:urgent"]
    assert [rule_text(one) for one in _others(told, rarer=False)] == ["sla 70%", "sla 60%", "sla 50%"]
    assert list(_others(replace(told, kind=RuleKind.ANOMALY), rarer=True)) == []
