"""What time it is, spans of time, and local days: the only module that asks the machine."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from bot.errors import BadRequest, UnknownZone

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)", re.ASCII | re.IGNORECASE)


class Grain(StrEnum):
    """The lengths of the pieces a span can be cut into."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of time `[start, end)`: two aware instants, kept in UTC; it may be empty, never reversed."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", in_utc(self.start))
        object.__setattr__(self, "end", in_utc(self.end))
        if self.end < self.start:
            raise ValueError(f"a span cannot end ({iso(self.end)}) before it starts ({iso(self.start)})")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def duration(self) -> timedelta:
        return self.end - self.start


def now() -> datetime:
    """This instant, aware, in UTC. Everything but the edges takes it as an argument."""
    return datetime.now(UTC)  # noqa: TID251


def monotonic() -> float:
    """Seconds since some fixed moment, for leases: never set back, and running on while the machine sleeps.

    `time.monotonic` stands still in suspend on Linux: a worker that slept would believe its lease still good
    and post what another worker has posted meanwhile.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name, whatever its case; spaces may stand for underscores. Raises UnknownZone."""
    wanted = name.strip().replace(" ", "_").casefold()
    known = zone_names()
    if wanted in known:
        return ZoneInfo(known[wanted])
    near = _near_zones(wanted, known)
    raise UnknownZone(
        f"There is no time zone named {name.strip()[:60]!r}.",
        next_step=f"Try {' or '.join(f'*{one}*' for one in near or ('Europe/Berlin', 'America/New_York', 'UTC'))}.",
    )


@cache
def zone_names() -> dict[str, str]:
    """Every IANA name this machine knows, by its casefolded form."""
    not_places = {"localtime", "Factory"}
    return {name.casefold(): name for name in sorted(available_timezones() - not_places)}


def _near_zones(wanted: str, known: dict[str, str]) -> list[str]:
    by_city = {folded.rsplit("/", 1)[-1]: name for folded, name in known.items()}
    whole = [known[one] for one in get_close_matches(wanted, known, n=3, cutoff=0.7)]
    city = [by_city[one] for one in get_close_matches(wanted.rsplit("/", 1)[-1], by_city, n=3, cutoff=0.7)]
    return list(dict.fromkeys([*city, *whole]))[:3]


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC; a naive one is a mistake of ours and raises ValueError."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise ValueError(f"an instant needs its offset: {instant!r}")
    return instant.astimezone(UTC)


def iso(instant: datetime) -> str:
    """`2026-11-22T08:00:00Z`, with a fraction only where there is one."""
    return in_utc(instant).isoformat().replace("+00:00", "Z")


def read_instant(text: str) -> datetime:
    """The instant written as ISO 8601 with an offset or Z, in UTC. Raises BadRequest.

    `datetime.fromisoformat` alone would take `20260308` and `2026-W10-7`, and leave naive what has no offset.
    """
    if INSTANT.fullmatch(text.strip()):
        try:
            return in_utc(datetime.fromisoformat(text.strip().upper()))
        except (ValueError, OverflowError):
            pass
    raise BadRequest(
        f"{text.strip()[:60]!r} is not an instant.",
        next_step="Write date, time and offset, such as *2026-11-22T08:00:00Z* or *2026-11-22T09:00+01:00*.",
    )


def first_instant(wall: datetime, where: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which clocks in `where` show the naive time `wall`, or have just jumped past it.

    Shown twice (clocks set back): the first of the two. Never shown (clocks set forward): the end of the gap.
    """
    instant = wall.replace(tzinfo=where).astimezone(UTC)
    if instant.astimezone(where).replace(tzinfo=None) == wall:
        return instant
    return offset_change(wall.replace(tzinfo=where, fold=1).astimezone(UTC), instant, where)


def offset_change(before: datetime, after: datetime, where: ZoneInfo) -> datetime:
    """The first instant in `(before, after]` that has the offset of `after`: where clocks were set, on a whole second."""
    target, base = after.astimezone(where).utcoffset(), before.replace(microsecond=0)
    low, high = 0, (after - base) // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if (base + middle * SECOND).astimezone(where).utcoffset() == target:
            high = middle
        else:
            low = middle
    return base + high * SECOND


def day_start(day: date, where: ZoneInfo) -> datetime:
    """The first instant of a local date, in UTC: not always midnight (Santiago, Cairo), as midnight may be skipped."""
    return first_instant(datetime(day.year, day.month, day.day), where)  # noqa: DTZ001


def local_date(instant: datetime, where: ZoneInfo) -> date:
    """The date on the calendars in `where` at this instant."""
    return instant.astimezone(where).date()


def local_day_span(day: date, where: ZoneInfo) -> Span:
    """The whole local date: 24 hours, 23 or 25 when clocks change, none where the date was skipped (Apia, 2011)."""
    return Span(day_start(day, where), day_start(day + DAY, where))


def split(span: Span, grain: Grain, where: ZoneInfo, week_start: int = 0) -> list[Span]:
    """The span cut at every local boundary of the grain inside it; the pieces join up to exactly the span.

    `week_start` is 0 for Monday to 6 for Sunday. First and last piece may be partial; an empty span has no pieces.
    """
    if span.start == span.end:
        return []
    cuts = _hours(span, where) if grain is Grain.HOUR else _days(span, grain, where, week_start)
    inside = sorted({cut for cut in cuts if span.start < cut < span.end})
    return [Span(start, end) for start, end in pairwise([span.start, *inside, span.end])]


def is_whole(piece: Span, grain: Grain, where: ZoneInfo, week_start: int = 0) -> bool:
    """Whether a piece that `split` made is a whole hour, day, week or month; else its span begins or ends inside it."""
    return piece in split(Span(piece.start - DAY, piece.end + DAY), grain, where, week_start)


def _hours(span: Span, where: ZoneInfo) -> Iterator[datetime]:
    # Steps are real time, measured afresh at each, and end where clocks are set: zones sit on half hours, Lord Howe shifts
    # by half an hour, and Chatham goes back from 03:45 to 02:45.
    at = span.start
    while at < span.end:
        wall = at.astimezone(where)
        after = at + HOUR - timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
        changed = after.astimezone(where).utcoffset() != wall.utcoffset()
        at = offset_change(at, after, where) if changed else after
        yield at


def _days(span: Span, grain: Grain, where: ZoneInfo, week_start: int) -> Iterator[datetime]:
    day, last = local_date(span.start, where), local_date(span.end, where)
    while day <= last:
        if _begins(day, grain, week_start):
            yield day_start(day, where)
        day += DAY


def _begins(day: date, grain: Grain, week_start: int) -> bool:
    match grain:
        case Grain.WEEK:
            return day.weekday() == week_start
        case Grain.MONTH:
            return day.day == 1
        case _:
            return True
