"""The one error handler: whatever goes wrong, the person is told what happened, what is still true, and what to do."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from bot.errors import BadRequest, CxError, NotKept
from bot.views.message import Message

log = logging.getLogger("cx.app")


def explained(error: Exception) -> Message:
    """A sentence for the person, and a line in the log under the same short reference."""
    if isinstance(error, BadRequest):
        log.info("could not be answered as typed", extra={"error": type(error).__name__})
        return Message(text=escaped(error.sentence()))
    reference = f"E-{secrets.token_hex(3)}"
    if isinstance(error, CxError):
        log.warning("refused", extra={"reference": reference, "error": type(error).__name__})
        named = reference if isinstance(error, NotKept) else f"Reference {reference}"
        return Message(text=f"{escaped(error.sentence())} ({named})")
    log.error("unexpected error", extra={"reference": reference}, exc_info=error)
    return Message(
        text=f"Something of ours broke, and this could not be answered. Nothing is left half-done. "
        f"Try again; if it breaks again, tell whoever looks after cx the reference {reference}."
    )


def field_errors(view: Mapping[str, Any], message: Message) -> dict[str, Any]:
    """What a submitted view is answered when it cannot be kept: the sentence under its first field, else in its place."""
    first = next((block["block_id"] for block in view.get("blocks") or () if block.get("type") == "input"), None)
    if first is not None:
        return {"response_action": "errors", "errors": {first: message.text[:2000]}}
    told = {"type": "section", "text": {"type": "plain_text", "text": message.text[:3000]}}
    title = {"type": "plain_text", "text": "That did not work"}
    return {"response_action": "update", "view": {"type": "modal", "title": title, "blocks": [told]}}


def escaped(text: str) -> str:
    """Text that may quote what a person typed: no mention, channel or link can come out of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
