"""Packed columns give back what was put in, find rows as a look at every row does, and change under no reader."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.columns.packed import (
    NOTHING,
    Column,
    Packed,
    Words,
    chunked,
    empty,
    grown,
    index_of,
    ordered_by,
    placed,
)

NUMBERS = st.lists(st.one_of(st.none(), st.integers(-(2**60), 2**60), st.integers(-300, 300)), max_size=40)


def plain(column: Column, count: int) -> list[int | str | None]:
    """The values of so many rows, None for no data."""
    least = np.iinfo(column.values.dtype).min
    told = [None if value == least else value for value in column.values[:count].tolist()]
    return told if column.words is None else [None if code is None else column.words.words[code] for code in told]


def stored(values: list[int | None]) -> list[int]:
    return [NOTHING if value is None else value for value in values]


def table(ids: list[int], at: list[int | None], done: list[int | None]) -> Packed:
    loose = {name: chunked(stored([*values]), None) for name, values in (("id", ids), ("at", at), ("done", done))}
    kept = ordered_by({name: Column(c.values.copy(), c.gaps) for name, c in loose.items()}, len(ids), "at")
    places = placed(kept["id"].values, 0)
    return Packed(
        columns=kept,
        count=len(ids),
        ordered=len(ids),
        order="at",
        indexes={"done": index_of(kept["done"], len(ids))},
        places=places,
    )


@given(NUMBERS)
def test_numbers_come_back_as_they_went_in(values: list[int | None]) -> None:
    assert plain(chunked(stored(values), None), len(values)) == values


@given(st.lists(st.one_of(st.none(), st.sampled_from(("open", "closed", "日本", ""))), max_size=30))
def test_words_come_back_as_they_went_in(values: list[str | None]) -> None:
    assert plain(chunked(values, Words()), len(values)) == values


@pytest.mark.parametrize(("values", "width"), [([1, 127], 1), ([1, 128], 2), ([-128], 2), ([40_000], 4), ([2**31], 8), ([], 1)])
def test_a_column_is_as_narrow_as_its_values_and_the_sign_for_no_data_allow(values: list[int], width: int) -> None:
    assert chunked(values, None).values.dtype.itemsize == width


@given(st.lists(NUMBERS.filter(len), max_size=5))
def test_a_column_grows_without_losing_what_it_had(stretches: list[list[int | None]]) -> None:
    column, count = empty(3, None), 0
    for stretch in stretches:
        column = grown(column, count, chunked(stored(stretch), None))
        count += len(stretch)
    assert plain(column, count) == [value for stretch in stretches for value in stretch]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 50))), min_size=1, max_size=60),
    st.integers(-5, 60),
    st.integers(-5, 60),
)
def test_a_window_is_found_through_an_index_as_by_looking_at_all(rows: list[tuple[int, int | None]], low: int, high: int) -> None:
    packed = table([*range(len(rows))], [at for at, _ in rows], [done for _, done in rows])
    for name in ("at", "done"):
        found = packed.between(name, low, high)
        values = plain(packed.columns[name], packed.count)
        wanted = [place for place, value in enumerate(values) if value is not None and low <= value < high]
        if found is not None:
            assert np.arange(packed.count)[found].tolist() == wanted
    assert packed.between("at", None, None) == slice(0, packed.count)


def test_rows_that_are_replaced_stay_for_whoever_reads_the_older_table() -> None:
    older = table([1, 2, 3], [10, 20, 30], [11, None, 31])
    changed = {name: chunked([value], None) for name, value in (("id", 2), ("at", 20), ("done", 70_000))}
    newer = older.without("id", np.array([2])).with_rows(changed, "id")
    assert older.buried is None
    assert older.count == 3
    assert newer.buried is not None
    assert newer.buried.tolist() == [False, True, False, False]
    assert plain(newer.columns["done"], 4) == [11, None, 31, 70_000]
    assert plain(older.columns["done"], 3) == [11, None, 31]
    assert older.places is not None
    assert newer.places is not None
    assert (older.places[2], newer.places[2]) == (1, 3)


def test_burying_what_is_not_there_changes_nothing() -> None:
    packed = table([1, 2], [1, 2], [None, None])
    assert packed.without("id", np.array([9])) is packed
