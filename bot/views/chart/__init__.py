"""Every chart as a PNG. This package alone knows matplotlib; only the render worker, the CLI and tests import it."""

from bot.views.chart.drawing import compose, draw

__all__ = ["compose", "draw"]
