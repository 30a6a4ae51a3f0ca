"""How the amounts behind a number lie: a histogram whose edges are round, equally wide, and leave nothing out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from bot.errors import BadRequest
from bot.kpis.answer import Bin
from bot.kpis.asked import Asked
from bot.kpis.cells import Keys, counted, plain, split_keys, standing
from bot.kpis.columns import ANSWERS
from bot.kpis.kpi import Count, Counted, Duration, Flow, Kpi, Mean, Measure, Quotient, Ratio, Stock, Unit
from bot.kpis.quantities import age_at

MOST_BINS = 12
SECONDS = (1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600)
PIECES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
TAIL = 0.05


def distribution(asked: Asked) -> tuple[Bin, ...]:
    """How many rows have which amount: each row in exactly one bin, so that the bins add up to n.

    Bins are `[low, high)` from 0 on and equally wide, so that their heights may be compared; at most the largest 5 % share
    a last bin without an end. Scores have one bin each, from one end of their scale to the other. Raises BadRequest."""
    rows, value = _amounts(asked)
    if value is ANSWERS.c.score:
        return _scores(asked, rows)
    timed = isinstance(asked.kind, Stock) or asked.kpi.unit is Unit.DURATION
    return _bins(_counts(asked, rows, value), SECONDS if timed else PIECES)


def amounts(asked: Asked) -> dict[float, int]:
    """How many rows have each amount, ascending; those without one are in none. Raises BadRequest."""
    return _counts(asked, *_amounts(asked))


def distributions(asked: Asked, bins: Sequence[Bin]) -> Mapping[Keys, tuple[Bin, ...]]:
    """The same for each group of the split, in the bins of the whole, so that groups may be compared."""
    rows, value = _amounts(asked, asked.query.splits)
    keys = split_keys(_population(asked.kind), asked.query.window.span, asked.scope(asked.query.splits))
    named = [key.label(f"k{i}") for i, key in enumerate(keys)]
    told = rows.with_only_columns(*named, value.label("amount")).subquery("told")
    group = [*(told.c[f"k{i}"] for i in range(len(keys))), told.c.amount]
    query = select(*group, func.count()).select_from(told).where(told.c.amount.is_not(None)).group_by(*group)
    lows = [one.low for one in bins]
    held: dict[Keys, list[int]] = {}
    for *found, amount, n in asked.facts.execute(query):
        held.setdefault(plain(tuple(found)), [0] * len(bins))[bisect_right(lows, float(amount)) - 1] += int(n)
    return {keys: tuple(replace(one, count=n) for one, n in zip(bins, counts, strict=True)) for keys, counts in held.items()}


def _amounts(asked: Asked, splits: Sequence[str] = ()) -> tuple[Select[Any], ColumnElement[Any]]:
    """The rows that are counted, and the amount of each. Raises BadRequest."""
    kind, scope = asked.kind, asked.scope(splits)
    if isinstance(kind, Stock):
        at = asked.query.window.end
        return standing(kind, at, scope), age_at(kind, at)
    if isinstance(kind, Count | Quotient | Counted):
        raise _shapeless(asked.kpi)
    rows = counted(kind.flow, scope, [asked.query.window.span])
    if kind.flow.table is ANSWERS:
        return rows, ANSWERS.c.score
    match kind:
        case Duration():
            return rows, kind.business if asked.business else kind.calendar
        case Mean(total=total):
            return rows, total
        case _:
            raise _shapeless(asked.kpi)


def _population(kind: Measure) -> Flow | Stock:
    assert not isinstance(kind, Quotient | Counted)
    return kind if isinstance(kind, Stock) else kind.flow


def _shapeless(kpi: Kpi) -> BadRequest:
    says = f"{kpi.name} has no distribution: {'its rows are yes or no' if isinstance(kpi.measure, Ratio) else 'it is one count'}."
    return BadRequest(says, next_step=f"Ask *{kpi.slug} daily*, or *{kpi.slug} by {kpi.splits[0]}*." if kpi.splits else "")


def _counts(asked: Asked, rows: Select[Any], value: ColumnElement[Any]) -> dict[float, int]:
    """How many rows have each amount, ascending; those without one are in none."""
    told = rows.with_only_columns(value.label("amount")).subquery("told")
    query = select(told.c.amount, func.count()).where(told.c.amount.is_not(None)).group_by(told.c.amount).order_by(told.c.amount)
    return {float(amount): int(n) for amount, n in asked.facts.execute(query)}


def _scores(asked: Asked, rows: Select[Any]) -> tuple[Bin, ...]:
    ends = asked.facts.execute(rows.with_only_columns(ANSWERS.c.scale, ANSWERS.c.scale_min, ANSWERS.c.scale_max).distinct())
    found = sorted({(str(scale), int(low), int(high)) for scale, low, high in ends})
    if len(found) > 1:
        names = ", ".join(scale for scale, *_ in found)
        step = f"Ask for one: *{asked.kpi.slug} scale:{found[0][0]} as distribution*."
        raise BadRequest(f"Answers on different scales ({names}) have no common distribution.", next_step=step)
    counts = _counts(asked, rows, ANSWERS.c.score)
    return tuple(Bin(low=s, high=s + 1, count=counts.get(float(s), 0)) for _, low, high in found for s in range(low, high + 1))


def _bins(counts: Mapping[float, int], steps: Sequence[int]) -> tuple[Bin, ...]:
    if not counts:
        return ()
    inside = _inside(counts)
    step = next((one for one in steps if inside < one * MOST_BINS), 0) or _large(inside, steps[-1])
    places = int(inside // step) + 1
    held = [0] * (places + 1)
    for amount, n in counts.items():
        held[min(int(amount // step), places)] += n
    bins = [Bin(low=i * step, high=(i + 1) * step, count=n) for i, n in enumerate(held[:-1])]
    return (*bins, *([Bin(low=places * step, high=None, count=held[-1])] if held[-1] else []))


def _inside(counts: Mapping[float, int]) -> float:
    """The smallest amount that no more than the tail's share of the rows exceeds."""
    left = sum(counts.values()) * (1 - TAIL)
    for amount, n in counts.items():
        left -= n
        if left <= 0:
            return amount
    return max(counts)


def _large(inside: float, step: int) -> int:
    """The largest step so many times over that the bins are few enough."""
    return step * (int(inside // (step * MOST_BINS)) + 1)
