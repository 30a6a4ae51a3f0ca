"""Rows into groups, and what can be said of each: how many, how much, the most and the least, and where percentiles lie."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy.sql import operators

from bot.columns.packed import Numbers
from bot.columns.vectors import Vector
from bot.errors import NotInColumns

DIRECT = 1 << 22
"""With so many possible groups and fewer, each has a place of its own; with more, those that are there are sorted."""
SPARSE = 1 << 12
"""So many places may be empty; more of them are closed up first."""
SHARE = re.compile(r"\d\.\d+")


@dataclass(slots=True)
class Groups:
    """In which of some places each row is; `place` is None where all are in one. A group is a place that has rows, and
    `keys` has the keys of each. `in_order` says that values will be asked for by their order."""

    rows: int
    sizes: Numbers
    place: Numbers | None
    keys: list[Vector]
    in_order: bool = False
    _ordered: dict[int, tuple[Vector, Numbers, Numbers]] = field(default_factory=dict)

    def numbers(self, told: Vector) -> Numbers:
        """How many values each place has."""
        if told.nulls is None:
            return self.sizes
        if self.place is None:
            return np.array([self.rows - int(np.count_nonzero(told.nulls))])
        return np.bincount(self.place[~told.nulls], minlength=len(self.sizes))

    def ordered(self, told: Vector) -> tuple[Numbers, Numbers]:
        """All values, ascending in each place, and how many each has. Place and value fit into one number, which sorts ten
        times as fast as two."""
        known = self._ordered.get(id(told))
        if known is None:
            values, place = some(self, told)
            known = self._ordered[id(told)] = (told, _sorted(values, place), self.numbers(told))
        return known[1:]

    def present(self, values: Sequence[Any]) -> list[Any]:
        """Of one value a place, those of groups."""
        if self.place is None:
            return list(values)
        return [values[place] for place in np.flatnonzero(self.sizes).tolist()]


def some(groups: Groups, told: Vector) -> tuple[Numbers, Numbers | None]:
    """The values that are there, and their places."""
    if told.nulls is None:
        return told.values, groups.place
    there = ~told.nulls
    return told.values[there], None if groups.place is None else groups.place[there]


def _sorted(values: Numbers, place: Numbers | None) -> Numbers:
    if place is None or not len(values):
        return np.sort(values)
    low, high = int(values.min()), int(values.max())
    bits = max((high - low).bit_length(), 1)
    both = place << bits
    both |= values.astype(np.int64) - low
    both.sort()
    both &= (1 << bits) - 1
    both += low
    return both


def grouped(keys: Sequence[Vector], rows: int) -> Groups:
    """The groups of rows with the same keys. Without keys all rows are one group, even if there are none."""
    if not keys:
        return Groups(rows, np.array([rows]), None, [])
    if not rows:
        return Groups(0, np.zeros(0, np.int64), np.zeros(0, np.int64), [key.taken(slice(0, 0)) for key in keys])
    whole, sizes, lows = np.zeros(0, np.int64), [], []
    for key in keys:
        low, high = _ends(key)
        code = key.values.astype(np.int64)
        code -= low - 1
        if key.nulls is not None:
            code[key.nulls] = 0
        sizes.append(high - low + 2)
        lows.append(low)
        whole = whole * sizes[-1] + code if len(sizes) > 1 else code
    place, present, numbers = _places(whole, int(np.prod([float(size) for size in sizes])))
    return Groups(rows, numbers, place, _keys(keys, present, sizes, lows))


def _ends(key: Vector) -> tuple[int, int]:
    if key.words is not None:
        return 0, max(len(key.words.words) - 1, 0)
    values = key.values if key.nulls is None else key.values[~key.nulls]
    if values.dtype.kind == "f":
        raise NotInColumns("groups by fractions")
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)


def _places(whole: Numbers, size: int) -> tuple[Numbers, Numbers, Numbers]:
    """The place of each row, what its place stands for, and how many rows each place has."""
    if size > max(DIRECT, 4 * len(whole)):
        present, place, numbers = np.unique(whole, return_inverse=True, return_counts=True)
        return place, present, numbers
    numbers = np.bincount(whole, minlength=size)
    present = np.flatnonzero(numbers)
    if size - len(present) <= SPARSE:
        return whole, present, numbers
    closed = np.zeros(size, np.int64)
    closed[present] = np.arange(len(present))
    return closed[whole], present, numbers[present]


def _keys(keys: Sequence[Vector], present: Numbers, sizes: Sequence[int], lows: Sequence[int]) -> list[Vector]:
    told: list[Vector] = []
    for key, size, low in reversed(list(zip(keys, sizes, lows, strict=True))):
        present, code = np.divmod(present, size)
        told.append(Vector(code + (low - 1), code == 0, key.words))
    return told[::-1]


def aggregate(node: Any, groups: Groups, evaluate: Callable[[Any], Vector]) -> list[Any]:
    """One value a group. Raises NotInColumns for a function that is not known here."""
    if node.__visit_name__ == "withingroup":
        (inner,) = node.order_by
        (shares,) = node.element.clauses
        return groups.present(_percentiles([float(one) for one in SHARE.findall(shares.name)], groups, evaluate(inner)))
    (inner,) = node.clauses
    if node.name == "count":
        return groups.present(_count(inner, groups, evaluate))
    turn = {"sum": _sum, "min": _least, "max": _most}.get(node.name)
    if turn is None:
        raise NotInColumns(f"the function {node.name}")
    return groups.present(turn(groups, evaluate(inner)))


def _count(inner: Any, groups: Groups, evaluate: Callable[[Any], Vector]) -> list[int]:
    if getattr(inner, "name", "") == "*":
        told: list[int] = groups.sizes.tolist()
    elif getattr(inner, "operator", None) is operators.distinct_op:
        told = _different(groups, evaluate(inner.element)).tolist()
    else:
        told = groups.numbers(evaluate(inner)).tolist()
    return told


def _different(groups: Groups, told: Vector) -> Numbers:
    values, place = some(groups, told)
    if not len(values):
        return np.zeros(len(groups.sizes), np.int64)
    low, high = int(values.min()), int(values.max())
    if place is None and high - low <= 16 * len(values):
        seen = np.zeros(high - low + 1, bool)
        seen[values - values.dtype.type(low) if low >= 0 else values.astype(np.int64) - low] = True
        return np.array([np.count_nonzero(seen)])
    pairs = values.astype(np.int64) - low
    size = high - low + 1
    if place is not None:
        pairs += place * size
    pairs.sort()
    first = np.concatenate(([True], pairs[1:] != pairs[:-1]))
    return np.bincount(pairs[first] // size, minlength=len(groups.sizes))


def _sum(groups: Groups, told: Vector) -> list[Any]:
    numbers = groups.numbers(told)
    sums: Any
    if groups.in_order and groups.place is not None:
        ordered, numbers = groups.ordered(told)
        totals = np.concatenate(([0], np.cumsum(ordered)))
        ends = np.cumsum(numbers)
        sums = totals[ends] - totals[ends - numbers]
    else:
        values, place = some(groups, told)
        fractions = values.dtype.kind == "f"
        if place is None:
            sums = [values.sum(dtype=None if fractions else np.int64)]
        else:
            # Exact: whole numbers below 2^53 add up without loss.
            sums = np.bincount(place, weights=values, minlength=len(groups.sizes))
            sums = sums if fractions else sums.astype(np.int64)
    return [one.item() if n else None for one, n in zip(sums, numbers.tolist(), strict=True)]


def _least(groups: Groups, told: Vector) -> list[Any]:
    return _extreme(groups, told, np.min, lambda ends, numbers: ends - numbers)


def _most(groups: Groups, told: Vector) -> list[Any]:
    return _extreme(groups, told, np.max, lambda ends, _: ends - 1)


def _extreme(groups: Groups, told: Vector, of: Callable[[Any], Any], at: Callable[[Any, Any], Any]) -> list[Any]:
    if groups.place is None:
        values, _ = some(groups, told)
        return [of(values).item() if len(values) else None]
    ordered, numbers = groups.ordered(told)
    places = np.where(numbers > 0, at(np.cumsum(numbers), numbers), 0)
    found = ordered[places].tolist() if len(ordered) else [None] * len(numbers)
    return [value if n else None for value, n in zip(found, numbers.tolist(), strict=True)]


def _percentiles(shares: Sequence[float], groups: Groups, told: Vector) -> list[Any]:
    """Interpolated between the two nearest values, as percentile_cont does (type 7)."""
    ordered, numbers = groups.ordered(told)
    there = numbers > 0
    counts, starts = numbers[there], (np.cumsum(numbers) - numbers)[there]
    found = []
    for share in shares:
        at = (counts - 1) * share
        low = np.floor(at).astype(np.int64)
        below = ordered[starts + low].astype(float)
        above = ordered[starts + np.minimum(low + 1, counts - 1)].astype(float)
        found.append(below + (above - below) * (at - low))
    lists = iter(np.column_stack(found).tolist())
    return [next(lists) if one else None for one in there.tolist()]
