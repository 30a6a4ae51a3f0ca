"""The rows of each ticket together: as they stand when the file keeps them together, by way of the disk when it does not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.desks.csv_rows import Cells

Numbered = tuple[int, Cells]


def neighbours(lines: Iterable[Numbered], place: int) -> Iterator[list[Numbered]]:
    """Runs of lines with the same cell at `place`."""
    for _, group in groupby(lines, key=lambda line: line[1][place]):
        yield list(group)


def gathered(lines: Iterable[Numbered], place: int) -> Iterator[list[Numbered]]:
    """All lines with the same cell at `place`, in the order of the file, in bounded memory: sorted in a file of our own."""
    with TemporaryDirectory(prefix="cx-import-") as folder, closing(sqlite3.connect(Path(folder) / "rows")) as store:
        store.execute("PRAGMA journal_mode = OFF")
        store.execute("PRAGMA synchronous = OFF")
        store.execute("CREATE TABLE line (ticket TEXT, number INTEGER, cells TEXT)")
        rows = ((str(cells[place]).strip(), number, json.dumps(cells)) for number, cells in lines)
        store.executemany("INSERT INTO line VALUES (?, ?, ?)", rows)
        store.execute("CREATE INDEX by_ticket ON line (ticket, number)")
        sorted_lines = store.execute("SELECT number, cells, ticket FROM line ORDER BY ticket, number")
        for _, group in groupby(sorted_lines, key=lambda line: line[2]):
            yield [(number, tuple(json.loads(cells))) for number, cells, _ in group]
