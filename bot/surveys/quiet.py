"""When a person may be disturbed: office hours from Monday to Friday, on the person's own clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import first_instant, zone
from bot.errors import UnknownZone

SATURDAY = 5


def next_opening(now: datetime, hours: tuple[int, int] | None, zone_name: str | None) -> datetime:
    """`now` if it lies within the hours, else the instant they begin next. A zone nobody knows is taken for UTC."""
    if hours is None:
        return now
    where = _zone(zone_name)
    local = now.astimezone(where)
    if local.weekday() < SATURDAY and hours[0] <= local.hour < hours[1]:
        return now
    day = local.date() if local.hour < hours[0] else local.date() + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return first_instant(datetime(day.year, day.month, day.day, hours[0]), where)  # noqa: DTZ001 - a time on the wall


def _zone(name: str | None) -> ZoneInfo:
    try:
        return zone(name or "UTC")
    except UnknownZone:
        return ZoneInfo("UTC")
