"""When a team is open: a week of local hours in a zone, less its holidays."""

from dataclasses import dataclass
from datetime import date

from bot.clock import zone
from bot.errors import BadConfig, UnknownZone

WEEK_MINUTES = 7 * 24 * 60

Week = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Opening hours as pairs of minutes since Monday 00:00 on local clocks, `[start, end)`, and local dates off.

    A pair that ends before it starts runs over the end of the week into its beginning; pairs may touch and overlap.
    """

    slug: str
    zone: str
    week: Week
    holidays: frozenset[date] = frozenset()


ROUND_THE_CLOCK = Schedule(slug="24x7", zone="UTC", week=((0, WEEK_MINUTES),))


def check(schedule: Schedule) -> None:
    """Raises BadConfig naming everything wrong with a schedule, also one that works but never opens."""
    faults = [*_zone_faults(schedule), *_week_faults(schedule)]
    if not schedule.week:
        faults.append("it never opens")
    if faults:
        raise BadConfig(
            f"The schedule {schedule.slug!r} cannot be used: {'; '.join(faults)}.",
            next_step="Give at least one pair of minutes between 0 (Monday 00:00) and 10080 (Sunday 24:00), and an IANA zone.",
        )


def open_week(schedule: Schedule) -> Week:
    """The pairs within one week, in order, merged where they touch. Raises BadConfig for a pair that makes no sense."""
    if faults := _week_faults(schedule):
        raise BadConfig(f"The schedule {schedule.slug!r} cannot be used: {'; '.join(faults)}.")
    merged: list[tuple[int, int]] = []
    for start, end in sorted(piece for pair in schedule.week for piece in _unwrapped(*pair)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _unwrapped(start: int, end: int) -> Week:
    if start < end:
        return ((start, end),)
    return ((start, WEEK_MINUTES), (0, end)) if end else ((start, WEEK_MINUTES),)


def _week_faults(schedule: Schedule) -> list[str]:
    outside = [pair for pair in schedule.week if not (0 <= pair[0] < WEEK_MINUTES and 0 <= pair[1] <= WEEK_MINUTES)]
    empty = [pair for pair in schedule.week if pair[0] == pair[1]]
    return [f"{pair} lies outside the week" for pair in outside] + [f"{pair} is no time at all" for pair in empty]


def _zone_faults(schedule: Schedule) -> list[str]:
    try:
        zone(schedule.zone)
    except UnknownZone as unknown:
        return [unknown.sentence().rstrip(".")]
    return []
