"""Messages with pictures, and what remains of them when Slack does not take all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

PLACEHOLDER = "chart:"
NEW = frozenset({"data_visualization", "data_table"})
"""Blocks that have not reached every workspace."""
NATIVE = NEW | {"table"}
REFUSED_FOR_S = 86_400.0
UNPROCESSED_WAITS_S = (0.5, 1.0, 2.0, 4.0)


def with_pictures(payload: Mapping[str, Any], file_ids: Mapping[str, str]) -> dict[str, Any]:
    """The payload with each placeholder (`chart:0`) replaced by the id of the uploaded file; unfilled ones are left out."""
    blocks = [block for old in payload.get("blocks") or () if (block := _filled(old, file_ids)) is not None]
    return {**payload, "blocks": blocks} if payload.get("blocks") else dict(payload)


def simpler(payload: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Ever simpler forms of a message: without native charts, without pictures too, then the words, which say everything."""
    blocks = payload.get("blocks") or []
    left = len(blocks)
    for form in (without_new(payload), _without_pictures(payload)):
        if form["blocks"] and len(form["blocks"]) < left:
            left = len(form["blocks"])
            yield form
    if blocks:
        yield {key: value for key, value in payload.items() if key != "blocks"}


def without_new(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The message without blocks that some workspaces do not have yet."""
    return {**payload, "blocks": [block for block in payload.get("blocks") or () if block.get("type") not in NEW]}


class Tolerance:
    """Whether this workspace takes the new blocks. What it refused is not tried again for a day: workspaces learn."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._refused_until = 0.0

    def fit(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """The payload as this workspace is known to take it."""
        if self._clock() >= self._refused_until or not has_new(payload):
            return payload
        return without_new(payload)

    @property
    def refuses(self) -> bool:
        """Whether this workspace is known not to take the new blocks."""
        return self._clock() < self._refused_until

    def learn(self, refused: Mapping[str, Any], taken: Mapping[str, Any]) -> bool:
        """Slack was offered one form and took another: when all that differs are the new blocks, or pictures in their place,
        it is them it refuses. True when that is news."""
        if has_new(taken):
            return False
        same = taken == without_new(refused) or (not shows_pictures(refused) and _without_pictures(taken) == without_new(refused))
        if not (has_new(refused) and taken.get("blocks") and same):
            return False
        news = not self.refuses
        self._refused_until = self._clock() + REFUSED_FOR_S
        return news


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


def has_new(payload: Mapping[str, Any]) -> bool:
    """Whether the message has blocks that some workspaces do not take."""
    return any(block.get("type") in NEW for block in payload.get("blocks") or ())


def _without_pictures(payload: Mapping[str, Any]) -> dict[str, Any]:
    plain = [block for block in payload.get("blocks") or () if not _is_picture(block) and block.get("type") not in NATIVE]
    return {**payload, "blocks": plain}
