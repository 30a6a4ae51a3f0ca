"""The window an answer covers, how it is echoed, and the windows it is fairly compared with."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import DAY, Span, day_start, first_instant, iso, local_date

EARLIEST = date(1970, 1, 1)
WEEK = 7
YEAR_IN_WEEKS = 52
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The half-open stretch `[start, end)` an answer covers: aware UTC instants, with the zone its days belong to.

    `text` is the canonical wording, which reads back as the same window at the same moment; `label` is what it came to,
    for people; `open` says that more of it is still to come, so its numbers hold "so far".
    """

    start: datetime
    end: datetime
    zone: str
    text: str
    label: str
    open: bool

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a window cannot end ({iso(self.end)}) before it starts ({iso(self.start)})")

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def previous(window: Window) -> Window | None:
    """The nearest earlier window with as many local days on the same weekdays; None before 1970.

    Days directly before would seldom do: thirty of them hold another number of Sundays, and volume would seem to move.
    So `last 7 days` steps back 7 days, `last month` and `last 30 days` 35, and a running window stops at the same
    time of day.
    """
    return same_weekdays(window)


def same_weekdays(window: Window, back: int = 1) -> Window | None:
    """The window moved back by whole weeks until it is clear of itself, `back` times over; None before 1970."""
    return _moved(window, back * _weeks(window))


def year_before(window: Window) -> Window | None:
    """The window 52 weeks earlier, on the same weekdays, or as many more as keep the two apart; None before 1970."""
    return _moved(window, max(YEAR_IN_WEEKS, _weeks(window)))


def same_part(window: Window, running: Window) -> Window:
    """As much of a window as has passed of a running one: its first so many local days, to the same time of day.

    `this month vs last month`, asked on the 22nd at 10:00, compares with the 1st to the 22nd at 10:00. Never longer than
    the window itself; what rolls, as the last 24 hours do, has no parts."""
    where = ZoneInfo(window.zone)
    if _rolling(running, where):
        return window
    days = local_date(running.end, where) - local_date(running.start, where)
    clock = running.end.astimezone(where).replace(tzinfo=None).time()
    last = local_date(window.start, where) + days
    end = min(max(first_instant(datetime.combine(last, clock), where), window.start), window.end)
    said = label(window.start, end, where, running=False)
    return Window(start=window.start, end=end, zone=window.zone, text=window.text, label=said, open=False)


def label(start: datetime, end: datetime, where: ZoneInfo, *, running: bool) -> str:
    """The resolved range for people: `Mon 9 - Sun 15 Nov 2026, Europe/Berlin`."""
    first, last = local_date(start, where), _last_day(start, end, where)
    if first == EARLIEST:
        said = f"all time to {_date(last)}"
    elif start > day_start(first, where):
        said = f"{_date(first, year=first.year != last.year)} {_clock(start, where)} - {_date(last)} {_clock(end, where)}"
    else:
        said = dates(first, last)
        if not running and end < day_start(last + DAY, where) and end > start:
            said += f" until {_clock(end, where)}"
    return f"{said}{', so far' if running else ''}, {where.key}"


def dates(first: date, last: date) -> str:
    """Both days of a range, saying month and year once where they are shared: `Mon 9 - Sun 15 Nov 2026`."""
    if first == last:
        return _date(first)
    if first.year != last.year:
        return f"{_date(first)} - {_date(last)}"
    if first.month != last.month:
        return f"{_date(first, year=False)} - {_date(last)}"
    return f"{DAY_NAMES[first.weekday()]} {first.day} - {_date(last)}"


def _weeks(window: Window) -> int:
    where = ZoneInfo(window.zone)
    if _rolling(window, where):
        days = -(-(window.end - window.start) // DAY)
    else:
        days = (_last_day(window.start, window.end, where) - local_date(window.start, where)).days + 1
    return max(1, -(-days // WEEK))


def _moved(window: Window, weeks: int) -> Window | None:
    where, shift = ZoneInfo(window.zone), timedelta(weeks=weeks)
    if local_date(window.start, where) - EARLIEST < shift:
        return None
    end = _earlier(window.end, shift, where)
    # A rolling window keeps its length in hours, any other its time of day, also when clocks change in between.
    start = end - (window.end - window.start) if _rolling(window, where) else _earlier(window.start, shift, where)
    first, last = local_date(start, where), _last_day(start, end, where)
    return Window(
        start=start,
        end=end,
        zone=window.zone,
        text=f"{first} to {last}",
        label=label(start, end, where, running=False),
        open=False,
    )


def _earlier(instant: datetime, shift: timedelta, where: ZoneInfo) -> datetime:
    day = local_date(instant, where)
    # The start of a day moves to the start of a day: where one of the two midnights is skipped, 01:00 is not 01:00.
    if instant == day_start(day, where):
        return day_start(day - shift, where)
    return first_instant(instant.astimezone(where).replace(tzinfo=None, fold=0) - shift, where)


def _rolling(window: Window, where: ZoneInfo) -> bool:
    return window.start > day_start(local_date(window.start, where), where)


def _last_day(start: datetime, end: datetime, where: ZoneInfo) -> date:
    return local_date(max(start, end - timedelta.resolution), where)


def _date(day: date, *, year: bool = True) -> str:
    return f"{DAY_NAMES[day.weekday()]} {day.day} {MONTH_NAMES[day.month - 1]}{f' {day.year}' if year else ''}"


def _clock(instant: datetime, where: ZoneInfo) -> str:
    return instant.astimezone(where).strftime("%H:%M")
