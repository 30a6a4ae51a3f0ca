"""When a schedule is open, written out as a table of stretches with prefix sums over them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from bot.clock import DAY, SECOND, offset_change, zone
from bot.facts.schedules import Schedule, Week, open_week

DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# From the first second of year 1 to the last of 9999.
ALWAYS = range(-62_135_596_800, 253_402_300_800)

Pieces = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Open stretches within `[first, last)`, ascending and apart, with the open seconds before each.

    Everything is in whole seconds since 1970 UTC.
    """

    first: int
    last: int
    starts: list[int]
    ends: list[int]
    before: list[int]

    def open_until(self, at: int) -> int:
        """Open seconds from the table's beginning to `at`."""
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return 0
        return self.before[place] + min(at, self.ends[place]) - self.starts[place]

    def open_between(self, start: int, end: int) -> int:
        """Open seconds from `start` to `end`, not before it; most spans of a ticket begin and end in the same stretch."""
        place = bisect_right(self.starts, start) - 1
        if place >= 0 and end <= self.ends[place]:
            return end - start
        return self.open_until(end) - self.open_until(start)

    def when_open_for(self, total: int) -> int | None:
        """The earliest second by which it has been open for `total`, more than 0; None when the table ends before."""
        place = bisect_left(self.before, total) - 1
        if place < 0:
            return None
        at = self.starts[place] + total - self.before[place]
        return at if at <= self.ends[place] else None

    def is_open(self, at: int) -> bool:
        place = bisect_right(self.starts, at) - 1
        return place >= 0 and at < self.ends[place]


def second_of(at: datetime) -> int:
    """Whole seconds since 1970, a fraction dropped."""
    # Not timestamp(): that takes a naive datetime for the machine's local time, this raises TypeError.
    return (at - EPOCH) // SECOND


def instant_of(second: int) -> datetime:
    """The instant that many seconds after 1970, in UTC."""
    return EPOCH + timedelta(seconds=second)


def nothing_yet() -> Table:
    """The table before anything was asked: it covers no second."""
    return Table(first=0, last=0, starts=[], ends=[], before=[])


def open_always() -> Table:
    """One stretch over every instant there can be."""
    return Table(first=ALWAYS.start, last=ALWAYS.stop, starts=[ALWAYS.start], ends=[ALWAYS.stop], before=[0])


def written_out(schedule: Schedule, first_year: int, last_year: int) -> Table:
    """The stretches of those years, both included. Raises BadConfig for hours that make no sense, and UnknownZone."""
    # Days beyond both ends: a local year begins up to 14 hours before or after the year in UTC.
    begins, ends = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    wall = _open_on_the_wall(schedule, begins.date() - 2 * DAY, ends.date() + 2 * DAY)
    pieces = _merged(_in_utc(wall, _offsets(zone(schedule.zone), begins, ends)))
    before = list(accumulate((end - start for start, end in pieces), initial=0))[:-1]
    starts, stops = [start for start, _ in pieces], [end for _, end in pieces]
    return Table(first=second_of(begins), last=second_of(ends), starts=starts, ends=stops, before=before)


def _open_on_the_wall(schedule: Schedule, first: date, until: date) -> Pieces:
    """Open stretches as clocks on the wall show them, in seconds since 1970-01-01 00:00 on that wall."""
    by_weekday = [_on_weekday(open_week(schedule), weekday) for weekday in range(7)]
    off = {(day - EPOCH.date()).days for day in schedule.holidays}
    days = range((first - EPOCH.date()).days, (until - EPOCH.date()).days)
    return [
        (day * DAY_SECONDS + start, day * DAY_SECONDS + end)
        for day in days
        if day not in off
        for start, end in by_weekday[(day + EPOCH.weekday()) % 7]
    ]


def _on_weekday(week: Week, weekday: int) -> Pieces:
    midnight, next_midnight = weekday * 1440, (weekday + 1) * 1440
    cut = [(max(start, midnight), min(end, next_midnight)) for start, end in week]
    return [((start - midnight) * 60, (end - midnight) * 60) for start, end in cut if start < end]


def _in_utc(wall: Pieces, offsets: Iterator[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """The same stretches since 1970 UTC: what clocks skipped is skipped, what they showed twice counts twice."""
    opening, closing = [start for start, _ in wall], [end for _, end in wall]
    for begins, ends, offset in offsets:
        shown = slice(bisect_right(closing, begins + offset), bisect_left(opening, ends + offset))
        for start, end in wall[shown]:
            yield max(start - offset, begins), min(end - offset, ends)


def _offsets(where: ZoneInfo, begins: datetime, ends: datetime) -> Iterator[tuple[int, int, int]]:
    """Stretches of one offset from UTC, (first, last, offset) in seconds, joining up to `[begins, ends)`."""
    start, at = begins, begins
    while at < ends:
        after = min(at + DAY, ends)
        if _offset(at, where) != _offset(after, where):
            change = offset_change(at, after, where)
            yield second_of(start), second_of(change), _offset(at, where)
            start = change
        at = after
    yield second_of(start), second_of(ends), _offset(ends, where)


def _offset(at: datetime, where: ZoneInfo) -> int:
    return (at.astimezone(where).replace(tzinfo=UTC) - at) // SECOND


def _merged(pieces: Iterator[tuple[int, int]]) -> Pieces:
    merged: Pieces = []
    for start, end in pieces:
        if merged and start == merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
