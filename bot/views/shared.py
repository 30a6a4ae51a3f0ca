"""What one person was told, as everybody in a channel reads it: with who shared it, and not offered for it again."""

from __future__ import annotations

from dataclasses import replace

from bot.views.blocks import TEXT, Block, clip_mrkdwn, context
from bot.views.buttons import SHARE
from bot.views.message import Message


def shared_message(message: Message, user_id: str) -> Message:
    """The same message for a channel; `user_id` is the Slack user who shares it."""
    whose = f"Shared by <@{user_id}>"
    kept = [one for one in map(_without_share, message.blocks) if one is not None]
    at = next((place for place, one in enumerate(kept) if one["type"] == "actions"), len(kept))
    kept.insert(at, context([whose], "shared:by"))
    text = f"{clip_mrkdwn(message.text, TEXT - len(whose) - 1)}\n{whose}"
    return replace(message, text=text, blocks=tuple(kept))


def _without_share(block: Block) -> Block | None:
    """A row of buttons without the one that shares; None where it was the only one."""
    if block["type"] != "actions":
        return block
    left = [one for one in block["elements"] if one["action_id"].partition(":")[0] != SHARE]
    return {**block, "elements": left} if left else None
