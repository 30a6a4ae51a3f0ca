"""What Slack can draw itself, and the tables for where it cannot: the same numbers as the picture, in other clothes."""

import unicodedata
from typing import Any

from bot.views.chart_grid import NOTHING, Cell, Grid, grid
from bot.views.chart_spec import SO_FAR, Bars, ChartSpec, Series
from bot.views.labels import clean, cut, finite, sentence

TITLE, NAME, AXIS_LABEL = 50, 20, 50
SERIES_MOST, POINTS_MOST = 6, 20
TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS, CAPTION = 100, 20, 10_000, 255
TEXT_COLUMNS, TEXT_ROWS, LABEL_LEAST = 44, 40, 10

Block = dict[str, Any]


def native(spec: ChartSpec) -> Block | None:
    """A `data_visualization` block, or None where it would lose something the picture says.

    Slack's charts know no goal, no interval, no highlight, no faded row, no gap and no dashes, and hold 6 series of 20 points.
    Of an unfinished period a label can say so; of one that the window cuts, twenty characters cannot.
    """
    if isinstance(spec, Series):
        return _line(spec)
    return _bar(spec) if isinstance(spec, Bars) else None


def table(spec: ChartSpec) -> Block | None:
    """A `data_table` block of at most 100 rows and 10,000 characters; None where there is no row to show."""
    found = grid(spec)
    header = [{"type": "raw_text", "text": word} for word in found.header[:TABLE_COLUMNS]]
    left = TABLE_CHARACTERS - sum(len(word) for word in found.header)
    rows: list[list[Block]] = []
    for row in found.rows[:TABLE_ROWS]:
        left -= sum(len(cell.text) for cell in row)
        if left < 0:
            break
        rows.append([_cell(cell) for cell in row[:TABLE_COLUMNS]])
    if not rows:
        return None
    caption = cut(sentence(spec.title) or "Table", CAPTION)
    return {"type": "data_table", "caption": caption, "rows": [header, *rows], "row_header_column_index": 0}


def text_table(spec: ChartSpec) -> str:
    """Monospace lines of at most 44 columns: names on the left, values on the right; a wide character counts two."""
    found = grid(spec)
    if not found.rows:
        return "no data"
    widths = _widths(found)
    lines = [_text_line(found.header, widths)]
    lines += [_text_line(tuple(cell.text for cell in row), widths) for row in found.rows[:TEXT_ROWS]]
    more = len(found.rows) - TEXT_ROWS
    return "\n".join([*lines, f"… and {more} more rows"] if more > 0 else lines)


def columns(text: str) -> int:
    """How many monospace columns the text takes: none for a combining mark, two for a wide character."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _line(spec: Series) -> Block | None:
    values = [[finite(p.value) for p in spec.points], *([finite(v) for v in line.values] for line in spec.others)]
    names = [clean(spec.name, NAME), *(clean(line.name, NAME) for line in spec.others)]
    if spec.goal is not None or any(pair is not None for pair in spec.band) or len(names) > SERIES_MOST:
        return None
    if spec.first_part or spec.last_part not in ("", SO_FAR):
        return None  # a day of a week would be a fall like any other
    labels = [f"{p.label} {part}" if (part := spec.part(at)) else p.label for at, p in enumerate(spec.points)]
    return _block("line", spec.title, names, values, labels, {"y_label": spec.unit})


def _bar(spec: Bars) -> Block | None:
    if spec.goal is not None or any(row.thin or row.mood != "neutral" for row in spec.rows):
        return None
    values = [[finite(row.value) for row in spec.rows]]
    labels = [row.label for row in spec.rows]
    return _block("bar", spec.title, [clean(spec.name, NAME)], values, labels, {"x_label": spec.by, "y_label": spec.unit})


def _block(
    kind: str, title: str, names: list[str], values: list[list[float | None]], labels: list[str], axes: dict[str, str]
) -> Block | None:
    """None for a gap, too many points, or two labels that read alike once they are cut."""
    categories = [clean(label, NAME) for label in labels]
    whole = all(value is not None for line in values for value in line)
    alike = len(set(categories)) < len(categories) or len(set(names)) < len(names)
    if not whole or alike or not 1 <= len(categories) <= POINTS_MOST:
        return None
    series = [
        {"name": name, "data": [{"label": c, "value": _number(v)} for c, v in zip(categories, line, strict=True)]}
        for name, line in zip(names, values, strict=True)
    ]
    axis = {"categories": categories, **{key: clean(words, AXIS_LABEL) for key, words in axes.items() if words}}
    chart = {"type": kind, "series": series, "axis_config": axis}
    return {"type": "data_visualization", "title": cut(sentence(title) or names[0], TITLE), "chart": chart}


def _number(value: float | None) -> float | int | None:
    """Counts as whole numbers: Slack would print 142.0 as it comes."""
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else value


def _cell(cell: Cell) -> Block:
    text = cell.text or NOTHING
    if cell.value is None:
        return {"type": "raw_text", "text": text}
    return {"type": "raw_number", "value": _number(cell.value), "text": text}


def _widths(found: Grid) -> list[int]:
    """The first column takes what the others leave; columns that do not fit beside a readable name are left out."""
    by_column = zip(found.header, *([cell.text for cell in row] for row in found.rows[:TEXT_ROWS]), strict=True)
    needs = [max(columns(text) for text in column) for column in by_column]
    kept, used = list[int](), LABEL_LEAST
    for need in needs[1:]:
        if used + 1 + need > TEXT_COLUMNS:
            break
        kept.append(need)
        used += 1 + need
    return [min(needs[0], TEXT_COLUMNS - sum(kept) - len(kept)), *kept]


def _text_line(texts: tuple[str, ...], widths: list[int]) -> str:
    first = _cut_columns(texts[0], widths[0])
    rest = (" " * (wide - columns(text) + 1) + text for text, wide in zip(texts[1:], widths[1:], strict=False))
    return (first + " " * (widths[0] - columns(first)) + "".join(rest)).rstrip()


def _cut_columns(text: str, room: int) -> str:
    if columns(text) <= room:
        return text
    kept = text
    while kept and columns(kept) > room - 1:
        kept = kept[:-1]
    return kept + "…"
