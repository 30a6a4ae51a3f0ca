"""One look at every row before anything is written: how many, how many bad, and what had to be guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.desks.csv_cells import Row, RowReader, Unreadable
from bot.desks.csv_rows import Layout, Line, read_lines
from bot.desks.csv_source import Source
from bot.desks.csv_stamps import Stamps
from bot.desks.csv_tickets import ticket_records
from bot.desks.mapping import FileMapping, Order, Rows

PROBLEMS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What was found; `grouped` says that all rows of a ticket stand together. `problems` are the first bad
    lines; `stamps` knows the instants met already."""

    rows: int
    tickets: int
    first_at: datetime | None
    last_at: datetime | None
    unmapped: Mapping[str, Mapping[str, int]]
    bad_lines: int
    problems: tuple[str, ...]
    grouped: bool
    notes: tuple[str, ...]
    stamps: Stamps


@dataclass(slots=True)
class _Tally:
    """Counts while the rows go by."""

    mapping: FileMapping
    rows: int = 0
    bad_lines: int = 0
    problems: list[str] = field(default_factory=list)
    tickets: set[str] = field(default_factory=set)
    first_at: datetime | None = None
    last_at: datetime | None = None
    grouped: bool = True
    early: int = 0
    backwards: int = 0
    last: Row | None = None

    def bad(self, line: int, why: str) -> None:
        self.bad_lines += 1
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(f"line {line}: {why}")

    def take(self, row: Row) -> None:
        """Raises Unreadable for a row that is readable but cannot be used."""
        if self.mapping.rows is Rows.EVENT:
            self._event(row)
        else:
            self._snapshot(row)
        self.last = row
        self.tickets.add(row.ticket)
        instants = [row.created_at, *row.instants.values(), *([row.at] if row.at else [])]
        self.early += min(instants) < row.created_at
        self.first_at = min(self.first_at or row.created_at, row.created_at)
        self.last_at = max(self.last_at or row.created_at, *instants)

    def _event(self, row: Row) -> None:
        if row.at is None:
            raise Unreadable(f"{self.mapping.columns['updated_at'][0]} is empty")
        if self.last is None or self.last.ticket != row.ticket:
            self.grouped = self.grouped and row.ticket not in self.tickets
        elif self.mapping.order is Order.FILE and self.last.at and row.at < self.last.at:
            self.backwards += 1

    def _snapshot(self, row: Row) -> None:
        if row.ticket in self.tickets:
            raise Unreadable(f"the id {row.ticket[:40]!r} stands in another line already")
        for _ in ticket_records([row], self.mapping):
            pass


def scan(source: Source, layout: Layout, mapping: FileMapping) -> Scan:
    """Read all rows once; nothing is kept of them but counts and ids."""
    tally, reader = _Tally(mapping), RowReader(mapping)
    for line in read_lines(source, layout, mapping.wanted()):
        _look(line, tally, reader)
    return Scan(
        rows=tally.rows,
        tickets=len(tally.tickets),
        first_at=tally.first_at,
        last_at=tally.last_at,
        unmapped={column: dict(words.most_common()) for column, words in reader.unmapped.items()},
        bad_lines=tally.bad_lines,
        problems=tuple(tally.problems),
        grouped=tally.grouped,
        notes=(*source.notes, *_notes(tally, reader)),
        stamps=reader.stamps,
    )


def _look(line: Line, tally: _Tally, reader: RowReader) -> None:
    tally.rows += 1
    if line.wrong is not None:
        tally.bad(line.number, line.wrong)
        return
    try:
        tally.take(reader.row(line.number, line.cells))
    except Unreadable as error:
        tally.bad(line.number, str(error))


def _notes(tally: _Tally, reader: RowReader) -> list[str]:
    notes = []
    if tally.early:
        notes.append(f"{tally.early:,} rows tell of something before their ticket was created; it counts at the creation.")
    if tally.backwards:
        notes.append(f"{tally.backwards:,} rows are dated before the row above them; they count at its instant.")
    if reader.stamps.uncertain:
        notes.append(
            f"{len(reader.stamps.uncertain):,} times were shown twice or never, as clocks were set; the first instant counts."
        )
    return notes
