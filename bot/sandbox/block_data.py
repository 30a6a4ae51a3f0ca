"""Tables and native charts: how many rows, cells, series and characters they may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.block_rich_text import rich_parts
from bot.sandbox.rules import Problem, Rule, array, boolean, both, by_type, choice, number, shape, string

COLUMNS = 20
TABLE_ROWS = 100
DATA_TABLE_ROWS = 101
DATA_TABLE_CHARACTERS = 10_000
SERIES = 6
POINTS = 20

raw_text = shape({"text": string(10_000)})
raw_number = shape({"value": number(), "text": string(10_000)})
rich_text_cell = shape({"elements": rich_parts}, {"block_id": string(255)})
CELLS: dict[str, Rule] = {"raw_text": raw_text, "raw_number": raw_number, "rich_text": rich_text_cell}
cell = by_type(CELLS)
_settings = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})


def column(value: Any, pointer: str) -> Iterator[Problem]:
    """Settings of one column; null leaves a column as it is."""
    if value is not None:
        yield from _settings(value, pointer)


def _same_width(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    width = len(value["rows"][0])
    for place, row in enumerate(value["rows"]):
        if len(row) != width:
            yield Problem(pointer=f"{pointer}/rows/{place}", says=f"must contain {width} cells like the first row")


def _header_is_plain(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for place, found in enumerate(value["rows"][0]):
        if found.get("type") == "rich_text":
            yield Problem(pointer=f"{pointer}/rows/0/{place}", says="header cells must not be rich_text")


def _not_too_long(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    total = sum(characters(found) for row in value["rows"] for found in row)
    if total > DATA_TABLE_CHARACTERS:
        yield Problem(pointer=pointer, says=f"must be less than {DATA_TABLE_CHARACTERS + 1} characters in all cells, not {total}")


def _all_of_a_data_table(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    yield from _same_width(value, pointer)
    yield from _header_is_plain(value, pointer)
    yield from _not_too_long(value, pointer)


def characters(value: Any) -> int:
    """How many characters of text a cell shows."""
    if isinstance(value, Mapping):
        own = len(str(value.get("text", value.get("value", "")))) if value.get("type") != "rich_text" else 0
        return own + sum(characters(part) for part in value.get("elements") or [])
    return 0


table = shape(
    {"rows": array(array(cell, COLUMNS), TABLE_ROWS)},
    {"block_id": string(255), "column_settings": array(column, COLUMNS, least=0)},
)
data_table = both(
    shape(
        {"caption": string(255), "rows": array(array(cell, COLUMNS), DATA_TABLE_ROWS, least=2)},
        {"block_id": string(255), "page_size": number(1, 100), "row_header_column_index": number(0, COLUMNS - 1)},
    ),
    _all_of_a_data_table,
)

point = shape({"label": string(20), "value": number()})
series = shape({"name": string(20), "data": array(point, POINTS)})
axis = shape({"categories": array(string(20), POINTS)}, {"x_label": string(50), "y_label": string(50)})
segment = shape({"label": string(20), "value": number()})


def _points_match_categories(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    wanted = list(value["axis_config"]["categories"])
    for place, one in enumerate(value["series"]):
        if [found["label"] for found in one["data"]] != wanted:
            yield Problem(pointer=f"{pointer}/series/{place}/data", says="must have one point per category, labelled alike")


def _segments_are_positive(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for place, one in enumerate(value["segments"]):
        if one["value"] <= 0:
            yield Problem(pointer=f"{pointer}/segments/{place}/value", says="must be more than 0")


axes = both(shape({"series": array(series, SERIES), "axis_config": axis}), _points_match_categories)
pie = both(shape({"segments": array(segment, SERIES)}), _segments_are_positive)
data_visualization = shape(
    {"title": string(50), "chart": by_type({"line": axes, "bar": axes, "area": axes, "pie": pie})},
    {"block_id": string(255)},
)
