"""Messages with pictures, and what remains of them when Slack does not take all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PLACEHOLDER = "chart:"
NATIVE = frozenset({"data_visualization", "data_table", "table"})
UNPROCESSED_WAITS_S = (0.5, 1.0, 2.0, 4.0)


def with_pictures(payload: Mapping[str, Any], file_ids: Mapping[str, str]) -> dict[str, Any]:
    """The payload with each placeholder (`chart:0`) replaced by the id of the uploaded file; unfilled ones are left out."""
    blocks = [block for old in payload.get("blocks") or () if (block := _filled(old, file_ids)) is not None]
    return {**payload, "blocks": blocks} if payload.get("blocks") else dict(payload)


def simpler(payload: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Ever simpler forms of a message: without pictures and native charts, then the words alone, which say everything."""
    blocks = payload.get("blocks") or []
    plain = [block for block in blocks if not _is_picture(block) and block.get("type") not in NATIVE]
    if plain and len(plain) < len(blocks):
        yield {**payload, "blocks": plain}
    if blocks:
        yield {key: value for key, value in payload.items() if key != "blocks"}


def shows_pictures(payload: Mapping[str, Any]) -> bool:
    """Whether a block shows an uploaded picture."""
    return any(_is_picture(block) for block in payload.get("blocks") or ())


def _filled(block: Mapping[str, Any], file_ids: Mapping[str, str]) -> dict[str, Any] | None:
    file_id = (block.get("slack_file") or {}).get("id", "")
    if not file_id.startswith(PLACEHOLDER):
        return dict(block)
    known = file_ids.get(file_id)
    return {**block, "slack_file": {"id": known}} if known else None


def _is_picture(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "image" and "slack_file" in block
