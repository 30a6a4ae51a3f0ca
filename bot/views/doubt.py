"""A message of which nobody knows whether it arrived, put to the person whose it is: it did, or it is to be sent again."""

from __future__ import annotations

from typing import Any

from bot.views.blocks import actions, button, clip, escape, one_line, section
from bot.views.message import Message

ARRIVED = "doubt-arrived"
AGAIN = "doubt-again"
QUOTED = 80


def doubt_payload(message_id: str, *, kind: str, channel_id: str, text: str) -> dict[str, Any]:
    """The question. The message is named by its first words, and the place by its id."""
    place = f"<@{channel_id}>" if channel_id.startswith(("U", "W")) else f"<#{channel_id}>"
    words = escape(clip(one_line(text), QUOTED))
    says = (
        f"Slack lost its answer when I sent this {escape(kind)} to {place}, and I may not read there whether it arrived: "
        f"“{words}” Please look, and tell me. Until then it is not sent again."
    )
    buttons = actions([button("It arrived", ARRIVED, message_id), button("Send again", AGAIN, message_id)], "doubt:actions")
    return {"text": says, "blocks": [section(says, "doubt:says"), buttons]}


def settled_message(says: str) -> Message:
    """What takes the place of the question."""
    return Message(text=says, blocks=(section(says, "doubt:settled"),))
