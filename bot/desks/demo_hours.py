"""Open hours as arithmetic: when a stretch of working time that starts now is over."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from bot.store.records import ScheduleRecord

DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Stretches `[start, end)` of epoch seconds in order, and the open seconds up to the end of each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    open_by_end: tuple[int, ...]

    def after(self, at: int, open_s: int) -> int:
        """The instant when `open_s` (at least one) open seconds have passed since `at`.

        It depends on nothing before `at`, so hours laid out for a longer time give the same answer. Raises IndexError
        past the last stretch."""
        target = self._open_before(at) + max(1, open_s)
        index = bisect_left(self.open_by_end, target)
        return self.ends[index] - (self.open_by_end[index] - target)

    def is_open(self, at: int) -> bool:
        index = bisect_right(self.starts, at) - 1
        return index >= 0 and at < self.ends[index]

    def _open_before(self, at: int) -> int:
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        return self.open_by_end[index] - max(0, self.ends[index] - at)


def open_hours(schedule: ScheduleRecord, first: date, last: date) -> OpenHours:
    """The schedule laid out over the local days from `first` to `last`."""
    stretches = list(_stretches(schedule, first, last))
    return OpenHours(
        tuple(start for start, _ in stretches),
        tuple(end for _, end in stretches),
        tuple(accumulate(end - start for start, end in stretches)),
    )


def epoch(day: date, minute: int, where: ZoneInfo, *, fold: int = 0) -> int:
    """Epoch seconds of a minute of a local day; a minute that the clocks skip lies as far behind the gap."""
    days, minute = divmod(minute, MINUTES_A_DAY)
    wall = time(*divmod(minute, 60), fold=fold, tzinfo=where)
    return int(datetime.combine(day + days * DAY, wall).timestamp())


def local_day(at: datetime, where: ZoneInfo) -> date:
    return at.astimezone(where).date()


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _stretches(schedule: ScheduleRecord, first: date, last: date) -> Iterable[tuple[int, int]]:
    where, closed = ZoneInfo(schedule.zone), set(schedule.holidays)
    by_weekday: list[list[tuple[int, int]]] = [
        [(start - offset, end - offset) for start, end in schedule.week if offset <= start < offset + MINUTES_A_DAY]
        for offset in range(0, 7 * MINUTES_A_DAY, MINUTES_A_DAY)
    ]
    day = first
    while day <= last:
        if day.isoformat() not in closed:
            for start, end in by_weekday[day.weekday()]:
                yield epoch(day, start, where), epoch(day, end, where)
        day += DAY
