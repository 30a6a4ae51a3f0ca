"""Reads the last day of a goal: `by March`, `by 31 March`, `by end of year`, `by Q1`, `by 2027-03-31`."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from bot.calendars import MONTH
from bot.errors import BadRequest
from bot.windows import MONTH_NAMES

YEAR, NUMBER = r"(?:[12]\d{3})", r"(?:[0-3]?\d(?:st|nd|rd|th)?)"
DAY = (
    rf"(?P<day>{YEAR}-\d{{2}}-\d{{2}})"
    rf"|(?:(?P<before>{NUMBER}) (?:of )?)?{MONTH}(?: (?P<after>{NUMBER})\b(?!\d))?(?:,? (?P<year>{YEAR}))?"
    rf"|q(?P<quarter>[1-4])(?: (?P<of>{YEAR}))?"
    r"|(?P<which>the|this|next) (?P<unit>month|quarter|year)"
    r"|(?P<unit_alone>month|quarter|year)(?=\s*$|\s+end)"
    r"|(?P<past>yesterday|today|last \w+)"
)
BY = re.compile(rf"\bby (?P<end>(?:the )?end of )?(?:{DAY})(?! ?:)\b", re.I)
LONGEST = timedelta(days=3 * 366)
UNITS = {"month": 1, "quarter": 3, "year": 12}


def last_day(said: str, today: date) -> tuple[date | None, str]:
    """The last day, and the words without it: of a month or day without a year the next such. `by channel` is no day, and
    `by month` is one only at the end of. Raises BadRequest for one that is over or years away."""
    found = BY.search(said)
    if found is None or (found["unit_alone"] and not found["end"]):
        return None, said
    due = _day(found, today)
    if due is None or not today < due <= today + LONGEST:
        told = found[0].removeprefix("by ") if due is None or found["past"] else str(due)
        raise BadRequest(f"{told} is no day in the next three years.", next_step="Such as *by March* or *by 2027-03-31*.")
    return due, f"{said[: found.start()]} {said[found.end() :]}"


def _day(found: re.Match[str], today: date) -> date | None:
    if found["past"]:
        return today
    if found["day"]:
        return _date(*map(int, found["day"].split("-")))
    if found["month"]:
        return _of_month(found, today)
    if found["quarter"]:
        month = 3 * int(found["quarter"])
        return _next(month, monthrange(int(found["of"] or 2001), month)[1], found["of"], today)
    months = UNITS[(found["unit"] or found["unit_alone"]).lower()]
    end = today.month + (-today.month) % months + (months if (found["which"] or "").lower() == "next" else 0)
    year, month = today.year + (end - 1) // 12, (end - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def _of_month(found: re.Match[str], today: date) -> date | None:
    month = next(n for n, short in enumerate(MONTH_NAMES, 1) if found["month"][:3].lower() == short.lower())
    number = re.sub(r"\D", "", found["before"] or found["after"] or "")
    return _next(month, int(number) if number else 0, found["year"], today)


def _next(month: int, number: int, year: str | None, today: date) -> date | None:
    """The next such day, or the one of a year; number 0 is the last of the month."""
    for at in (int(year),) if year else (today.year, today.year + 1):
        due = _date(at, month, number or monthrange(at, month)[1])
        if due is None or year or due > today:
            return due
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
