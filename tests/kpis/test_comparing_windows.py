"""Comparisons: with any window, of a running one with its same part, by the month for what is entered by it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.clock import local_date
from bot.kpis.entered import months_before
from bot.periods import read_window
from bot.store.engine import Store
from bot.store.tables import Cost
from bot.windows import Window, same_part
from tests.kpis.office import between, keep, say, ticket
from tests.world import CAST, MONDAY, NOW, minute

BERLIN = ZoneInfo("Europe/Berlin")


def window(text: str, now: datetime = NOW) -> Window:
    return read_window(text, now=now, zone=BERLIN)


def test_a_running_window_is_compared_with_as_much_of_the_other() -> None:
    part = same_part(window("last month"), window("this month"))

    assert part.start == window("last month").start
    assert part.end.astimezone(BERLIN).isoformat() == "2026-10-18T10:00:00+02:00"
    assert part.text == "last month"
    assert not part.open


def test_a_part_is_never_longer_than_its_window() -> None:
    late = datetime(2026, 3, 31, 12, tzinfo=BERLIN)
    assert same_part(window("Feb 2026", late), window("this month", late)) == window("Feb 2026", late)


def test_what_rolls_has_no_parts() -> None:
    assert same_part(window("last month"), window("last 24 hours")) == window("last month")


def test_clocks_that_were_set_do_not_move_the_time_of_day() -> None:
    now = datetime(2026, 11, 8, 10, tzinfo=BERLIN)  # Berlin's clocks went back on 25 October.
    part = same_part(window("last month", now), window("this month", now))
    assert part.end.astimezone(BERLIN).hour == 10


def test_any_window_can_be_compared_with_and_unequal_ones_are_said(store: Store) -> None:
    keep(store, *CAST, ticket("1"), ticket("2"), ticket("3", created_at=minute(-20 * 1440)))
    answer = say(store, "volume this week vs Oct")

    assert answer.previous is not None
    assert (answer.figure.n, answer.previous.figure.n) == (2, 0)
    whole = say(store, "volume Oct vs Sep")
    assert whole.previous is not None
    assert (whole.figure.n, whole.previous.figure.n, whole.previous.window.text) == (1, 0, "Sep 2026")
    assert "The windows compared are not equally long: 31 and 30 days." in whole.notes


def test_the_same_part_of_the_last_month_is_counted_to_the_minute(store: Store) -> None:
    before, after = minute(-31 * 1440 + 2 * 1440 - 1), minute(-31 * 1440 + 2 * 1440 + 1)
    keep(store, *CAST, ticket("1"), ticket("2", created_at=before), ticket("3", created_at=after))
    answer = say(store, "volume this month vs last month")

    assert answer.previous is not None
    assert answer.previous.figure.n == 1
    assert answer.previous.change == 0
    assert not [note for note in answer.notes if "equally long" in note]


@pytest.mark.parametrize(
    ("asked", "before", "year"),
    [
        ("Oct 2026", (date(2026, 9, 1), date(2026, 10, 1)), (date(2025, 10, 1), date(2025, 11, 1))),
        ("Q3 2026", (date(2026, 4, 1), date(2026, 7, 1)), (date(2025, 7, 1), date(2025, 10, 1))),
        ("2025", (date(2024, 1, 1), date(2025, 1, 1)), (date(2024, 1, 1), date(2025, 1, 1))),
    ],
)
def test_whole_months_are_compared_with_whole_months(asked: str, before: tuple[date, date], year: tuple[date, date]) -> None:
    for months, expected in ((None, before), (12, year)):
        found = months_before(window(asked), months)
        assert found is not None
        assert (local_date(found.start, BERLIN), local_date(found.end, BERLIN)) == expected


def test_other_windows_have_no_months_before_them() -> None:
    assert months_before(window("last 30 days")) is None
    assert months_before(window("this month")) is None
    assert months_before(window("Jan 1970")) is None
    assert months_before(between(MONDAY, MONDAY)) is None


def test_costs_are_compared_by_the_month_they_were_entered_for(store: Store) -> None:
    keep(store, *CAST, ticket("1", created_at=minute(-30 * 1440)), ticket("2", created_at=minute(-60 * 1440)))
    with store.writing() as session:
        session.add(Cost(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), amount_cents=1_000))
        session.add(Cost(first_day=date(2026, 9, 1), last_day=date(2026, 9, 30), amount_cents=2_000))
    answer = say(store, "cost per ticket Oct")

    assert answer.previous is not None
    assert (answer.figure.value, answer.previous.figure.value) == (10.0, 20.0)


def test_costs_split_by_the_channel_they_were_entered_for(store: Store) -> None:
    keep(store, *CAST, ticket("1", created_at=minute(-30 * 1440)))
    with store.writing() as session:
        session.add(Cost(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), amount_cents=1_000))
        session.add(Cost(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), amount_cents=500, channel="email"))
    answer = say(store, "cost per ticket by channel Oct")

    assert [(row.labels, row.figure.value) for row in answer.rows] == [(("email",), 5.0)]
    assert answer.figure.value == 15.0
