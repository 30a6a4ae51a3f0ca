"""Opening hours by the calendar: each local day's opening spans as datetimes, cut with the span asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.hard.oracle.cast import BEGIN, END, Schedule

Piece = tuple[datetime, datetime]


def open_seconds(schedule: Schedule, start: datetime, end: datetime) -> int:
    """Whole seconds of [start, end) in which the schedule is open."""
    return sum(int((b - a).total_seconds()) for a, b in open_pieces(schedule, start, end))


def open_pieces(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Piece]:
    """The opening spans inside [start, end), in order."""
    for opens, closes in _openings(schedule):
        if closes > start and opens < end:
            yield max(opens, start), min(closes, end)


def by_schedule(stays: Sequence[tuple[datetime, Schedule]], start: datetime, end: datetime) -> Iterator[Piece]:
    """The opening spans inside [start, end) where each schedule counts from its own instant on, until the next takes over."""
    for (since, schedule), until in zip(stays, [*(at for at, _ in stays[1:]), None], strict=True):
        begin = max(since, start)
        finish = end if until is None else min(until, end)
        if begin < finish:
            yield from open_pieces(schedule, begin, finish)


@cache
def _openings(schedule: Schedule) -> tuple[Piece, ...]:
    day, found = BEGIN.date() - timedelta(days=9), []
    while day <= END.date() + timedelta(days=9):
        if not any(first <= day <= last for _, first, last in schedule.holidays):
            found += _of_day(schedule, day)
        day += timedelta(days=1)
    return tuple(sorted(found))


def _of_day(schedule: Schedule, day: date) -> list[Piece]:
    """A span that runs over midnight belongs to each day with its own part."""
    sunday = (day.weekday() + 1) % 7 * 1440
    cut = ((max(a - sunday, 0), min(b - sunday, 1440)) for a, b in schedule.intervals)
    return [(_instant(schedule, day, a), _instant(schedule, day, b)) for a, b in cut if a < b]


def _instant(schedule: Schedule, day: date, minute: int) -> datetime:
    if minute == 1440:
        day, minute = day + timedelta(days=1), 0
    return datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(schedule.zone)).astimezone(UTC)
