"""Whether a day is unlike its kind: measured against the same weekday of the weeks before, robustly, and never on few cases."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import median

from bot.kpis.figures import THIN_N

WEEKS = 8
FEWEST_WEEKS = 6
SIGMA = 1.4826
UNUSUAL = 3.5
USUAL_AGAIN = 2.0
LEAST_SPREAD = 0.05


def robust_z(value: float, before: Sequence[float], *, counts: bool) -> float | None:
    """By how many robust standard deviations a value differs from the median of its kind; None of fewer than six.

    The deviation is 1.4826 x MAD, at least what chance alone makes of a count (the root of its median), or a twentieth of
    any other median: eight equal days are no proof that the ninth must equal them."""
    if len(before) < FEWEST_WEEKS:
        return None
    middle = median(before)
    spread = SIGMA * median(abs(one - middle) for one in before)
    least = sqrt(max(middle, 1.0)) if counts else abs(middle) * LEAST_SPREAD
    scale = max(spread, least)
    return (value - middle) / scale if scale else 0.0


def weekday_history(values: Sequence[float | None], place: int, weeks: int = WEEKS) -> list[float]:
    """The values of the same weekday in the weeks before, newest first, of a series of days; what has no value is left out."""
    places = range(place - 7, max(-1, place - 7 * weeks - 1), -7)
    return [value for at in places if at >= 0 and (value := values[at]) is not None]


def usual(before: Sequence[float]) -> float | None:
    """What such a weekday usually is: the median, of at least six."""
    return median(before) if len(before) >= FEWEST_WEEKS else None


def is_enough(n: float, before: float, *, counts: bool) -> bool:
    """Whether there are enough cases to call anything unusual; of a count the larger of both, as none after 200 tells much."""
    return (max(n, before) if counts else min(n, before)) >= THIN_N
