"""Charts of one row each: the KPI strip, bars by a dimension, ratings by team, the Pareto."""

from dataclasses import dataclass

from bot.views.chart_spec.parts import THIN_N, Heading, Mood, Point
from bot.views.labels import clean, count_text, finite


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRow:
    """`delta` carries its own arrow ("▲ 12%"); `partial` says the last point is an unfinished period."""

    name: str
    value: str
    note: str = ""
    series: tuple[float | None, ...] = ()
    goal: float | None = None
    delta: str = ""
    mood: Mood = "neutral"
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiStrip(Heading):
    """How are we today? One row per KPI."""

    rows: tuple[KpiRow, ...]

    @property
    def alt(self) -> str:
        parts = ((clean(r.name), r.value, delta_text(r), f"({r.note})" if r.note else "") for r in self.rows)
        return self.told([" ".join(filter(None, row)) for row in parts] or ["no data"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Point):
    """One row of a split. `n` under 20 fades it ("too few"), whatever its mood."""

    n: int | None = None
    mood: Mood = "neutral"

    @property
    def thin(self) -> bool:
        return finite(self.value) is not None and (self.mood == "thin" or (self.n is not None and self.n < THIN_N))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Heading):
    """Any KPI by a dimension, the rows in the order to show them. `bar_limit` rows are drawn, the table has them all."""

    name: str
    rows: tuple[Bar, ...]
    goal: float | None = None
    goal_text: str = ""
    unit: str = ""
    by: str = ""

    @property
    def alt(self) -> str:
        goal = [self.goal_text] if self.goal is not None and self.goal_text else []
        return self.told([*(bar_text(row) for row in self.rows), *goal] or ["no data"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoRow:
    label: str
    count: int
    delta: str = ""
    mood: Mood = "neutral"
    """`worse` marks a row past the alert threshold: the only rows that get the accent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto(Heading):
    """What drives volume? Rows from the largest down; those after the eighth are folded into "Other (n)"."""

    rows: tuple[ParetoRow, ...]
    keep: int = 8

    @property
    def total(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def folded(self) -> tuple[ParetoRow, ...]:
        """At most `keep` rows, then "Other (categories)" holding the rest, so that the counts add up to the total."""
        if len(self.rows) <= self.keep + 1:
            return self.rows
        rest = self.rows[self.keep :]
        return (*self.rows[: self.keep], ParetoRow(label=f"Other ({len(rest)})", count=sum(row.count for row in rest)))

    @property
    def running(self) -> tuple[float | None, ...]:
        """Running share (0 to 1) after each folded row; None when nothing was counted."""
        seen, shares = 0, list[float | None]()
        for row in self.folded:
            seen += row.count
            shares.append(seen / self.total if self.total else None)
        return tuple(shares)

    @property
    def alt(self) -> str:
        parts = ((clean(r.label), count_text(r.count), r.delta) for r in self.folded)
        return self.told([" ".join(filter(None, row)) for row in parts] or ["no data"])


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRow:
    """One team's ratings. `counts` follow the scale from worst to best; score and Wilson interval in the goal's unit."""

    label: str
    counts: tuple[int, ...]
    score: float | None
    text: str
    low: float | None = None
    high: float | None = None

    @property
    def n(self) -> int:
        return sum(self.counts)

    @property
    def thin(self) -> bool:
        return self.n < THIN_N


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings(Heading):
    """Who is off the goal? A score is coloured only if its whole interval is off it; n under 20 fades."""

    scale: tuple[str, ...]
    rows: tuple[RatingRow, ...]
    goal: float | None = None
    goal_text: str = ""
    good: str = "up"

    def mood(self, row: RatingRow) -> Mood:
        low, high, goal = finite(row.low), finite(row.high), finite(self.goal)
        if row.thin:
            return "thin"
        if goal is None or low is None or high is None or low <= goal <= high:
            return "neutral"
        return "better" if (low > goal) == (self.good == "up") else "worse"

    @property
    def alt(self) -> str:
        return self.told([*(self._told(row) for row in self.rows), self.goal_text] if self.rows else ["no data"])

    def _told(self, row: RatingRow) -> str:
        counts = ", ".join(f"{clean(mark)}: {count_text(count)}" for mark, count in zip(self.scale, row.counts, strict=True))
        return f"{clean(row.label)} {row.text} (n={count_text(row.n)}{', too few' if row.thin else ''}; {counts})"


def delta_text(row: KpiRow) -> str:
    """A thin row is never judged: no arrow, "too few"."""
    return "too few" if row.mood == "thin" else row.delta


def bar_text(row: Bar) -> str:
    n = f" (n={count_text(row.n)}{', too few' if row.thin else ''})" if row.n is not None else ""
    return f"{clean(row.label)} {row.shown}{n}"
