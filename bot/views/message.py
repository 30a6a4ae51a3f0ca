"""What can be shown in Slack: complete text for those who hear it, blocks for those who see it, charts to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.views.chart_spec import ChartSpec

Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`text` alone carries the whole answer, because screen readers read nothing else.

    A block `{"type": "image", "slack_file": {"id": "chart:0"}}` stands for the picture of `charts[0]`,
    which the sender uploads before it posts."""

    text: str
    blocks: tuple[Block, ...] = ()
    charts: tuple[ChartSpec, ...] = ()
