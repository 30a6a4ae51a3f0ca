"""The demo's clock: open time adds up, days off are the real ones, and changed clocks lose nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desks.demo_cast import schedules
from bot.desks.demo_holidays import berlin_holidays, easter, new_york_holidays
from bot.desks.demo_hours import OpenHours, epoch, open_hours

BERLIN = ZoneInfo("Europe/Berlin")
LAID_OUT = {
    schedule.external_id: open_hours(schedule, date(2025, 12, 30), date(2026, 12, 31))
    for schedule in schedules(range(2025, 2027))
}
INSIDE = st.integers(epoch(date(2026, 1, 2), 0, BERLIN), epoch(date(2026, 9, 1), 0, BERLIN))


def opened(hours: OpenHours, start: int, end: int) -> int:
    return sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in zip(hours.starts, hours.ends, strict=True))


@pytest.mark.parametrize("slug", LAID_OUT)
@given(at=INSIDE, open_s=st.integers(1, 400_000))
def test_after_lets_exactly_so_much_open_time_pass(slug: str, at: int, open_s: int) -> None:
    hours = LAID_OUT[slug]
    end = hours.after(at, open_s)
    assert end > at
    assert opened(hours, at, end) == open_s
    assert opened(hours, at, end - 1) == open_s - 1


@given(at=INSIDE, first=st.integers(1, 100_000), then=st.integers(1, 100_000))
def test_waiting_twice_is_waiting_once_for_both(at: int, first: int, then: int) -> None:
    hours = LAID_OUT["berlin-lunch"]
    assert hours.after(hours.after(at, first), then) == hours.after(at, first + then)


@given(at=INSIDE, open_s=st.integers(1, 100_000))
def test_hours_laid_out_for_longer_give_the_same_answer(at: int, open_s: int) -> None:
    longer = open_hours(schedules(range(2024, 2028))[0], date(2024, 1, 1), date(2027, 12, 31))
    assert longer.after(at, open_s) == LAID_OUT["berlin"].after(at, open_s)


def test_no_time_at_all_still_ends_inside_the_hours() -> None:
    sunday = epoch(date(2026, 11, 15), 12 * 60, BERLIN)
    monday_nine = epoch(date(2026, 11, 16), 9 * 60, BERLIN)
    assert LAID_OUT["berlin"].after(sunday, 0) == monday_nine + 1


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ((16, 8, 59), False),
        ((16, 9, 0), True),
        ((16, 12, 29), True),
        ((16, 12, 30), False),
        ((16, 13, 30), True),
        ((16, 18, 0), False),
    ],
)
def test_hours_are_half_open_and_lunch_is_closed(moment: tuple[int, int, int], is_open: bool) -> None:
    day, hour, minute = moment
    assert LAID_OUT["berlin-lunch"].is_open(epoch(date(2026, 11, day), hour * 60 + minute, BERLIN)) is is_open


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_clock_that_never_stops_does_not_stop_when_clocks_are_changed(day: date) -> None:
    start, end = epoch(day, 0, BERLIN), epoch(day, 24 * 60, BERLIN)
    assert end - start in (23 * 3600, 25 * 3600)
    assert opened(LAID_OUT["always"], start, end) == end - start


def test_an_hour_that_comes_twice_has_two_instants() -> None:
    first, second = (epoch(date(2026, 10, 25), 150, BERLIN, fold=fold) for fold in (0, 1))
    assert second - first == 3600
    assert datetime.fromtimestamp(first, UTC).hour == 0


@pytest.mark.parametrize("year", range(2020, 2036))
def test_days_off_are_the_real_ones(year: int) -> None:
    berlin = set(holidays.country_holidays("DE", subdiv="BE", years=year))
    once = {date(2020, 5, 8), date(2025, 5, 8), date(2028, 6, 17)}  # celebrated in one year only
    assert set(berlin_holidays(year)) == berlin - once
    federal = holidays.country_holidays("US", years=year)
    assert set(new_york_holidays(year)) <= {*federal, date(2020, 6, 19)}


@pytest.mark.parametrize(("year", "day"), [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25)), (2285, (3, 22))])
def test_easter(year: int, day: tuple[int, int]) -> None:
    assert easter(year) == date(year, *day)
