"""Weekends, weekdays and hours of the day as filters: by the clocks on the wall, also over the days on which they are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.errors import BadRequest
from bot.kpis.asked import Asked
from bot.kpis.listing import MOST, listed
from bot.kpis.query import Filter
from bot.store.engine import Store
from bot.store.tables import TicketFact
from bot.store.workspace import Workspace
from tests.commands.conftest import town_store
from tests.kpis.office import ask, between, by, say
from tests.kpis.town import FIRST, LAST

__all__ = ["town_store"]
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/Santiago", "Australia/Lord_Howe", "Pacific/Kiritimati")
BERLIN = Workspace(zone="Europe/Berlin", clock="calendar")


def only(dimension: str, *values: str, negated: bool = False) -> Filter:
    return Filter(dimension=dimension, values=values, negated=negated)


@settings(max_examples=25, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    begin=st.integers(0, 30 * 86_400),
    hours=st.integers(1, 900),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_a_filter_keeps_the_rows_whose_wall_clock_says_so(
    town_store: Store, zone: str, begin: int, hours: int, days: set[int]
) -> None:
    start = FIRST + timedelta(seconds=begin)
    window = between(start, start + timedelta(hours=hours), zone)
    names = [("Monday", "tue", "Wed", "thursdays", "fri", "SAT", "Sunday")[day] for day in sorted(days)]
    with town_store.reading() as session:
        created = [
            one.created_at
            for one in session.exec(select(TicketFact))
            if one.excluded is None and window.start <= one.created_at < window.end
        ]
    wanted = sum(at.astimezone(ZoneInfo(zone)).weekday() in days for at in created)

    kept = ask(town_store, "volume", window, now=LAST, filters=(only("weekday", *names),))
    left = ask(town_store, "volume", window, now=LAST, filters=(only("weekday", *names, negated=True),))
    assert kept.figure.n == wanted
    assert kept.figure.n + left.figure.n == len(created)


def test_the_rows_of_a_split_by_weekday_are_the_filters_of_each_day(town_store: Store) -> None:
    window = between(FIRST, LAST, "Europe/Berlin")
    split = by(ask(town_store, "frt", window, now=LAST, splits=("weekday",)))

    for day, figure in split.items():
        assert ask(town_store, "frt", window, now=LAST, filters=(only("weekday", day),)).figure == figure


@pytest.mark.parametrize("hour", ["9", "09", "9h", "09:00"])
def test_hours_are_said_in_several_ways(town_store: Store, hour: str) -> None:
    window = between(FIRST, LAST, "Europe/Berlin")
    split = by(ask(town_store, "volume", window, now=LAST, splits=("hour",)))

    assert ask(town_store, "volume", window, now=LAST, filters=(only("hour", hour),)).figure.n == split["09:00"].n


def test_weekends_and_weekdays_are_the_whole(town_store: Store) -> None:
    whole, weekends, weekdays = (
        say(town_store, f"volume {words} 2026-03-02 to 2026-04-05", now=LAST, workspace=BERLIN).figure.n
        for words in ("", "weekends", "weekdays")
    )

    assert 0 < weekends < weekdays
    assert weekends + weekdays == whole


def test_a_weekend_is_counted_from_its_saturday_to_its_monday(town_store: Store) -> None:
    """The last weekend of March, in which Berlin sets its clocks, has 47 hours."""
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    told = say(town_store, "volume last weekend", now=now, workspace=BERLIN)
    days = say(town_store, "volume weekends 2026-03-23 to 2026-03-29", now=now, workspace=BERLIN)

    assert told.window.end - told.window.start == timedelta(hours=47)
    assert told.figure.n == days.figure.n > 0


def test_the_tickets_behind_a_weekend_number_are_of_its_days(town_store: Store) -> None:
    told = say(town_store, "solved weekends 2026-03-02 to 2026-04-05", now=LAST, workspace=BERLIN)
    with town_store.reading() as session:
        rows = listed(Asked(session=session, kpi=told.kpi, query=told.query, workspace=BERLIN, now=LAST), limit=MOST)

    assert rows.total == told.figure.n > 0
    assert {row.at.astimezone(ZoneInfo("Europe/Berlin")).weekday() for row in rows.rows} <= {5, 6}


def test_a_backlog_has_no_hours_and_no_days_of_the_week(town_store: Store) -> None:
    for filtered in (only("hour", "9"), only("weekday", "sat")):
        with pytest.raises(BadRequest, match="Backlog cannot be filtered by"):
            ask(town_store, "backlog", between(FIRST, LAST), now=LAST, filters=(filtered,))


def test_a_day_that_no_week_has_is_said(town_store: Store) -> None:
    with pytest.raises(BadRequest, match="I don't know a weekday called 'someday'"):
        ask(town_store, "volume", between(FIRST, LAST), now=LAST, filters=(only("weekday", "someday"),))
