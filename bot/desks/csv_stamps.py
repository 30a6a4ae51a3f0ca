"""Dates and times as exports write them, placed in the zone the mapping names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.clock import first_instant, in_utc
from bot.desks.mapping import ISO

ISO_STAMP = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII | re.IGNORECASE)
DIGITS = {
    "%Y": r"(?P<year>\d{4})",
    "%m": r"(?P<month>\d{1,2})",
    "%d": r"(?P<day>\d{1,2})",
    "%H": r"(?P<hour>\d{1,2})",
    "%M": r"(?P<minute>\d{1,2})",
    "%S": r"(?P<second>\d{1,2})",
}
MOST_KEPT = 200_000
EARLIEST_YEAR, LATEST_YEAR = 1970, 2199

Read = Callable[[str], datetime | None]


class BadStamp(ValueError):
    """A text that is no instant; it says why."""


@dataclass(slots=True)
class Stamps:
    """Reads stamps in the given forms, trying them in turn; `uncertain` holds those that clocks showed twice or never."""

    forms: tuple[str, ...]
    zone: ZoneInfo | None
    uncertain: set[str] = field(default_factory=set)
    _known: dict[str, datetime] = field(default_factory=dict)
    _readers: tuple[Read, ...] = ()

    def __post_init__(self) -> None:
        self._readers = tuple(_reader(form) for form in self.forms)

    def read(self, text: str) -> datetime:
        """The instant in UTC. Raises BadStamp."""
        known = self._known.get(text)
        if known is None:
            known = self._placed(next(self._found(text), None), text)
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[text] = known
        return known

    def _found(self, text: str) -> Iterator[datetime]:
        for read in self._readers:
            try:
                found = read(text)
            except (ValueError, OverflowError):
                continue
            if found is not None:
                yield found

    def _placed(self, found: datetime | None, text: str) -> datetime:
        if found is None:
            raise BadStamp(f"no date as in {' or '.join(self.forms)}")
        if not EARLIEST_YEAR < found.year <= LATEST_YEAR:
            raise BadStamp(f"but the year {found.year} cannot be right")
        if found.tzinfo is not None:
            return in_utc(found)
        if self.zone is None:
            raise BadStamp('which has no zone: set `zone` in the mapping, such as zone = "Europe/Berlin"')
        if _twice_or_never(found, self.zone):
            self.uncertain.add(text)
        return first_instant(found, self.zone)


def _reader(form: str) -> Read:
    if form == ISO:
        return _iso
    parts = re.split("(%.)", form)
    fields = [part for part in parts if part[:1] == "%"]
    plain = set(fields) <= set(DIGITS) and len(set(fields)) == len(fields) and {"%Y", "%m", "%d"} <= set(fields)
    if not plain:
        return lambda text: datetime.strptime(text, form)  # noqa: DTZ007 (placed by the caller)
    # The same as strptime for plain digits, in a fifth of the time: logs hold many thousand different minutes.
    pattern = re.compile("".join(DIGITS.get(part) or re.escape(part) for part in parts), re.ASCII)
    return lambda text: _by_digits(text, pattern)


def _by_digits(text: str, pattern: re.Pattern[str]) -> datetime | None:
    found = pattern.fullmatch(text)
    if found is None:
        return None
    at = {unit: int(digits) for unit, digits in found.groupdict().items()}
    hour, minute, second = at.get("hour", 0), at.get("minute", 0), at.get("second", 0)
    return datetime(at["year"], at["month"], at["day"], hour, minute, second)  # noqa: DTZ001 (placed by the caller)


def _iso(text: str) -> datetime | None:
    # fromisoformat alone would take 20260308 and 2026-W10-7 too.
    return datetime.fromisoformat(text.upper().replace(",", ".")) if ISO_STAMP.fullmatch(text) else None


def _twice_or_never(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks were set back over this time, or forward."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first != second
