"""The language of date ranges: every phrase, what it comes to, and what it is fairly compared with."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.calendars import months_back
from bot.clock import DAY, HOUR, day_start
from bot.errors import BadPeriod
from bot.periods import find_window, previous, read_window, same_weekdays, year_before
from bot.windows import Window

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
    )
)
# A Sunday, half past two in the afternoon in Berlin.
NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)


def read(text: str, now: datetime = NOW, zone: ZoneInfo = BERLIN, week_start: int = 0) -> Window:
    return read_window(text, now=now, zone=zone, week_start=week_start)


def dates_of(window: Window) -> tuple[str, str]:
    """First and last local date, both included."""
    zone = ZoneInfo(window.zone)
    last = max(window.start, window.end - timedelta.resolution)
    return str(window.start.astimezone(zone).date()), str(last.astimezone(zone).date())


def at_wall(instant: datetime, zone: ZoneInfo = BERLIN) -> str:
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("words", "first", "last", "text"),
    [
        ("yesterday", "2026-11-21", "2026-11-21", "yesterday"),
        ("last week", "2026-11-09", "2026-11-15", "last week"),
        ("last month", "2026-10-01", "2026-10-31", "last month"),
        ("last quarter", "2026-07-01", "2026-09-30", "last quarter"),
        ("last year", "2025-01-01", "2025-12-31", "last year"),
        ("previous month", "2026-10-01", "2026-10-31", "last month"),
        ("last 30 days", "2026-10-23", "2026-11-21", "last 30 days"),
        ("last30d", "2026-10-23", "2026-11-21", "last 30 days"),
        ("30d", "2026-10-23", "2026-11-21", "last 30 days"),
        ("7 days", "2026-11-15", "2026-11-21", "last 7 days"),
        ("last 7d", "2026-11-15", "2026-11-21", "last 7 days"),
        ("past 7 days", "2026-11-15", "2026-11-21", "last 7 days"),
        ("the last seven days", "2026-11-15", "2026-11-21", "last 7 days"),
        ("in the past week", "2026-11-15", "2026-11-21", "last 1 week"),
        ("last 1 day", "2026-11-21", "2026-11-21", "last 1 day"),
        ("last 2 weeks", "2026-11-08", "2026-11-21", "last 2 weeks"),
        ("4w", "2026-10-25", "2026-11-21", "last 4 weeks"),
        ("last 3 months", "2026-08-22", "2026-11-21", "last 3 months"),
        ("3m", "2026-08-22", "2026-11-21", "last 3 months"),
        ("last 2 quarters", "2026-05-22", "2026-11-21", "last 2 quarters"),
        ("last 2 years", "2024-11-22", "2026-11-21", "last 2 years"),
        ("Q3", "2026-07-01", "2026-09-30", "Q3 2026"),
        ("Q3 2025", "2025-07-01", "2025-09-30", "Q3 2025"),
        ("2025-Q3", "2025-07-01", "2025-09-30", "Q3 2025"),
        ("H1", "2026-01-01", "2026-06-30", "H1 2026"),
        ("H2 2025", "2025-07-01", "2025-12-31", "H2 2025"),
        ("Oct", "2026-10-01", "2026-10-31", "Oct 2026"),
        ("Dec", "2025-12-01", "2025-12-31", "Dec 2025"),
        ("October 2025", "2025-10-01", "2025-10-31", "Oct 2025"),
        ("sept.", "2026-09-01", "2026-09-30", "Sep 2026"),
        ("last nov", "2025-11-01", "2025-11-30", "Nov 2025"),
        ("2026-10", "2026-10-01", "2026-10-31", "Oct 2026"),
        ("2025", "2025-01-01", "2025-12-31", "2025"),
        ("2026-W42", "2026-10-12", "2026-10-18", "2026-W42"),
        ("week 42", "2026-10-12", "2026-10-18", "2026-W42"),
        ("week 42 2025", "2025-10-13", "2025-10-19", "2025-W42"),
        ("week 48", "2025-11-24", "2025-11-30", "2025-W48"),
        ("w53", "2020-12-28", "2021-01-03", "2020-W53"),
        ("2026-W01", "2025-12-29", "2026-01-04", "2026-W01"),
        ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("2026-10-01 .. 2026-10-15", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("1 Oct to 15 Oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("from Oct 1st to Oct 15th, 2025", "2025-10-01", "2025-10-15", "2025-10-01 to 2025-10-15"),
        ("between oct 1 and oct 15", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("between 1 and 15 Oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("between the 1st and the 15th of October", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("between Oct 1 and 15, 2025", "2025-10-01", "2025-10-15", "2025-10-01 to 2025-10-15"),
        ("between 25 and 30 Nov", "2025-11-25", "2025-11-30", "2025-11-25 to 2025-11-30"),
        ("between 2026-10-01 and 2026-10-15", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("between 28 Oct and 3 Nov", "2026-10-28", "2026-11-03", "2026-10-28 to 2026-11-03"),
        ("from 1 Oct to 15 Oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("from the 1st of Oct until the 15th of Oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("oct 1 - oct 15", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("1 through 15 Oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("1-15 oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("last weekend", "2026-11-14", "2026-11-15", "last weekend"),
        ("over the last week-end", "2026-11-14", "2026-11-15", "last weekend"),
        ("on Friday", "2026-11-20", "2026-11-20", "Friday"),
        ("1-15 Oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("1–15 Oct", "2026-10-01", "2026-10-15", "2026-10-01 to 2026-10-15"),
        ("Oct 1 - 15 2025", "2025-10-01", "2025-10-15", "2025-10-01 to 2025-10-15"),
        ("1 oct to 15 oct 2010", "2010-10-01", "2010-10-15", "2010-10-01 to 2010-10-15"),
        ("1 oct 2010 to 15 nov", "2010-10-01", "2010-11-15", "2010-10-01 to 2010-11-15"),
        ("20 Dec to 5 Jan", "2025-12-20", "2026-01-05", "2025-12-20 to 2026-01-05"),
        ("Q1..Q2", "2026-01-01", "2026-06-30", "Q1 2026 to Q2 2026"),
        ("Aug-Oct", "2026-08-01", "2026-10-31", "Aug 2026 to Oct 2026"),
        ("15 Sep to Oct", "2026-09-15", "2026-10-31", "2026-09-15 to Oct 2026"),
        ("15 Oct to Oct", "2026-10-15", "2026-10-31", "2026-10-15 to Oct 2026"),
        ("15 Oct to Oct 2025", "2025-10-15", "2025-10-31", "2025-10-15 to Oct 2025"),
        ("5 Oct to 5 Oct", "2026-10-05", "2026-10-05", "2026-10-05 to 2026-10-05"),
        ("2024-2025", "2024-01-01", "2025-12-31", "2024 to 2025"),
        ("Mon-Fri", "2026-11-16", "2026-11-20", "2026-11-16 to 2026-11-20"),
        ("last month to yesterday", "2026-10-01", "2026-11-21", "last month to yesterday"),
        ("2026-10-05", "2026-10-05", "2026-10-05", "2026-10-05"),
        ("5 Oct", "2026-10-05", "2026-10-05", "2026-10-05"),
        ("October 5th, 2025", "2025-10-05", "2025-10-05", "2025-10-05"),
        ("30 Nov", "2025-11-30", "2025-11-30", "2025-11-30"),
        ("29 Feb", "2024-02-29", "2024-02-29", "2024-02-29"),
        ("Monday", "2026-11-16", "2026-11-16", "Monday"),
        ("LAST WEEK,", "2026-11-09", "2026-11-15", "last week"),
    ],
)
def test_a_finished_period_has_whole_local_days(words: str, first: str, last: str, text: str) -> None:
    window = read(words)
    assert dates_of(window) == (first, last)
    assert (window.text, window.open) == (text, False)
    assert window.start == day_start(date.fromisoformat(first), BERLIN)
    assert window.end == day_start(date.fromisoformat(last) + DAY, BERLIN)


@pytest.mark.parametrize(
    ("words", "first", "text"),
    [
        ("today", "2026-11-22", "today"),
        ("this week", "2026-11-16", "this week"),
        ("wtd", "2026-11-16", "this week"),
        ("week to date", "2026-11-16", "this week"),
        ("this month", "2026-11-01", "this month"),
        ("this month so far", "2026-11-01", "this month"),
        ("mtd", "2026-11-01", "this month"),
        ("this quarter", "2026-10-01", "this quarter"),
        ("qtd", "2026-10-01", "this quarter"),
        ("this year", "2026-01-01", "this year"),
        ("ytd", "2026-01-01", "this year"),
        ("Nov", "2026-11-01", "Nov 2026"),
        ("Q4", "2026-10-01", "Q4 2026"),
        ("H2", "2026-07-01", "H2 2026"),
        ("2026", "2026-01-01", "2026"),
        ("week 47", "2026-11-16", "2026-W47"),
        ("Sunday", "2026-11-22", "Sunday"),
        ("last 7 days including today", "2026-11-15", "last 7 days including today"),
        ("last 3 months, incl. today", "2026-08-22", "last 3 months including today"),
        ("since Monday", "2026-11-16", "since Monday"),
        ("since last Monday", "2026-11-16", "since last Monday"),
        ("since 1 Oct", "2026-10-01", "since 2026-10-01"),
        ("since 2026-10-01", "2026-10-01", "since 2026-10-01"),
        ("since Dec", "2025-12-01", "since Dec 2025"),
        ("since last week", "2026-11-09", "since last week"),
        ("1-30 Nov", "2026-11-01", "2026-11-01 to 2026-11-30"),
        ("Oct to Dec", "2026-10-01", "Oct 2026 to Dec 2026"),
        ("1 Nov to today", "2026-11-01", "2026-11-01 to today"),
        ("all time", "1970-01-01", "all time"),
        ("all", "1970-01-01", "all time"),
    ],
)
def test_an_unfinished_period_runs_to_now_and_says_so_far(words: str, first: str, text: str) -> None:
    window = read(words)
    assert window.start == day_start(date.fromisoformat(first), BERLIN)
    assert (window.end, window.open, window.text) == (NOW, True, text)
    assert ", so far, Europe/Berlin" in window.label


@pytest.mark.parametrize(
    ("words", "hours"), [("last 24 hours", 24), ("24h", 24), ("last 1 hour", 1), ("past hour", 1), ("last 36 hrs", 36)]
)
def test_hours_roll_to_now(words: str, hours: int) -> None:
    window = read(words)
    assert (window.start, window.end, window.open) == (NOW - hours * HOUR, NOW, True)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("last week", "Mon 9 - Sun 15 Nov 2026, Europe/Berlin"),
        ("yesterday", "Sat 21 Nov 2026, Europe/Berlin"),
        ("last 30 days", "Fri 23 Oct - Sat 21 Nov 2026, Europe/Berlin"),
        ("w53", "Mon 28 Dec 2020 - Sun 3 Jan 2021, Europe/Berlin"),
        ("this week", "Mon 16 - Sun 22 Nov 2026, so far, Europe/Berlin"),
        ("today", "Sun 22 Nov 2026, so far, Europe/Berlin"),
        ("last 24 hours", "Sat 21 Nov 14:30 - Sun 22 Nov 2026 14:30, so far, Europe/Berlin"),
        ("all time", "all time to Sun 22 Nov 2026, so far, Europe/Berlin"),
    ],
)
def test_the_resolved_range_is_said_with_its_zone(words: str, label: str) -> None:
    assert read(words).label == label


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("next week", "future"),
        ("next 7 days", "future"),
        ("tomorrow", "future"),
        ("next friday", "future"),
        ("2027", "future"),
        ("2026-12", "future"),
        ("2026-11-23", "future"),
        ("Q1 2027", "future"),
        ("since 2027-01-01", "future"),
        ("2026-12-01..2026-12-31", "future"),
        ("1 Dec to 15 Jan 2027", "future"),
        ("30 Feb", "has '30 feb'"),
        ("2026-02-29", "has '2026-02-29'"),
        ("2026-13", "has '2026-13'"),
        ("31-32 Oct", "has '32 oct'"),
        ("Q5", "has 'q5'"),
        ("H3", "has 'h3'"),
        ("2025-W53", "has '2025-w53'"),
        ("1969-12-31", "has '1969-12-31'"),
        ("32/13/2026", "has '32/13/2026'"),
        ("2026-10-15..2026-10-01", "comes before"),
        ("10 Nov to 5 Nov", "comes before"),
        ("Nov to Feb", "comes before"),
        ("20-10 Nov", "comes before"),
        ("last 0 days", "no time at all"),
        ("last 0 hours", "no time at all"),
        ("last 60 years", "before 1970"),
        ("last 999999 months", "before 1970"),
        ("last 999999 days", "before 1970"),
        ("last 999999 hours", "before 1970"),
        ("last 99999999999999999999 days", "before 1970"),
        ("05/10/2026", "day first"),
        ("5.10.26", "day first"),
        ("nonsense", "no period called 'nonsense'"),
        ("last", "no period"),
        ("", "no period"),
        ("x" * 5000, "no period"),
    ],
)
def test_an_impossible_future_or_absurd_range_is_refused_with_an_example(words: str, why: str) -> None:
    with pytest.raises(BadPeriod) as refused:
        read(words)
    assert why in refused.value.what
    examples = refused.value.next_step.split("*")[1::2]
    assert examples
    assert len(refused.value.sentence()) < 300
    for each in examples:
        read(each)


def test_a_date_with_slashes_is_offered_in_its_possible_readings_only() -> None:
    with pytest.raises(BadPeriod) as refused:
        read("05/10/2026")
    assert refused.value.next_step == "Write *2026-10-05* or *2026-05-10*."
    with pytest.raises(BadPeriod) as refused:
        read("13/05/2026")
    assert refused.value.next_step == "Write *2026-05-13*."


@pytest.mark.parametrize(
    ("words", "at", "text", "taken"),
    [
        ("frt last 30 days by channel", 1, "last 30 days", 3),
        ("frt last 30 days including today by channel", 1, "last 30 days including today", 5),
        ("Oct 2025 by team", 0, "Oct 2025", 2),
        ("Oct by team", 0, "Oct 2026", 1),
        ("1 Oct to 15 Oct for tag:vip", 0, "2026-10-01 to 2026-10-15", 5),
        ("1 Oct to escalated", 0, "2026-10-01", 2),
        ("since Monday by agent", 0, "since Monday", 2),
        ("csat Q3 2025 vs previous", 1, "Q3 2025", 2),
        ("all time", 0, "all time", 2),
        ("all tickets", 0, "all time", 1),
        ("today", 0, "today", 1),
        ("from 1st of October 2025 to 15th of November 2025 by team", 0, "2025-10-01 to 2025-11-15", 10),
    ],
)
def test_the_longest_window_at_a_word_is_found(words: str, at: int, text: str, taken: int) -> None:
    found = find_window(words.split(), at, now=NOW, zone=BERLIN)
    assert found is not None
    assert (found[0].text, found[1]) == (text, taken)


@pytest.mark.parametrize(
    "word",
    ["frt", "by", "last", "since", "from", "the", "in", "vip", "2.5", "5", "12345", "1600", "9999", "h", "q", "w", "-", "..", ""],
)
def test_a_word_that_names_no_time_starts_no_window(word: str) -> None:
    assert find_window([word, "tickets"], 0, now=NOW, zone=BERLIN) is None


def test_no_window_starts_past_the_last_word() -> None:
    assert find_window(["today"], 1, now=NOW, zone=BERLIN) is None
    assert find_window([], 0, now=NOW, zone=BERLIN) is None


def test_a_future_window_is_refused_also_in_the_middle_of_a_sentence() -> None:
    with pytest.raises(BadPeriod, match="future"):
        find_window(["backlog", "next", "week"], 1, now=NOW, zone=BERLIN)


def test_weeks_start_on_the_day_the_team_says_but_numbered_weeks_are_iso() -> None:
    assert dates_of(read("last week", week_start=6)) == ("2026-11-15", "2026-11-21")
    assert dates_of(read("this week", week_start=6)) == ("2026-11-22", "2026-11-22")
    assert dates_of(read("week 42", week_start=6)) == ("2026-10-12", "2026-10-18")


def test_the_first_iso_week_may_have_begun_in_the_year_before() -> None:
    assert read("week 1", datetime(2025, 12, 30, tzinfo=UTC)).text == "2026-W01"


def test_today_is_the_teams_today() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert dates_of(read("yesterday", late)) == ("2026-11-22", "2026-11-22")
    assert dates_of(read("yesterday", late, ZoneInfo("America/New_York"))) == ("2026-11-21", "2026-11-21")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-24", 24)])
def test_a_day_on_which_clocks_change_keeps_all_its_hours(day: str, hours: int) -> None:
    window = read(day)
    assert window.end - window.start == hours * HOUR


def test_a_month_back_from_the_last_of_a_month_is_the_last_of_the_month_before() -> None:
    assert dates_of(read("last 1 month", datetime(2026, 5, 31, 12, tzinfo=UTC))) == ("2026-04-30", "2026-05-30")
    assert months_back(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_back(date(2026, 1, 15), 13) == date(2024, 12, 15)


def test_a_weekday_on_its_own_day_is_today_and_last_weekday_a_week_ago() -> None:
    assert dates_of(read("sunday")) == ("2026-11-22", "2026-11-22")
    assert dates_of(read("last sunday")) == ("2026-11-15", "2026-11-15")


@pytest.mark.parametrize(
    ("today", "weekend", "last"),
    [
        ("2026-11-20", "2026-11-14", "2026-11-14"),  # a Friday: the one that was is the last one
        ("2026-11-21", "2026-11-21", "2026-11-14"),  # Saturday and Sunday: one runs, and another was the last
        ("2026-11-22", "2026-11-21", "2026-11-14"),
        ("2026-11-23", "2026-11-21", "2026-11-21"),
    ],
)
def test_a_weekend_is_saturday_and_sunday_and_the_last_one_is_over(today: str, weekend: str, last: str) -> None:
    now = day_start(date.fromisoformat(today), BERLIN) + 12 * HOUR
    first, before = read("weekend", now), read("last weekend", now)

    assert (dates_of(first)[0], dates_of(before)[0]) == (weekend, last)
    assert first.open == (weekend != last)
    assert before.end - before.start == 48 * HOUR
    assert at_wall(before.end).endswith("00:00")


def test_this_weekend_is_refused_until_it_has_begun() -> None:
    assert read("this weekend").open
    with pytest.raises(BadPeriod, match="lies in the future"):
        read("this weekend", datetime(2026, 11, 20, 12, tzinfo=UTC))
    with pytest.raises(BadPeriod, match="lies in the future"):
        read("next weekend")


def test_a_weekend_in_which_clocks_change_has_all_its_hours() -> None:
    found = read("last weekend", datetime(2026, 10, 26, 12, tzinfo=UTC))

    assert found.end - found.start == 49 * HOUR
    assert dates_of(found) == ("2026-10-24", "2026-10-25")


def test_a_period_that_begins_this_very_instant_is_open_and_empty() -> None:
    midnight = datetime(2026, 10, 31, 23, tzinfo=UTC)
    window = read("Nov", midnight)
    assert (window.start, window.end, window.open) == (midnight, midnight, True)
    assert read("Oct", midnight).open is False


COUNTS = st.integers(1, 400)
WEEKDAYS = st.sampled_from(["Monday", "tue", "Wed", "thursday", "fri", "Saturday", "sun"])
MONTHS = st.sampled_from(["Jan", "february", "Mar", "apr", "May", "june", "Jul", "aug", "Sept", "October", "nov", "Dec"])
YEARS = st.integers(1975, 2022)
NAMED = st.one_of(
    st.sampled_from(
        ["today", "yesterday", "this week", "last week", "mtd", "last month", "qtd", "last quarter", "ytd", "last year"]
    ),
    WEEKDAYS,
    MONTHS,
    st.builds("last {}".format, st.one_of(WEEKDAYS, MONTHS)),
    st.builds("{} {}".format, MONTHS, YEARS),
    st.builds("{} {}".format, st.integers(1, 28), MONTHS),
    st.builds("Q{} {}".format, st.integers(1, 4), st.one_of(YEARS, st.just(""))).map(str.strip),
    st.builds("H{}".format, st.integers(1, 2)),
    st.builds("week {}".format, st.integers(1, 53)),
    st.builds("{}-W{:02}".format, YEARS, st.integers(1, 52)),
    st.dates(date(1975, 1, 1), date(2023, 12, 31)).map(str),
    YEARS.map(str),
)
PHRASES = st.one_of(
    NAMED,
    st.builds("last {} {}".format, COUNTS, st.sampled_from(["days", "weeks", "hours", "d", "w", "h"])),
    st.builds("{}{} including today".format, COUNTS, st.sampled_from(["d", "w", " months"])),
    st.builds("{}m".format, st.integers(1, 200)),
    st.builds("since {}".format, NAMED),
    st.builds("{} to {}".format, NAMED, NAMED),
    st.builds("{}..{}".format, NAMED, NAMED),
    st.builds("{}-{} {}".format, st.integers(1, 28), st.integers(1, 28), MONTHS),
    st.builds("between {} and {} {}".format, st.integers(1, 28), st.integers(1, 28), MONTHS),
    st.builds("between {} and {}".format, NAMED, NAMED),
    st.sampled_from(["weekend", "last weekend", "this weekend", "since last weekend", "last weekend to today"]),
    st.just("all time"),
)
MOMENTS = st.datetimes(datetime.fromisoformat("2024-01-02"), datetime.fromisoformat("2035-01-01"), timezones=st.just(UTC))


def read_or_skip(phrase: str, now: datetime, zone: ZoneInfo, week_start: int = 0) -> Window:
    try:
        return read(phrase, now, zone, week_start)
    except BadPeriod:
        assume(False)
        raise


@given(PHRASES, MOMENTS, st.sampled_from(ZONES), st.sampled_from([0, 6, 5]))
def test_the_canonical_words_read_back_as_the_same_window(phrase: str, now: datetime, zone: ZoneInfo, week_start: int) -> None:
    window = read_or_skip(phrase, now, zone, week_start)
    assert read(window.text, now, zone, week_start) == window


@given(PHRASES, MOMENTS, st.sampled_from(ZONES))
def test_a_window_never_reaches_past_now_and_is_open_only_when_it_ends_now(phrase: str, now: datetime, zone: ZoneInfo) -> None:
    window = read_or_skip(phrase, now, zone)
    assert window.start <= window.end <= now
    assert not window.open or window.end == now
    assert window.start.tzinfo is UTC
    assert window.end.tzinfo is UTC
    assert window.label.endswith(f", {zone.key}")
    assert (", so far" in window.label) == window.open


@given(PHRASES, MOMENTS, st.sampled_from(ZONES))
def test_a_closed_window_has_whole_local_days(phrase: str, now: datetime, zone: ZoneInfo) -> None:
    window = read_or_skip(phrase, now, zone)
    assume(not window.open)
    for edge in (window.start, window.end):
        assert edge == day_start(edge.astimezone(zone).date(), zone)


@given(st.integers(1, 700), MOMENTS, st.sampled_from(ZONES))
@example(2, datetime(2026, 3, 30, 12, tzinfo=UTC), BERLIN)
def test_last_n_days_are_n_days_that_end_where_today_starts(count: int, now: datetime, zone: ZoneInfo) -> None:
    window = read(f"last {count} days", now, zone)
    today = now.astimezone(zone).date()
    assert window.start == day_start(today - count * DAY, zone)
    assert window.end == day_start(today, zone)


@given(
    st.lists(
        st.sampled_from(
            [*"0123456789", "last", "week", "to", "..", "-", "oct", "since", "q", "h", "w", "next", "/", " ", "٣", "²"]
        ),
        max_size=12,
    ),
    MOMENTS,
)
def test_no_words_whatever_raise_anything_but_a_bad_period(pieces: list[str], now: datetime) -> None:
    for text in ("".join(pieces), " ".join(pieces)):
        try:
            found = find_window(text.split(), 0, now=now, zone=BERLIN)
        except BadPeriod:
            continue
        assert found is None or found[0].end <= now


@pytest.mark.parametrize(
    ("words", "before"),
    [
        ("last week", "Mon 2 - Sun 8 Nov 2026, Europe/Berlin"),
        ("last 7 days", "Sun 8 - Sat 14 Nov 2026, Europe/Berlin"),
        ("last 30 days", "Fri 18 Sep - Sat 17 Oct 2026, Europe/Berlin"),
        ("last month", "Thu 27 Aug - Sat 26 Sep 2026, Europe/Berlin"),
        ("yesterday", "Sat 14 Nov 2026, Europe/Berlin"),
        ("today", "Sun 15 Nov 2026 until 14:30, Europe/Berlin"),
        ("this week", "Mon 9 - Sun 15 Nov 2026 until 14:30, Europe/Berlin"),
        ("last 24 hours", "Sat 14 Nov 14:30 - Sun 15 Nov 2026 14:30, Europe/Berlin"),
    ],
)
def test_the_window_before_has_as_many_days_on_the_same_weekdays_and_says_which(words: str, before: str) -> None:
    compared = previous(read(words))
    assert compared is not None
    assert compared.label == before
    assert compared.open is False


def test_a_running_day_is_compared_with_the_same_part_though_clocks_changed_between() -> None:
    monday = datetime(2026, 10, 26, 13, 30, tzinfo=UTC)
    compared = previous(read("today", monday))
    assert compared is not None
    assert (at_wall(compared.start), at_wall(compared.end)) == ("2026-10-19 00:00", "2026-10-19 14:30")


def test_rolling_hours_are_compared_with_as_many_hours_though_clocks_changed_in_them() -> None:
    window = read("last 24 hours", datetime(2026, 10, 25, 12, tzinfo=UTC))
    compared = previous(window)
    assert compared is not None
    assert compared.end - compared.start == 24 * HOUR
    assert at_wall(compared.end) == "2026-10-18 13:00"


def test_a_window_from_a_skipped_midnight_is_compared_with_a_whole_day() -> None:
    santiago = ZoneInfo("America/Santiago")
    compared = previous(read("2026-09-06", zone=santiago))
    assert compared is not None
    assert compared.span.start == day_start(date(2026, 8, 30), santiago)
    assert compared.end - compared.start == 24 * HOUR


def test_the_year_before_is_52_weeks_back_or_as_many_as_keep_the_two_apart() -> None:
    week, year = year_before(read("last week")), year_before(read("2025"))
    assert week is not None
    assert year is not None
    assert week.label == "Mon 10 - Sun 16 Nov 2025, Europe/Berlin"
    assert dates_of(year) == ("2023-12-27", "2024-12-25")


def test_same_weekdays_may_be_asked_for_further_back() -> None:
    windows = [same_weekdays(read("yesterday"), back) for back in (1, 2, 3)]
    assert [dates_of(window)[0] for window in windows if window] == ["2026-11-14", "2026-11-07", "2026-10-31"]


def test_all_time_has_nothing_before_it() -> None:
    assert previous(read("all time")) is None
    assert year_before(read("all time")) is None
    assert previous(read("1970")) is None


def weekday_counts(window: Window) -> tuple[int, tuple[int, ...]]:
    first, last = (date.fromisoformat(day) for day in dates_of(window))
    days = [first + n * DAY for n in range((last - first).days + 1)]
    return len(days), tuple(sorted(day.weekday() for day in days))


@given(PHRASES, MOMENTS, st.sampled_from(ZONES))
@example("last 30 days", NOW, BERLIN)
@example("2 days", NOW, BERLIN)
def test_both_sides_of_a_comparison_have_equal_days_and_weekdays(phrase: str, now: datetime, zone: ZoneInfo) -> None:
    window = read_or_skip(phrase, now, zone)
    assume(window.start < window.end)
    rolling = window.text.endswith(("hour", "hours"))
    for compared in (previous(window), same_weekdays(window, 2), year_before(window)):
        if compared is not None:
            assert compared.end <= window.start
            if rolling:
                assert compared.end - compared.start == window.end - window.start
            else:
                assert weekday_counts(compared) == weekday_counts(window)


@given(
    st.sampled_from(["today", "this week", "this month", "since monday", "7d including today"]), MOMENTS, st.sampled_from(ZONES)
)
def test_a_running_window_is_compared_up_to_the_same_time_of_day(phrase: str, now: datetime, zone: ZoneInfo) -> None:
    window = read(phrase, now, zone)
    compared = previous(window)
    assert compared is not None
    assert compared.start == day_start(compared.start.astimezone(zone).date(), zone)
    shown, wanted = (at.astimezone(zone).replace(tzinfo=None, fold=0).time() for at in (compared.end, now))
    # A time of day that clocks skipped that week is met at the end of the gap.
    assert shown == wanted or (compared.end - HOUR).astimezone(zone).utcoffset() != compared.end.astimezone(zone).utcoffset()


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Window(start=NOW, end=NOW - DAY, zone="UTC", text="", label="", open=False)
