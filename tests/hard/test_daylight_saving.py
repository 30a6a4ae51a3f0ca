"""Every zone there is, three years, at the hours around which clocks change: no slot lost, none doubled."""

from __future__ import annotations

from datetime import date, time

from bot.clock import zone_names
from tests.hard.conftest import Tell
from tests.hard.scale import scaled
from tests.test_slots import faults

FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
TIMES = (time(2, 15), time(0, 15), time(1, 15), time(0, 30), time(2, 45), time(3, 0))


def test_no_zone_loses_or_doubles_a_slot_in_three_years(tell: Tell) -> None:
    zones, times = sorted(zone_names().values()), TIMES[: scaled(3)]

    wrong = list(faults(zones, FIRST, LAST, times))

    days = (LAST - FIRST).days + 1
    tell("daily slots", zones=len(zones), days=days, times=len(times), slots=len(zones) * days * len(times), wrong=len(wrong))
    assert len(zones) >= 590
    assert wrong == []
