"""Cursors: opaque to the caller, an offset to us."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from bot.sandbox.refusal import Refusal

Item = TypeVar("Item")


def page_of(items: Sequence[Item], limit: int, cursor: Any) -> tuple[list[Item], str]:
    """The page after `cursor` and the next cursor, empty at the end. Refuses with invalid_cursor."""
    start = _offset(cursor)
    end = start + max(1, limit)
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), following


def _offset(cursor: Any) -> int:
    if not cursor:
        return 0
    try:
        word, _, offset = base64.b64decode(str(cursor), validate=True).decode().partition(":")
        if word != "next":
            raise Refusal("invalid_cursor")
        return int(offset)
    except (binascii.Error, ValueError):
        raise Refusal("invalid_cursor") from None
