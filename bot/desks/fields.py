"""Reads single values out of what a help desk answered: tolerant of absence, strict about nonsense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

Json = Mapping[str, Any]

ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)
PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
FIRST_S, LAST_S = 315_532_800, 4_102_444_800
"""From 1980 to 2100: what lies outside was never meant as an instant of a ticket."""


class Unreadable(ValueError):
    """A value that cannot be what its field says; the text is a reason that quotes nothing."""


def objects(value: Any) -> Iterator[Json]:
    """The JSON objects in a list; anything else is passed over."""
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def several(value: Any) -> list[Any]:
    """The items of a list; anything else holds none."""
    return value if isinstance(value, list) else []


def known(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def name_of(value: Any) -> str | None:
    """An id as text, whether the desk writes 17 or "17"; None where there is none."""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | str):
        return str(value).strip() or None
    return None


def text_of(value: Any) -> str:
    """A text, or an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: Any) -> int | None:
    """A whole number, also written as text; None where there is none."""
    if type(value) is int:
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value == value and abs(value) < 2**63 else None
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,18}\s*", value, re.ASCII) else None


def instant(value: Any, what: str = "A time in it") -> datetime | None:
    """An aware UTC instant from ISO 8601 (UTC where it names no zone) or seconds since 1970; None where there is none.

    Raises Unreadable for anything else, and for what lies before 1980 or after 2100."""
    if value is None or value == "":
        return None
    found = _epoch(value) if isinstance(value, int | float) else _iso(value) if isinstance(value, str) else None
    if found is None or not FIRST_S <= found.timestamp() < LAST_S:
        raise Unreadable(f"{what} is not one.")
    return found


def seconds_of(value: Any) -> int:
    """An instant as seconds since 1970; 0 for what is none."""
    try:
        at = instant(value)
    except Unreadable:
        return 0
    return int(at.timestamp()) if at else 0


def needed_instant(value: Any, what: str) -> datetime:
    """The same where it must be there. Raises Unreadable."""
    found = instant(value, what)
    if found is None:
        raise Unreadable(f"{what} is missing.")
    return found


def _epoch(value: float) -> datetime | None:
    if isinstance(value, bool) or not FIRST_S <= value < LAST_S:
        return None
    return datetime.fromtimestamp(value, UTC)


def _iso(text: str) -> datetime | None:
    if PLAIN.fullmatch(text):  # As nearly all are written; the rest costs five times as much.
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    match = ISO.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=_zone(zone)).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if text is None or text.upper() in ("Z", "UTC"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
