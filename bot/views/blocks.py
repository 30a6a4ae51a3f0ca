"""Small builders of Slack's blocks: each keeps within Slack's limits and takes untrusted words only where they are safe.

Limits: Block Kit reference, late 2026. What is too long is cut with an ellipsis; nothing here raises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

Block = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
TEXT = 4_000
SECTION = 3_000
FIELDS, FIELD = 10, 2_000
HEADER = 150
CONTEXT_ELEMENTS = 10
ACTIONS = 25
BUTTON, BUTTON_VALUE, BUTTON_LABEL, URL = 75, 2_000, 75, 3_000
ALT = 2_000
ID = 255
VIEW_WORD, PRIVATE_METADATA = 24, 3_000
LINE = 150

ELLIPSIS = "…"
NOTHING = "–"
# Direction marks, embeddings, isolates and invisible spaces. Joiners stay: Persian, Hindi and family emoji need them.
TURNING = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
BROKEN_END = re.compile(r"(&[a-z#0-9]{0,5}|<[^<>]*)$")


def escape(text: str) -> str:
    """Words as they may stand in mrkdwn: `<!channel>` becomes visible instead of loud."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def one_line(text: str, limit: int = LINE) -> str:
    """Somebody's words on one line, without controls, lone surrogates and characters that turn the text around them."""
    head = text[: limit * 8].encode("utf-8", "ignore").decode("utf-8")
    seen = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in head if one not in TURNING)
    return clip(" ".join(seen.split()), limit)


def clip(text: str, limit: int) -> str:
    """At most `limit` characters; what is cut ends in an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + ELLIPSIS


def clip_mrkdwn(text: str, limit: int) -> str:
    """Like `clip`, but never through the middle of an entity or a link, which would show as rubbish or worse."""
    return text if len(text) <= limit else BROKEN_END.sub("", text[: limit - 1]).rstrip() + ELLIPSIS


def instant(at: datetime, fallback: str, form: str = "{date_short_pretty} at {time}") -> str:
    """An instant in mrkdwn that each reader sees in their own zone."""
    return f"<!date^{int(at.timestamp())}^{form}|{escape(fallback.replace('|', '/'))}>"


def plain(text: str, limit: int, *, emoji: bool = False) -> Block:
    """Plain text, where anybody's words are safe; never empty, which Slack refuses."""
    return {"type": "plain_text", "text": clip(text, limit) or NOTHING, "emoji": emoji}


def mrkdwn(text: str, limit: int) -> Block:
    """Our own markup; whoever puts in somebody else's words escapes them first. Names and addresses are not linked."""
    return {"type": "mrkdwn", "text": clip_mrkdwn(text, limit) or NOTHING, "verbatim": True}


def header(text: str, block_id: str) -> Block:
    return {"type": "header", "block_id": block_id[:ID], "text": plain(text, HEADER)}


def section(text: str, block_id: str) -> Block:
    """A paragraph of our own markup."""
    return {"type": "section", "block_id": block_id[:ID], "text": mrkdwn(text, SECTION)}


def plain_section(text: str, block_id: str) -> Block:
    """A paragraph of anybody's words."""
    return {"type": "section", "block_id": block_id[:ID], "text": plain(text, SECTION)}


def fields(texts: Sequence[str], block_id: str) -> Block:
    """Short paragraphs in two columns, ten at most."""
    return {"type": "section", "block_id": block_id[:ID], "fields": [mrkdwn(text, FIELD) for text in texts[:FIELDS]]}


def context(texts: Sequence[str], block_id: str) -> Block:
    """Small grey lines of our own markup, ten at most."""
    elements = [mrkdwn(text, SECTION) for text in texts[:CONTEXT_ELEMENTS]]
    return {"type": "context", "block_id": block_id[:ID], "elements": elements}


def image(slot: int, alt: str, block_id: str) -> Block:
    """The place of the message's chart number `slot`, filled by the sender."""
    told = clip(alt, ALT) or "Chart"
    return {"type": "image", "block_id": block_id[:ID], "slack_file": {"id": f"chart:{slot}"}, "alt_text": told}


def divider(block_id: str) -> Block:
    return {"type": "divider", "block_id": block_id[:ID]}


def actions(elements: Sequence[Block], block_id: str) -> Block:
    return {"type": "actions", "block_id": block_id[:ID], "elements": list(elements[:ACTIONS])}


def button(text: str, action_id: str, value: str, *, style: str | None = None, label: str | None = None) -> Block:
    """A button; `label` is read aloud in the place of a text that is only a symbol or a number."""
    made: Block = {
        "type": "button",
        "text": plain(text, BUTTON, emoji=True),
        "action_id": action_id[:ID],
        "value": value[:BUTTON_VALUE],
    }
    if style is not None:
        made["style"] = style
    if label is not None:
        made["accessibility_label"] = clip(label, BUTTON_LABEL)
    return made


def preformatted(text: str, block_id: str, limit: int = SECTION) -> Block:
    """Monospace lines of anybody's words."""
    words = {"type": "text", "text": clip(text, limit) or NOTHING}
    return rich_text([{"type": "rich_text_preformatted", "elements": [words]}], block_id)


def rich_text(elements: Sequence[Block], block_id: str) -> Block:
    """Lists and paragraphs of anybody's words: nothing in them is read as markup."""
    return {"type": "rich_text", "block_id": block_id[:ID], "elements": list(elements)}
