"""Numbers in words: `38 min`, `1 h 52 min`, `▲ 12%`, `▼ 3 pt`, `$1,234.50`, and `n/a` where there is no number."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.kpis.kpi import Count, Kpi, Stock, Unit
from bot.views.labels import finite
from bot.windows import DAY_NAMES, MONTH_NAMES

NO_DATA = "n/a"
UP, DOWN, FLAT = "▲", "▼", "→"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
EXACT_BELOW = 10 * MINUTE
DAYS_FROM = 2 * DAY
TOO_LONG = 1e15
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "CNY": "CN¥"}
WHOLE_CURRENCIES = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
ONE_OF = {"tickets": "ticket", "breaches": "breach", "solves": "solve", "answers": "answer", "replies": "reply",
          "incidents": "incident", "targets": "target"}  # fmt: skip


def value_text(kpi: Kpi, value: float | None, currency: str = "USD", clock: str = "business") -> str:
    """A KPI's value as everyone reads it; `n/a` where there is none.

    Only calendar durations are said in days: a business day has no agreed number of hours."""
    number = finite(value)
    if number is None:
        return NO_DATA
    match kpi.unit:
        case Unit.TICKETS:
            return number_text(number, 0)
        case Unit.PERCENT:
            return f"{number_text(number)}%"
        case Unit.POINTS:
            return f"{'+' if rounded(number, 1) > 0 else ''}{number_text(number)}"
        case Unit.MONEY:
            return money_text(number, currency)
        case Unit.DURATION:
            return duration_text(number, days=clock == "calendar")
        case _:
            return number_text(number)


def number_text(number: float, decimals: int = 1) -> str:
    """With thousands and so many decimals; never a negative zero, never three hundred digits."""
    if abs(number) >= TOO_LONG:
        return f"{number:.1e}"
    return f"{rounded(number, decimals):,.{decimals}f}"


def money_text(amount: float, currency: str) -> str:
    """`$10.00`, `¥1,200`, `CHF 10.00`: the sign where everyone knows it, else the code."""
    digits = number_text(abs(amount), 0 if currency in WHOLE_CURRENCIES else 2)
    sign = SIGNS.get(currency, f"{currency} ")
    return f"-{sign}{digits}" if amount < 0 and digits.strip("0.,") else f"{sign}{digits}"


def duration_text(seconds: float, *, days: bool = False) -> str:
    """`45 s`, `3 min 20 s`, `38 min`, `1 h 52 min`; from 48 hours on in days where these are 24 hours long."""
    if seconds < 0:
        return f"-{duration_text(-seconds, days=days)}"
    if seconds >= TOO_LONG:
        return f"{seconds / HOUR:.1e} h"
    whole = int(seconds + 0.5)
    if whole < EXACT_BELOW:
        return _pair(whole, MINUTE, "min", "s")
    minutes = (whole + MINUTE // 2) // MINUTE
    if days and minutes * MINUTE >= DAYS_FROM:
        return _pair((whole + HOUR // 2) // HOUR, DAY // HOUR, "d", "h")
    return _pair(minutes, HOUR // MINUTE, "h", "min")


def age_text(seconds: float) -> str:
    """How long ago, or how old: calendar time, so in days where they tell more."""
    return duration_text(max(seconds, 0.0), days=True)


def change_text(change: float, unit: str) -> str:
    """`▲ 12%`, `▼ 3 pt`, `→ 0%`: with an arrow, because a colour alone says nothing to many."""
    said = size_text(change, unit)
    zero = rounded(change, 1) == 0
    return f"{FLAT if zero else UP if change > 0 else DOWN} {said}"


def size_text(change: float, unit: str) -> str:
    """How large a change is, without its direction: `12%`, `3.4%`, `3 pt`."""
    size = abs(change)
    small = rounded(size, 1)
    digits = f"{small:.1f}".removesuffix(".0") if small < 10 else number_text(size, 0)
    return f"{digits} pt" if unit == "points" else f"{digits}%"


def interval_text(interval: tuple[float, float]) -> str:
    """`95% interval 66-82`, or `-1 to 60` where a minus would be read as a dash."""
    low, high = (number_text(end, 0) for end in interval)
    return f"95% interval {low}-{high}" if not low.startswith("-") else f"95% interval {low} to {high}"


def instant_text(at: datetime, zone: str) -> str:
    """`Wed 18 Nov 2026, 10:00` on the clocks of a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{DAY_NAMES[local.weekday()]} {local.day} {MONTH_NAMES[local.month - 1]} {local.year}, {local:%H:%M}"


def counted_text(n: int, plural: str) -> str:
    """`1 ticket`, `1,234 tickets`."""
    said = " ".join(ONE_OF.get(word, word) for word in plural.split()) if n == 1 else plural
    return f"{n:,} {said}"


def noun(kpi: Kpi) -> str:
    """What a count counts, in the plural; empty for everything that is not a count."""
    match kpi.measure:
        case Stock(says=says):
            return says
        case Count(flow=flow, distinct=None):
            return flow.says
        case Count():
            return "tickets"
        case _:
            return ""


def rounded(number: float, decimals: int) -> float:
    """Rounded half away from zero, as people do it, and never to a negative zero."""
    if abs(number) >= TOO_LONG:
        return number
    scale = 10.0**decimals
    # The nudge keeps 2.675, which is stored a little below itself, from being rounded down.
    whole = int(abs(number) * scale + 0.5 + 1e-9)
    return (whole if number >= 0 else -whole) / scale + 0.0


def _pair(amount: int, size: int, large: str, small: str) -> str:
    """An amount of small units as large ones and the rest; what is zero is left out."""
    top, rest = divmod(amount, size)
    if not top:
        return f"{rest} {small}"
    return f"{top:,} {large} {rest} {small}" if rest else f"{top:,} {large}"
