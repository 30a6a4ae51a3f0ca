"""When nobody wants to be told: `20:00-07:00` by the workspace's wall clock, or a place that was muted for a while."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.clock import read_instant
from bot.errors import BadRequest

HOURS = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?\s*(?:-|–|to)\s*([01]?\d|2[0-3])(?::([0-5]\d))?", re.ASCII)


def read_hours(text: str) -> tuple[time, time] | None:
    """From and to, past midnight where they are; None of an empty text. Raises BadRequest for anything else."""
    said = text.strip()
    if not said:
        return None
    found = HOURS.fullmatch(said)
    first, last = (time(), time()) if found is None else (time(int(found[n]), int(found[n + 1] or 0)) for n in (1, 3))
    if first == last:
        raise BadRequest("Quiet hours are two times of the day.", next_step="Such as *20:00-07:00*, or nothing.")
    return first, last


def hours_text(text: str) -> str:
    """As it is kept: `20:00-07:00`. Raises BadRequest as `read_hours`."""
    hours = read_hours(text)
    return "" if hours is None else f"{hours[0]:%H:%M}-{hours[1]:%H:%M}"


def is_quiet(text: str, now: datetime, zone: str) -> bool:
    """Whether an instant lies in quiet hours, which begin with their first minute and end before their last."""
    hours = read_hours(text)
    if hours is None:
        return False
    first, last = hours
    at = now.astimezone(ZoneInfo(zone)).time()
    return first <= at < last if first < last else at >= first or at < last


def muted_until(mutes: Mapping[str, str], place: str, now: datetime) -> datetime | None:
    """Until when a channel or person is told nothing; None where it is."""
    said = mutes.get(place)
    until = read_instant(said) if said else None
    return until if until is not None and until > now else None
