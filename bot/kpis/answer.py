"""The one result of asking: the value with its receipt. Text, blocks, pictures, lists and CSV are all made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.kpis.kpi import Kpi
from bot.kpis.query import Query
from bot.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value and what it is made of. `value` None is no data. `n` is how many rows it rests on.

    `parts` names what a reader may re-add: sums and counts for ratios; median, mean, p90, p95 and max, in seconds, for durations.
    `interval` is the 95 % interval where the value is a rate."""

    value: float | None
    n: int
    parts: Mapping[str, float | None] = field(default_factory=dict)
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One group of a split: its labels, in the order of the split, and its figure. `share` is of all rows, in percent.

    `series` are the group's own steps, and `distribution` its own bins, where they were asked for: the same for
    every group."""

    labels: tuple[str, ...]
    keys: tuple[str | int | None, ...]
    figure: Figure
    share: float | None = None
    series: tuple[Step, ...] = ()
    distribution: tuple[Bin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """The groups of a split that are not among its rows, which are those with the most tickets: how many, and their figure,
    which has no value where values of groups do not add up."""

    groups: int
    figure: Figure
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One piece of a series: `[start, end)` and its figure; a stock is taken at `end`.

    `partial` marks one that is not over yet, and one of a flow that the window cuts: less than a whole day, week or month."""

    start: datetime
    end: datetime
    figure: Figure
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The same question over another window, and the change: in percent of it, or in points for percentages.

    There is no change where a source is known only from later on than that window begins, nor where numbers that people enter
    were entered for so many days of this window and so many of that one (`entered`), which are too unlike."""

    window: Window
    figure: Figure
    change: float | None
    change_unit: str
    entered: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """How many rows have an amount in `[low, high)`, in seconds, points or pieces; `high` None has no end."""

    low: float
    high: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How fresh one source is: when it was last read, and from where its history begins. `read_share` is how much of it has
    been read so far, 0 to 1, while it is read for the first time; None afterwards, or where nobody can say. `is_first` while
    that goes on."""

    name: str
    synced_at: datetime | None
    covered_from: datetime | None
    read_share: float | None = None
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A KPI over a window. `exclusions` counts what was left out by reason, `pending` what has not happened yet."""

    kpi: Kpi
    query: Query
    figure: Figure
    window: Window
    clock: str
    profile: str
    definition: str
    statistic: str | None = None
    previous: Previous | None = None
    series: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()
    others: Others | None = None
    distribution: tuple[Bin, ...] = ()
    exclusions: Mapping[str, int] = field(default_factory=dict)
    pending: int | None = None
    oldest_pending: datetime | None = None
    currency: str = "USD"
    sources: tuple[Source, ...] = ()
    as_of: datetime
    notes: tuple[str, ...] = ()
