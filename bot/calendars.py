"""Days, weeks, months, quarters, halves and years as people name them, and the dates each name can mean."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.clock import DAY
from bot.windows import EARLIEST, MONTH_NAMES, WEEK

LATEST_YEAR = 2199
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SATURDAY = 5
UNITS = {"w": "week", "m": "month", "q": "quarter", "y": "year"}
# No unit is longer than this, and the next one never shorter than the difference: first + this lies in the next unit.
LONGEST = {"week": 7, "month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The local dates `[first, until)` and their canonical wording."""

    first: date
    until: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The calendar on the wall: today, and the day weeks start on (0 is Monday, 6 is Sunday)."""

    today: date
    week_start: int = 0


def named_days(phrase: str, calendar: Calendar) -> tuple[Days, ...] | None:
    """All the days a lower-case phrase can mean, oldest first: one when it says its year, one a year when it does not.

    Empty when it names days that cannot be (`30 feb`, `2026-w54`); None when it names no days at all.
    """
    for pattern, read in READERS:
        if found := pattern.fullmatch(phrase):
            return tuple(days for days in read(found, calendar) if days.first >= EARLIEST and days.until.year <= LATEST_YEAR + 1)
    return None


def months_back(day: date, count: int) -> date:
    """The same day of the month `count` months earlier, or the last one of that month. Raises ValueError before year 1."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


Found = re.Match[str]


def _today(_: Found, calendar: Calendar) -> Iterable[Days]:
    return [Days(first=calendar.today, until=calendar.today + DAY, text="today")]


def _yesterday(_: Found, calendar: Calendar) -> Iterable[Days]:
    return [Days(first=calendar.today - DAY, until=calendar.today, text="yesterday")]


def _this_unit(found: Found, calendar: Calendar) -> Iterable[Days]:
    unit = UNITS.get(found["unit"], found["unit"])
    first = _unit_start(calendar.today, unit, calendar)
    until = _unit_start(first + timedelta(days=LONGEST[unit]), unit, calendar)
    return [Days(first=first, until=until, text=f"this {unit}")]


def _last_unit(found: Found, calendar: Calendar) -> Iterable[Days]:
    unit = found["unit"]
    until = _unit_start(calendar.today, unit, calendar)
    return [Days(first=_unit_start(until - DAY, unit, calendar), until=until, text=f"last {unit}")]


def _unit_start(day: date, unit: str, calendar: Calendar) -> date:
    match unit:
        case "week":
            return day - timedelta(days=(day.weekday() - calendar.week_start) % WEEK)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        case _:
            return date(day.year, 1, 1)


def _day(found: Found, calendar: Calendar) -> Iterable[Days]:
    for year in _years(found, calendar):
        month, day = _month_number(found["month"]), int(found["day"])
        if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
            first = date(year, month, day)
            yield Days(first=first, until=first + DAY, text=first.isoformat())


def _month(found: Found, calendar: Calendar) -> Iterable[Days]:
    month = _month_number(found["month"])
    if 1 <= month <= 12:
        for year in _years(found, calendar):
            yield _months(year, month, 1, f"{MONTH_NAMES[month - 1]} {year}")


def _last_month_named(found: Found, calendar: Calendar) -> Iterable[Days]:
    return [days for days in _month(found, calendar) if days.until <= calendar.today][-1:]


def _quarter(found: Found, calendar: Calendar) -> Iterable[Days]:
    quarter = int(found["part"])
    if 1 <= quarter <= 4:
        for year in _years(found, calendar):
            yield _months(year, 3 * quarter - 2, 3, f"Q{quarter} {year}")


def _half(found: Found, calendar: Calendar) -> Iterable[Days]:
    half = int(found["part"])
    if 1 <= half <= 2:
        for year in _years(found, calendar):
            yield _months(year, 6 * half - 5, 6, f"H{half} {year}")


def _year(found: Found, calendar: Calendar) -> Iterable[Days]:
    return [_months(year, 1, 12, str(year)) for year in _years(found, calendar)]


def _iso_week(found: Found, calendar: Calendar) -> Iterable[Days]:
    week = int(found["week"])
    for year in _years(found, calendar):
        # 28 December is always in the last ISO week of its year, the 52nd or the 53rd.
        if 1 <= week <= date(year, 12, 28).isocalendar().week:
            first = date.fromisocalendar(year, week, 1)
            yield Days(first=first, until=first + WEEK * DAY, text=f"{year}-W{week:02}")


def _weekday(found: Found, calendar: Calendar) -> Iterable[Days]:
    number = _weekday_number(found)
    first = calendar.today - (calendar.today.weekday() - number) % WEEK * DAY
    return [_one(first, WEEKDAYS[number]), _one(first + WEEK * DAY, WEEKDAYS[number])]


def _last_weekday(found: Found, calendar: Calendar) -> Iterable[Days]:
    number = _weekday_number(found)
    return [_one(calendar.today - ((calendar.today.weekday() - number - 1) % WEEK + 1) * DAY, f"last {WEEKDAYS[number]}")]


def _weekend(_: Found, calendar: Calendar) -> Iterable[Days]:
    """The one that runs or was, and the one to come."""
    return [_two(_saturday(calendar), "weekend"), _two(_saturday(calendar) + WEEK * DAY, "weekend")]


def _this_weekend(_: Found, calendar: Calendar) -> Iterable[Days]:
    """That of this week: on its weekdays it is still to come."""
    first = _saturday(calendar)
    running = calendar.today < first + 2 * DAY
    return [_two(first if running else first + WEEK * DAY, "this weekend")]


def _last_weekend(_: Found, calendar: Calendar) -> Iterable[Days]:
    """The last that is over."""
    first = _saturday(calendar)
    return [_two(first if first + 2 * DAY <= calendar.today else first - WEEK * DAY, "last weekend")]


def _saturday(calendar: Calendar) -> date:
    return calendar.today - (calendar.today.weekday() - SATURDAY) % WEEK * DAY


def _two(first: date, text: str) -> Days:
    return Days(first=first, until=first + 2 * DAY, text=text)


def _one(day: date, text: str) -> Days:
    return Days(first=day, until=day + DAY, text=text)


def _months(year: int, month: int, count: int, text: str) -> Days:
    first = date(year, month, 1)
    return Days(first=first, until=months_back(first, -count), text=text)


def _years(found: Found, calendar: Calendar) -> Iterable[int]:
    said = found.groupdict().get("year")
    years = [int(said)] if said else range(EARLIEST.year, calendar.today.year + 2)
    return [year for year in years if EARLIEST.year <= year <= LATEST_YEAR]


def _month_number(word: str) -> int:
    return int(word) if word.isdigit() else MONTH_NAMES.index(word[:3].title()) + 1


def _weekday_number(found: Found) -> int:
    return next(number for number, name in enumerate(WEEKDAYS) if name.lower().startswith(found["weekday"][:3]))


WEEKDAY = "(?P<weekday>mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
YEAR = r"(?P<year>\d{4})"
DAY_OF_MONTH = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
UNIT = "(?P<unit>week|month|quarter|year)"

READERS: tuple[tuple[re.Pattern[str], Callable[[Found, Calendar], Iterable[Days]]], ...] = tuple(
    (re.compile(pattern, re.ASCII), read)
    for pattern, read in (
        ("today", _today),
        ("yesterday", _yesterday),
        (rf"(?:this|current) {UNIT}", _this_unit),
        ("(?P<unit>[wmqy])td", _this_unit),
        (f"{UNIT} to date", _this_unit),
        (rf"(?:last|previous|prev) {UNIT}", _last_unit),
        (rf"{YEAR}-(?P<month>\d\d)-(?P<day>\d\d)", _day),
        (rf"{DAY_OF_MONTH}(?: of)? ?{MONTH},?(?: {YEAR})?", _day),
        (rf"{MONTH} {DAY_OF_MONTH},?(?: {YEAR})?", _day),
        (rf"{YEAR}-(?P<month>\d\d)", _month),
        (rf"{MONTH},?(?: {YEAR})?", _month),
        (f"last {MONTH}", _last_month_named),
        (rf"q(?P<part>\d)(?:[ /-]?{YEAR})?", _quarter),
        (rf"{YEAR}[ /-]?q(?P<part>\d)", _quarter),
        (rf"h(?P<part>\d)(?:[ /-]?{YEAR})?", _half),
        (rf"{YEAR}[ /-]?h(?P<part>\d)", _half),
        (rf"{YEAR}-?w(?P<week>\d\d?)", _iso_week),
        (rf"(?:w|week )(?P<week>\d\d?)(?:,? (?:of )?{YEAR})?", _iso_week),
        (r"(?P<year>19[7-9]\d|2[01]\d\d)", _year),
        (WEEKDAY, _weekday),
        (f"last {WEEKDAY}", _last_weekday),
        ("week-?end", _weekend),
        ("(?:this|current) week-?end", _this_weekend),
        ("(?:last|past|previous|prev) week-?end", _last_weekend),
    )
)
