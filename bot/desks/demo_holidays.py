"""The days off in Berlin and New York, by rule, so that the demo's past never changes with a library's release."""

from __future__ import annotations

from datetime import date, timedelta

MONDAY, THURSDAY = 0, 3


def berlin_holidays(year: int) -> list[date]:
    """Public holidays of the state of Berlin."""
    sunday = easter(year)
    moving = [sunday + timedelta(days=days) for days in (-2, 1, 39, 50)]
    return sorted([*moving, *(date(year, month, day) for month, day in ((1, 1), (3, 8), (5, 1), (10, 3), (12, 25), (12, 26)))])


def new_york_holidays(year: int) -> list[date]:
    """The federal holidays on which an office in New York closes, on their own dates."""
    moving = [
        nth_weekday(year, 1, MONDAY, 3),
        nth_weekday(year, 5, MONDAY, 5),
        nth_weekday(year, 9, MONDAY, 1),
        nth_weekday(year, 11, THURSDAY, 4),
    ]
    return sorted([*moving, *(date(year, month, day) for month, day in ((1, 1), (6, 19), (7, 4), (12, 25)))])


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month, or the last one where there is no nth."""
    first = date(year, month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return day if day.month == month else day - timedelta(days=7)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the computus of Meeus, Jones and Butcher."""
    century, in_century = divmod(year, 100)
    golden = year % 19
    leap_centuries, rest = divmod(century, 4)
    moon = (19 * golden + century - leap_centuries - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    leaps, rest_in_century = divmod(in_century, 4)
    sunday = (32 + 2 * rest + 2 * leaps - moon - rest_in_century) % 7
    correction = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
