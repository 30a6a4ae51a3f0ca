"""What a team wants to reach is said in a line, shown as it stands, and judged when its time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from bot.errors import BadRequest
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.tables import DeskCursor, Goal, Outbox
from commands.goal_day import last_day
from jobs.alerts_goals import GOALS
from jobs.job import Tick
from tests.commands.conftest import empty, town, town_store
from tests.commands.room import ANA, LENA, Room, said, typed
from tests.kpis.town import build_town

__all__ = ["empty", "town", "town_store"]


def test_a_goal_is_set_by_an_admin_shown_and_removed(empty: Room) -> None:
    build_town(empty.store)
    assert "no goal yet" in said(empty.type("goal"))
    assert "Only admins" in said(empty.type("goal csat >= 85%", ANA))
    kept = said(empty.type("goal csat >= 85%"))
    assert kept.startswith("Goal: *csat &gt;= 85.0% a month*\nNow: ")
    assert "so far" in kept or "no verdict" in kept or "undecided" in kept or "no data" in kept
    empty.type("goal csat >= 90%")
    listed = empty.type("goal")
    assert "90.0%" in said(listed)
    assert "85.0%" not in said(listed), "the same goal said anew is changed"
    assert "removed" in said(empty.press(listed, "goal-remove"))
    assert [action for _, action, _ in empty.audit()] == ["goal.set", "goal.set", "goal.removed"]


def test_a_change_is_said_from_where_it_stands_and_has_a_pace(empty: Room) -> None:
    build_town(empty.store)
    kept = said(empty.type("goal frt -20% by December"))
    assert "by 2026-12-31, from" in kept
    assert "expected after 0% of the time" in kept
    with empty.store.reading() as session:
        (row,) = session.exec(select(Goal))
        assert row.baseline is not None
        assert abs(row.target - 0.8 * row.baseline) < 1e-6


def test_benchmarks_come_with_their_source(town: Room) -> None:
    offered = said(town.type("goal csat"))
    assert "(Mojo article)" in offered
    assert "(PartnerHero article)" in offered


def test_its_verdict_is_told_once_when_the_month_is_over(empty: Room) -> None:
    build_town(empty.store)
    early = Room(store=empty.store, now=empty.now - timedelta(days=20))
    early.type("goal volume <= 500")
    assert judged(empty.store, early) == 0
    assert judged(empty.store, empty) == 1
    assert judged(empty.store, empty) == 0
    with empty.store.reading() as session:
        (letter,) = session.exec(select(Outbox))
        assert "Sun 1 - Tue 31 Mar 2026, UTC: ✓ met" in letter.payload["text"]


def test_its_verdict_comes_to_who_set_it_where_the_bot_is_not_in_the_channel(empty: Room) -> None:
    build_town(empty.store)
    assert "verdict comes here" in str(empty.type("goal csat >= 85%").message)
    assert "verdict comes to you alone" in str(empty.type("goal frt <= 1h", replace(LENA, bot_is_here=False)).message)
    with empty.store.reading() as session:
        places = {row.kpi: row.channel_id for row in session.exec(select(Goal))}
    assert places == {"csat": LENA.channel_id, "frt": LENA.user_id}


def test_its_verdict_waits_until_the_period_was_read_to_its_end(empty: Room) -> None:
    build_town(empty.store)
    early = Room(store=empty.store, now=empty.now - timedelta(days=20))
    early.type("goal volume <= 500")
    read_until(empty.store, early)
    assert judged(empty.store, empty) == 0
    read_until(empty.store, empty)
    assert judged(empty.store, empty) == 1


def read_until(store: Store, room: Room) -> None:
    with store.writing() as session:
        for row in session.exec(select(DeskCursor)).all() or [DeskCursor(source="zendesk", stream="tickets")]:
            row.synced_at = room.now
            session.add(row)


def judged(store: Store, room: Room) -> int:
    settings = read_settings({"CX_DATABASE_URL": "sqlite:////tmp/unused.db", "HOME": "/tmp"})
    return GOALS.run(Tick(now=room.now, store=store, settings=settings, slack=Slack("xoxb-none", "http://127.0.0.1:9/api/")))


def test_a_bare_number_is_held_the_good_way_and_off_ends_it(town: Room, empty: Room) -> None:
    assert "csat >= 85.0%" in said(empty.type("goal csat 85%")).replace("&gt;", ">")
    assert "frt <= 2 h" in said(empty.type("goal frt 2h")).replace("&lt;", "<")
    assert "The goal is removed." in said(empty.type("goal csat off"))
    assert "There is no such goal." in said(empty.type("goal remove csat"))
    assert "csat" not in said(empty.type("goal"))


def test_why_understands_how_people_ask(town: Room) -> None:
    assert said(town.type("why did volume go up last 7 days?")) == said(town.type("why volume last 7 days"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by March", date(2027, 3, 31)),
        ("by end of March", date(2027, 3, 31)),
        ("by June", date(2026, 6, 30)),
        ("by 31 March", date(2027, 3, 31)),
        ("by March 5", date(2027, 3, 5)),
        ("by 5th of May 2027", date(2027, 5, 5)),
        ("by 2026-12-31", date(2026, 12, 31)),
        ("by end of year", date(2026, 12, 31)),
        ("by the end of the quarter", date(2026, 6, 30)),
        ("by next month", date(2026, 5, 31)),
        ("by next year", date(2027, 12, 31)),
        ("by Q1", date(2027, 3, 31)),
        ("by Q2 2027", date(2027, 6, 30)),
        ("by February", date(2027, 2, 28)),
        ("by channel", None),
        ("by month", None),
        ("by team", None),
    ],
)
def test_its_last_day_is_the_next_such(text: str, day: date | None) -> None:
    found, rest = last_day(f"csat >= 85% {text}", date(2026, 4, 6))
    assert found == day
    assert rest.strip() == ("csat >= 85%" if day else f"csat >= 85% {text}")


@pytest.mark.parametrize(
    "text", ["by yesterday", "by today", "by 2026-04-06", "by 2026-13-45", "by 31 June 2026", "by 2099-01-01"]
)
def test_a_day_that_is_over_or_none_is_no_last_day(text: str) -> None:
    with pytest.raises(BadRequest, match="is no day in the next three years"):
        last_day(f"csat >= 85% {text}", date(2026, 4, 6))


def test_a_goal_to_do_worse_or_what_cannot_be_is_refused_with_a_way_on(town: Room) -> None:
    longer = town.type("goal frt +20% by June")
    assert "First response time is better lower" in said(longer)
    assert typed(longer) == ["goal frt -20% by June"]
    assert typed(town.type("goal csat <= 50% team:Billing")) == ["goal csat >= 50% team:Billing"]
    assert "lies between 0 and 100%" in said(town.type("goal csat >= 850%"))
    assert typed(town.type("goal csta >= 85% monthly")) == ["goal csat >= 85% monthly"]


def test_a_benchmark_is_made_a_goal_by_its_button(empty: Room) -> None:
    build_town(empty.store)
    offered = empty.type("goal frt")
    assert typed(offered)[:2] == ["goal frt <= 24h channel:email", "goal frt <= 1h channel:social"]
    assert "Goal: *frt &lt;= 1 h channel:social a month*" in said(empty.type(typed(offered)[1]))


def test_what_a_goal_takes_the_place_of_is_said_and_money_may_have_its_sign(empty: Room) -> None:
    build_town(empty.store)
    assert "place" not in said(empty.type("goal frt -20% by December"))
    assert "It takes the place of: frt &lt;= " in said(empty.type("goal frt < 2h"))
    assert "place" not in said(empty.type("goal frt < 2h"))
    kept = empty.type("goal cost per ticket < $40")
    assert "cost-per-ticket &lt;= $40.00 a month" in said(kept)
    assert "removed" in said(empty.press(kept, "goal-remove"))
