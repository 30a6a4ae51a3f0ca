"""Channels that somebody names, in words or in a form: asked about before anything is open, so that a command can refuse them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.app.wiring import Wiring
from commands.command import Place

NAMED = re.compile(r"<#([CG][A-Z0-9]{1,40})(?:\|[^<>]{0,200})?>")
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,40}")
MOST = 3


def places_in(wiring: Wiring, said: str, state: Mapping[str, Any] | None = None) -> dict[str, Place]:
    """What Slack says of the first few channels of a text and of what was chosen in a form."""
    named = dict.fromkeys([*(found[1] for found in NAMED.finditer(said)), *_chosen(state or {})])
    return {channel_id: _place(wiring, channel_id) for channel_id in list(named)[:MOST]}


def _chosen(state: Mapping[str, Any]) -> Iterator[str]:
    fields = (field for block in state.values() if isinstance(block, Mapping) for field in block.values())
    for field in fields:
        chosen = field.get("selected_conversation") or field.get("selected_channel") if isinstance(field, Mapping) else None
        if isinstance(chosen, str) and CHANNEL.fullmatch(chosen):
            yield chosen


def _place(wiring: Wiring, channel_id: str) -> Place:
    found = wiring.slack.conversation(channel_id)
    return Place(
        known=found.known,
        missing=found.is_missing,
        shared=found.shared,
        archived=found.is_archived,
        bot_is_there=found.is_member,
    )
