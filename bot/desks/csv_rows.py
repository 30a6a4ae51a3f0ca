"""Rows of an export, one after another: chosen cells of each, or why a line cannot be read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import IO, Any, NamedTuple

from bot.desks.csv_source import Form, Source
from bot.errors import BadInput

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
HEADER_BYTES = 1 << 20
LONGEST_ITEM = 1 << 22
WHITE = " \t\r\n"

Cells = tuple[str | None, ...]


class Line(NamedTuple):
    """One row: its line in the file (of JSON, its place), and its cells, or what is wrong with it."""

    number: int
    cells: Cells
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the cells of a source are found: the header and delimiter of a CSV file, none for JSON."""

    header: tuple[str, ...] = ()
    delimiter: str = ""

    @property
    def says(self) -> str:
        return f"{len(self.header)} columns separated by {DELIMITERS.get(self.delimiter, self.delimiter)}" if self.header else ""


def find_layout(source: Source, wanted: Sequence[str], delimiter: str | None) -> Layout:
    """The delimiter under which the header shows most of the wanted columns. Raises BadInput when some are missing."""
    if source.form is not Form.CSV:
        return Layout()
    with source.text() as text:
        start = text.read(HEADER_BYTES)
    layouts = [Layout(header=_header(start, each), delimiter=each) for each in ([delimiter] if delimiter else DELIMITERS)]
    best = max(layouts, key=lambda layout: (len(set(wanted) & set(layout.header)), len(layout.header)))
    missing = [name for name in wanted if _place(name, best.header) is None]
    if missing:
        raise BadInput(
            f"{source.name} has no column {', '.join(_with_nearest(name, best.header) for name in missing)}.",
            still_true=f"Its columns are: {', '.join(best.header[:40])[:600]}. Nothing was imported.",
            next_step="Name the columns as the file does; #5 is the fifth column, name.2 the second of that name.",
        )
    return best


def read_lines(source: Source, layout: Layout, wanted: Sequence[str]) -> Iterator[Line]:
    """Every row, with the wanted cells in their order; a missing or null JSON key is None."""
    with source.text() as text:
        match source.form:
            case Form.CSV:
                yield from _csv_lines(text, layout, wanted, has_nul=source.has_nul)
            case Form.ARRAY:
                yield from _json_lines(_array_items(text), wanted)
            case Form.LINES:
                yield from _json_lines(_line_items(text), wanted)


def _header(start: str, delimiter: str) -> tuple[str, ...]:
    try:
        first = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return ()
    seen: dict[str, int] = {}
    header = []
    for cell in first:
        name = cell.strip()
        seen[name] = seen.get(name, 0) + 1
        header.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(header)


def _place(name: str, header: Sequence[str]) -> int | None:
    if name in header:
        return header.index(name)
    if name[:1] == "#" and name[1:].isdigit() and 1 <= int(name[1:]) <= len(header):
        return int(name[1:]) - 1
    return None


def _with_nearest(name: str, header: Sequence[str]) -> str:
    known = {column.casefold(): column for column in header}
    near = get_close_matches(name.casefold(), known, n=1)
    return f"{name!r} (did you mean {known[near[0]]!r}?)" if near else repr(name)


def _csv_lines(text: IO[str], layout: Layout, wanted: Sequence[str], *, has_nul: bool) -> Iterator[Line]:
    reader = csv.reader(text, delimiter=layout.delimiter, strict=True)
    width = len(layout.header)
    places = [_place(name, layout.header) or 0 for name in wanted]
    next(reader)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number, (), _csv_fault(error))
            continue
        if len(row) != width:
            if row:  # a blank line is no row
                yield Line(number, (), f"it has {len(row)} cells, the header has {width}")
        elif has_nul and any("\0" in cell for cell in row):
            yield Line(number, (), "it holds a NUL character")
        else:
            yield Line(number, tuple([row[place] for place in places]))


def _csv_fault(error: csv.Error) -> str:
    words = str(error)
    if "field larger than" in words:
        return f"a cell is longer than {csv.field_size_limit():,} characters, or a quote before it was never closed"
    if "unexpected end of data" in words:
        return "a quote is opened here and never closed"
    return f"its quotes are not as they should be ({words})" if "expected after" in words else words


def _json_lines(items: Iterable[tuple[int, Any, str | None]], wanted: Sequence[str]) -> Iterator[Line]:
    for number, item, wrong in items:
        if wrong is not None:
            yield Line(number, (), wrong)
        elif not isinstance(item, dict):
            yield Line(number, (), "it is no JSON object")
        else:
            try:
                yield Line(number, tuple(_cell(_inside(item, name)) for name in wanted))
            except ValueError as error:
                yield Line(number, (), str(error))


def _inside(item: dict[str, Any], name: str) -> Any:
    """The value under a key, or under a dotted path such as `requester.email`."""
    if name in item:
        return item[name]
    value: Any = item
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _cell(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(_cell(one) or "" for one in value)
        case dict():
            raise ValueError("a mapped key holds an object; name one inside it, such as requester.email")
        case str():
            if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise ValueError("a text holds half a character (a lone surrogate)")
            if "\0" in value:
                raise ValueError("it holds a NUL character")
            return value
        case _:
            return str(value)


def _line_items(text: IO[str]) -> Iterator[tuple[int, Any, str | None]]:
    for number, line in enumerate(text, start=1):
        if not line.strip(WHITE):
            continue
        try:
            yield number, DECODER.decode(line.strip(WHITE)), None
        except (ValueError, RecursionError) as error:
            yield number, None, f"it is not JSON ({_short(error)})"


def _array_items(text: IO[str]) -> Iterator[tuple[int, Any, str | None]]:
    """The items of one array, without holding it whole; after a mistake the rest cannot be told apart."""
    held, number = text.read(1 << 16).lstrip(WHITE)[1:], 0
    while not held.lstrip(WHITE).startswith("]"):
        try:
            item, held = _first_item(held)
        except (ValueError, RecursionError) as error:
            more = text.read(max(1 << 16, len(held))) if len(held) < LONGEST_ITEM else ""
            if not more:
                yield number + 1, None, f"the array is not JSON from here on ({_short(error)})"
                return
            held += more
            continue
        number += 1
        yield number, item, None
    if (held.lstrip(WHITE)[1:] + text.read()).strip(WHITE):
        yield number + 1, None, "there is more after the end of the array"


def _first_item(held: str) -> tuple[Any, str]:
    """The first item and what follows it. Raises ValueError while it, or the comma or bracket after it, is not complete."""
    start = len(held) - len(held.lstrip(WHITE))
    item, end = DECODER.raw_decode(held, start)
    rest = held[end:].lstrip(WHITE)
    if rest.startswith("]"):
        return item, rest
    if rest.startswith(",") and rest[1:].lstrip(WHITE)[:1] not in ("", "]"):
        return item, rest[1:]
    raise ValueError("a comma or the closing bracket is missing")


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) < len(pairs):
        raise ValueError("an object holds the same key twice")
    return item


def _short(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:80]


DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_once)
