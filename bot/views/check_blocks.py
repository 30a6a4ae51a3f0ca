"""The rules of each kind of block and element that we send; a kind we never send is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.views import blocks as limits
from bot.views.native_chart import (
    AXIS_LABEL,
    CAPTION,
    NAME,
    POINTS_MOST,
    SERIES_MOST,
    TABLE_CHARACTERS,
    TABLE_COLUMNS,
    TABLE_ROWS,
    TITLE,
)

Problems = Iterator[str]
Given = Mapping[str, Any]

LABEL, HINT = 2_000, 2_000
OPTIONS, CHOICES, OVERFLOW = 100, 10, 5
OPTION_TEXT, OPTION_VALUE = 75, 150
MARKDOWN = 12_000
ALERT = 200


def check_block(block: Given) -> Problems:
    """Everything that is wrong within one block."""
    rule = BLOCKS.get(str(block.get("type")))
    if rule is None:
        yield "a kind we do not send"
        return
    if len(str(block.get("block_id", ""))) > limits.ID:
        yield f"block_id is longer than {limits.ID}"
    yield from rule(block)


def _words(value: Any, most: int, *, plain: bool = False) -> Problems:
    """A text object of 1 to `most` characters."""
    kind, text = (value.get("type"), value.get("text")) if isinstance(value, Mapping) else (None, None)
    if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        yield f"expected {'plain_text' if plain else 'a text object'}, found {kind}"
    if not isinstance(text, str) or not 1 <= len(text) <= most:
        yield f"text of {len(text) if isinstance(text, str) else 'no'} characters, 1 to {most:,} allowed"


def _few(value: Any, most: int, what: str) -> Problems:
    if not isinstance(value, Sequence) or not 1 <= len(value) <= most:
        yield f"{len(value) if isinstance(value, Sequence) else 'no'} {what}, 1 to {most} allowed"


def _section(block: Given) -> Problems:
    if "text" not in block and "fields" not in block:
        yield "neither text nor fields"
    if "text" in block:
        yield from _words(block["text"], limits.SECTION)
    if "fields" in block:
        yield from _few(block["fields"], limits.FIELDS, "fields")
        for field in block["fields"]:
            yield from _words(field, limits.FIELD)
    if "accessory" in block:
        yield from _element(block["accessory"])


def _header(block: Given) -> Problems:
    return _words(block.get("text"), limits.HEADER, plain=True)


def _context(block: Given) -> Problems:
    elements = block.get("elements")
    yield from _few(elements, limits.CONTEXT_ELEMENTS, "elements")
    for element in elements or ():
        yield from (_image(element) if element.get("type") == "image" else _words(element, limits.SECTION))


def _actions(block: Given) -> Problems:
    elements = block.get("elements")
    yield from _few(elements, limits.ACTIONS, "elements")
    for element in elements or ():
        yield from _element(element)
    ids = Counter(element.get("action_id") for element in elements or ())
    yield from (f"action_id {name!r} stands {n} times" for name, n in ids.items() if n > 1)


def _element(element: Given) -> Problems:
    kind = str(element.get("type"))
    if not 1 <= len(str(element.get("action_id", ""))) <= limits.ID:
        yield f"{kind} needs an action_id of at most {limits.ID} characters"
    if kind == "button":
        yield from _button(element)
    elif kind == "overflow":
        yield from _options(element.get("options"), OVERFLOW)
    elif kind in ("checkboxes", "radio_buttons"):
        yield from _options(element.get("options"), CHOICES)
    elif "options" in element:
        yield from _options(element["options"], OPTIONS)


def _button(element: Given) -> Problems:
    yield from _words(element.get("text"), limits.BUTTON, plain=True)
    longest = (("value", limits.BUTTON_VALUE), ("url", limits.URL), ("accessibility_label", limits.BUTTON_LABEL))
    yield from (f"{name} is longer than {most}" for name, most in longest if len(str(element.get(name, ""))) > most)
    if element.get("style") not in (None, "primary", "danger"):
        yield f"style {element['style']!r}"
    if "disabled" in element:
        yield "a button cannot be disabled"


def _options(options: Any, most: int) -> Problems:
    yield from _few(options, most, "options")
    for option in options or ():
        yield from _words(option.get("text"), OPTION_TEXT)
        if not 1 <= len(str(option.get("value", ""))) <= OPTION_VALUE:
            yield f"an option's value has 1 to {OPTION_VALUE} characters"


def _image(block: Given) -> Problems:
    if not 1 <= len(str(block.get("alt_text", ""))) <= limits.ALT:
        yield f"alt_text of 1 to {limits.ALT:,} characters is required"
    if ("image_url" in block) == ("slack_file" in block):
        yield "exactly one of image_url and slack_file"


def _rich(block: Given) -> Problems:
    if not block.get("elements"):
        yield "no elements"
    yield from (
        "an empty text" for words in _leaves(block.get("elements")) if words.get("type") == "text" and not words.get("text")
    )


def _leaves(elements: Any) -> Iterator[Given]:
    for element in elements or ():
        yield element
        yield from _leaves(element.get("elements"))


def _native(block: Given) -> Problems:
    chart = block.get("chart") or {}
    axis, series = chart.get("axis_config") or {}, chart.get("series") or ()
    if not 1 <= len(str(block.get("title", ""))) <= TITLE:
        yield f"a title of 1 to {TITLE} characters is required"
    yield from _few(series, SERIES_MOST, "series")
    yield from _few(axis.get("categories"), POINTS_MOST, "categories")
    yield from (f"{name} is longer than {AXIS_LABEL}" for name in ("x_label", "y_label") if len(axis.get(name, "")) > AXIS_LABEL)
    names = [*(one.get("name", "") for one in series), *(axis.get("categories") or ())]
    yield from (f"a name of 1 to {NAME} characters is required" for name in names if not 1 <= len(name) <= NAME)
    for one in series:
        if [point.get("label") for point in one.get("data") or ()] != axis.get("categories"):
            yield "a series needs one point for each category"


def _table(block: Given) -> Problems:
    rows = block.get("rows") or ()
    if not 2 <= len(rows) <= TABLE_ROWS + 1:
        yield f"{len(rows)} rows, a header and 1 to {TABLE_ROWS} allowed"
    if len({len(row) for row in rows}) > 1 or not 1 <= max(map(len, rows), default=0) <= TABLE_COLUMNS:
        yield f"rows must have the same width, 1 to {TABLE_COLUMNS}"
    texts = [str(cell.get("text", "")) for row in rows for cell in row]
    if not all(texts):
        yield "an empty cell"
    if sum(map(len, texts)) > TABLE_CHARACTERS:
        yield f"cells hold more than {TABLE_CHARACTERS:,} characters"
    if block.get("type") == "data_table" and not 1 <= len(str(block.get("caption", ""))) <= CAPTION:
        yield f"a caption of 1 to {CAPTION} characters is required"


def _input(block: Given) -> Problems:
    yield from _words(block.get("label"), LABEL, plain=True)
    if "hint" in block:
        yield from _words(block["hint"], HINT, plain=True)
    yield from _element(block.get("element") or {})


def _divider(block: Given) -> Problems:
    yield from (f"{name} has no place here" for name in block if name not in ("type", "block_id"))


def _markdown(block: Given) -> Problems:
    if not 1 <= len(str(block.get("text", ""))) <= MARKDOWN:
        yield f"1 to {MARKDOWN:,} characters allowed"


def _alert(block: Given) -> Problems:
    return _words(block.get("text"), ALERT)


BLOCKS: dict[str, Callable[[Given], Problems]] = {
    "actions": _actions,
    "alert": _alert,
    "context": _context,
    "data_table": _table,
    "data_visualization": _native,
    "divider": _divider,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich,
    "section": _section,
    "table": _table,
}
