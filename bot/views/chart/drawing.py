"""Which hand draws which chart."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import matplotlib

from bot.views import chart_spec as kinds
from bot.views.chart.backlog import backlog
from bot.views.chart.bars import bars
from bot.views.chart.canvas import Canvas
from bot.views.chart.control import control_chart
from bot.views.chart.distribution import distribution
from bot.views.chart.durations import durations
from bot.views.chart.forecast import forecast_fan
from bot.views.chart.heat import heat_map
from bot.views.chart.kpi import kpi_strip
from bot.views.chart.pareto import pareto
from bot.views.chart.ratings import ratings
from bot.views.chart.series import series
from bot.views.chart.sheet import stacked
from bot.views.palette import Theme

# Any: each hand takes the one kind it stands beside.
HANDS: dict[type[kinds.Heading], Callable[[Any, Theme], Canvas]] = {
    kinds.KpiStrip: kpi_strip,
    kinds.BacklogChart: backlog,
    kinds.Series: series,
    kinds.Bars: bars,
    kinds.Pareto: pareto,
    kinds.Ratings: ratings,
    kinds.DurationBuckets: durations,
    kinds.HeatMap: heat_map,
    kinds.Distribution: distribution,
    kinds.ForecastFan: forecast_fan,
    kinds.ControlChart: control_chart,
}


def draw(spec: kinds.ChartSpec, theme: Theme = "light") -> bytes:
    """A PNG, 1120 px wide. Not thread-safe: one thread of one process draws (see `bot.views.render`)."""
    if isinstance(spec, kinds.Sheet):
        return stacked([draw(part, theme) for part in spec.parts])
    with _settings():
        return HANDS[type(spec)](spec, theme).png()


def compose(spec: kinds.ChartSpec, theme: Theme = "light") -> Canvas:
    """The same chart before it is a PNG, so that its texts can be measured."""
    with _settings():
        return HANDS[type(spec)](spec, theme)


def _settings() -> AbstractContextManager[None]:
    return matplotlib.rc_context({"axes.unicode_minus": False, "text.parse_math": False, "text.hinting": "none"})
