"""From values to pixels, and from gaps in the data to gaps in the line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    at_low: float
    at_high: float

    @classmethod
    def over(cls, values: Iterable[float], top: float, bottom: float, *more: float) -> Self:
        """All values between bottom and top; further values widen the range (0 for a base line at zero)."""
        known = [*values, *more]
        low, high = min(known), max(known)
        if low == high:
            pad = abs(high) / 2 or 1.0
            low, high = low - pad, high + pad
        return cls(low, high, bottom, top)

    def __call__(self, value: float) -> float:
        # Divided before subtracted: 1e299 - -1e299 would be too large for a float.
        span = self.high / 2 - self.low / 2
        return self.at_low + (value / 2 - self.low / 2) / span * (self.at_high - self.at_low)


def pieces(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """The runs of neighbouring points that have data: a gap is a gap, never a line to zero or across."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]


def between(run: Sequence[tuple[float, float]], step: float = 4) -> list[tuple[float, float]]:
    """Points along the line at most `step` px apart, for keeping labels off it."""
    dense: list[tuple[float, float]] = list(run[:1])
    for (x0, y0), (x1, y1) in pairwise(run):
        count = max(int(max(abs(x1 - x0), abs(y1 - y0)) / step), 1)
        dense += [(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(1, count + 1)]
    return dense
