"""Whether Slack would take what we are about to send: every limit, and our own rules, in microseconds and without Slack.

Limits: Block Kit reference, late 2026. Where sources differ the lower one holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.views import blocks as limits
from bot.views.check_blocks import check_block
from bot.views.message import Message

CHARTS, TABLES = 2, 1
LOUD = re.compile(r"<!(channel|here|everyone|subteam)")
SLOT = re.compile(r"chart:(\d+)")
MODAL_ONLY = frozenset({"alert"})
NOT_IN_MODALS = frozenset({"data_visualization", "data_table", "table", "markdown"})
NOT_IN_MESSAGES = frozenset({"alert", "input"})


def check_message(message: Message) -> list[str]:
    """Everything that is wrong with a message; nothing where Slack would take it."""
    return [*check_payload({"text": message.text, "blocks": message.blocks}), *_charts(message)]


def check_payload(payload: Mapping[str, Any]) -> list[str]:
    """The same for what goes to chat.postMessage, with its pictures filled in or still placeholders."""
    blocks = payload.get("blocks") or ()
    return [
        *_text(payload.get("text") or ""),
        *_together(blocks, limits.MESSAGE_BLOCKS),
        *(f"{block.get('type')} cannot be in a message" for block in blocks if block.get("type") in NOT_IN_MESSAGES),
    ]


def check_view(view: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with a modal or a Home tab."""
    blocks = view.get("blocks") or ()
    modal = view.get("type") == "modal"
    shut_out = NOT_IN_MODALS if modal else MODAL_ONLY
    return [
        *([] if view.get("type") in ("modal", "home") else ["a view is a modal or a home"]),
        *_words(view, required=("title",) if modal else ()),
        *([] if len(view.get("private_metadata", "")) <= limits.PRIVATE_METADATA else ["private_metadata is too long"]),
        *(
            []
            if len(json.dumps(view).encode()) <= limits.VIEW_BYTES
            else [f"the view is larger than {limits.VIEW_BYTES:,} bytes"]
        ),
        *_together(blocks, limits.VIEW_BLOCKS),
        *(f"{block.get('type')} cannot be in this view" for block in blocks if block.get("type") in shut_out),
        *_submits(view, blocks),
    ]


def _text(text: str) -> Iterator[str]:
    if not text.strip():
        yield "text is empty: screen readers would hear nothing"
    if len(text) > limits.TEXT:
        yield f"text has {len(text):,} characters, at most {limits.TEXT:,}"
    if LOUD.search(text):
        yield "text would notify everyone"


def _together(blocks: Sequence[Mapping[str, Any]], most: int) -> Iterator[str]:
    """The blocks one by one, and what holds between them."""
    if len(blocks) > most:
        yield f"{len(blocks)} blocks, at most {most}"
    for place, block in enumerate(blocks):
        yield from (f"block {place} ({block.get('type')}): {problem}" for problem in check_block(block))
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (f"block_id {block_id!r} stands {n} times" for block_id, n in ids.items() if n > 1)
    yield from ("a block has no block_id" for block in blocks if not block.get("block_id"))
    kinds = Counter(block.get("type") for block in blocks)
    if kinds["data_visualization"] > CHARTS:
        yield f"{kinds['data_visualization']} native charts, at most {CHARTS}"
    if kinds["table"] + kinds["data_table"] > TABLES:
        yield f"{kinds['table'] + kinds['data_table']} tables, at most {TABLES}"
    yield from ("a paragraph would notify everyone" for words in _markup(blocks) if LOUD.search(words))


def _charts(message: Message) -> Iterator[str]:
    """Every placeholder has its chart and every chart its placeholder, once."""
    slots = [str((block.get("slack_file") or {}).get("id", "")) for block in message.blocks if block.get("type") == "image"]
    shown = Counter(int(found[1]) for slot in slots if (found := SLOT.fullmatch(slot)))
    if shown != Counter(range(len(message.charts))):
        yield f"{len(message.charts)} charts, but places for {sorted(shown.elements())}"


def _words(view: Mapping[str, Any], required: Sequence[str]) -> Iterator[str]:
    for name in ("title", "submit", "close"):
        word = view.get(name)
        if word is None:
            yield from ([f"{name} is missing"] if name in required else [])
        elif word.get("type") != "plain_text" or not 0 < len(word.get("text", "")) <= limits.VIEW_WORD:
            yield f"{name} must be plain text of 1 to {limits.VIEW_WORD} characters"


def _submits(view: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    asks = any(block.get("type") == "input" for block in blocks)
    if asks and view.get("type") == "modal" and "submit" not in view:
        yield "a modal with inputs needs submit"


def _markup(value: Any) -> Iterator[str]:
    """Every text that Slack would read as markup."""
    if isinstance(value, Mapping):
        if value.get("type") == "mrkdwn" and isinstance(value.get("text"), str):
            yield value["text"]
        else:
            for inner in value.values():
                yield from _markup(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _markup(inner)
