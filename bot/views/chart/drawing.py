"""Which hand draws which chart."""

from collections.abc import Callable
from typing import Any

import matplotlib

from bot.views import chart_spec as kinds
from bot.views.chart.backlog import backlog
from bot.views.chart.bars import bars
from bot.views.chart.canvas import Canvas
from bot.views.chart.kpi import kpi_strip
from bot.views.chart.pareto import pareto
from bot.views.chart.series import series
from bot.views.palette import Theme

HANDS: dict[type[kinds.Heading], Callable[[Any, Theme], Canvas]] = {
    kinds.KpiStrip: kpi_strip,
    kinds.BacklogChart: backlog,
    kinds.Series: series,
    kinds.Bars: bars,
    kinds.Pareto: pareto,
}


def draw(spec: kinds.Heading, theme: Theme = "light") -> bytes:
    """A PNG, 1120 px wide. Not thread-safe: one thread of one process draws (see `bot.views.render`)."""
    with matplotlib.rc_context({"axes.unicode_minus": False, "text.parse_math": False, "text.hinting": "none"}):
        return HANDS[type(spec)](spec, theme).png()


def compose(spec: kinds.Heading, theme: Theme = "light") -> Canvas:
    """The same chart before it is a PNG, so that its texts can be measured."""
    with matplotlib.rc_context({"axes.unicode_minus": False, "text.parse_math": False, "text.hinting": "none"}):
        return HANDS[type(spec)](spec, theme)
