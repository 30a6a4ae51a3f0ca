"""When schedules are due: no slot twice, none left out, none out of order, in any zone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, SECOND, zone_names
from bot.slots import Cadence, Slot, business_days, daily, due_slots, monthly, next_slot, weekly

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
AROUND_CHANGES = tuple(time(hour, minute) for hour in (0, 1, 2, 3, 23) for minute in (0, 15, 45))
TWENTY_ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Chatham",
    "UTC",
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def keys(slots: list[Slot]) -> list[str]:
    return [slot.key for slot in slots]


def due(cadence: Cadence, where: ZoneInfo, after: str, until: str, limit: int = 100) -> list[Slot]:
    return due_slots(cadence, where, after=utc(after), until=utc(until), limit=limit)


def faults(zones: Iterable[str], first: date, last: date, times: Iterable[time]) -> Iterator[str]:
    """Everything wrong with the daily slots of these zones between two dates; run it over all zones for the whole truth."""
    for name in zones:
        for at in times:
            yield from _faults(ZoneInfo(name), first, last, at)


def _faults(where: ZoneInfo, first: date, last: date, at: time) -> Iterator[str]:
    start, end = (datetime.combine(day, time(12), UTC) for day in (first - 2 * DAY, last + 2 * DAY))
    slots = due_slots(daily(at), where, after=start, until=end, limit=10_000)
    times = Counter(keys(slots))
    for day in (first + n * DAY for n in range((last - first).days + 1)):
        if times[f"{day}T{at:%H:%M}"] != 1:
            yield f"{where.key} {day} {at}: {times[f'{day}T{at:%H:%M}']} times"
    for one, other in pairwise(slots):
        if not (one.key < other.key and one.due_at < other.due_at):
            yield f"{where.key} {one} before {other}"
    for slot in slots:
        if not rightly_due(slot, where):
            yield f"{where.key} {slot}"


def rightly_due(slot: Slot, where: ZoneInfo) -> bool:
    shown = slot.due_at.astimezone(where)
    wanted = datetime.fromisoformat(slot.key)
    if shown.replace(tzinfo=None, fold=0) == wanted:
        return shown.fold == 0
    just_before = (slot.due_at - SECOND).astimezone(where).replace(tzinfo=None)
    return just_before < wanted < shown.replace(tzinfo=None)


@pytest.mark.parametrize("name", TWENTY_ZONES)
def test_no_daily_slot_is_lost_doubled_or_out_of_order(name: str) -> None:
    assert not list(faults([name], date(2026, 1, 1), date(2027, 12, 31), AROUND_CHANGES[::2]))


def test_no_zone_there_is_loses_or_doubles_a_slot_in_the_weeks_clocks_change() -> None:
    zones = sorted(zone_names().values())
    assert len(zones) > 500
    assert not list(faults(zones, date(2026, 3, 5), date(2026, 4, 6), [time(0, 15), time(2, 15)]))
    assert not list(faults(zones, date(2026, 10, 1), date(2026, 11, 3), [time(0, 15), time(1, 15)]))


def test_the_sweep_itself_sees_a_slot_at_the_second_occurrence() -> None:
    assert rightly_due(Slot(key="2026-11-01T01:15", due_at=utc("2026-11-01T05:15")), NEW_YORK)
    assert not rightly_due(Slot(key="2026-11-01T01:15", due_at=utc("2026-11-01T06:15")), NEW_YORK)
    assert not rightly_due(Slot(key="2026-03-08T02:15", due_at=utc("2026-03-08T07:15")), NEW_YORK)


def test_an_hour_that_comes_twice_is_due_once_at_its_first_occurrence() -> None:
    [slot] = due(daily(time(1, 15)), NEW_YORK, "2026-11-01T00:00", "2026-11-01T23:00")
    assert slot == Slot(key="2026-11-01T01:15", due_at=utc("2026-11-01T05:15"))


def test_both_occurrences_of_an_hour_ask_for_the_same_key() -> None:
    at_first = due(daily(time(1, 15)), NEW_YORK, "2026-11-01T05:00", "2026-11-01T05:20")
    at_second = due(daily(time(1, 15)), NEW_YORK, "2026-11-01T06:00", "2026-11-01T06:20")
    assert keys(at_first) == ["2026-11-01T01:15"]
    assert at_second == []


@pytest.mark.parametrize(
    ("where", "day", "due_at", "shown"),
    [
        (NEW_YORK, "2026-03-08", "2026-03-08T07:00", "03:00"),
        (LORD_HOWE, "2026-10-04", "2026-10-03T15:30", "02:30"),
    ],
)
def test_a_time_that_is_skipped_is_due_when_the_gap_ends(where: ZoneInfo, day: str, due_at: str, shown: str) -> None:
    [slot] = [slot for slot in due(daily(time(2, 15)), where, f"{day[:8]}01T00:00", f"{day[:8]}20T00:00") if slot.key[:10] == day]
    assert slot == Slot(key=f"{day}T02:15", due_at=utc(due_at))
    assert slot.due_at.astimezone(where).strftime("%H:%M") == shown


def test_the_day_after_clocks_go_forward_is_not_skipped() -> None:
    slots = due(daily(time(0, 30)), NEW_YORK, "2026-03-07T12:00", "2026-03-11T12:00")
    assert keys(slots) == [f"2026-03-{day:02}T00:30" for day in (8, 9, 10, 11)]


def test_a_midnight_that_is_skipped_is_still_due_that_day() -> None:
    [slot] = due(daily(time(0, 0)), ZoneInfo("America/Santiago"), "2026-09-05T12:00", "2026-09-06T12:00")
    assert slot == Slot(key="2026-09-06T00:00", due_at=utc("2026-09-06T04:00"))


def test_a_date_a_zone_left_out_has_no_slot_and_its_neighbours_have_theirs() -> None:
    slots = due(daily(time(0, 0)), ZoneInfo("Pacific/Apia"), "2011-12-28T12:00", "2012-01-01T12:00")
    assert keys(slots) == ["2011-12-29T00:00", "2011-12-31T00:00", "2012-01-01T00:00", "2012-01-02T00:00"]
    assert len({slot.due_at for slot in slots}) == 4


def test_a_slot_is_due_at_its_very_instant_and_not_again_after_it() -> None:
    at = "2026-11-23T08:00"
    assert keys(due(daily(time(9)), BERLIN, "2026-11-23T07:59", at)) == ["2026-11-23T09:00"]
    assert due(daily(time(9)), BERLIN, at, "2026-11-23T08:15") == []
    assert due(daily(time(9)), BERLIN, "2026-11-23T07:00", "2026-11-23T07:59:59") == []


def test_a_clock_that_went_back_owes_nothing() -> None:
    assert due(daily(time(9)), BERLIN, "2026-11-23T09:00", "2026-11-23T08:00") == []


def test_of_too_many_missed_slots_the_latest_are_kept_in_order() -> None:
    slots = due(daily(time(9)), BERLIN, "2001-01-01T00:00", "2026-11-23T12:00", limit=3)
    assert keys(slots) == ["2026-11-21T09:00", "2026-11-22T09:00", "2026-11-23T09:00"]


def test_business_days_are_monday_to_friday_without_the_days_off() -> None:
    thanksgiving = frozenset({date(2026, 11, 26)})
    slots = due(business_days(time(9), skipping=thanksgiving), BERLIN, "2026-11-20T12:00", "2026-11-30T12:00")
    assert [slot.key[8:10] for slot in slots] == ["23", "24", "25", "27", "30"]


def test_weekly_is_due_on_each_of_its_weekdays() -> None:
    slots = due(weekly(time(0, 30), 0, 3), NEW_YORK, "2026-03-01T00:00", "2026-03-20T12:00")
    assert [slot.key[8:10] for slot in slots] == ["02", "05", "09", "12", "16", "19"]


def test_monthly_leaves_out_no_month_for_being_short() -> None:
    slots = due(monthly(time(9), 31), BERLIN, "2028-01-01T00:00", "2028-05-01T00:00")
    assert [slot.key[:10] for slot in slots] == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]


def test_the_next_slot_comes_after_the_instant_itself() -> None:
    monday = Slot(key="2026-11-23T09:00", due_at=utc("2026-11-23T08:00"))
    assert next_slot(business_days(time(9)), BERLIN, after=utc("2026-11-20T08:00")) == monday
    assert next_slot(daily(time(9)), BERLIN, after=monday.due_at) == Slot(key="2026-11-24T09:00", due_at=utc("2026-11-24T08:00"))


def test_a_cadence_without_a_day_has_no_next_slot() -> None:
    assert next_slot(weekly(time(9)), BERLIN, after=utc("2026-11-20T08:00")) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": time(9, 0, 30)},
        {"at": time(9, tzinfo=UTC)},
        {"at": time(9), "weekdays": frozenset({7})},
        {"at": time(9), "month_day": 0},
        {"at": time(9), "month_day": 32},
    ],
)
def test_a_cadence_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cadence|weekdays|month"):
        Cadence(**wrong)


CADENCES = st.one_of(
    st.builds(daily, st.times().map(lambda at: at.replace(second=0, microsecond=0))),
    st.builds(monthly, st.just(time(2, 30)), st.integers(1, 31)),
    st.builds(Cadence, at=st.just(time(0, 15)), weekdays=st.frozensets(st.integers(0, 6), min_size=1)),
)


@given(
    CADENCES,
    st.sampled_from(TWENTY_ZONES).map(ZoneInfo),
    st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2030-01-01"), timezones=st.just(UTC)),
)
def test_asking_in_pieces_equals_asking_at_once(cadence: Cadence, where: ZoneInfo, start: datetime) -> None:
    edges = [start, start + timedelta(hours=5), start + timedelta(days=3, minutes=7), start + timedelta(days=40)]
    whole = due_slots(cadence, where, after=edges[0], until=edges[-1], limit=1000)
    pieces = [slot for one, other in pairwise(edges) for slot in due_slots(cadence, where, after=one, until=other, limit=1000)]
    assert pieces == whole


@given(
    CADENCES,
    st.sampled_from(TWENTY_ZONES).map(ZoneInfo),
    st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2030-01-01"), timezones=st.just(UTC)),
)
def test_the_next_slot_is_the_first_of_those_that_become_due(cadence: Cadence, where: ZoneInfo, after: datetime) -> None:
    following = next_slot(cadence, where, after=after)
    assert following is not None
    assert due_slots(cadence, where, after=after, until=following.due_at, limit=10) == [following]
