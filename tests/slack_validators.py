"""Four judges of a message who share no code with the one who wrote it: two libraries, Slack's own types, and the sandbox."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import slackblocks
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView

from bot.sandbox.blocks import check_message as sandbox_check_message
from bot.sandbox.blocks import check_view as sandbox_check_view
from bot.views.check import check_payload, check_view

Payload = Mapping[str, Any]
SCHEMAS = Path(__file__).parent / "schemas"
UNKNOWN_TO_TYPES = frozenset({"data_visualization"})
UNKNOWN_TO_SDK = frozenset({"data_visualization", "data_table"})
WRONG = (slackblocks.InvalidUsageError, slackblocks.TypeMismatchError, ValueError, TypeError)


def problems(payload: Payload) -> list[str]:
    """Everything any of the judges has against a message: our check, slack_sdk, slackblocks, Slack's types, the sandbox.

    A chart's placeholder is filled with a file's id before it is judged, as the sender does."""
    blocks = json.loads(re.sub(r'"chart:(\d+)"', r'"F00000000\1"', json.dumps(payload.get("blocks") or [])))
    plain = {"text": payload["text"], "blocks": blocks}
    return [
        *(f"check: {problem}" for problem in check_payload(plain)),
        *(f"block {place} {said}" for place, block in enumerate(blocks) for said in block_problems(block)),
        *(f"sandbox: {problem.pointer} {problem.says}" for problem in sandbox_check_message(plain)),
    ]


def view_problems(view: Payload) -> list[str]:
    """The same for a modal or a Home tab."""
    plain = json.loads(json.dumps(view))
    return [
        *(f"check: {problem}" for problem in check_view(plain)),
        *_sdk_view(plain),
        *(f"types: {error.message[:200]} at {error.json_path}" for error in Draft7Validator(_schema("view")).iter_errors(plain)),
        *(f"sandbox: {problem.pointer} {problem.says}" for problem in sandbox_check_view(plain)),
    ]


def block_problems(block: Payload) -> list[str]:
    """Everything the three libraries have against one block."""
    return [*_sdk(block), *_slackblocks(block), *_types(block)]


def _sdk(block: Payload) -> Iterator[str]:
    if block["type"] in UNKNOWN_TO_SDK:
        return
    parsed = SdkBlock.parse(dict(block))
    if parsed is None:
        yield f"slack_sdk: does not know {block['type']}"
        return
    try:
        parsed.validate_json()
    except SlackObjectFormationError as error:
        yield f"slack_sdk: {error}"


def _sdk_view(view: Payload) -> Iterator[str]:
    try:
        SdkView(**view).validate_json()
    except SlackObjectFormationError as error:
        yield f"slack_sdk: {error}"


def _slackblocks(block: Payload) -> Iterator[str]:
    build = BUILDERS.get(block["type"])
    if build is None:
        yield f"slackblocks: no constructor tried for {block['type']}"
        return
    try:
        build(block)
    except WRONG as error:
        yield f"slackblocks: {type(error).__name__} {error}"


def _types(block: Payload) -> Iterator[str]:
    if block["type"] in UNKNOWN_TO_TYPES:
        return
    validator = _validator(block["type"])
    if validator is None:
        yield f"types: unknown block {block['type']}"
        return
    error = best_match(validator.iter_errors(block))
    if error is not None:
        yield f"types: {error.message[:200]} at {error.json_path}"


@cache
def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return schema


@cache
def _validator(kind: str) -> Draft7Validator | None:
    definitions = _schema("blocks")["definitions"]
    for name, definition in definitions.items():
        kinds = {one.get("properties", {}).get("type", {}).get("const") for one in (definition, *definition.get("anyOf", ()))}
        if name.endswith("Block") and kinds == ({kind, None} if "anyOf" in definition else {kind}):
            return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
    return None


def _text(text: Payload) -> slackblocks.Text:
    if text["type"] == "plain_text":
        return slackblocks.Text(text["text"], slackblocks.TextType.PLAINTEXT, emoji=text.get("emoji", False))
    return slackblocks.Text(text["text"], verbatim=text.get("verbatim", False))


def _section(block: Payload) -> slackblocks.Block:
    fields = [_text(field) for field in block["fields"]] if "fields" in block else None
    text = _text(block["text"]) if "text" in block else None
    return slackblocks.SectionBlock(text, block_id=block.get("block_id"), fields=fields)


def _context(block: Payload) -> slackblocks.Block:
    return slackblocks.ContextBlock([_text(element) for element in block["elements"]], block_id=block.get("block_id"))


def _actions(block: Payload) -> slackblocks.Block:
    buttons = [
        slackblocks.Button(
            _text(element["text"]),
            action_id=element["action_id"],
            value=element.get("value"),
            style=element.get("style"),
            accessibility_label=element.get("accessibility_label"),
        )
        for element in block["elements"]
        if element["type"] == "button"
    ]
    return slackblocks.ActionsBlock(buttons, block_id=block.get("block_id"))


def _image(block: Payload) -> slackblocks.Block:
    file = slackblocks.SlackFile(url=None, id=block["slack_file"]["id"]) if "slack_file" in block else None
    return slackblocks.ImageBlock(
        block.get("image_url"), alt_text=block["alt_text"], block_id=block.get("block_id"), slack_file=file
    )


def _table(block: Payload) -> slackblocks.Block:
    rows = [[_cell(cell) for cell in row] for row in block["rows"]]
    return slackblocks.DataTableBlock(
        rows, block["caption"], row_header_column_index=block["row_header_column_index"], block_id=block.get("block_id")
    )


def _cell(cell: Payload) -> Any:
    number = cell["type"] == "raw_number"
    return slackblocks.RawNumber(cell["value"], cell["text"]) if number else slackblocks.RawText(cell["text"])


def _chart(block: Payload) -> slackblocks.Block:
    chart = block["chart"]
    kind = {"line": slackblocks.LineChart, "bar": slackblocks.BarChart}[chart["type"]]
    axis = slackblocks.AxisConfig(**chart["axis_config"])
    points = [[slackblocks.DataPoint(p["label"], p["value"]) for p in one["data"]] for one in chart["series"]]
    series = [slackblocks.DataSeries(one["name"], data) for one, data in zip(chart["series"], points, strict=True)]
    return slackblocks.DataVisualizationBlock(block["title"], kind(series, axis), block_id=block.get("block_id"))


def _rich(block: Payload) -> slackblocks.Block:
    return slackblocks.RichTextBlock([_rich_part(part) for part in block["elements"]], block_id=block.get("block_id"))


def _rich_part(part: Payload) -> Any:
    match part["type"]:
        case "rich_text_list":
            return slackblocks.RichTextList(part["style"], [_rich_part(one) for one in part["elements"]])
        case "rich_text_preformatted":
            return slackblocks.RichTextCodeBlock([_rich_leaf(leaf) for leaf in part["elements"]])
        case _:
            return slackblocks.RichTextSection([_rich_leaf(leaf) for leaf in part["elements"]])


def _rich_leaf(leaf: Payload) -> Any:
    if leaf["type"] == "link":
        return slackblocks.RichTextLink(leaf["url"], leaf.get("text"))
    return slackblocks.RichText(leaf["text"], **leaf.get("style", {}))


BUILDERS = {
    "actions": _actions,
    "context": _context,
    "data_table": _table,
    "data_visualization": _chart,
    "divider": lambda block: slackblocks.DividerBlock(block.get("block_id")),
    "header": lambda block: slackblocks.HeaderBlock(_text(block["text"]), block_id=block.get("block_id")),
    "image": _image,
    "rich_text": _rich,
    "section": _section,
}

logging.getLogger("slack_sdk.models").setLevel(logging.ERROR)
