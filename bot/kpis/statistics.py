"""The arithmetic of figures: percentiles and 95 % intervals, from counts, rounded nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Type 7 (linear interpolation between closest ranks, as SQL `percentile_cont`) of ascending values; None of none."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def wilson(top: float, n: int) -> tuple[float, float] | None:
    """Wilson's 95 % interval of a rate, in percent; None of none."""
    if n <= 0:
        return None
    rate = top / n
    middle = rate + Z * Z / (2 * n)
    half = Z * sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    # Of 0 or all of n the rate is an end of the interval; by floating point alone it would lie just outside.
    low, high = 100 * (middle - half) / scale, 100 * (middle + half) / scale
    return max(0.0, min(low, 100 * rate)), min(100.0, max(high, 100 * rate))


def adjusted_wald(plus: int, minus: int, n: int) -> tuple[float, float] | None:
    """Adjusted-Wald 95 % interval of a net score such as NPS, in points: n + 3, promoters + 3/4, detractors + 3/4."""
    if n <= 0:
        return None
    size, up, down = n + 3, (plus + 0.75) / (n + 3), (minus + 0.75) / (n + 3)
    net = up - down
    half = Z * sqrt((up + down - net * net) / size)
    return max(-100.0, 100 * (net - half)), min(100.0, 100 * (net + half))
