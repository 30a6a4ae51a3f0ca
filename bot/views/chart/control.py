"""The control chart: which points are news, and which are only noise between the limits."""

from dataclasses import replace

from bot.views.chart.canvas import RIGHT, Canvas, Place
from bot.views.chart.lettering import width
from bot.views.chart.marks import DASH, beside_column, date_axis, no_data, value_beside
from bot.views.chart.scale import Scale, between, pieces
from bot.views.chart.series import AXIS, PLOT, SIDE_GAP, SIDE_MOST, spaced
from bot.views.chart_spec import ControlChart
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Theme

SIGNALS_NAMED = 6


def control_chart(spec: ControlChart, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 6)
    values = [finite(p.value) for p in spec.points]
    known = [v for v in values if v is not None]
    centre = finite(spec.centre)
    if not known or centre is None:
        no_data(canvas)
        return canvas
    limits = [v for v in (finite(spec.lower), finite(spec.upper)) if v is not None]
    right = RIGHT - _side(canvas, spec) - SIDE_GAP
    xs = spaced(len(values), right)
    scale = Scale.over([*known, *limits, centre], canvas.top + 30, canvas.top + PLOT - 18)
    _limits(canvas, spec, (xs[0] - 4, right + 4), scale)
    heights = [None if v is None else scale(v) for v in values]
    runs = pieces(list(zip(xs, heights, strict=True)))
    for run in runs:
        canvas.path(run, canvas.colours.blue, 2)
    _signals(canvas, spec, [(x, h) for x, h in zip(xs, heights, strict=True)], [place for run in runs for place in between(run)])
    _names(canvas, spec, right + SIDE_GAP, scale)
    date_axis(canvas, canvas.top + AXIS, xs, [p.label for p in spec.points], spec.marks)
    return canvas


def _limits(canvas: Canvas, spec: ControlChart, ends: tuple[float, float], scale: Scale) -> None:
    """The band of noise as a soft area, its limits as hairlines, the centre dashed."""
    left, right = ends
    edges = [scale(v) if v is not None else None for v in (finite(spec.upper), finite(spec.lower))]
    top = edges[0] if edges[0] is not None else canvas.top + 8
    bottom = edges[1] if edges[1] is not None else canvas.top + PLOT
    canvas.rects([(left, top, right, bottom)], canvas.colours.grey_soft)
    for edge in (y for y in edges if y is not None):
        canvas.path([(left, edge), (right, edge)], canvas.colours.base, 1.4)
    canvas.path([(left, scale(spec.centre)), (right, scale(spec.centre))], canvas.colours.base, 1.4, dash=DASH)


def _signals(canvas: Canvas, spec: ControlChart, places: list[tuple[float, float | None]], line: list[Place]) -> None:
    """Dots on every point where there is room; signals larger, in orange, their value beside them."""
    news = set(spec.news)
    calm = [(x, y) for i, (x, y) in enumerate(places) if y is not None and i not in news]
    if len(places) <= 40 and calm:
        canvas.dots(calm, canvas.colours.blue, size=5, ring=0)
    loud = [(i, x, y) for i, (x, y) in enumerate(places) if y is not None and i in news]
    if loud:
        canvas.dots([(x, y) for _, x, y in loud], canvas.colours.orange, size=11)
    peaks = set(_peaks(spec)[-SIGNALS_NAMED:])
    for index, x, y in (one for one in loud if one[0] in peaks):
        words = clean(spec.points[index].shown, 16)
        value_beside(canvas, (x, y), words, line, (canvas.top - 10, canvas.top + PLOT + 12))


def _peaks(spec: ControlChart) -> list[int]:
    """Of signals in a row the furthest beyond its limit: the values of all of them would stand on each other."""
    found = list[list[int]]()
    for place in spec.news:
        if found and place == found[-1][-1] + 1:
            found[-1].append(place)
        else:
            found.append([place])
    return [max(run, key=lambda place: _beyond(spec, place)) for run in found]


def _beyond(spec: ControlChart, place: int) -> float:
    """How far a point lies beyond a limit; without one, from the centre."""
    value, upper, lower = finite(spec.points[place].value), finite(spec.upper), finite(spec.lower)
    if value is None:
        return 0.0
    sides = [value - upper] if upper is not None else []
    sides += [lower - value] if lower is not None else []
    return max(sides, default=abs(value - spec.centre))


def _side(canvas: Canvas, spec: ControlChart) -> float:
    return min(max(width(words, replace(canvas.note, weight=600)) for words, _ in _lines(spec)), SIDE_MOST)


def _names(canvas: Canvas, spec: ControlChart, left: float, scale: Scale) -> None:
    for index, (words, value) in enumerate(_lines(spec)):
        face = replace(canvas.note, weight=600, colour=canvas.colours.ink) if index == 0 else canvas.note
        beside_column(canvas, (left, scale(value) + 5), words, face, (canvas.top - 8, canvas.top + PLOT + 10))


def _lines(spec: ControlChart) -> list[tuple[str, float]]:
    """Words and value of the centre and of the limits there are."""
    centre = (spec.centre_text or f"centre {count_text(spec.centre)}", finite(spec.centre))
    upper = (spec.upper_text or f"limit {count_text(spec.upper)}", finite(spec.upper))
    lower = (spec.lower_text or f"limit {count_text(spec.lower)}", finite(spec.lower))
    return [(clean(words, 24), value) for words, value in (centre, upper, lower) if value is not None]
