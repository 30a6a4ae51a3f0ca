"""What a chart says, as data: the picture, the native block, the table and the alt text are all made from these."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

from bot.views.labels import clean, count_text, cut, finite

ALT_LIMIT = 1000
THIN_N = 20

Mood = Literal["better", "worse", "neutral", "thin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The words around a chart: the title is the finding (<= 42 characters), the subtitle what, period, scope and n,
    the footer definition, goal and zone."""

    title: str
    subtitle: str = ""
    footer: str = ""

    def told(self, numbers: list[str]) -> str:
        """The alt text: heading, numbers, footer, at most 1000 characters (Slack's limit at upload)."""
        parts = [clean(self.title, 160) + ".", clean(self.subtitle, 160) + "." if self.subtitle else "", "; ".join(numbers) + "."]
        parts.append(clean(self.footer, 160) + "." if self.footer else "")
        return cut(" ".join(part for part in parts if part.strip(".")), ALT_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value at a place on the axis; None where there is no data. `text` is the value as the answer prints it."""

    label: str
    value: float | None
    text: str = ""

    @property
    def shown(self) -> str:
        return "no data" if finite(self.value) is None else self.text or count_text(self.value)


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
        return self.told([" ".join(filter(None, (clean(r.name), r.value, delta_text(r), f"({r.note})" if r.note else ""))) for r in self.rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogChart(Heading):
    """Is the pile growing, and why? One entry per day in every tuple; `backlog` at the end of the day."""

    days: tuple[str, ...]
    backlog: tuple[float | None, ...]
    created: tuple[float | None, ...]
    solved: tuple[float | None, ...]
    marks: tuple[int, ...] = ()
    """Which days carry a label: the Mondays. Empty: chosen by room."""
    goal: float | None = None
    goal_text: str = ""
    recent: int = 7
    partial: bool = False

    @property
    def alt(self) -> str:
        known = [(d, b) for d, b in zip(self.days, self.backlog, strict=True) if finite(b) is not None]
        ends = [f"{clean(d)}: {count_text(b)} open" for d, b in (known[:1] + known[-1:] if len(known) > 1 else known)]
        return self.told([*ends, *(f"{count_text(n)} {what} in the last {self.recent} days" for what, n in self.sums)])

    @property
    def sums(self) -> tuple[tuple[str, float | None], ...]:
        """Created and solved over the last `recent` days; None where no day has data."""
        return ("created", total(self.created[-self.recent :])), ("solved", total(self.solved[-self.recent :]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A context line drawn in grey, one value per point of the main line."""

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...] = ()

    def shown(self, index: int) -> str:
        if finite(self.values[index]) is None:
            return "no data"
        return self.texts[index] if self.texts else count_text(self.values[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Heading):
    """Any KPI over time. `band` is the interval of each point; a `partial` last point is an unfinished period."""

    name: str
    points: tuple[Point, ...]
    others: tuple[Line, ...] = ()
    band: tuple[tuple[float, float] | None, ...] = ()
    goal: float | None = None
    goal_text: str = ""
    marks: tuple[int, ...] = ()
    unit: str = ""
    partial: bool = False
    partial_text: str = "so far"

    @property
    def alt(self) -> str:
        goal = [self.goal_text] if self.goal is not None and self.goal_text else []
        so_far = f" ({self.partial_text})" if self.partial else ""
        told = [f"{clean(p.label)} {p.shown}" for p in self.points]
        return self.told([f"{clean(self.name)}: " + ", ".join(told) + so_far if told else "no data", *goal])


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
        return self.told([" ".join(filter(None, (clean(r.label), count_text(r.count), r.delta))) for r in self.folded] or ["no data"])


ChartSpec = KpiStrip | BacklogChart | Series | Bars | Pareto


def spec_key(spec: Heading, *more: str) -> str:
    """The same chart, theme and style give the same key in every process."""
    told = json.dumps([type(spec).__name__, asdict(spec), more], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def delta_text(row: KpiRow) -> str:
    """A thin row is never judged: no arrow, "too few"."""
    return "too few" if row.mood == "thin" else row.delta


def bar_text(row: Bar) -> str:
    n = f" (n={count_text(row.n)}{', too few' if row.thin else ''})" if row.n is not None else ""
    return f"{clean(row.label)} {row.shown}{n}"


def total(values: tuple[float | None, ...]) -> float | None:
    known = [number for number in map(finite, values) if number is not None]
    return sum(known) if known else None
