"""A message's charts as files: drawn once, kept with the message, uploaded by whoever sends it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from bot.views.chart_spec import ChartSpec
from bot.views.message import Message

Draw = Callable[[ChartSpec], bytes | None]


def drawn(message: Message, draw: Draw) -> tuple[dict[str, Any], ...]:
    """One file a chart, as the outbox keeps it. A chart that cannot be drawn is missing: its numbers stand in the text."""
    files = []
    for number, chart in enumerate(message.charts):
        png = draw(chart)
        if png is not None:
            picture = base64.b64encode(png).decode()
            files.append(
                {"slot": f"chart:{number}", "name": f"chart-{number + 1}.png", "alt": chart.alt, "png": picture, "file_id": ""}
            )
    return tuple(files)
