"""What nobody has read is no data, and half a window is not held against a whole one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.clock import Grain
from bot.kpis.answer import Answer
from bot.kpis.known import is_unread
from bot.kpis.query import Filter
from bot.kpis.sources import asked_of
from bot.store.engine import Store
from bot.store.tables import DeskCursor
from bot.views.answer_text import answer_text
from bot.views.sentences import takeaway
from tests.kpis.office import ask, days, keep
from tests.world import CAST, MONDAY, NOW, ticket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = days(MONDAY.replace(hour=0), 7)
LATER = WEEK.end + HOUR


def read(store: Store, **until: datetime) -> None:
    """So far the sources were read."""
    with store.writing() as session:
        for source, at in until.items():
            session.merge(DeskCursor(source=source, stream="tickets", synced_at=at))


@pytest.fixture
def stored(store: Store) -> Store:
    """Thirty tickets in each of two weeks."""
    keep(store, *CAST, *(ticket(f"{w}-{n}", created_at=MONDAY - w * 7 * DAY) for w in (0, 1) for n in range(30)))
    return store


def volume(store: Store, **options: object) -> Answer:
    return ask(store, "volume", WEEK, now=LATER, versus="previous", **options)


def test_a_window_that_begins_after_the_data_end_has_no_number(stored: Store) -> None:
    read(stored, zendesk=WEEK.start - HOUR)
    told = volume(stored, splits=("team",))
    assert (told.figure.value, told.previous, told.rows) == (None, None, ())
    assert is_unread(told)
    assert takeaway(told).startswith("Nothing is known of ")
    assert answer_text(told).startswith("n/a · Ticket volume")


@pytest.mark.parametrize("kpi", ["volume", "backlog", "csat"])
def test_nothing_found_while_a_source_is_read_for_the_first_time_is_not_0(store: Store, kpi: str) -> None:
    with store.writing() as session:
        session.add(DeskCursor(source="zendesk", stream="tickets", synced_at=LATER, began_at=LATER))
    told = ask(store, kpi, WEEK, now=LATER, versus="previous")
    assert (told.figure.value, told.previous, told.rows) == (None, None, ())
    assert takeaway(told).startswith("Nothing was found yet of ")
    assert "zendesk is still being read for the first time. /cx sync says how far it is" in takeaway(told)


def test_what_was_found_while_a_source_is_read_for_the_first_time_is_told(stored: Store) -> None:
    with stored.writing() as session:
        session.add(DeskCursor(source="zendesk", stream="tickets", synced_at=LATER, began_at=LATER, seen=30, estimated_total=60))
    told = volume(stored)
    assert told.figure.value == 30
    assert "zendesk has been read only to 50 % so far" in answer_text(told)


def test_a_window_that_was_read_in_part_is_told_and_not_compared(stored: Store) -> None:
    read(stored, zendesk=WEEK.start + 3 * DAY)
    told = volume(stored, grain=Grain.DAY)
    assert told.previous is not None
    assert (told.figure.value, told.previous.figure.value, told.previous.change) == (30, 30, None)
    assert "; not compared, because this window is known only until Thu " in takeaway(told)
    values = [step.figure.value for step in told.series]
    assert values == [30, 0, 0, None, None, None, None]
    assert [step.partial for step in told.series] == [False] * 3 + [True] * 4


@pytest.mark.parametrize("short", [timedelta(), HOUR, 4 * HOUR])
def test_an_hour_that_is_missing_at_the_end_of_a_week_changes_nothing(stored: Store, short: timedelta) -> None:
    read(stored, zendesk=WEEK.end - short)
    told = volume(stored)
    assert told.previous is not None
    assert told.previous.change == 0


def test_with_one_of_two_help_desks_down_the_number_of_the_other_stands_uncompared(stored: Store) -> None:
    read(stored, zendesk=WEEK.start - DAY, jira=LATER)
    told = volume(stored)
    assert told.previous is not None
    assert (told.figure.value, told.previous.change) == (30, None)


def test_a_file_imported_once_beside_a_help_desk_holds_nothing_up(stored: Store) -> None:
    read(stored, olddesk=WEEK.start - 30 * DAY, zendesk=LATER)
    told = volume(stored)
    assert told.previous is not None
    assert told.previous.change == 0


def test_a_help_desk_that_is_not_asked_says_nothing_about_the_others(stored: Store) -> None:
    read(stored, zendesk=WEEK.start - DAY, desk=LATER)
    named = Filter(dimension="source", values=("desk",))
    left_out = Filter(dimension="source", values=("Zendesk",), negated=True)
    told = volume(stored, filters=(named,))
    assert told.previous is not None
    assert ([one.name for one in told.sources], told.previous.change) == (["desk"], 0)
    both = volume(stored).sources
    assert [[one.name for one in asked_of(both, wanted)] for wanted in ((), (left_out,), (named, left_out))] == [
        ["desk", "zendesk"],
        ["desk"],
        ["desk"],
    ]


def test_of_files_alone_nothing_is_known_after_the_last(stored: Store) -> None:
    read(stored, january=WEEK.start - 30 * DAY, february=WEEK.start - DAY)
    assert volume(stored).figure.value is None


def test_a_level_stays_the_last_one_known(stored: Store) -> None:
    read(stored, zendesk=WEEK.start + 3 * DAY)
    told = ask(stored, "backlog", WEEK, now=LATER, grain=Grain.DAY)
    assert told.figure.value == 60
    assert [step.figure.value for step in told.series][2:5] == [60, None, None]


def test_what_is_fresh_enough_is_left_as_it_is(stored: Store) -> None:
    read(stored, zendesk=NOW - HOUR)
    window = replace(WEEK, end=NOW, open=True)
    told = ask(stored, "volume", window, versus="previous")
    assert told.previous is not None
    assert told.previous.change is not None
