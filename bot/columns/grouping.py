"""Rows into groups, and what can be said of each: how many, how much, the most and the least, and where percentiles lie."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.sql import operators

from bot.columns.packed import Numbers
from bot.columns.vectors import Vector
from bot.errors import NotInColumns

DIRECT = 1 << 22
"""With so many possible groups and fewer, each has a place of its own; with more, those that are there are sorted."""
SHARE = re.compile(r"\d\.\d+")


@dataclass(slots=True)
class Groups:
    """In which of the groups each row is; `place` is None where all are in one. `keys` has the keys of each group."""

    rows: int
    count: int
    place: Numbers | None
    keys: list[Vector]

    def numbers(self, where: Any = None) -> Numbers:
        """How many rows each group has; of those alone that are told, if any are."""
        if self.place is None:
            return np.array([self.rows if where is None else int(np.count_nonzero(where))])
        place = self.place if where is None else self.place[where]
        return np.bincount(place, minlength=self.count)


def grouped(keys: Sequence[Vector], rows: int) -> Groups:
    """The groups of rows with the same keys. Without keys all rows are one group, even if there are none."""
    if not keys:
        return Groups(rows, 1, None, [])
    if not rows:
        return Groups(0, 0, np.zeros(0, np.int64), [key.taken(slice(0, 0)) for key in keys])
    codes, sizes, lows = [], [], []
    for key in keys:
        low, high = _ends(key)
        code = key.values.astype(np.int64) - (low - 1)
        if key.nulls is not None:
            code[key.nulls] = 0
        codes.append(code)
        sizes.append(high - low + 2)
        lows.append(low)
    whole = codes[0]
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        whole = whole * size + code
    place, present = _places(whole, int(np.prod([float(size) for size in sizes])))
    return Groups(rows, len(present), place, _keys(keys, present, sizes, lows))


def _ends(key: Vector) -> tuple[int, int]:
    values = key.values if key.nulls is None else key.values[~key.nulls]
    if values.dtype.kind == "f":
        raise NotInColumns("groups by fractions")
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)


def _places(whole: Numbers, size: int) -> tuple[Numbers, Numbers]:
    if size > max(DIRECT, 4 * len(whole)):
        present, place = np.unique(whole, return_inverse=True)
        return place, present
    there = np.zeros(size, bool)
    there[whole] = True
    present = np.flatnonzero(there)
    if len(present) == size:
        return whole, present
    numbers = np.zeros(size, np.int64)
    numbers[present] = np.arange(len(present))
    return numbers[whole], present


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
        return _percentiles([float(one) for one in SHARE.findall(shares.name)], groups, evaluate(inner))
    (inner,) = node.clauses
    if node.name == "count":
        return _count(inner, groups, evaluate)
    turn = {"sum": _sum, "min": _least, "max": _most}.get(node.name)
    if turn is None:
        raise NotInColumns(f"the function {node.name}")
    return turn(groups, evaluate(inner))


def _count(inner: Any, groups: Groups, evaluate: Callable[[Any], Vector]) -> list[Any]:
    if getattr(inner, "name", "") == "*":
        return groups.numbers().tolist()  # type: ignore[no-any-return]
    if getattr(inner, "operator", None) is operators.distinct_op:
        return _different(groups, evaluate(inner.element))
    told = evaluate(inner)
    return groups.numbers(None if told.nulls is None else ~told.nulls).tolist()  # type: ignore[no-any-return]


def _some(groups: Groups, told: Vector) -> tuple[Numbers, Numbers | None]:
    """The values that are there, and their groups."""
    if told.nulls is None:
        return told.values, groups.place
    there = ~told.nulls
    return told.values[there], None if groups.place is None else groups.place[there]


def _different(groups: Groups, told: Vector) -> list[Any]:
    values, place = _some(groups, told)
    if not len(values):
        return [0] * groups.count
    low, high = int(values.min()), int(values.max())
    if place is None and high - low <= 16 * len(values):
        seen = np.zeros(high - low + 1, bool)
        seen[values.astype(np.int64) - low] = True
        return [int(np.count_nonzero(seen))]
    size = high - low + 1
    pairs = values.astype(np.int64) - low
    pairs = np.sort(pairs if place is None else pairs + place * size)
    first = np.concatenate(([True], pairs[1:] != pairs[:-1]))
    return np.bincount(pairs[first] // size, minlength=groups.count).tolist()  # type: ignore[no-any-return]


def _sum(groups: Groups, told: Vector) -> list[Any]:
    values, place = _some(groups, told)
    there = groups.numbers(None if told.nulls is None else ~told.nulls)
    sums: Any
    if place is None:
        sums = [values.sum(dtype=None if values.dtype.kind == "f" else np.int64)]
    else:
        # Exact: whole numbers below 2^53 add up without loss.
        sums = np.bincount(place, weights=values, minlength=groups.count)
        sums = sums if values.dtype.kind == "f" else sums.astype(np.int64)
    return [one.item() if n else None for one, n in zip(sums, there.tolist(), strict=True)]


def _least(groups: Groups, told: Vector) -> list[Any]:
    return _extreme(groups, told, np.minimum, np.min)


def _most(groups: Groups, told: Vector) -> list[Any]:
    return _extreme(groups, told, np.maximum, np.max)


def _extreme(groups: Groups, told: Vector, of: np.ufunc, whole: Callable[[Any], Any]) -> list[Any]:
    values, place = _some(groups, told)
    if place is None:
        return [whole(values).item() if len(values) else None]
    order = np.argsort(place, kind="stable")
    present, first = np.unique(place[order], return_index=True)
    found: list[Any] = [None] * groups.count
    for number, value in zip(present.tolist(), of.reduceat(values[order], first).tolist() if len(values) else (), strict=True):
        found[number] = value
    return found


def _percentiles(shares: Sequence[float], groups: Groups, told: Vector) -> list[Any]:
    """Interpolated between the two nearest values, as percentile_cont does (type 7)."""
    values, place = _some(groups, told)
    ordered = _in_order(values, place)
    counts = np.array([len(values)]) if place is None else np.bincount(place, minlength=groups.count)
    starts = np.cumsum(counts) - counts
    there = counts > 0
    found = []
    for share in shares:
        at = (counts[there] - 1) * share
        low = np.floor(at).astype(np.int64)
        below = ordered[starts[there] + low].astype(float)
        above = ordered[starts[there] + np.minimum(low + 1, counts[there] - 1)].astype(float)
        found.append(below + (above - below) * (at - low))
    lists = iter(np.column_stack(found).tolist() if found else ())
    return [next(lists) if some else None for some in there.tolist()]


def _in_order(values: Numbers, place: Numbers | None) -> Numbers:
    """All values, ascending in each group. Group and value fit into one number, which sorts ten times as fast as two."""
    if place is None:
        return np.sort(values)
    if not len(values):
        return values
    low, high = int(values.min()), int(values.max())
    bits = max((high - low).bit_length(), 1)
    both = np.sort((place.astype(np.int64) << bits) | (values.astype(np.int64) - low))
    return (both & ((1 << bits) - 1)) + low
