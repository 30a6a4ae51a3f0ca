"""The forecast fan: the past as it was, the future as two ranges around their middle."""

from dataclasses import replace

from bot.views.chart.canvas import RIGHT, Canvas
from bot.views.chart.lettering import width
from bot.views.chart.marks import DASH, date_axis, no_data, value_beside
from bot.views.chart.scale import Scale, between, pieces
from bot.views.chart.series import AXIS, PLOT, SIDE_GAP, SIDE_MOST, spaced, telling
from bot.views.chart_spec import FanPoint, ForecastFan
from bot.views.labels import clean, finite
from bot.views.palette import Theme, mix


def forecast_fan(spec: ForecastFan, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 6)
    past = [finite(p.value) for p in spec.history]
    coming = [p for p in spec.forecast if None not in map(finite, (p.value, *p.inner, *p.outer))]
    every = [v for v in past if v is not None] + [v for p in coming for v in (*p.outer, p.value or 0.0)]
    if not every:
        no_data(canvas)
        return canvas
    right = RIGHT - _side(canvas, spec, coming) - SIDE_GAP
    xs = spaced(len(past) + len(coming), right)
    zero = [0.0] if 0 <= min(every) <= max(every) / 2 else []
    scale = Scale.over(every, canvas.top + 30, canvas.top + PLOT - (0 if zero else 18), *zero)
    heights = [None if v is None else scale(v) for v in past]
    runs = pieces(list(zip(xs, heights, strict=False)))
    _fan(canvas, coming, xs[len(past) :], runs[-1][-1] if runs and heights[-1] is not None else None, scale)
    for run in runs:
        canvas.path(run, canvas.colours.ink, 2.2)
    places = [place for run in runs for place in between(run)]
    if runs:
        canvas.dots([runs[-1][-1]], canvas.colours.ink, size=8)
        for index in telling(past):
            place = xs[index], heights[index] or 0.0
            value_beside(canvas, place, clean(spec.history[index].shown, 16), places, (canvas.top - 10, canvas.top + PLOT + 12))
    _end(canvas, spec, coming, right + SIDE_GAP, scale)
    date_axis(canvas, canvas.top + AXIS, xs, [p.label for p in (*spec.history, *coming)], spec.marks)
    return canvas


def _fan(canvas: Canvas, coming: list[FanPoint], xs: list[float], start: tuple[float, float] | None, scale: Scale) -> None:
    """Both ranges open from the last known value, or stand free where there is none."""
    origin = [start] if start else []
    shades = (canvas.colours.blue_soft, mix(canvas.colours.blue_soft, canvas.colours.blue, 0.35))
    for ranges, shade in zip(([p.outer for p in coming], [p.inner for p in coming]), shades, strict=True):
        low = [(x, scale(ends[0])) for x, ends in zip(xs, ranges, strict=True)]
        high = [(x, scale(ends[1])) for x, ends in zip(xs, ranges, strict=True)]
        if coming:
            canvas.area([*origin, *low, *reversed(high)], shade)
    middle = [*origin, *((x, scale(p.value or 0.0)) for x, p in zip(xs, coming, strict=True))]
    canvas.path(middle, canvas.colours.blue, 2.2, dash=DASH)


def _side(canvas: Canvas, spec: ForecastFan, coming: list[FanPoint]) -> float:
    last = coming[-1] if coming else None
    words = [clean(last.range, 24), clean(spec.range_text, 24), clean(last.label, 24)] if last else []
    big = width(clean(last.shown, 24), replace(canvas.strong, size=24)) if last else 0.0
    return min(max([big, *(width(word, canvas.note) for word in words)]), SIDE_MOST)


def _end(canvas: Canvas, spec: ForecastFan, coming: list[FanPoint], left: float, scale: Scale) -> None:
    if not coming:
        return
    last = coming[-1]
    y = min(max(scale(last.value or 0.0) + 9, canvas.top + 24), canvas.top + PLOT - 58)
    canvas.text(left, y, clean(last.shown, 24), replace(canvas.strong, size=24, colour=canvas.colours.blue), room=SIDE_MOST)
    for index, words in enumerate((last.label, last.range, spec.range_text)):
        canvas.text(left, y + 21 + 19 * index, clean(words, 24), canvas.note, room=SIDE_MOST)
