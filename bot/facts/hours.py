"""Business time: the seconds during which a team was open, exact whatever clocks do."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from bot.clock import DAY, SECOND, offset_change, zone
from bot.errors import BadInput
from bot.facts.schedules import ROUND_THE_CLOCK, Schedule, Week, open_week

DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1900, 2199

Pieces = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Open stretches in epoch seconds, ascending and apart, with the open seconds before each; for `[first, last]` years."""

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

    def when_open_for(self, total: int) -> int | None:
        """The earliest second by which the table has been open for `total` (more than 0); None when it ends before."""
        place = bisect_left(self.before, total) - 1
        at = self.starts[place] + total - self.before[place] if place >= 0 else None
        return at if at is not None and at <= self.ends[place] else None

    def is_open(self, at: int) -> bool:
        place = bisect_right(self.starts, at) - 1
        return place >= 0 and at < self.ends[place]


class Hours:
    """One schedule's business time, by prefix sums that grow to the years they are asked about.

    Fractions of a second are dropped from every instant first, so adjacent stretches add up exactly.
    """

    __slots__ = ("_table", "_week", "_zone", "schedule")

    def __init__(self, schedule: Schedule) -> None:
        """Raises BadConfig for hours that make no sense and UnknownZone; a schedule that never opens is taken."""
        self.schedule = schedule
        self._week = open_week(schedule)
        self._zone = zone(schedule.zone)
        self._table = _always() if self._week == ROUND_THE_CLOCK.week and not schedule.holidays else _nothing()

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds in `[start, end)`. Raises BadInput for an end before the start or an absurd year."""
        first, last = _second(start), _second(end)
        if last < first:
            raise BadInput(f"No time passes from {start.isoformat()} to {end.isoformat()}: it ends before it starts.")
        table = self._covering(start, end)
        return table.open_until(last) - table.open_until(first)

    def add(self, start: datetime, seconds: int) -> datetime | None:
        """The earliest instant by which that many open seconds have passed; None when that never comes.

        It may be a closing time: seven hours from 09:00 end at 16:00 today, not at 09:00 tomorrow. No seconds take no time.
        """
        if seconds < 0:
            raise ValueError("business time runs forwards only")
        at = _second(start)
        if seconds == 0:
            return _instant(at)
        for last_year in self._years_to_search(start, seconds):
            table = self._covering(start, datetime(last_year, 12, 31, tzinfo=UTC))
            if (due := table.when_open_for(table.open_until(at) + seconds)) is not None:
                return _instant(due)
        return None

    def is_open(self, at: datetime) -> bool:
        return self._covering(at, at).is_open(_second(at))

    def _years_to_search(self, start: datetime, seconds: int) -> Iterator[int]:
        weekly = sum(end - start for start, end in self._week) * 60
        if not weekly:
            return
        # Holidays can only make it later, so begin where a year without any would end.
        likely = start.year + seconds // weekly // 52
        yield from (year for year in (likely + 1, likely + 3, LAST_YEAR) if year <= LAST_YEAR)

    def _covering(self, start: datetime, end: datetime) -> Table:
        table = self._table
        if table.first <= start.year and end.year <= table.last:
            return table
        return self._grown(start.year, end.year)

    def _grown(self, first: int, last: int) -> Table:
        if absurd := [year for year in (first, last) if not FIRST_YEAR <= year <= LAST_YEAR]:
            raise BadInput(
                f"The year {absurd[0]} is too far away to count business hours.",
                next_step=f"Dates run from {FIRST_YEAR} to {LAST_YEAR}; look for a placeholder such as 9999-12-31.",
            )
        table = self._table
        if table.first <= table.last:
            first, last = min(first, table.first), max(last, table.last)
        # Threads may build the same table twice; each puts a whole one in place, so none sees half of one.
        self._table = _built(self._week, self._zone, self.schedule.holidays, first, last)
        return self._table


class Roster:
    """Several schedules, each counting for the time it was in force; the first also before it was written down.

    Without any, all time counts. `turns` are (in force from, schedule), in any order.
    """

    __slots__ = ("_hours", "_since")

    def __init__(self, turns: tuple[tuple[datetime, Schedule], ...] = ()) -> None:
        ordered = sorted(turns, key=lambda turn: turn[0])
        self._since = [since for since, _ in ordered[1:]]
        self._hours = [hours_of(schedule) for _, schedule in ordered] or [hours_of(None)]

    def at(self, instant: datetime) -> Hours:
        """The hours in force at an instant."""
        return self._hours[bisect_right(self._since, instant)]

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds in `[start, end)`, switching schedules at the very instant. Raises as Hours.between does."""
        first, last = bisect_right(self._since, start), bisect_left(self._since, end)
        if first >= last:
            return self._hours[first].between(start, end)
        edges = [start, *self._since[first:last], end]
        return sum(self._hours[first + turn].between(edges[turn], edges[turn + 1]) for turn in range(last - first + 1))

    def add(self, start: datetime, seconds: int) -> datetime | None:
        """The earliest instant by which that many open seconds have passed, or None; see Hours.add."""
        turn = bisect_right(self._since, start)
        for until in self._since[turn:]:
            due = self._hours[turn].add(start, seconds)
            if due is not None and due <= until:
                return due
            seconds -= self._hours[turn].between(start, until)
            start, turn = until, turn + 1
        return self._hours[turn].add(start, seconds)

    def is_open(self, at: datetime) -> bool:
        return self.at(at).is_open(at)


@lru_cache(maxsize=256)
def hours_of(schedule: Schedule | None) -> Hours:
    """The hours of a schedule, built once; without one, calendar time."""
    return Hours(schedule or ROUND_THE_CLOCK)


def _second(at: datetime) -> int:
    # Not timestamp(): that takes a naive datetime for the machine's local time, this raises TypeError.
    return (at - EPOCH) // SECOND


def _instant(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def _always() -> Table:
    start, end = _second(datetime(1, 1, 2, tzinfo=UTC)), _second(datetime(9999, 12, 31, tzinfo=UTC))
    return Table(first=1, last=9999, starts=[start], ends=[end], before=[0])


def _nothing() -> Table:
    return Table(first=LAST_YEAR, last=FIRST_YEAR, starts=[], ends=[], before=[])


def _built(week: Week, where: ZoneInfo, holidays: frozenset[date], first: int, last: int) -> Table:
    wall = _open_on_the_wall(week, holidays, date(first, 1, 1) - 2 * DAY, date(last + 1, 1, 3))
    pieces = _merged(_in_utc(wall, where, first, last))
    starts, ends = [start for start, _ in pieces], [end for _, end in pieces]
    sums = list(accumulate((end - start for start, end in pieces), initial=0))
    return Table(first=first, last=last, starts=starts, ends=ends, before=sums[:-1])


def _open_on_the_wall(week: Week, holidays: frozenset[date], first: date, until: date) -> Pieces:
    """Open stretches as clocks on the wall show them, in seconds since 1970-01-01 00:00 on that wall."""
    by_weekday = [_day_of(week, weekday) for weekday in range(7)]
    return [
        (day * DAY_SECONDS + start, day * DAY_SECONDS + end)
        for day in range((first - EPOCH.date()).days, (until - EPOCH.date()).days)
        if (on := EPOCH.date() + timedelta(days=day)) not in holidays
        for start, end in by_weekday[on.weekday()]
    ]


def _day_of(week: Week, weekday: int) -> Pieces:
    begins, ends = weekday * 1440, (weekday + 1) * 1440
    cut = [(max(start, begins), min(end, ends)) for start, end in week]
    return [((start - begins) * 60, (end - begins) * 60) for start, end in cut if start < end]


def _in_utc(wall: Pieces, where: ZoneInfo, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The same stretches in epoch seconds: skipped where clocks skipped them, twice where clocks showed them twice."""
    closing = [end for _, end in wall]
    for begins, ends, offset in _offsets(where, datetime(first, 1, 1, tzinfo=UTC) - DAY, datetime(last + 1, 1, 2, tzinfo=UTC)):
        for start, end in wall[bisect_right(closing, begins + offset) :]:
            if start >= ends + offset:
                break
            yield max(start - offset, begins), min(end - offset, ends)


def _offsets(where: ZoneInfo, begins: datetime, ends: datetime) -> Iterator[tuple[int, int, int]]:
    """Stretches of one offset from UTC, all in seconds, joining up to `[begins, ends)`."""
    start, at = begins, begins
    while at < ends:
        after = min(at + DAY, ends)
        if after.astimezone(where).utcoffset() != at.astimezone(where).utcoffset():
            change = offset_change(at, after, where)
            yield _second(start), _second(change), _offset(at, where)
            start = change
        at = after
    yield _second(start), _second(ends), _offset(ends, where)


def _offset(at: datetime, where: ZoneInfo) -> int:
    wall = at.astimezone(where).replace(tzinfo=UTC)
    return _second(wall) - _second(at)


def _merged(pieces: Iterator[tuple[int, int]]) -> Pieces:
    merged: Pieces = []
    for start, end in pieces:
        if merged and start == merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
