"""The machine's clock, spans, zones and local days."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import clock
from bot.clock import DAY, HOUR, Grain, Span, day_start, first_instant, iso, local_day_span, read_instant, split, zone
from bot.errors import BadRequest, UnknownZone

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
SANTIAGO = ZoneInfo("America/Santiago")
CAIRO = ZoneInfo("Africa/Cairo")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
APIA = ZoneInfo("Pacific/Apia")
KOLKATA = ZoneInfo("Asia/Kolkata")

DATES = st.dates(date(2012, 1, 1), date(2032, 12, 31))
INSTANTS = st.datetimes(datetime.fromisoformat("2012-01-01"), datetime.fromisoformat("2032-12-31"), timezones=st.just(UTC))
ODD_ZONES = st.sampled_from([BERLIN, NEW_YORK, SANTIAGO, CAIRO, LORD_HOWE, KOLKATA, ZoneInfo("Pacific/Chatham"), ZoneInfo("UTC")])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(instant: datetime, where: ZoneInfo) -> str:
    return instant.astimezone(where).strftime("%Y-%m-%d %H:%M")


def hours(span: Span) -> float:
    return span.duration / HOUR


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_the_lease_clock_never_runs_backwards() -> None:
    readings = [clock.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)


def test_a_span_includes_its_start_and_not_its_end() -> None:
    span = Span(utc("2026-11-22T08:00"), utc("2026-11-22T09:00"))
    assert span.start in span
    assert span.end - timedelta.resolution in span
    assert span.end not in span
    assert span.duration == HOUR


def test_a_span_keeps_utc_whatever_it_is_given() -> None:
    span = Span(datetime(2026, 11, 22, 9, tzinfo=BERLIN), datetime(2026, 11, 22, 10, tzinfo=timezone(HOUR)))
    assert (span.start, span.end) == (utc("2026-11-22T08:00"), utc("2026-11-22T09:00"))
    assert span.start.tzinfo is UTC
    assert span.end.tzinfo is UTC


def test_a_span_may_be_empty_but_not_reversed() -> None:
    at = utc("2026-11-22T08:00")
    assert at not in Span(at, at)
    with pytest.raises(ValueError, match="before it starts"):
        Span(at, at - timedelta.resolution)


def test_a_span_refuses_naive_instants() -> None:
    with pytest.raises(ValueError, match="needs its offset"):
        Span(datetime.fromisoformat("2026-11-22"), utc("2026-11-23T00:00"))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" America/New York ", "America/New_York"),
        ("utc", "UTC"),
        ("Etc/GMT+3", "Etc/GMT+3"),
    ],
)
def test_a_zone_is_found_by_its_name_in_any_case(name: str, key: str) -> None:
    assert zone(name).key == key


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("Europe/Berln", "*Europe/Berlin*"),
        ("Berlin", "*Europe/Berlin*"),
        ("sao paulo", "*America/Sao_Paulo*"),
        ("xq", "*Europe/Berlin*"),
    ],
)
def test_an_unknown_zone_names_the_nearest(name: str, suggested: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        zone(name)
    assert name in refused.value.what
    assert suggested in refused.value.next_step


@pytest.mark.parametrize(
    "name", ["", "UTC+3", "Europe", "../etc/passwd", "/etc/localtime", "localtime", "Factory", "\0", "é" * 5000]
)
def test_what_is_no_zone_is_refused_and_opens_no_file(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone(name)


@pytest.mark.parametrize(
    ("day", "where", "starts"),
    [
        (date(2026, 11, 22), BERLIN, "2026-11-21T23:00"),
        (date(2026, 6, 22), BERLIN, "2026-06-21T22:00"),
        # Clocks go from 24:00 to 01:00: midnight is skipped.
        (date(2026, 9, 6), SANTIAGO, "2026-09-06T04:00"),
        (date(2026, 4, 24), CAIRO, "2026-04-23T22:00"),
        # Clocks go from 24:00 back to 23:00: the day before is longer, midnight comes once.
        (date(2026, 4, 5), SANTIAGO, "2026-04-05T04:00"),
        # Midnight comes twice: the first counts.
        (date(2026, 11, 1), ZoneInfo("America/Havana"), "2026-11-01T04:00"),
        # A gap that begins before midnight and ends after it.
        (date(1919, 3, 31), ZoneInfo("America/Toronto"), "1919-03-31T04:30"),
        # A date that never was.
        (date(2011, 12, 30), APIA, "2011-12-30T10:00"),
        (date(2011, 12, 31), APIA, "2011-12-30T10:00"),
    ],
)
def test_a_day_starts_at_its_first_instant(day: date, where: ZoneInfo, starts: str) -> None:
    assert day_start(day, where) == utc(starts)


@pytest.mark.parametrize(
    ("day", "where", "length"),
    [
        (date(2026, 3, 29), BERLIN, 23),
        (date(2026, 10, 25), BERLIN, 25),
        (date(2026, 9, 6), SANTIAGO, 23),
        (date(2026, 4, 4), SANTIAGO, 25),
        (date(2026, 10, 4), LORD_HOWE, 23.5),
        (date(2026, 4, 5), LORD_HOWE, 24.5),
        (date(2011, 12, 30), APIA, 0),
        (date(2026, 7, 1), BERLIN, 24),
    ],
)
def test_a_local_day_has_as_many_hours_as_its_clocks_show(day: date, where: ZoneInfo, length: float) -> None:
    assert hours(local_day_span(day, where)) == length


@given(DATES, ODD_ZONES)
def test_the_first_instant_of_a_day_is_its_own_and_the_second_before_is_not(day: date, where: ZoneInfo) -> None:
    start = day_start(day, where)
    assert start.astimezone(where).date() == day
    assert (start - clock.SECOND).astimezone(where).date() == day - DAY


@pytest.mark.parametrize("name", sorted(clock.zone_names().values())[::6])
def test_days_of_any_zone_join_up_without_gap_or_overlap(name: str) -> None:
    days = [date(2026, 1, 1) + n * DAY for n in range(365)]
    for day, after in pairwise(days):
        start, end = day_start(day, ZoneInfo(name)), day_start(after, ZoneInfo(name))
        assert timedelta(hours=22) < end - start < timedelta(hours=26)
        assert (end - clock.SECOND).astimezone(ZoneInfo(name)).date() == day


@pytest.mark.parametrize(
    ("shown", "where", "instant"),
    [
        ("2026-11-01T01:15", NEW_YORK, "2026-11-01T05:15"),
        ("2026-03-08T02:15", NEW_YORK, "2026-03-08T07:00"),
        ("2026-10-04T02:15", LORD_HOWE, "2026-10-03T15:30"),
        ("2026-04-05T01:45", LORD_HOWE, "2026-04-04T14:45"),
    ],
)
def test_a_wall_time_shown_twice_is_the_first_and_one_never_shown_is_the_end_of_the_gap(
    shown: str, where: ZoneInfo, instant: str
) -> None:
    assert first_instant(datetime.fromisoformat(shown), where) == utc(instant)


@given(st.lists(INSTANTS, min_size=2, max_size=2).map(sorted), st.sampled_from([Grain.DAY, Grain.WEEK, Grain.MONTH]), ODD_ZONES)
def test_pieces_join_up_to_the_span_and_no_boundary_lies_inside_one(ends: list[datetime], grain: Grain, where: ZoneInfo) -> None:
    span = Span(ends[0], min(ends[1], ends[0] + 800 * DAY))
    pieces = split(span, grain, where)
    assert_joined(pieces, span)
    for piece in pieces[1:]:
        assert piece.start == day_start(piece.start.astimezone(where).date(), where)
    for piece in pieces:
        first = piece.start.astimezone(where).date()
        last = (piece.end - timedelta.resolution).astimezone(where).date()
        assert {Grain.DAY: first, Grain.WEEK: first.isocalendar()[:2], Grain.MONTH: (first.year, first.month)}[grain] == {
            Grain.DAY: last,
            Grain.WEEK: last.isocalendar()[:2],
            Grain.MONTH: (last.year, last.month),
        }[grain]


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=4)), ODD_ZONES)
@example(utc("2024-04-03"), timedelta(days=4), ZoneInfo("Pacific/Chatham"))
@example(utc("2026-03-29T00:59:59.600000"), timedelta(hours=2), BERLIN)
def test_hours_join_up_and_none_is_longer_than_an_hour(start: datetime, length: timedelta, where: ZoneInfo) -> None:
    span = Span(start, start + length)
    pieces = split(span, Grain.HOUR, where)
    assert_joined(pieces, span)
    for piece in pieces:
        assert piece.duration <= HOUR
        assert piece.start.astimezone(where).hour == (piece.end - timedelta.resolution).astimezone(where).hour


def assert_joined(pieces: list[Span], span: Span) -> None:
    if span.start == span.end:
        assert pieces == []
        return
    assert (pieces[0].start, pieces[-1].end) == (span.start, span.end)
    assert all(piece.start < piece.end for piece in pieces)
    assert all(one.end == other.start for one, other in pairwise(pieces))


@pytest.mark.parametrize(
    ("day", "where", "count"),
    [
        (date(2026, 3, 29), BERLIN, 23),
        (date(2026, 10, 25), BERLIN, 25),
        (date(2026, 7, 1), KOLKATA, 24),
        (date(2026, 10, 4), LORD_HOWE, 24),
        (date(2026, 4, 5), LORD_HOWE, 25),
        (date(2024, 4, 7), ZoneInfo("Pacific/Chatham"), 26),
    ],
)
def test_a_day_is_cut_into_the_hours_its_clocks_show(day: date, where: ZoneInfo, count: int) -> None:
    pieces = split(local_day_span(day, where), Grain.HOUR, where)
    assert len(pieces) == count
    assert all(piece.duration % (HOUR / 4) == timedelta(0) for piece in pieces)


def test_weeks_begin_on_the_day_the_team_says() -> None:
    november = Span(day_start(date(2026, 11, 1), BERLIN), day_start(date(2026, 12, 1), BERLIN))
    mondays = [wall(piece.start, BERLIN) for piece in split(november, Grain.WEEK, BERLIN)]
    sundays = [wall(piece.start, BERLIN) for piece in split(november, Grain.WEEK, BERLIN, week_start=6)]
    assert mondays[:3] == ["2026-11-01 00:00", "2026-11-02 00:00", "2026-11-09 00:00"]
    assert sundays[:3] == ["2026-11-01 00:00", "2026-11-08 00:00", "2026-11-15 00:00"]


def test_months_are_cut_at_local_midnights() -> None:
    year = Span(day_start(date(2026, 1, 1), SANTIAGO), day_start(date(2027, 1, 1), SANTIAGO))
    pieces = split(year, Grain.MONTH, SANTIAGO)
    assert [piece.start.astimezone(SANTIAGO).month for piece in pieces] == list(range(1, 13))


def test_a_date_that_never_was_has_no_piece() -> None:
    days = split(Span(day_start(date(2011, 12, 29), APIA), day_start(date(2012, 1, 1), APIA)), Grain.DAY, APIA)
    assert [wall(piece.start, APIA)[:10] for piece in days] == ["2011-12-29", "2011-12-31"]


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (utc("2026-11-22T08:00"), "2026-11-22T08:00:00Z"),
        (utc("2026-11-22T08:00:00.250000"), "2026-11-22T08:00:00.250000Z"),
        (datetime(2026, 11, 22, 9, tzinfo=BERLIN), "2026-11-22T08:00:00Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_a_z(instant: datetime, text: str) -> None:
    assert iso(instant) == text


def test_a_naive_instant_is_not_written() -> None:
    with pytest.raises(ValueError, match="needs its offset"):
        iso(datetime.fromisoformat("2026-11-22T08:00"))


@given(INSTANTS)
def test_a_written_instant_reads_back(instant: datetime) -> None:
    assert read_instant(iso(instant)) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T08:00:00Z",
        "2026-11-22T08:00Z",
        "2026-11-22 09:00+01:00",
        " 2026-11-22t03:00:00-0500 ",
        "2026-11-22T08:00:00.0Z",
    ],
)
def test_an_instant_is_read_with_any_offset(text: str) -> None:
    assert read_instant(text) == utc("2026-11-22T08:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T08:00:00",
        "2026-11-22",
        "20261122T080000Z",
        "2026-W10-7T08:00Z",
        "2026-02-30T08:00Z",
        "2026-11-22T25:00Z",
        "0001-01-01T00:00+14:00",
        "yesterday",
        "",
        "٢٠٢٦-11-22T08:00Z",
        "9" * 5000,
    ],
)
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_instant(text)
    assert "*2026-11-22T08:00:00Z*" in refused.value.next_step
    assert len(refused.value.sentence()) < 300
