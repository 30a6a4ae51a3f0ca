"""The language of date ranges: `last 30 days`, `since Monday`, `Q3 2025`, `1-15 Oct`; always past-looking."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.calendars import MONTH, WEEKDAY, WEEKDAYS, YEAR, Calendar, Days, Found, months_back, named_days
from bot.clock import DAY, HOUR, day_start, in_utc, local_date
from bot.errors import BadPeriod
from bot.windows import EARLIEST, WEEK, Window, label, previous, same_weekdays, year_before

__all__ = ["Window", "find_window", "previous", "read_window", "same_weekdays", "year_before"]

LONGEST_PHRASE = 10
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When and where a phrase is read, and the calendar that hangs there."""

    now: datetime
    zone: ZoneInfo
    calendar: Calendar

    @property
    def today(self) -> date:
        return self.calendar.today


def find_window(
    words: Sequence[str], at: int, *, now: datetime, zone: ZoneInfo, week_start: int = 0
) -> tuple[Window, int] | None:
    """The longest window that starts at `words[at]` and the number of words it takes; None when none starts there.

    Raises BadPeriod when the words do name a range, but an impossible, future or absurd one. A period without a year is
    the latest one that has begun. `week_start` is 0 for Monday to 6 for Sunday.
    """
    if at < len(words) and BEGINS.match(_plain(words[at])) is None:
        return None
    moment = _moment(now, zone, week_start)
    for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        if window := _window(_plain(" ".join(words[at : at + length])), moment):
            return window, length
    return None


def read_window(text: str, *, now: datetime, zone: ZoneInfo, week_start: int = 0) -> Window:
    """The window a whole text names. Raises BadPeriod when it names none."""
    moment = _moment(now, zone, week_start)
    window = _window(_plain(text[:200]), moment)
    if window is None:
        raise BadPeriod(f"I know no period called {_quoted(text)}.", next_step=_examples(moment))
    return window


def _moment(now: datetime, zone: ZoneInfo, week_start: int) -> Moment:
    return Moment(now=in_utc(now), zone=zone, calendar=Calendar(today=local_date(now, zone), week_start=week_start))


def _plain(text: str) -> str:
    text = re.sub("[\u2010-\u2015\u2212]", "-", text.casefold()).replace("\u2026", "..")
    text = " ".join(text.split()).strip(" ,.;")
    return re.sub(r"^(?:(?:in|over|during|at|on) )?(?:the )?| so far$", "", text)


def _window(phrase: str, moment: Moment) -> Window | None:
    for pattern, read in READERS:
        if (found := pattern.fullmatch(phrase)) and (window := read(found, moment)):
            return window
    return _named(phrase, moment) or _from_to(phrase, moment)


def _last_hours(found: Found, moment: Moment) -> Window:
    count = _count(found, moment)
    start = moment.now - count * HOUR
    if local_date(start, moment.zone) < EARLIEST:
        raise _too_far_back(moment)
    return Window(
        start=start,
        end=moment.now,
        zone=moment.zone.key,
        text=f"last {_counted(count, 'hour')}",
        label=label(start, moment.now, moment.zone, running=True),
        open=True,
    )


def _last_days(found: Found, moment: Moment) -> Window:
    count, unit = _count(found, moment), UNITS[found["unit"][0]]
    including = " including today" if found["today"] else ""
    first = _back(moment.today, count, unit, moment)
    until = moment.today + DAY if including else moment.today
    return _resolved(Days(first=first, until=until, text=f"last {_counted(count, unit)}{including}"), moment)


def _back(day: date, count: int, unit: str, moment: Moment) -> date:
    try:
        if unit in MONTHS_IN:
            return months_back(day, count * MONTHS_IN[unit])
        return day - count * (WEEK if unit == "week" else 1) * DAY
    except (ValueError, OverflowError):
        raise _too_far_back(moment) from None


def _count(found: Found, moment: Moment) -> int:
    said = found.groupdict().get("count") or "1"
    if said in NUMBERS:
        return NUMBERS.index(said) + 1
    if len(said) > 6:
        raise _too_far_back(moment)
    if int(said) == 0:
        raise BadPeriod(f"{_quoted(found[0])} is no time at all.", next_step=_examples(moment))
    return int(said)


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _since(found: Found, moment: Moment) -> Window | None:
    choices = named_days(found["days"], moment.calendar)
    if choices is None:
        return None
    days = _begun(found["days"], choices, moment)
    return _resolved(Days(first=days.first, until=moment.today + DAY, text=f"since {days.text}"), moment)


def _all_time(_: Found, moment: Moment) -> Window:
    return _resolved(Days(first=EARLIEST, until=moment.today + DAY, text="all time"), moment)


def _named(phrase: str, moment: Moment) -> Window | None:
    choices = named_days(phrase, moment.calendar)
    return None if choices is None else _resolved(_begun(phrase, choices, moment), moment)


def _days_of_month(found: Found, moment: Moment) -> Window | None:
    month = f"{found['month']} {found['year'] or ''}".strip()
    return _joined(f"{found['from']} {month}", f"{found['to']} {month}", moment)


def _from_to(phrase: str, moment: Moment) -> Window | None:
    for left, right in _cut(phrase):
        if window := _joined(left, right, moment):
            return window
    return None


def _cut(phrase: str) -> Iterator[tuple[str, str]]:
    words = "to|until|till|through|thru|and" if phrase.startswith("between ") else "to|until|till|through|thru"
    body = re.sub("^(?:from|between) (?:the )?", "", phrase)
    for cut in re.finditer(rf" ?(?:\.\.+|-) ?| (?:{words}) (?:the )?", body):
        yield body[: cut.start()], body[cut.end() :]


def _joined(left: str, right: str, moment: Moment) -> Window | None:
    """Both ends included, as people write them."""
    starts, ends = named_days(left, moment.calendar), named_days(right, moment.calendar)
    if starts is None or ends is None:
        return None
    if len(starts) > 1 and len(ends) == 1:
        # "1 Oct to 15 Oct 2024" says its year once, at the end.
        starts = tuple(days for days in starts if days.first < ends[0].until)[-1:]
    first = _begun(left, starts, moment)
    last = _first_after(first, right, ends, moment)
    return _resolved(Days(first=first.first, until=last.until, text=f"{_pinned(first)} to {_pinned(last)}"), moment)


def _first_after(first: Days, phrase: str, choices: Sequence[Days], moment: Moment) -> Days:
    if not choices:
        raise _impossible(phrase, moment)
    last = next((days for days in choices if days.until > first.first), None)
    if last is None or _guessed(first, last, moment):
        raise BadPeriod(
            f"{_quoted(phrase)} comes before {_quoted(first.text)}, or lies in a year to come.",
            next_step=f"Put the earlier day first and say the year: *{moment.today - 14 * DAY} to {moment.today}*.",
        )
    return last


def _pinned(days: Days) -> str:
    """Words for one end of a range that no longer depend on the other end: a weekday becomes its date."""
    return days.first.isoformat() if days.text in WEEKDAYS else days.text


def _guessed(first: Days, last: Days, moment: Moment) -> bool:
    """Whether an end was found only by turning into a year that has not come, as in `10 Nov to 5 Nov`."""
    turned = last.first.year > first.first.year and last.first - first.first > WEEK * DAY
    return turned and last.first > moment.today


def _begun(phrase: str, choices: Sequence[Days], moment: Moment) -> Days:
    if not choices:
        raise _impossible(phrase, moment)
    begun = [days for days in choices if days.first <= moment.today]
    if not begun:
        raise _in_future(phrase, moment)
    return begun[-1]


def _resolved(days: Days, moment: Moment) -> Window:
    if days.first < EARLIEST:
        raise _too_far_back(moment)
    start, until = day_start(days.first, moment.zone), day_start(days.until, moment.zone)
    end, running = min(until, moment.now), until > moment.now
    said = label(start, end, moment.zone, running=running)
    return Window(start=start, end=end, zone=moment.zone.key, text=days.text, label=said, open=running)


def _ahead(found: Found, moment: Moment) -> Window:
    raise _in_future(found[0], moment)


def _day_first_or_month_first(found: Found, moment: Moment) -> Window:
    year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
    pairs = ((found["two"], found["one"]), (found["one"], found["two"]))
    readings = [f"{year}-{month:0>2}-{day:0>2}" for month, day in pairs]
    possible = list(dict.fromkeys(one for one in readings if named_days(one, moment.calendar)))
    if not possible:
        raise _impossible(found[0], moment)
    raise BadPeriod(
        f"Some write the day first and some the month, so {_quoted(found[0])} is not taken.",
        next_step=f"Write {' or '.join(f'*{one}*' for one in possible)}.",
    )


def _in_future(phrase: str, moment: Moment) -> BadPeriod:
    return BadPeriod(f"The window {_quoted(phrase)} lies in the future.", next_step=_examples(moment))


def _impossible(phrase: str, moment: Moment) -> BadPeriod:
    return BadPeriod(f"No calendar from 1970 on has {_quoted(phrase)}.", next_step=_examples(moment))


def _too_far_back(moment: Moment) -> BadPeriod:
    return BadPeriod("That goes back before 1970.", next_step=f"For everything there is, say *all time*. {_examples(moment)}")


def _examples(moment: Moment) -> str:
    return f"Try *last 30 days*, *last week* or *{months_back(moment.today, 1):%Y-%m}*."


def _quoted(text: str) -> str:
    return f"'{' '.join(text.split())[:60]}'"


BEGINS = re.compile(
    r"\d|all|ever|(?:in|over|during|at|on|the|from|between|since|this|current|next|coming|upcoming)\b|last|past|prev|today|yesterday|tomorrow|$|"
    rf"[qhw]\d|[wmqy]td|(?:day|week(?:-?end)?|month|quarter|year|w)\b|{'|'.join(NUMBERS)}|{WEEKDAY}|{MONTH}"
)
"""How the first word of every window begins; most words of a question are none, and need not be tried against each pattern."""
COUNT = rf"(?P<count>\d+|{'|'.join(NUMBERS)})"
LAST = "(?:(?:last|past|previous|prev) ?)?"
TODAY = r"(?P<today>,? (?:including|incl\.?|with|and) today)?"
UNIT = "(?:hour|day|week(?:-?end)?|month|quarter|year)"
TO = r"(?: ?(?:\.\.+|-|to) ?| (?:until|till|through|thru) )"
AND = rf"(?:{TO}| and )"
FROM_DAY, TO_DAY = (rf"(?:the )?(?P<{end}>\d{{1,2}})(?:st|nd|rd|th)?" for end in ("from", "to"))

READERS: tuple[tuple[re.Pattern[str], Callable[[Found, Moment], Window | None]], ...] = tuple(
    (re.compile(pattern, re.ASCII), read)
    for pattern, read in (
        (rf"{LAST}{COUNT}[ -]?(?:h|hrs?|hours?)", _last_hours),
        ("(?:last|past) hour", _last_hours),
        (rf"{LAST}{COUNT}[ -]?(?P<unit>[dwmqy]|days?|weeks?|months?|quarters?|years?){TODAY}", _last_days),
        (rf"past (?P<unit>day|week|month|quarter|year){TODAY}", _last_days),
        (rf"last (?P<unit>day){TODAY}", _last_days),
        (r"(?:since|from) (?P<days>.+)", _since),
        (r"all(?:[ -]?time)?|ever", _all_time),
        (rf"(?:from )?{FROM_DAY}{TO}{TO_DAY}(?: of)? {MONTH},?(?: {YEAR})?", _days_of_month),
        (rf"(?:from )?{MONTH} {FROM_DAY}{TO}{TO_DAY},?(?: {YEAR})?", _days_of_month),
        (rf"between {FROM_DAY}{AND}{TO_DAY}(?: of)? {MONTH},?(?: {YEAR})?", _days_of_month),
        (rf"between {MONTH} {FROM_DAY}{AND}{TO_DAY},?(?: {YEAR})?", _days_of_month),
        (rf"tomorrow|(?:next|coming|upcoming) (?:{COUNT} )?(?:{UNIT}s?|{WEEKDAY}|{MONTH})", _ahead),
        (r"(?P<one>\d\d?)[./-](?P<two>\d\d?)[./-](?P<year>\d{4}|\d\d)", _day_first_or_month_first),
    )
)
