"""The backlog: how many are open, and the created and solved of every day that made it so."""

from collections.abc import Sequence
from dataclasses import replace

from bot.views.chart.canvas import MARGIN, RIGHT, Box, Canvas, Place
from bot.views.chart.lettering import width
from bot.views.chart.marks import date_axis, goal_line, no_data, value_beside
from bot.views.chart.scale import Scale, between, pieces
from bot.views.chart_spec import BacklogChart
from bot.views.labels import count_text, finite
from bot.views.palette import Theme

AREA_BOTTOM = 152
MIRROR, HALF = 236, 62
AXIS = 324
SIDE_GAP = 14
BAR_MOST = 28


def backlog(spec: BacklogChart, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 6)
    if not any(finite(v) is not None for v in (*spec.backlog, *spec.created, *spec.solved)):
        no_data(canvas)
        return canvas
    right = RIGHT - _side(canvas, spec) - SIDE_GAP
    step = (right - MARGIN - 8) / len(spec.days)
    xs = [MARGIN + 4 + step * (i + 0.5) for i in range(len(spec.days))]
    _mirror(canvas, spec, xs, min(step * 0.74, BAR_MOST))
    _sums(canvas, spec, right + SIDE_GAP)
    date_axis(canvas, canvas.top + AXIS, xs, spec.days, spec.marks)
    _line(canvas, spec, xs, right)
    return canvas


def _side(canvas: Canvas, spec: BacklogChart) -> float:
    """The width of the words right of the plot."""
    end = next((count_text(v) for v in reversed(spec.backlog) if finite(v) is not None), "")
    sums = (width(_in_days(spec, value), canvas.note) for _, value in spec.sums)
    return max(width(end, replace(canvas.strong, size=26)), width("created", replace(canvas.strong, size=16)), *sums)


def _in_days(spec: BacklogChart, value: float | None) -> str:
    return f"{count_text(value)} in {min(spec.recent, len(spec.days))} d"


def _line(canvas: Canvas, spec: BacklogChart, xs: Sequence[float], right: float) -> None:
    values = [finite(v) for v in spec.backlog]
    known = [v for v in values if v is not None]
    if not known:
        return
    goal = finite(spec.goal)
    bottom = canvas.top + AREA_BOTTOM
    scale = Scale.over([*known, *([goal] if goal is not None else [])], canvas.top + 26, bottom, 0.0)
    runs = pieces([(x, None if v is None else scale(v)) for x, v in zip(xs, values, strict=True)])
    for run in runs:
        canvas.area([(run[0][0], bottom), *run, (run[-1][0], bottom)], canvas.colours.grey_soft)
    for run in runs:
        canvas.path(run, canvas.colours.ink)
    places = [place for run in runs for place in between(run)]
    _end(canvas, runs[-1][-1], count_text(known[-1]), right + SIDE_GAP)
    if goal is not None:
        goal_line(canvas, scale(goal), (xs[0], right), spec.goal_text, places)
    (canvas.rings if spec.partial else canvas.dots)([runs[-1][-1]], canvas.colours.ink)
    if len(known) > 1:
        value_beside(canvas, runs[0][0], count_text(known[0]), places, (canvas.top - 10, bottom))


def _end(canvas: Canvas, end: Place, words: str, left: float) -> None:
    y = max(end[1] + 9, canvas.top + 24)
    canvas.text(left, y, words, replace(canvas.strong, size=26))
    canvas.text(left, y + 22, "open", canvas.axis)


def _mirror(canvas: Canvas, spec: BacklogChart, xs: Sequence[float], thick: float) -> None:
    """Created up, solved down, the last days at full strength; one scale for both."""
    colours, middle = canvas.colours, canvas.top + MIRROR
    created, solved = [finite(v) for v in spec.created], [finite(v) for v in spec.solved]
    most = max((v for v in (*created, *solved) if v), default=1.0)
    since = len(xs) - spec.recent
    for values, sign, shades in (
        (created, -1, (colours.orange_soft, colours.orange)),
        (solved, 1, (colours.teal_soft, colours.teal)),
    ):
        bars = [(i, _bar(xs[i], middle + sign, sign * HALF * v / most, thick)) for i, v in enumerate(values) if v]
        canvas.rects([bar for i, bar in bars if i < since], shades[0])
        canvas.rects([bar for i, bar in bars if i >= since], shades[1])


def _sums(canvas: Canvas, spec: BacklogChart, left: float) -> None:
    middle = canvas.top + MIRROR
    face = replace(canvas.strong, size=16)
    colours = (canvas.colours.orange, canvas.colours.teal)
    for (word, value), y, colour in zip(spec.sums, (middle - 30, middle + 26), colours, strict=True):
        canvas.text(left, y, word, replace(face, colour=colour))
        canvas.text(left, y + 20, _in_days(spec, value), canvas.note)


def _bar(x: float, edge: float, height: float, thick: float) -> Box:
    return x - thick / 2, min(edge, edge + height), x + thick / 2, max(edge, edge + height)
