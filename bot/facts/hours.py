"""Business time: the seconds during which a team was open, exact whatever clocks do."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from threading import Lock

from bot.clock import iso, zone
from bot.errors import BadInput
from bot.facts.openings import Table, instant_of, nothing_yet, open_always, second_of, written_out
from bot.facts.schedules import ROUND_THE_CLOCK, Schedule, open_week

FIRST_YEAR, LAST_YEAR = 1900, 2199
END_OF_YEARS = 7_258_118_400
YEAR_SECONDS = 31_556_952
DAY_SECONDS = 86_400


class Hours:
    """The business time of one schedule, or calendar time without one, asked with aware instants.

    Fractions of a second are dropped from every instant first, so adjacent stretches add up exactly. `clock` answers the
    same questions in whole seconds since 1970.
    """

    __slots__ = ("clock",)

    def __init__(self, schedule: Schedule | None = None) -> None:
        """Raises BadConfig for hours that make no sense, and UnknownZone; a schedule that never opens is taken."""
        self.clock: OneClock | ManyClocks = clock_of(schedule)

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds in `[start, end)`. Raises BadInput for an end before the start, and for an absurd year."""
        return self.clock.between(second_of(start), second_of(end))

    def add(self, start: datetime, seconds: int) -> datetime | None:
        """The earliest instant by which that many open seconds have passed; None when that never comes.

        It may be a closing time: seven hours from 09:00 end at 16:00 today, not at 09:00 tomorrow. No seconds take no time.
        """
        due = self.clock.add(second_of(start), seconds)
        return None if due is None else instant_of(due)

    def is_open(self, at: datetime) -> bool:
        """Whether clocks on the team's wall show opening hours."""
        return self.clock.is_open(second_of(at))


class Roster(Hours):
    """Several schedules, each counting for the time it was in force; the first also before it was written down.

    `turns` are (in force from, schedule), in any order; without any, all time counts.
    """

    __slots__ = ()

    def __init__(self, turns: tuple[tuple[datetime, Schedule], ...] = ()) -> None:
        """Raises as Hours does."""
        ordered = sorted((second_of(since), number) for number, (since, _) in enumerate(turns))
        clocks = [clock_of(turns[number][1]) for _, number in ordered] or [clock_of(None)]
        self.clock = ManyClocks([since for since, _ in ordered[1:]], clocks)

    def in_force(self, at: datetime) -> OneClock:
        """The clock of the one schedule in force at an instant, for the rule that lets it count for a whole span."""
        return self.clock.in_force(second_of(at))


@lru_cache(maxsize=256)
def clock_of(schedule: Schedule | None) -> OneClock:
    """The clock of a schedule, its table built once; without one, calendar time."""
    return OneClock(schedule or ROUND_THE_CLOCK)


class OneClock:
    """One schedule's business time, in whole seconds since 1970, from a table that grows to the years asked about."""

    __slots__ = ("_growing", "_schedule", "_table", "_weekly")

    def __init__(self, schedule: Schedule) -> None:
        week = open_week(schedule)
        zone(schedule.zone)
        self._schedule = schedule
        self._growing = Lock()
        self._weekly = 60 * sum(end - start for start, end in week)
        self._table = open_always() if week == ROUND_THE_CLOCK.week and not schedule.holidays else nothing_yet()

    def between(self, start: int, end: int) -> int:
        if end < start:
            raise BadInput(f"No time passes from {iso(instant_of(start))} to {iso(instant_of(end))}: it ends before it starts.")
        return self._covering(start, end).open_between(start, end)

    def add(self, start: int, seconds: int) -> int | None:
        if seconds < 0:
            raise ValueError("business time runs forwards only")
        if seconds == 0:
            return start
        for end in self._ends_to_try(start, seconds):
            table = self._covering(start, end)
            if (due := table.when_open_for(table.open_until(start) + seconds)) is not None:
                return due
        return None

    def is_open(self, at: int) -> bool:
        return self._covering(at, at).is_open(at)

    def in_force(self, at: int) -> OneClock:
        return self

    def _ends_to_try(self, start: int, seconds: int) -> Iterator[int]:
        if self._weekly:
            # Where a year without holidays would end; they can only make it later, so then further, then to the last.
            likely = start + seconds // self._weekly * 7 * DAY_SECONDS + YEAR_SECONDS
            last = max(start, END_OF_YEARS - 1)
            yield from sorted({min(likely, last), min(likely + 3 * YEAR_SECONDS, last), last})

    def _covering(self, start: int, end: int) -> Table:
        table = self._table
        if table.first <= start and end < table.last:
            return table
        return self._grown(start, end)

    def _grown(self, start: int, end: int) -> Table:
        # Without the lock two threads would take turns in throwing away the years of the other; readers need none, as a
        # table is put in place whole and never changed.
        with self._growing:
            table = self._table
            if table.first < table.last:
                start, end = min(start, table.first), max(end, table.last - 1)
            self._table = written_out(self._schedule, _year(start), _year(end))
            return self._table


class ManyClocks:
    """Clocks that take turns, in whole seconds since 1970: `clocks[0]` until `since[0]`, and so on."""

    __slots__ = ("_clocks", "_since")

    def __init__(self, since: list[int], clocks: list[OneClock]) -> None:
        self._since, self._clocks = since, clocks

    def between(self, start: int, end: int) -> int:
        first, last = bisect_right(self._since, start), bisect_left(self._since, end)
        if first >= last:
            return self._clocks[first].between(start, end)
        edges = pairwise([start, *self._since[first:last], end])
        return sum(clock.between(*edge) for clock, edge in zip(self._clocks[first:], edges, strict=False))

    def add(self, start: int, seconds: int) -> int | None:
        turn = bisect_right(self._since, start)
        for until in self._since[turn:]:
            due = self._clocks[turn].add(start, seconds)
            if due is not None and due <= until:
                return due
            seconds -= self._clocks[turn].between(start, until)
            start, turn = until, turn + 1
        return self._clocks[turn].add(start, seconds)

    def is_open(self, at: int) -> bool:
        return self.in_force(at).is_open(at)

    def in_force(self, at: int) -> OneClock:
        return self._clocks[bisect_right(self._since, at)]


def _year(second: int) -> int:
    try:
        year = instant_of(second).year
    except OverflowError:
        year = 0
    if FIRST_YEAR <= year <= LAST_YEAR:
        return year
    raise BadInput(
        f"{f'The year {year}' if year else 'A date'} is too far away to count business hours.",
        next_step=f"Dates run from {FIRST_YEAR} to {LAST_YEAR}; look for a placeholder such as 9999-12-31.",
    )
