"""Charts of how values lie: durations in fixed buckets, a histogram, a week hour by hour."""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass

from bot.views.chart_spec.parts import Heading, share_text, total
from bot.views.labels import clean, count_text, finite

MINUTE, HOUR = 60.0, 3600.0
EDGES = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR)
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    label: str
    count: int
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationBuckets(Heading):
    """Do we reply in time? Median and p90 belong in the footer. Make the buckets with `duration_buckets`."""

    buckets: tuple[Bucket, ...]
    goal_text: str = ""

    @property
    def n(self) -> int:
        return sum(bucket.count for bucket in self.buckets)

    @property
    def late(self) -> int:
        return sum(bucket.count for bucket in self.buckets if bucket.late)

    def share(self, bucket: Bucket) -> str:
        return share_text(bucket.count / self.n) if self.n else "–"

    @property
    def alt(self) -> str:
        if not self.n:
            return self.told(["no data"])
        in_time = f"{share_text(1 - self.late / self.n)} within the {self.goal_text} goal, {count_text(self.late)} late"
        verdict = [in_time] if self.goal_text else []
        told = (f"{b.label} {self.share(b)}" for b in self.buckets)
        return self.told([f"n={count_text(self.n)}", ", ".join(told), *verdict])


def duration_buckets(seconds: Iterable[float], goal: float | None = None) -> tuple[Bucket, ...]:
    """Counts per fixed bucket, lower end excluded, upper end included, so that exactly the goal is still in time.

    `seconds` and `goal` are seconds; a goal inside a bucket splits it.
    """
    edges = sorted({*EDGES, goal} if goal else EDGES)
    counts = [0] * (len(edges) + 1)
    for value in seconds:
        counts[bisect.bisect_left(edges, value)] += 1
    labels = ["≤" + _edge(edges[0]), *map(_between, edges, edges[1:]), ">" + _edge(edges[-1])]
    lows = [0.0, *edges]
    return tuple(
        Bucket(label=label, count=count, late=bool(goal) and low >= (goal or 0))
        for label, count, low in zip(labels, counts, lows, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap(Heading):
    """When do tickets come? Averages over whole weeks, one row a weekday, one column an hour; None where never measured."""

    values: tuple[tuple[float | None, ...], ...]
    staffed: tuple[tuple[bool, ...], ...] = ()
    rows: tuple[str, ...] = WEEK
    columns: tuple[str, ...] = tuple(f"{hour:02}" for hour in range(24))
    unit: str = "per hour"

    @property
    def peak(self) -> tuple[int, int, float] | None:
        """Row, column and value of the largest cell; None where nothing was measured or nothing came."""
        cells = [(number, -r, -c) for r, row in enumerate(self.values) for c, v in enumerate(row) if (number := finite(v))]
        if not cells or max(cells)[0] <= 0:
            return None
        value, row, column = max(cells)
        return -row, -column, value

    @property
    def outside(self) -> float | None:
        """The share (0 to 1) that comes outside staffed hours; None without a roster or without tickets."""
        everything = total(value for row in self.values for value in row)
        if not self.staffed or not everything:
            return None
        cells = zip(self.values, self.staffed, strict=True)
        away = total(v for row, mask in cells for v, there in zip(row, mask, strict=True) if not there)
        return (away or 0.0) / everything

    @property
    def peak_number(self) -> str:
        """The largest value as it is printed: one decimal below ten."""
        value = self.peak[2] if self.peak else None
        return count_text(value if value is None else round(value, 1 if value < 10 else None))

    @property
    def peak_text(self) -> str:
        if self.peak is None:
            return ""
        row, column, _ = self.peak
        return f"peak {self.rows[row]} {self.columns[column]}:00, {self.peak_number}"

    @property
    def alt(self) -> str:
        if self.peak is None:
            return self.told(["no data"])
        days = (f"{name} {count_text(round(total(row) or 0, 1))}" for name, row in zip(self.rows, self.values, strict=True))
        outside = [f"{share_text(self.outside)} outside staffed hours"] if self.outside is not None else []
        return self.told([f"{self.peak_text} {self.unit}", "per day: " + ", ".join(days), *outside])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place on the value axis and its words: "median 34 min"."""

    value: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution(Heading):
    """How values spread: `counts[i]` lie between `edges[i]` and `edges[i + 1]`; edges may be unequal steps of any scale."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    ticks: tuple[Mark, ...] = ()
    marks: tuple[Mark, ...] = ()
    goal: Mark | None = None
    tail: str = ""
    """What lies beyond the last edge: "23 above 24 h"."""

    @property
    def alt(self) -> str:
        if not sum(self.counts):
            return self.told(["no data"])
        marks = [clean(mark.text) for mark in (*self.marks, *([self.goal] if self.goal else []))]
        return self.told([f"n={count_text(sum(self.counts))}", *marks, *([clean(self.tail)] if self.tail else [])])


def _between(low: float, high: float) -> str:
    """15–30m, 30–60m, 1–2h; the unit once where both ends share it."""
    first, last = _edge(low), f"{high / MINUTE:g}m" if low < HOUR == high else _edge(high)
    return f"{first[:-1] if first[-1] == last[-1] else first}–{last}"


def _edge(seconds: float) -> str:
    for size, unit in ((HOUR, "h"), (MINUTE, "m")):
        if seconds >= size and (seconds % size == 0 or seconds * 2 % size == 0):
            return f"{seconds / size:g}{unit}"
    return f"{seconds / MINUTE:.0f}m" if seconds >= MINUTE else f"{seconds:g}s"
