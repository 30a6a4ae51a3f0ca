"""What Slack accepts as a message and as a view: every limit of Block Kit, and the rules between blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.sandbox import block_data
from bot.sandbox.block_elements import (
    ID,
    PLAIN,
    accessory,
    action_element,
    button,
    context_action,
    context_element,
    image,
    input_element,
)
from bot.sandbox.block_rich_text import rich_parts
from bot.sandbox.rules import (
    Problem,
    Rule,
    anything,
    array,
    boolean,
    both,
    by_type,
    choice,
    exactly_one,
    mapping,
    shape,
    string,
    text,
    unique,
)

__all__ = ["Problem", "check_message", "check_view"]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN_CHARACTERS = 12_000
CHARTS = 2


def _says_something(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if not value.get("text") and not value.get("fields"):
        yield Problem(pointer=pointer, says="missing required field: text or fields")


def _ids_differ(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    ids = [element["action_id"] for element in value["elements"] if element.get("action_id")]
    yield from unique(ids, f"{pointer}/elements", "action_id")


BLOCK: dict[str, Rule] = {"block_id": ID}
_picture_fields = {"image_url": string(3000), "slack_file": mapping, "title": text(2000, PLAIN)}


def _image_source(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    yield from image({key: field for key, field in value.items() if key not in ("title", "block_id")}, pointer)


section = both(
    shape({}, BLOCK | {"text": text(3000), "fields": array(text(2000), 10), "accessory": accessory, "expand": boolean}),
    _says_something,
)
header = shape({"text": text(150, PLAIN)}, BLOCK)
context = shape({"elements": array(context_element, 10)}, BLOCK)
actions = both(shape({"elements": array(action_element, 25)}, BLOCK), _ids_differ)
context_actions = both(shape({"elements": array(context_action, 5)}, BLOCK), _ids_differ)
picture = both(
    both(shape({"alt_text": string(2000)}, BLOCK | _picture_fields), exactly_one("image_url", "slack_file")), _image_source
)
rich_text = shape({"elements": rich_parts}, BLOCK)
video = shape(
    {"alt_text": string(2000), "title": text(199, PLAIN), "thumbnail_url": string(3000), "video_url": string(3000)},
    BLOCK
    | {
        "author_name": string(49),
        "description": text(200, PLAIN),
        "title_url": string(3000),
        "provider_name": string(100),
        "provider_icon_url": string(3000),
    },
)
card = shape(
    {},
    BLOCK
    | {
        "title": text(150, "mrkdwn"),
        "subtitle": text(150, "mrkdwn"),
        "body": text(200, "mrkdwn"),
        "icon": image,
        "hero_image": image,
        "actions": array(button, 3),
        "slack_icon": mapping,
        "subtext": text(200),
    },
)
alert = shape({"text": text(200)}, BLOCK | {"level": choice("default", "info", "warning", "error", "success")})
block_input = shape(
    {"label": text(2000, PLAIN), "element": input_element},
    BLOCK | {"hint": text(2000, PLAIN), "optional": boolean, "dispatch_action": boolean},
)

EVERYWHERE: dict[str, Rule] = {
    "section": section,
    "header": header,
    "context": context,
    "divider": shape({}, BLOCK),
    "actions": actions,
    "image": picture,
    "rich_text": rich_text,
    "video": video,
    "card": card,
    "carousel": shape({"elements": array(by_type({"card": card}), 10)}, BLOCK),
    "data_visualization": block_data.data_visualization,
    "data_table": block_data.data_table,
}
_INSIDE = ("actions", "context", "divider", "header", "image", "rich_text", "section", "video")
_children: dict[str, Rule] = {kind: EVERYWHERE[kind] for kind in _INSIDE} | {"table": block_data.table, "input": block_input}
container = shape(
    {"child_blocks": array(by_type(_children), 10)},
    BLOCK
    | {
        "title": text(150, PLAIN),
        "rich_text_title": rich_text,
        "subtitle": text(150),
        "icon": image,
        "width": choice("narrow", "standard", "wide", "full"),
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
)
_task: dict[str, Rule] = {"details": rich_text, "output": rich_text, "sources": array(mapping, 50)}
task_card = shape(
    {"task_id": string(255), "title": string(255), "status": choice("pending", "in_progress", "complete", "error")}, BLOCK | _task
)
MESSAGE: dict[str, Rule] = EVERYWHERE | {
    "container": container,
    "markdown": shape({"text": string(MARKDOWN_CHARACTERS)}, BLOCK),
    "table": block_data.table,
    "context_actions": context_actions,
    "plan": shape({"title": string(255)}, BLOCK | {"tasks": array(mapping, 50)}),
    "task_card": task_card,
}
HOME: dict[str, Rule] = EVERYWHERE | {"container": container, "input": block_input}
MODAL: dict[str, Rule] = {k: r for k, r in EVERYWHERE.items() if not k.startswith("data_")} | {
    "input": block_input,
    "alert": alert,
}

TITLE = text(24, PLAIN)
VIEW: dict[str, Rule] = {
    "title": TITLE,
    "submit": TITLE,
    "close": TITLE,
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
    "submit_disabled": boolean,
}


def check_message(message: Mapping[str, Any], *, missing: frozenset[str] = frozenset()) -> list[Problem]:
    """Everything Slack would refuse in `text`, `blocks` and `attachments`; an empty list means it would be taken.

    `missing` are block types that have not reached the workspace. Limits: reference documentation of Block Kit, late 2026.
    """
    blocks = message.get("blocks") or []
    problems = list(_blocks(blocks, MESSAGE, MESSAGE_BLOCKS, missing))
    if not problems:
        problems = list(_between_blocks(blocks))
    attachments = message.get("attachments") or []
    return problems + list(_attachments(attachments, blocks if isinstance(blocks, list) else [], missing))


def check_view(view: Mapping[str, Any], *, missing: frozenset[str] = frozenset()) -> list[Problem]:
    """Everything Slack would refuse in a modal or Home view, pointers below `/view`; an empty list means it would be taken."""
    home = view.get("type") == "home"
    required: dict[str, Rule] = {"type": choice("modal", "home"), "blocks": anything} | ({} if home else {"title": TITLE})
    problems = list(shape(required, VIEW)(view, "/view"))
    blocks = view.get("blocks")
    problems += _blocks(blocks, HOME if home else MODAL, VIEW_BLOCKS, missing, "/view/blocks")
    if not problems and blocks:
        problems += _between_blocks(blocks, "/view/blocks")
        problems += _inputs_need_submit(view, blocks)
    return problems


def _blocks(
    blocks: Any, table: Mapping[str, Rule], most: int, missing: frozenset[str], root: str = "/blocks"
) -> Iterator[Problem]:
    here = {kind: rule for kind, rule in table.items() if kind not in missing}
    yield from array(by_type(here), most, least=0)(blocks, root)


def _between_blocks(blocks: Sequence[Mapping[str, Any]], root: str = "/blocks") -> Iterator[Problem]:
    kinds = [block["type"] for block in _flat(blocks)]
    ids = [block["block_id"] for block in _flat(blocks) if block.get("block_id")]
    yield from unique(ids, root, "block_id")
    if kinds.count("table") > 1:
        yield Problem(pointer=root, says="only_one_table_allowed", code="invalid_attachments")
    if kinds.count("data_visualization") > CHARTS:
        yield Problem(pointer=root, says=f"no more than {CHARTS} data_visualization blocks allowed")
    written = sum(len(block["text"]) for block in _flat(blocks) if block["type"] == "markdown")
    if written > MARKDOWN_CHARACTERS:
        yield Problem(pointer=root, says=f"markdown must be less than {MARKDOWN_CHARACTERS + 1} characters in all")


def _flat(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for block in blocks:
        yield block
        yield from _flat(block.get("child_blocks") or [])


def _inputs_need_submit(view: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    asks = any(block["type"] == "input" for block in blocks)
    if view["type"] == "modal" and asks and not view.get("submit"):
        yield Problem(pointer="/view/submit", says="submit is required when the view has input blocks")


def _attachments(attachments: Any, blocks: Sequence[Any], missing: frozenset[str]) -> Iterator[Problem]:
    tables = sum(isinstance(block, Mapping) and block.get("type") == "table" for block in blocks)
    for place, attachment in enumerate(attachments if isinstance(attachments, list) else []):
        root = f"/attachments/{place}/blocks"
        inner = attachment.get("blocks") or [] if isinstance(attachment, Mapping) else []
        tables += sum(isinstance(block, Mapping) and block.get("type") == "table" for block in inner)
        for problem in _blocks(inner, MESSAGE, MESSAGE_BLOCKS, missing, root):
            yield Problem(pointer=problem.pointer, says=problem.says, code="invalid_attachments")
    if attachments and tables > 1:
        yield Problem(pointer="/attachments", says="only_one_table_allowed", code="invalid_attachments")
