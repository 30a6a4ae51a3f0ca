"""What a chart says, as data: the picture, the native block, the table and the alt text are all made from these."""

import hashlib
import json
from dataclasses import asdict

from bot.views.chart_spec.over_time import SO_FAR, BacklogChart, ControlChart, FanPoint, ForecastFan, Line, Series
from bot.views.chart_spec.parts import ALT_LIMIT, THIN_N, Heading, Mood, Point, share_text, total
from bot.views.chart_spec.shapes import Bucket, Distribution, DurationBuckets, HeatMap, Mark, duration_buckets
from bot.views.chart_spec.sheet import Sheet
from bot.views.chart_spec.splits import Bar, Bars, KpiRow, KpiStrip, Pareto, ParetoRow, RatingRow, Ratings, delta_text

__all__ = [
    "ALT_LIMIT",
    "SO_FAR",
    "THIN_N",
    "BacklogChart",
    "Bar",
    "Bars",
    "Bucket",
    "ChartSpec",
    "ControlChart",
    "Distribution",
    "DurationBuckets",
    "FanPoint",
    "ForecastFan",
    "Heading",
    "HeatMap",
    "KpiRow",
    "KpiStrip",
    "Line",
    "Mark",
    "Mood",
    "Pareto",
    "ParetoRow",
    "Point",
    "RatingRow",
    "Ratings",
    "Series",
    "Sheet",
    "delta_text",
    "duration_buckets",
    "share_text",
    "spec_key",
    "total",
]

ChartSpec = (
    KpiStrip
    | BacklogChart
    | Series
    | Bars
    | Pareto
    | Ratings
    | DurationBuckets
    | HeatMap
    | Distribution
    | ForecastFan
    | ControlChart
    | Sheet
)


def spec_key(spec: ChartSpec, *more: str) -> str:
    """The same chart, theme and style give the same key in every process."""
    told = json.dumps([type(spec).__name__, asdict(spec), more], sort_keys=True, default=float)
    return hashlib.sha256(told.encode()).hexdigest()
