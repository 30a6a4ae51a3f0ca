"""Tables as packed columns: signed whole numbers as narrow as they can be, of which the least is no data, and words by number."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
Flags = NDArray[np.bool_]
Rows = slice | NDArray[np.signedinteger[Any]]
WIDTHS = (np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.int32), np.dtype(np.int64))
NOTHING = -(2**62)
"""No data among numbers that are still to be packed; PostgreSQL takes 64 bits at their end for more."""
ROOM = 16
"""A column that must grow grows by this part of itself, so that most pages find room."""
MANY = 8
"""A window with more than this part of all rows is read from all of them in their order, not by its index."""


@dataclass(frozen=True, slots=True)
class Words:
    """The different words of a column, in the order in which they came; only ever added to."""

    words: list[str] = field(default_factory=list)
    codes: dict[object, int] = field(default_factory=lambda: {None: NOTHING})

    def code(self, word: object) -> int:
        """The number of a word, new or known; of None, the one for no data."""
        known = self.codes.get(word)
        if known is None:
            known = self.codes[word] = len(self.words)
            self.words.append(str(word))
        return known


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a table's rows; those behind its last row are room for rows to come."""

    values: Numbers
    gaps: bool = False
    words: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A table as it was at one moment. Rows are never moved or changed, only buried or added behind the others, so that
    whoever reads an older moment goes on seeing it. The first `ordered` rows are in the order of the column `order`;
    `indexes` gives their numbers in the order of other columns, and `places` the row of each key."""

    columns: Mapping[str, Column]
    count: int
    ordered: int
    order: str
    indexes: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    places: NDArray[np.int32] | None = None
    buried: Flags | None = None

    def between(self, name: str, low: int | None, high: int | None) -> Rows | None:
        """The ordered rows with `low <= value < high`, None an open end; None where an index does not help."""
        column = self.columns[name].values[: self.ordered]
        index = None if name == self.order else self.indexes.get(name)
        first = _first_at(column, index, NOTHING + 1 if low is None else low)
        last = self.ordered if high is None else max(_first_at(column, index, high), first)
        if index is None:
            return slice(first, last)
        return np.sort(index[first:last]).astype(np.int64) if last - first <= self.ordered // MANY else None

    def without(self, name: str, keys: NDArray[np.int64]) -> Packed:
        """The table with the rows of these keys buried."""
        column = self.columns[name].values[: self.count]
        wanted = np.zeros(int(max(keys.max(), column.max(initial=0))) + 1, bool)
        wanted[keys] = True
        gone = wanted[column]  # a key is never missing
        if not gone.any():
            return self
        buried = gone if self.buried is None else gone | self.buried
        return replace(self, buried=buried)

    def with_rows(self, arrived: Mapping[str, Column], key: str) -> Packed:
        """The table with more rows behind its own."""
        more = len(next(iter(arrived.values())).values)
        columns = {name: grown(column, self.count, arrived[name]) for name, column in self.columns.items()}
        count = self.count + more
        buried = None if self.buried is None else np.concatenate((self.buried, np.zeros(more, bool)))
        places = self.places
        if places is not None and more:
            places = placed(columns[key].values[self.count : count], self.count, places)
        return replace(self, columns=columns, count=count, buried=buried, places=places)


def _first_at(column: Numbers, index: NDArray[np.int32] | None, bound: int) -> int:
    """How many values are below the bound; the column is in order, by itself or through its index."""
    info = np.iinfo(column.dtype)
    if bound > info.max:
        return len(column)
    wanted = column.dtype.type(max(bound, info.min + 1))
    if index is None:
        return int(np.searchsorted(column, wanted))
    return bisect_left(range(len(column)), wanted, key=lambda place: column[index[place]])


def placed(keys: Numbers, first: int, known: NDArray[np.int32] | None = None) -> NDArray[np.int32]:
    """The row of each key, -1 for none, where these keys are those of the rows from `first` on."""
    size = max(int(keys.max(initial=0)) + 1, 0 if known is None else len(known))
    places = np.full(size, -1, np.int32)
    if known is not None:
        places[: len(known)] = known
    places[keys] = np.arange(first, first + len(keys), dtype=np.int32)
    return places


def pack(values: Numbers, words: Words | None = None) -> Column:
    """64-bit numbers as narrow as they can be."""
    empty = values == NOTHING
    gaps = bool(empty.any())
    some = values[~empty] if gaps else values
    low, high = (int(some.min()), int(some.max())) if len(some) else (0, 0)
    dtype = next(width for width in WIDTHS if np.iinfo(width).min < low and high <= np.iinfo(width).max)
    told = values.astype(dtype)
    if gaps:
        told[empty] = np.iinfo(dtype).min
    return Column(told, gaps, words)


def ordered_by(columns: Mapping[str, Column], count: int, order: str) -> dict[str, Column]:
    """The same rows in the order of one column; one column after the other, so that memory holds but one twice."""
    place = np.argsort(columns[order].values[:count], kind="stable")
    moved: dict[str, Column] = {}
    for name, column in columns.items():
        values = column.values
        values[:count] = values[place]
        moved[name] = replace(column, values=values)
    return moved


def index_of(column: Column, count: int) -> NDArray[np.int32]:
    """The numbers of the rows in the order of a column; those without data come first."""
    return np.argsort(column.values[:count], kind="stable").astype(np.int32)


def empty(room: int, words: Words | None) -> Column:
    """A column without rows yet."""
    return Column(np.empty(room, WIDTHS[0]), words=words)


def grown(column: Column, count: int, arrived: Column) -> Column:
    """A column of so many rows with more behind them; it moves only where it has no room, or is too narrow."""
    more = arrived.values
    dtype = max((column.values.dtype, more.dtype), key=lambda width: width.itemsize)
    values = column.values
    full = count + len(more) > len(values)
    if dtype != values.dtype or full:
        wider = np.empty(count + len(more) + max(count // ROOM, 1_000) if full else len(values), dtype)
        wider[:count] = _as(values[:count], values.dtype, dtype, gaps=column.gaps)
        values = wider
    values[count : count + len(more)] = _as(more, more.dtype, dtype, gaps=arrived.gaps)
    return Column(values, column.gaps or arrived.gaps, column.words)


def _as(values: Numbers, was: np.dtype[Any], becomes: np.dtype[Any], *, gaps: bool) -> Numbers:
    """The values in another width, with its own sign for no data."""
    if was == becomes:
        return values
    told = values.astype(becomes)
    if gaps:
        told[values == np.iinfo(was).min] = np.iinfo(becomes).min
    return told


def chunked(values: Sequence[Any], words: Words | None) -> Column:
    """Values as the store gives them, packed."""
    if words is None:
        return pack(_numbers(values))
    new = set(values) - words.codes.keys()
    for word in sorted(new, key=str):
        words.code(word)
    return pack(_numbers([*map(words.codes.__getitem__, values)]), words)


def _numbers(values: Sequence[int]) -> Numbers:
    # Four times as fast as an array from a sequence.
    return np.frombuffer(struct.pack(f"{len(values)}q", *values), np.int64)
