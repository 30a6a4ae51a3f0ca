"""An alert opens once, ends only when it is calm, decides nothing on little, and the past is judged as the present is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, Span
from bot.errors import BadRequest
from bot.kpis import kpi_of
from bot.kpis.alert_back_test import Look, _noons, back_test, fired
from bot.kpis.alert_past import looks_back
from bot.kpis.alert_rules import Level, Rule, RuleKind, Standing, advance, level_of, query_at, rule_json, rule_of
from bot.kpis.alert_watch import Seen, look, spike_level, uneven
from bot.kpis.anomaly import is_enough, robust_z, weekday_history
from bot.kpis.kpi import Unit
from bot.kpis.measure import measure
from bot.kpis.query import Query
from bot.store.alert_tables import IncidentState
from bot.store.workspace import Workspace
from bot.views.alert_words import finding, rule_text, title
from commands.alert_reading import read_rule
from commands.command import Ask
from tests.commands.conftest import empty, town, town_store
from tests.commands.room import LENA, NOW, ZONE, Room, said, typed
from tests.kpis.office import days
from tests.kpis.town import build_town

__all__ = ["empty", "town", "town_store"]
START = datetime(2026, 3, 1, tzinfo=UTC)
WORKSPACE = Workspace(zone=ZONE)
RULE = Rule(kind=RuleKind.NUMBER, query=Query(kpi="backlog", window=days(START)), limit=100.0)
levels = st.sampled_from(list(Level))


@given(st.lists(levels, max_size=60), st.integers(0, 5))
def test_it_fires_again_only_after_it_was_calm(seen: list[Level], hold: int) -> None:
    standing, opened, calm = Standing(), 0, True
    for minute, level in enumerate(seen):
        after = advance(standing, level, START + timedelta(minutes=minute), timedelta(minutes=hold))
        if after.state is not None and standing.state is None:
            assert calm, "between is not calm"
            assert level in (Level.WARN, Level.OVER)
            opened, calm = opened + 1, False
        if after.state is None and standing.state is not None:
            assert level is Level.CALM
        calm = calm or level is Level.CALM
        assert not (standing.state is IncidentState.BREACHED and after.state is IncidentState.WARNING)
        standing = after
    assert opened <= 1 + seen.count(Level.CALM)


def test_what_must_last_lasts() -> None:
    hold = timedelta(minutes=30)
    at = [START + timedelta(minutes=10 * n) for n in range(5)]
    standing = Standing()
    for n in range(3):
        standing = advance(standing, Level.OVER, at[n], hold)
        assert standing.state is None
    assert advance(standing, Level.OVER, at[3], hold).state is IncidentState.BREACHED
    blink = advance(standing, Level.CALM, at[3], hold)
    assert advance(blink, Level.OVER, at[4], hold).state is None, "it begins anew"


def test_levels_leave_room_between_firing_and_ending() -> None:
    assert [level_of(v, RULE, 100, Unit.TICKETS) for v in (101, 100, 96, 95)] == [
        Level.OVER, Level.BETWEEN, Level.BETWEEN, Level.CALM,
    ]  # fmt: skip
    under = replace(RULE, op="<")
    assert [level_of(v, under, 80.0, Unit.PERCENT) for v in (79.9, 81.9, 82)] == [Level.OVER, Level.BETWEEN, Level.CALM]
    assert level_of(None, RULE, 100, Unit.TICKETS) is Level.UNKNOWN
    warned = replace(RULE, warn=80.0)
    assert [level_of(v, warned, 100, Unit.TICKETS) for v in (90, 78, 76)] == [Level.WARN, Level.BETWEEN, Level.CALM]


def test_firings_are_counted_with_their_worst() -> None:
    seen = [(Level.CALM, 1), (Level.OVER, 120), (Level.OVER, 150), (Level.BETWEEN, 99), (Level.CALM, 90), (Level.OVER, 101)]
    looks = [Look(START + timedelta(hours=n), level, float(value)) for n, (level, value) in enumerate(seen)]
    first, last = fired(looks, RULE)
    assert (first.start, first.end, first.peak) == (looks[1].at, looks[4].at, 150)
    assert (last.start, last.end) == (looks[5].at, None)


def test_a_day_is_unlike_its_kind_only_beyond_chance_and_never_on_few() -> None:
    same = [40.0] * 8
    z = robust_z(60, same, counts=True)
    assert z == pytest.approx(20 / 40**0.5)
    assert robust_z(60, same[:5], counts=True) is None
    assert not is_enough(19, 15, counts=True)
    assert is_enough(0, 200, counts=True), "none after two hundred tells much"
    assert not is_enough(5, 200, counts=False)
    assert weekday_history([float(n) for n in range(30)], 29) == [22, 15, 8, 1]
    assert spike_level(19, 2, 3.0) is Level.CALM
    assert spike_level(63, 20, 3.0) is Level.OVER
    assert spike_level(50, 20, 3.0) is Level.BETWEEN


def test_work_is_uneven_only_among_some_with_some() -> None:
    assert uneven({(1,): 40.0, (2,): 10.0, (3,): 12.0, (None,): 99.0}, 2.0)[0] is Level.OVER
    assert uneven({(1,): 40.0, (2,): 10.0}, 2.0)[0] is Level.CALM
    assert uneven({(1,): 9.0, (2,): 2.0, (3,): 2.0}, 2.0)[0] is Level.CALM


def rule_in(town: Room, text: str) -> Rule:
    with town.store.reading() as session:
        return read_rule(Ask(text=text, now=NOW, session=session, workspace=WORKSPACE, asker=LENA), text)


@pytest.mark.parametrize(
    "text",
    ["backlog > 30 for 30m", "volume > 4 last 24 hours", "csat < 85% last 14 days", "frt p90 > 8h last 7 days",
     "reopen-rate > 5% last 7 days"],
)  # fmt: skip
def test_the_past_is_told_as_it_was_asked_then(town: Room, text: str) -> None:
    rule = rule_in(town, text)
    assert rule.limit is not None
    with town.store.reading() as session:
        told, every = looks_back(session, rule, rule.limit, workspace=WORKSPACE, within=Span(NOW - 20 * DAY, NOW))
        assert every <= timedelta(hours=12)
        assert len(told) >= 39
        for at, _, value in told[:: max(1, len(told) // 12)]:
            answer = measure(session, kpi_of(rule.query.kpi), query_at(rule.query, at, WORKSPACE), workspace=WORKSPACE, now=at)
            assert value == answer.figure.value, at


@pytest.mark.parametrize(
    "text",
    ["backlog > 30 for 30m", "frt p90 > 4h team:billing last 7 days", "backlog > 30 warn 20",
     "csat < 85% last 30 days including today",
     "sla 80%", "sla 50% priority:urgent", "anomaly volume", "spike 3x", "workload 2x",
     "volume >= 100 category:refund last 24 hours"],
)  # fmt: skip
def test_what_a_rule_says_reads_back_as_the_rule(town: Room, text: str) -> None:
    rule = rule_in(town, text)
    assert rule_of(rule_json(rule)) == rule
    again = rule_in(town, rule_text(rule))
    assert rule_json(again) == rule_json(rule)
    with town.store.reading() as session:
        assert back_test(session, rule, workspace=WORKSPACE, now=NOW).looks >= 0
        look(session, rule, workspace=WORKSPACE, now=NOW)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("backlog", "From which backlog on?"),
        ("backlog > 1h", "no amount of backlog"),
        ("frt > 300", "no amount of first response time"),
        ("churn > 3%", "entered by people"),
        ("frt > goal", "has no goal yet"),
        ("backlog > 5 warn 9", "A warning must come before"),
        ("backlog > 5 for 900h", "last a week at most"),
        ("volume > 5 2020", "is over and will not change"),
        ("sla 0%", "between 1% and 99%"),
        ("workload 1x", "every day"),
        ("backlgo > 5", "I don't know"),
        ("frt > 1h agent:ana", "Alerts on single agents"),
        ("backlog > -5", "Backlog is never below 0."),
        ("backlog < 0", "Backlog can never be under that."),
        ("csat < 850%", "Customer satisfaction lies between 0 and 100%."),
        ("csat > 100%", "Customer satisfaction can never be over that."),
        ("nps < -150", "Net promoter score lies between -100 and 100."),
    ],
)
def test_what_cannot_be_watched_is_said(town: Room, text: str, says: str) -> None:
    assert says in said(town.type(f"alert {text}"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("me when backlog is over 150", "backlog > 150"),
        ("when csat drops below 85% last 14 days", "csat < 85% last 14 days"),
        ("us as soon as backlog exceeds 30", "backlog > 30"),
        ("if frt p90 is longer than 4h last 7 days", "frt p90 > 4h last 7 days"),
        ("refund 3x usual", "spike 3x category:refund"),
    ],
)
def test_people_say_what_to_watch_in_their_own_words(town: Room, text: str, meant: str) -> None:
    assert rule_text(rule_in(town, text)) == meant


def test_a_typo_in_a_rule_is_healed_by_a_button(town: Room) -> None:
    (healed,) = typed(town.type("alert baklog > 20 by taem for 2h"))
    assert healed == "alert backlog > 20 by team for 2h"
    assert "Alert on Backlog over 20, any team, for 2 h." in said(town.type(healed))


def test_a_draft_says_all_that_was_understood(town: Room) -> None:
    assert "Alert on Ticket volume over 50, last 24 hours." in said(town.type("alert volume > 50"))
    assert "Rule: backlog &gt; 30 warn 20 for 30m." in said(town.type("alert backlog > 30 warn 20 for 30m"))
    assert "Targets at 60% of their time" in said(town.type("alert sla 60%"))
    assert "A category with 4 times its usual tickets" in said(town.type("alert spike 4x"))


def test_a_rule_that_decides_nothing_for_want_of_cases_offers_a_longer_time(town: Room) -> None:
    tried = town.type("alert csat < 80% last 24 hours")
    assert "fewer than 20 cases and decided nothing" in said(tried)
    assert typed(tried) == ["alert csat < 80% last 7 days"]


def test_an_anomaly_says_how_many_of_its_days_were_too_few_to_judge(town: Room) -> None:
    with town.store.reading() as session:
        tested = back_test(session, rule_in(town, "anomaly csat"), workspace=WORKSPACE, now=NOW)
    assert not any(z is not None for _, z in tested.track), "no day of it has 20 answers"
    assert tested.thin == tested.looks


def test_noon_is_noon_on_both_sides_of_a_change_of_the_clocks() -> None:
    noons = _noons(date(2026, 4, 6), ZoneInfo(ZONE))
    assert {noon.astimezone(ZoneInfo(ZONE)).hour for noon in noons} == {12}
    assert len({noon.hour for noon in noons}) == 2, "the clocks went forward on 29 March"


def test_a_spike_is_told_against_the_weekday_it_is_unlike() -> None:
    seen = Seen(level=Level.OVER, key="Password reset", value=63.0, n=63, usual=20.0, day="Monday")
    rule = replace(RULE, kind=RuleKind.SPIKE, query=replace(RULE.query, kpi="volume"), limit=3.0)

    assert finding(rule, seen, "UTC") == "63 tickets so far today, 3.1 times a usual Monday (20)."
    assert title(rule, seen) == "Many tickets about Password reset"


def test_each_group_of_a_split_is_watched_for_itself(town: Room) -> None:
    rule = rule_in(town, "backlog by channel > 3")
    assert rule_text(rule) == "backlog by channel > 3"
    assert rule_of(rule_json(rule)) == rule
    assert title(rule) == "Backlog over 3, any channel"
    with town.store.reading() as session:
        seen = {one.key: one for one in look(session, rule, workspace=WORKSPACE, now=NOW)}
        tested = back_test(session, rule, workspace=WORKSPACE, now=NOW)

    assert len(seen) > 1
    assert {one.level for one in seen.values() if (one.value or 0) > 3} == {Level.OVER}
    assert {one.key for one in tested.firings} <= seen.keys()
    assert len({one.key for one in tested.firings}) > 1
    key = max(seen, key=lambda one: seen[one].value or 0)
    assert title(rule, seen[key]) == f"Backlog over 3, {key}"


def test_what_has_too_many_groups_is_not_watched_by_group(town: Room) -> None:
    for words in ("volume by customer > 3", "volume by team and channel > 3", "backlog by weekday > 3"):
        with pytest.raises(BadRequest, match="each group of one kind"):
            rule_in(town, words)


def test_nothing_is_watched_for_a_channel_we_are_not_in(empty: Room) -> None:
    build_town(empty.store)
    elsewhere = replace(LENA, channel_id="C0RANDOM", bot_is_here=False)
    tried = empty.type("alert backlog > 3", elsewhere)
    assert "I am not in this channel" in said(empty.press(tried, "alert-on", elsewhere))
    assert "Watching" in said(empty.press(tried, "alert-on", replace(elsewhere, bot_is_here=True)))
