"""What can be shown in Slack: complete text for those who hear it, blocks for those who see it, charts to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.views.chart_spec import ChartSpec

Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`text` alone carries the whole answer, because screen readers read nothing else.

    A block `{"type": "image", "slack_file": {"id": "chart:0"}}` stands for the picture of `charts[0]`,
    which the sender uploads before it posts. `instead` holds, by block_id, the picture for a chart or table of Slack's own
    where a workspace has none."""

    text: str
    blocks: tuple[Block, ...] = ()
    charts: tuple[ChartSpec, ...] = ()
    instead: Mapping[str, ChartSpec] = field(default_factory=dict)


def pictured(message: Message) -> Message:
    """The same message for a workspace without Slack's own charts and tables: pictures with the same numbers."""
    blocks, charts = [], list(message.charts)
    for block in message.blocks:
        spec = message.instead.get(str(block.get("block_id")))
        if spec is not None:
            block = {
                "type": "image",
                "slack_file": {"id": f"chart:{len(charts)}"},
                "alt_text": spec.alt,
                "block_id": block["block_id"],
            }
            charts.append(spec)
        blocks.append(block)
    return replace(message, blocks=tuple(blocks), charts=tuple(charts), instead={})
