"""The noun Kpi: what is counted, when, over what, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select
from sqlmodel import Session

from bot.desks.desk import Fact
from bot.windows import Window


class Unit(StrEnum):
    """How a value is said."""

    TICKETS = "tickets"
    PERCENT = "percent"
    DURATION = "seconds"
    POINTS = "points"
    MONEY = "money"
    NUMBER = "number"


class Good(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Rows of a fact table, each counted at one instant. `says` names them: "tickets solved".

    `agent` and `customer` are the columns that say whose doing and whose case a row is; without them, it is the ticket's
    agent and customer. `loose` rows may belong to no ticket and count all the same."""

    table: FromClause
    when: ColumnElement[Any]
    says: str
    where: ColumnElement[bool] | None = None
    agent: ColumnElement[Any] | None = None
    customer: ColumnElement[Any] | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rows; with `distinct`, how many different tickets or, given a column, different values of it, which `says`
    names."""

    flow: Flow
    distinct: ColumnElement[Any] | None = None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The share of the flow's rows that are `top`; never over 100 %. `flip` reports the other share."""

    flow: Flow
    top: ColumnElement[bool]
    top_says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A sum over the flow's rows, by their number. Rows that differ in `scale` are never averaged together."""

    flow: Flow
    total: ColumnElement[Any]
    total_says: str
    scale: ColumnElement[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """Seconds of each row on both clocks; the median is the headline, mean and percentiles stand beside it.

    `pending` are the rows for which the event has not happened yet."""

    flow: Flow
    calendar: ColumnElement[Any]
    business: ColumnElement[Any]
    pending: Flow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Share of `plus` rows less share of `minus` rows, in points from -100 to 100 (NPS)."""

    flow: Flow
    plus: ColumnElement[bool]
    minus: ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Tickets in some statuses at an instant, from status spans; never summed over time."""

    where: ColumnElement[bool]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """One count divided by another over a different population, times `scale`; it may pass 100 %, and says so.

    `fixed` stands below the line instead: one number, whatever the window and the group, such as all seats."""

    top: Count
    bottom: Count
    scale: int = 1
    fixed: Select[Any] | None = None
    fixed_says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a person entered rather than a desk told: costs and customer counts. The reader returns top and bottom sums,
    or None where nothing was entered; `bottom` may be counted from tickets instead. It is given the channels asked for,
    none for all of them, and the workspace's currency. `days` is how many of the window's local days it was entered for,
    `what` how people call it. `warns` says what of the window could not be counted."""

    read: Callable[[Session, Window, Sequence[str], str], Mapping[str, float] | None]
    days: Callable[[Session, Window, Sequence[str], str], int]
    what: str
    top: str
    bottom: str | Count
    scale: int = 1
    warns: Callable[[Session, Window, str], str] | None = None


Measure = Count | Ratio | Mean | Duration | Balance | Stock | Quotient | Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What the field calls good, with its source; a suggestion for a goal, never a verdict."""

    says: str
    op: str
    target: float
    source: str
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example from a source: what went in, in words, and what must come out."""

    says: str
    source: str
    given: Mapping[str, Any]
    value: float | None
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One KPI. `definition` is the exact rule; `splits` the dimensions it may be broken down by.

    `look_ahead` marks a past value that later events may restate."""

    slug: str
    name: str
    says: str
    definition: str
    measure: Measure
    unit: Unit
    good: Good
    splits: tuple[str, ...]
    also: tuple[str, ...] = ()
    split: str | None = None
    needs: frozenset[Fact] = frozenset()
    benchmarks: tuple[Benchmark, ...] = ()
    examples: tuple[Example, ...] = ()
    look_ahead: bool = False
    may_pass_100: bool = False
