"""When a schedule is due: one slot a local day at most, named by the clock on the wall."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import DAY, first_instant, local_date, local_day_span

EVERY_DAY = frozenset(range(7))
BUSINESS_DAYS = frozenset(range(5))
HORIZON = timedelta(days=366 * 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often something is due: at a local time of day, on some weekdays (0 is Monday) or on one day of the month.

    A month without that day uses its last day, so that no month is left out. `skipping` holds local dates that are
    never due, such as holidays.
    """

    at: time
    weekdays: frozenset[int] = EVERY_DAY
    month_day: int | None = None
    skipping: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.at.tzinfo is not None or self.at.second or self.at.microsecond:
            raise ValueError("a cadence names a plain local minute of the day")
        if not self.weekdays <= EVERY_DAY:
            raise ValueError("weekdays are 0 for Monday to 6 for Sunday")
        if self.month_day is not None and not 1 <= self.month_day <= 31:
            raise ValueError("the day of the month is 1 to 31")

    def falls_on(self, day: date) -> bool:
        """Whether this local date is due at all."""
        if day in self.skipping or day.weekday() not in self.weekdays:
            return False
        return self.month_day is None or day.day == min(self.month_day, monthrange(day.year, day.month)[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One time something is due. The key is what the wall clock shows (`2026-11-01T01:15`), the same whichever
    occurrence of an hour that comes twice is meant, so a ledger unique on it cannot hold a slot twice."""

    key: str
    due_at: datetime


def daily(at: time) -> Cadence:
    """Every day."""
    return Cadence(at=at)


def business_days(at: time, skipping: frozenset[date] = frozenset()) -> Cadence:
    """Monday to Friday, except on the given dates."""
    return Cadence(at=at, weekdays=BUSINESS_DAYS, skipping=skipping)


def weekly(at: time, *weekdays: int) -> Cadence:
    """On these weekdays; 0 is Monday."""
    return Cadence(at=at, weekdays=frozenset(weekdays))


def monthly(at: time, day: int) -> Cadence:
    """On this day of every month, or its last day where the month is shorter."""
    return Cadence(at=at, month_day=day)


def due_slots(cadence: Cadence, where: ZoneInfo, *, after: datetime, until: datetime, limit: int) -> list[Slot]:
    """The slots due in `(after, until]`, oldest first; when there are more than `limit`, the latest of them.

    Where clocks are set back over the time of day, the first occurrence counts; where they are set forward over it,
    the slot is due when the gap ends. A clock that jumps, a restart and a late wake-up all ask this one question.
    """
    slots: list[Slot] = []
    day, first = local_date(until, where) + DAY, local_date(after, where) - DAY
    while day >= first and len(slots) < limit:
        slots.extend(slot for slot in _slot_on(day, cadence, where) if after < slot.due_at <= until)
        day -= DAY
    return slots[::-1]


def next_slot(cadence: Cadence, where: ZoneInfo, *, after: datetime) -> Slot | None:
    """The first slot due after an instant, or None when the next two years have none."""
    day, last = local_date(after, where) - DAY, local_date(after, where) + HORIZON
    while day <= last:
        for slot in _slot_on(day, cadence, where):
            if slot.due_at > after:
                return slot
        day += DAY
    return None


def _slot_on(day: date, cadence: Cadence, where: ZoneInfo) -> Iterator[Slot]:
    if not cadence.falls_on(day):
        return
    wall = datetime.combine(day, cadence.at)
    due_at = first_instant(wall, where)
    # A date that a zone left out altogether (Apia, 2011-12-30) has no slot: it would fall on the next day's.
    if local_date(due_at, where) == day or local_day_span(day, where).duration:
        yield Slot(key=wall.isoformat(timespec="minutes"), due_at=due_at)
