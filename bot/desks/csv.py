"""The help desk `csv`: tickets out of any CSV or JSON file, by a mapping file; all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.desks.csv_cells import RowReader, Unreadable
from bot.desks.csv_groups import gathered, neighbours
from bot.desks.csv_people import People
from bot.desks.csv_rows import Cells, Layout, find_layout, read_lines
from bot.desks.csv_scan import Scan, scan
from bot.desks.csv_source import Source, find_source
from bot.desks.csv_tickets import ticket_records
from bot.desks.desk import Cursor, Desk, Fact, Need, Page, Pull, StreamCheck, StreamState
from bot.desks.mapping import FileMapping, read_mapping
from bot.errors import BadConfig, BadInput
from bot.store.records import Record

PAGE_RECORDS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """A file in which every row was found readable. `tickets()` reads it again and gives the records of one ticket at a
    time, those it refers to first; `key` is the hash of content and mapping, so the same file again is known by it.
    `unmapped` counts the words of each column that the mapping did not name."""

    name: str
    key: str
    rows: int
    ticket_count: int
    first_at: datetime | None
    last_at: datetime | None
    unmapped: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...]
    tickets: Callable[[], Iterator[tuple[Record, ...]]]

    def records(self) -> Iterator[Record]:
        """All records, from the start of the file, each time it is called."""
        for ticket in self.tickets():
            yield from ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What an import would do; `problems` are the first bad lines, `bad_lines` counts them all."""

    name: str
    form: str
    encoding: str
    layout: str
    rows: int
    ticket_count: int
    first_at: datetime | None
    last_at: datetime | None
    unmapped: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...]
    bad_lines: int
    problems: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report, one sentence a line."""
        span = f", {self.first_at:%Y-%m-%d} to {self.last_at:%Y-%m-%d}" if self.first_at and self.last_at else ""
        told = [f"{self.name}: {self.form}, {self.encoding}{', ' + self.layout if self.layout else ''}."]
        told.append(f"{self.rows:,} rows, {self.ticket_count:,} tickets{span}.")
        told += [
            f"{column}: {sum(words.values()):,} cells not mapped ({', '.join(list(words)[:5])})."
            for column, words in self.unmapped.items()
        ]
        told += self.notes
        told += [f"Bad: {problem}." for problem in self.problems]
        if self.bad_lines > len(self.problems):
            told.append(f"And {self.bad_lines - len(self.problems):,} more bad lines.")
        return told


def read_file(path: Path, mapping: FileMapping) -> FileReading:
    """Check every row of a file. Raises BadInput with the first five bad lines, having written nothing."""
    source, layout, found = _scanned(path, mapping)
    if found.bad_lines:
        raise BadInput(
            f"{source.name} has {found.bad_lines:,} bad line{'s' if found.bad_lines > 1 else ''} in {found.rows:,}: "
            + "; ".join(found.problems)
            + (f"; and {found.bad_lines - len(found.problems):,} more" if found.bad_lines > len(found.problems) else "")
            + ".",
            still_true="Nothing was imported.",
            next_step="Mend the file or the mapping and import again.",
        )
    return FileReading(
        name=source.name,
        key=_key(source, mapping),
        rows=found.rows,
        ticket_count=found.tickets,
        first_at=found.first_at,
        last_at=found.last_at,
        unmapped=found.unmapped,
        notes=found.notes,
        tickets=lambda: _tickets(source, layout, mapping, found),
    )


def dry_run(path: Path, mapping: FileMapping) -> DryRun:
    """What read_file would find, bad lines included. Raises BadInput only where there are no rows to look at."""
    source, layout, found = _scanned(path, mapping)
    return DryRun(
        name=source.name,
        form=source.form.value,
        encoding=source.encoding,
        layout=layout.says,
        rows=found.rows,
        ticket_count=found.tickets,
        first_at=found.first_at,
        last_at=found.last_at,
        unmapped=found.unmapped,
        notes=found.notes,
        bad_lines=found.bad_lines,
        problems=found.problems,
    )


def pull(asked: Pull) -> Iterator[Page]:
    """The file's tickets in pages. What was read to its end before, with the same mapping, gives one empty page; what was
    broken off goes on with its next ticket. Raises BadInput before the first page."""
    path, mapping = _chosen(asked.settings)
    cursor = asked.cursor or Cursor()
    if cursor.data.get("done") and cursor.data["file"] == _key(find_source(path, mapping.encoding), mapping):
        yield Page(records=(), cursor=cursor, more=False)
        return
    reading = read_file(path, mapping)
    yield from pages(reading, after=int(cursor.data["tickets"]) if cursor.data.get("file") == reading.key else 0)


def pages(reading: FileReading, *, after: int = 0) -> Iterator[Page]:
    """The tickets after the first `after` of them, in pages of whole tickets; the last page says that it is."""
    kept: list[Record] = []
    seen = 0
    for number, ticket in enumerate(reading.tickets(), start=1):
        if number > after:
            kept.extend(ticket)
        if len(kept) >= PAGE_RECORDS and number < reading.ticket_count:
            seen += len(kept)
            yield _page(reading, kept, number, seen)
            kept = []
    yield _page(reading, kept, reading.ticket_count, seen + len(kept))


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """Whether the mapping can be read and the file has its columns."""
    try:
        path, mapping = _chosen(settings)
        source = find_source(path, mapping.encoding)
        find_layout(source, mapping.wanted(), mapping.delimiter)
    except BadInput as error:
        return (StreamCheck(stream="tickets", state=StreamState.MISSING, says=error.sentence()),)
    return (StreamCheck(stream="tickets", state=StreamState.OK, says=f"{source.name}: {source.form}, {source.encoding}"),)


def _chosen(settings: Mapping[str, str]) -> tuple[Path, FileMapping]:
    missing = [need.key for need in CSV.needs if not settings.get(need.key)]
    if missing:
        raise BadConfig(
            f"The desk csv needs {' and '.join(missing)}.",
            next_step="Set them in the configuration, or use `cx import FILE --map MAP`.",
        )
    return Path(settings["path"]), read_mapping(Path(settings["map"]))


def _scanned(path: Path, mapping: FileMapping) -> tuple[Source, Layout, Scan]:
    source = find_source(path, mapping.encoding)
    layout = find_layout(source, mapping.wanted(), mapping.delimiter)
    found = scan(source, layout, mapping)
    if not found.rows:
        raise BadInput(f"{source.name} has no rows.", still_true="Nothing was imported.", next_step="Export it again.")
    return source, layout, found


def _tickets(source: Source, layout: Layout, mapping: FileMapping, found: Scan) -> Iterator[tuple[Record, ...]]:
    """The lines once more, as long as the file is the one whose lines were all found good."""
    wanted, reader, people = mapping.wanted(), RowReader(mapping, found.stamps), People(mapping)
    place = wanted.index(mapping.columns["id"][0])
    try:
        for group in (neighbours if found.grouped else gathered)(_cells(source, layout, wanted), place):
            rows = [reader.row(number, cells) for number, cells in group]
            named = [record for row in rows for record in people.introduce(row)]
            yield (*named, *ticket_records(rows, mapping))
    except Unreadable as error:
        raise _changed(source) from error


def _cells(source: Source, layout: Layout, wanted: Sequence[str]) -> Iterator[tuple[int, Cells]]:
    if not source.is_unchanged():
        raise _changed(source)
    for line in read_lines(source, layout, wanted):
        if line.wrong is not None:
            raise _changed(source)
        yield line.number, line.cells
    if not source.is_unchanged():
        raise _changed(source)


def _changed(source: Source) -> BadInput:
    return BadInput(
        f"{source.name} was changed while it was read.",
        still_true="Nothing of it was imported.",
        next_step="Import it again when its export is complete.",
    )


def _page(reading: FileReading, kept: list[Record], tickets: int, seen: int) -> Page:
    done = tickets == reading.ticket_count
    return Page(
        records=tuple(kept),
        cursor=Cursor(data={"file": reading.key, "tickets": tickets, "done": done}),
        more=not done,
        covered_from=reading.first_at,
        # Tickets are in the order of the file, not of time: until the last one is stored nothing is covered.
        covered_until=reading.last_at if done else None,
        seen=seen,
    )


def _key(source: Source, mapping: FileMapping) -> str:
    return f"{source.digest[:32]}-{mapping.fingerprint[:16]}"


CSV = Desk(
    slug="csv",
    name="CSV or JSON file",
    says="Tickets from an export: one row a ticket or one row an event, read by a mapping file.",
    # What a file can tell; what a certain one does tell is up to its columns.
    knows=frozenset(Fact) - {Fact.NOTES, Fact.SCHEDULES, Fact.DELETIONS},
    pull=pull,
    check=check,
    needs=(
        Need(key="path", says="The file: CSV, a JSON array or JSON Lines, plain or inside a .zip or .gz."),
        Need(key="map", says="The mapping file in TOML; docs/examples holds some to start from."),
    ),
)
