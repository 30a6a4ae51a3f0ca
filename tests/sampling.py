"""Of a large table of cases, those that `make test` tries: each row and each column is there, and `CX_THOROUGH=1` tries all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Row = TypeVar("Row")
Column = TypeVar("Column")
THOROUGH = os.environ.get("CX_THOROUGH", "") not in ("", "0")


def pairs(rows: Sequence[Row], columns: Sequence[Column], *, one_in: int) -> list[tuple[Row, Column]]:
    """One in so many of all pairs, along diagonals, so that no row and no column is left out while there are enough of either."""
    step = 1 if THOROUGH else one_in
    return [(row, column) for i, row in enumerate(rows) for j, column in enumerate(columns) if (i + j) % step == 0]


def thorough(size: int, sample: int) -> int:
    """How many to try: the whole size where all is asked for, a sample elsewhere."""
    return size if THOROUGH else sample
