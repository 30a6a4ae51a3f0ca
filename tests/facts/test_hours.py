"""Business time: exact over holidays, split shifts, changes of clocks and changes of schedule."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.clock import day_start
from bot.errors import BadConfig, BadInput, UnknownZone
from bot.facts.hours import Hours, Roster, clock_of
from bot.facts.schedules import ROUND_THE_CLOCK, WEEK_MINUTES, Schedule, Week, check, open_week
from tests.sampling import thorough

HOUR = 3600
MINUTE = timedelta(minutes=1)
NINE_TO_FIVE: Week = tuple((day * 1440 + 9 * 60, day * 1440 + 17 * 60) for day in range(5))
ALL_WEEK: Week = ((0, WEEK_MINUTES),)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, where: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(where))


def schedule(week: Week = NINE_TO_FIVE, where: str = "Europe/Berlin", *holidays: date) -> Schedule:
    return Schedule(slug="office", zone=where, week=week, holidays=frozenset(holidays))


def from_sunday(*pairs: tuple[int, int]) -> Week:
    return tuple(((start - 1440) % WEEK_MINUTES, (end - 1440) % WEEK_MINUTES) for start, end in pairs)


def counted_by_the_minute(of: Schedule, start: datetime, end: datetime) -> int:
    """Open seconds found by looking at the clock on the wall each minute; shares nothing with the code it judges."""
    return 60 * sum(shown_open(of, start + n * MINUTE) for n in range((end - start) // MINUTE))


def shown_open(of: Schedule, at: datetime) -> bool:
    wall = at.astimezone(ZoneInfo(of.zone))
    minute = wall.weekday() * 1440 + wall.hour * 60 + wall.minute
    within = any(start <= minute < end if start < end else minute >= start or minute < end for start, end in of.week)
    return within and wall.date() not in of.holidays


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
PAIRS = st.tuples(st.integers(0, WEEK_MINUTES - 1), st.integers(0, WEEK_MINUTES)).filter(lambda pair: pair[0] != pair[1])
SCHEDULES = st.builds(
    Schedule,
    slug=st.just("any"),
    zone=st.sampled_from(ZONES),
    week=st.lists(PAIRS, max_size=5).map(tuple),
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=6),
)
# Around the days on which clocks change in those zones, and around a new year.
DAYS = st.sampled_from(
    ["2026-03-07", "2026-03-28", "2026-04-03", "2026-09-05", "2026-10-03", "2026-10-24", "2026-10-31", "2026-12-31"]
)
MINUTES = st.builds(lambda day, minutes: utc(day) + minutes * MINUTE, DAYS, st.integers(0, 3000))
INSTANTS = st.datetimes(datetime.fromisoformat("2025-12-01"), datetime.fromisoformat("2027-02-01"), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


SWITCHED = utc("2020-09-30T19:01:25")
FIRST = schedule(
    from_sunday((720, 1560), (2160, 3000), (3600, 4440), (5040, 5880), (6480, 7320), (7920, 8760), (9360, 10200)), "UTC"
)
SECOND = schedule(from_sunday((2340, 2910), (3780, 4350), (5220, 5790), (6660, 7230), (8100, 8670)), "UTC")


def test_biz_dbt_decisionlog_counts_each_schedule_for_the_time_it_was_in_force() -> None:
    created, replied = utc("2020-09-29T17:01:38"), utc("2020-09-30T19:01:46")
    roster = Roster(((utc("2020-09-29T17:01:38"), FIRST), (SWITCHED, SECOND)))
    assert roster.between(created, replied) / 60 == pytest.approx(960.1333, abs=1e-4)
    assert Hours(SECOND).between(created, replied) / 60 == pytest.approx(690.1333, abs=1e-4)


def test_the_schedule_in_force_at_the_end_may_count_for_the_whole_span() -> None:
    roster = Roster(((utc("2020-01-01"), FIRST), (SWITCHED, SECOND)))
    created, replied = utc("2020-09-29T17:01:38"), utc("2020-09-30T19:01:46")
    ours = roster.in_force(replied)
    assert ours.between(int(created.timestamp()), int(replied.timestamp())) == Hours(SECOND).between(created, replied)


def test_a_working_day_has_eight_hours_and_a_weekend_none() -> None:
    hours = Hours(schedule())
    assert hours.between(local("2026-11-20T00:00", "Europe/Berlin"), local("2026-11-21T00:00", "Europe/Berlin")) == 8 * HOUR
    assert hours.between(local("2026-11-21T00:00", "Europe/Berlin"), local("2026-11-23T00:00", "Europe/Berlin")) == 0


def test_time_is_counted_to_the_second() -> None:
    hours = Hours(schedule())
    assert hours.between(local("2026-11-20T16:59:59", "Europe/Berlin"), local("2026-11-23T09:00:01", "Europe/Berlin")) == 2


def test_an_off_hours_answer_to_an_off_hours_question_takes_no_time() -> None:
    assert Hours(schedule()).between(utc("2026-11-21T10:00"), utc("2026-11-21T18:00")) == 0


def test_split_shifts_and_touching_and_overlapping_pairs_count_once() -> None:
    split = schedule(((540, 720), (780, 1020), (1000, 1080), (1080, 1081)), "UTC")
    assert open_week(split) == ((540, 720), (780, 1081))
    assert Hours(split).between(utc("2026-11-16T00:00"), utc("2026-11-17T00:00")) == (180 + 301) * 60


def test_a_pair_that_ends_before_it_starts_runs_over_the_end_of_the_week() -> None:
    weekend = schedule(((6 * 1440 + 22 * 60, 6 * 60),), "UTC")
    assert open_week(weekend) == ((0, 360), (9960, 10_080))
    assert Hours(weekend).between(utc("2026-11-15T12:00"), utc("2026-11-16T12:00")) == 8 * HOUR


def test_a_pair_that_ends_at_the_start_of_the_week_ends_with_the_week() -> None:
    assert open_week(schedule(((WEEK_MINUTES - 60, 0),))) == ((WEEK_MINUTES - 60, WEEK_MINUTES),)


def test_a_holiday_is_the_whole_local_day() -> None:
    new_york = schedule(ALL_WEEK, "America/New_York", date(2026, 11, 26))
    hours = Hours(new_york)
    assert hours.between(utc("2026-11-26T04:59:59"), utc("2026-11-27T05:00:01")) == 2
    assert hours.is_open(utc("2026-11-26T04:59:59"))
    assert not hours.is_open(utc("2026-11-26T05:00:00"))
    assert hours.is_open(utc("2026-11-27T05:00:00"))


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_a_day_open_around_the_clock_has_the_hours_of_that_day(day: date, length: int) -> None:
    where = ZoneInfo("Europe/Berlin")
    one_day_off = schedule(ALL_WEEK, "Europe/Berlin", date(2026, 1, 1))
    assert Hours(one_day_off).between(day_start(day, where), day_start(day + timedelta(days=1), where)) == length * HOUR


def test_hours_that_clocks_skip_are_not_worked_and_hours_shown_twice_are_worked_twice() -> None:
    night = schedule(((6 * 1440 + 60, 6 * 1440 + 180),), "America/New_York")
    hours = Hours(night)
    assert hours.between(utc("2026-03-08T00:00"), utc("2026-03-09T00:00")) == 1 * HOUR
    assert hours.between(utc("2026-11-01T00:00"), utc("2026-11-02T00:00")) == 3 * HOUR
    assert hours.between(utc("2026-03-15T00:00"), utc("2026-03-16T00:00")) == 2 * HOUR


def test_closing_within_an_hour_shown_twice_closes_twice() -> None:
    until_half_past_one = schedule(((6 * 1440, 6 * 1440 + 90),), "America/New_York")
    hours = Hours(until_half_past_one)
    assert [hours.is_open(utc(f"2026-11-01T{at}")) for at in ("05:29", "05:31", "06:01", "06:31")] == [True, False, True, False]
    assert hours.between(utc("2026-11-01T00:00"), utc("2026-11-02T00:00")) == 2 * HOUR


@pytest.mark.parametrize(
    ("where", "start", "end"),
    [
        ("Pacific/Kiritimati", "2026-12-31T10:00", "2026-12-31T23:00"),
        ("Pacific/Pago_Pago", "2026-01-01T01:00", "2026-01-01T11:00"),
    ],
)
def test_hours_that_are_another_year_on_the_wall_are_counted(where: str, start: str, end: str) -> None:
    around_new_year = schedule(ALL_WEEK, where, date(2026, 6, 1))
    assert Hours(around_new_year).between(utc(start), utc(end)) == (utc(end) - utc(start)).total_seconds()


def test_no_schedule_is_calendar_time() -> None:
    start, end = utc("2026-03-01T00:00:01"), utc("2026-11-22T08:00:00")
    elapsed = int((end - start).total_seconds())
    for calendar in (Hours(), Hours(ROUND_THE_CLOCK), Roster()):
        assert calendar.between(start, end) == elapsed
        assert calendar.add(start, elapsed) == end
        assert calendar.is_open(start)


def test_calendar_time_has_no_years_too_far_away() -> None:
    assert Hours().between(utc("0001-01-01T00:00"), utc("9999-12-31T23:59:59")) == 315_537_897_599
    assert Hours().add(utc("2026-01-01T00:00"), 10**15) is None


def test_time_to_come_is_added_over_nights_weekends_and_holidays() -> None:
    hours = Hours(schedule(NINE_TO_FIVE, "Europe/Berlin", date(2026, 11, 23)))
    friday = local("2026-11-20T16:00", "Europe/Berlin")
    assert hours.add(friday, HOUR) == local("2026-11-20T17:00", "Europe/Berlin")
    assert hours.add(friday, HOUR + 1) == local("2026-11-24T09:00:01", "Europe/Berlin")
    assert hours.add(friday, 0) == friday


def test_adding_crosses_years_it_was_never_asked_about() -> None:
    hours = Hours(schedule(((0, 60),), "UTC"))
    assert hours.add(utc("2026-11-23T00:00"), 200 * HOUR) == utc("2026-11-23T01:00") + timedelta(weeks=199)


def test_a_schedule_that_never_opens_counts_nothing_and_is_never_due() -> None:
    never = Hours(schedule((), "UTC"))
    assert never.between(utc("2026-01-01"), utc("2027-01-01")) == 0
    assert never.add(utc("2026-01-01"), 1) is None
    assert not never.is_open(utc("2026-01-01"))


def test_opening_days_that_are_all_holidays_are_never_due_either() -> None:
    mondays = frozenset(date(2198, 1, 1) + timedelta(days=n) for n in range(730))
    assert Hours(Schedule(slug="shut", zone="UTC", week=((0, 60),), holidays=mondays)).add(utc("2198-01-01"), 1) is None


def test_time_does_not_run_backwards() -> None:
    for hours in (Hours(schedule()), Hours(), Roster(((utc("2026-01-01"), FIRST), (utc("2026-02-01"), SECOND)))):
        with pytest.raises(BadInput, match="ends before it starts"):
            hours.between(utc("2026-03-02"), utc("2026-01-01"))
    with pytest.raises(ValueError, match="forwards"):
        Hours(schedule()).add(utc("2026-03-02"), -1)


@pytest.mark.parametrize("far", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_placeholder_date_is_refused_and_not_counted_to(far: str) -> None:
    with pytest.raises(BadInput, match="too far away") as refused:
        Hours(schedule()).between(*sorted((utc(far), utc("2026-01-01"))))
    assert "placeholder" in refused.value.next_step


def test_a_naive_instant_is_refused_rather_than_read_in_the_zone_of_the_machine() -> None:
    with pytest.raises(TypeError):
        Hours(schedule()).between(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-02"))


def test_an_unknown_zone_is_refused_before_anything_is_counted() -> None:
    with pytest.raises(UnknownZone, match="Mars/Olympus"):
        Hours(schedule(NINE_TO_FIVE, "Mars/Olympus"))


@pytest.mark.parametrize("pair", [(-1, 60), (0, WEEK_MINUTES + 1), (WEEK_MINUTES, 60), (540, 540)])
def test_a_pair_that_makes_no_sense_is_named(pair: tuple[int, int]) -> None:
    with pytest.raises(BadConfig, match="office") as refused:
        Hours(schedule(((60, 120), pair)))
    assert str(pair) in refused.value.what


def test_checking_a_schedule_names_everything_wrong_with_it() -> None:
    check(schedule())
    with pytest.raises(BadConfig) as refused:
        check(Schedule(slug="odd", zone="Europe/Berln", week=((9, 9), (-5, 5))))
    for fault in ("odd", "(9, 9)", "(-5, 5)", "Europe/Berlin"):
        assert fault in refused.value.what
    with pytest.raises(BadConfig, match="never opens"):
        check(schedule(()))


def test_the_first_schedule_counts_before_it_was_written_down() -> None:
    roster = Roster(((utc("2026-06-01"), FIRST), (utc("2026-07-01"), SECOND)))
    assert roster.between(utc("2026-05-01"), utc("2026-05-08")) == Hours(FIRST).between(utc("2026-05-01"), utc("2026-05-08"))


def test_a_schedule_counts_from_its_very_instant_whatever_the_order_of_turns() -> None:
    switch = utc("2026-11-18T12:00")
    turns = ((switch, schedule(ALL_WEEK, "UTC")), (utc("2026-01-01"), schedule((), "UTC")))
    for roster in (Roster(turns), Roster(turns[::-1])):
        assert roster.between(switch - MINUTE, switch + MINUTE) == 60
        assert not roster.is_open(switch - timedelta(seconds=1))
        assert roster.is_open(switch)
        assert roster.add(switch - timedelta(days=30), 5) == switch + timedelta(seconds=5)


def test_schedules_built_once_are_shared() -> None:
    assert clock_of(schedule()) is clock_of(schedule())


def test_threads_that_ask_for_different_years_at_once_get_right_answers() -> None:
    hours = Hours(Schedule(slug="threads", zone="Europe/Berlin", week=NINE_TO_FIVE))
    mondays = [utc("2010-01-04T00:00") + timedelta(weeks=52 * n) for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda day: hours.between(day, day + timedelta(days=7)), [*mondays[::2], *mondays[::-1]]))
    assert set(answers) == {40 * HOUR}


@given(SCHEDULES, MINUTES, st.integers(0, 4000))
@example(schedule(((6 * 1440 + 90, 6 * 1440 + 91),), "America/New_York"), utc("2026-11-01T00:00"), 1440)
@settings(max_examples=150, deadline=None)
def test_it_agrees_with_looking_at_the_wall_each_minute(of: Schedule, start: datetime, minutes: int) -> None:
    end = start + minutes * MINUTE
    assert Hours(of).between(start, end) == counted_by_the_minute(of, start, end)
    assert Hours(of).is_open(start) == shown_open(of, start)


@given(SCHEDULES, INSTANTS, st.integers(0, 10**7))
def test_business_time_is_never_negative_nor_more_than_calendar_time(of: Schedule, start: datetime, seconds: int) -> None:
    assert 0 <= Hours(of).between(start, start + timedelta(seconds=seconds)) <= seconds


@given(SCHEDULES, st.lists(INSTANTS, min_size=3, max_size=6).map(sorted))
def test_adjacent_stretches_add_up(of: Schedule, edges: list[datetime]) -> None:
    hours = Hours(of)
    assert sum(hours.between(*edge) for edge in pairwise(edges)) == hours.between(edges[0], edges[-1])


@given(SCHEDULES, st.lists(INSTANTS, min_size=2, max_size=2).map(sorted), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_holiday_never_adds_time(of: Schedule, ends: list[datetime], holiday: date) -> None:
    fewer = Schedule(slug=of.slug, zone=of.zone, week=of.week, holidays=of.holidays | {holiday})
    assert Hours(fewer).between(*ends) <= Hours(of).between(*ends)


@given(st.sampled_from(ZONES), st.lists(INSTANTS, min_size=2, max_size=2).map(sorted))
def test_around_the_clock_without_holidays_is_calendar_time_in_any_zone(where: str, ends: list[datetime]) -> None:
    days = tuple((day * 1440, (day + 1) * 1440) for day in range(7))
    assert Hours(schedule(days, where)).between(*ends) == (ends[1] - ends[0]) // timedelta(seconds=1)


@given(SCHEDULES, INSTANTS, st.integers(1, 3 * 10**6))
@settings(deadline=None, max_examples=thorough(200, 40))
def test_what_was_added_has_passed_and_not_a_second_earlier(of: Schedule, start: datetime, seconds: int) -> None:
    hours = Hours(of)
    due = hours.add(start, seconds)
    if due is None:
        assert hours.between(start, utc("2199-12-31T23:59:59")) < seconds
        return
    assert hours.between(start, due) == seconds
    assert hours.between(start, due - timedelta(seconds=1)) == seconds - 1


@given(INSTANTS, st.integers(0, 10**6), st.integers(1, 20))
def test_shifting_by_whole_weeks_within_one_offset_changes_nothing(start: datetime, seconds: int, weeks: int) -> None:
    hours, shift = Hours(FIRST), timedelta(weeks=weeks)
    end = start + timedelta(seconds=seconds)
    assert hours.between(start, end) == hours.between(start + shift, end + shift)


ROSTERS = st.lists(st.tuples(INSTANTS, SCHEDULES), min_size=1, max_size=4, unique_by=lambda turn: turn[0]).map(tuple)


@given(ROSTERS, st.lists(INSTANTS, min_size=2, max_size=2).map(sorted))
@settings(deadline=None)
def test_a_roster_is_the_sum_of_its_turns(turns: tuple[tuple[datetime, Schedule], ...], ends: list[datetime]) -> None:
    ordered = sorted(turns, key=lambda turn: turn[0])
    edges = [utc("1990-01-01"), *(since for since, _ in ordered[1:]), utc("2100-01-01")]
    expected = 0
    for (_, each), (since, until) in zip(ordered, pairwise(edges), strict=True):
        start, end = max(ends[0], since), min(ends[1], until)
        expected += Hours(each).between(start, end) if start < end else 0
    assert Roster(turns).between(*ends) == expected


@given(ROSTERS, INSTANTS, st.integers(1, 10**6))
@settings(deadline=None)
def test_what_a_roster_adds_has_passed_and_not_a_second_earlier(
    turns: tuple[tuple[datetime, Schedule], ...], start: datetime, seconds: int
) -> None:
    roster = Roster(turns)
    due = roster.add(start, seconds)
    if due is not None:
        assert roster.between(start, due) == seconds
        assert roster.between(start, due - timedelta(seconds=1)) == seconds - 1
