"""The backlog: how many are open, and the created and solved of every day that made it so."""

from collections.abc import Sequence

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.marks import beside, date_axis, goal_line
from bot.views.chart.scale import Scale, between, pieces
from bot.views.chart_spec import BacklogChart
from bot.views.labels import count_text, finite
from bot.views.palette import Theme

AREA_BOTTOM = 152
MIRROR, HALF = 236, 62
AXIS = 324
Dots = list[tuple[float, float]]


def backlog(spec: BacklogChart, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 4)
    if not spec.days or not any(finite(v) is not None for v in (*spec.backlog, *spec.created, *spec.solved)):
        canvas.text(MARGIN, canvas.top + 60, "no data", colour=canvas.colours.muted)
        return canvas
    right = RIGHT - _side(canvas, spec) - 14
    step = (right - MARGIN - 8) / len(spec.days)
    xs = [MARGIN + 4 + step * (i + 0.5) for i in range(len(spec.days))]
    _mirror(canvas, spec, xs, step * 0.74, right)
    date_axis(canvas, canvas.top + AXIS, xs, spec.days, spec.marks)
    _line(canvas, spec, xs, right)
    return canvas


def _side(canvas: Canvas, spec: BacklogChart) -> float:
    """The width of the words right of the plot."""
    end = next((count_text(v) for v in reversed(spec.backlog) if finite(v) is not None), "")
    sums = (canvas.width(_in_days(spec, value), 15) for _, value in spec.sums)
    return max(canvas.width(end, 26, 600), canvas.width("created", 16, 600), *sums)


def _in_days(spec: BacklogChart, value: float | None) -> str:
    return f"{count_text(value)} in {min(spec.recent, len(spec.days))} d"


def _line(canvas: Canvas, spec: BacklogChart, xs: Sequence[float], right: float) -> None:
    values = [finite(v) for v in spec.backlog]
    known = [v for v in values if v is not None]
    if not known:
        return
    goal = finite(spec.goal)
    top, bottom = canvas.top + 26, canvas.top + AREA_BOTTOM
    scale = Scale.over([*known, *([goal] if goal is not None else [])], top, bottom, 0.0)
    runs = pieces([(x, None if v is None else scale(v)) for x, v in zip(xs, values, strict=True)])
    for run in runs:
        canvas.area([(run[0][0], bottom), *run, (run[-1][0], bottom)], canvas.colours.grey_soft)
    if goal is not None:
        canvas.path([(xs[0], scale(goal)), (right, scale(goal))], canvas.colours.bg, 3)
    for run in runs:
        canvas.path(run, canvas.colours.ink)
    places = [place for run in runs for place in between(run)]
    end = runs[-1][-1]
    canvas.dots([end], canvas.colours.ink, hollow=spec.partial)
    _end(canvas, end, count_text(known[-1]), right)
    if goal is not None:
        goal_line(canvas, scale(goal), xs[0], right, spec.goal_text or f"goal {count_text(goal)}", places)
    if len(known) > 1:
        beside(canvas, *runs[0][0], count_text(known[0]), places, top=canvas.top - 10, bottom=bottom)


def _end(canvas: Canvas, end: tuple[float, float], words: str, right: float) -> None:
    y = max(end[1] + 9, canvas.top + 24)
    canvas.text(right + 14, y, words, size=26, weight=600)
    canvas.text(right + 14, y + 22, "open", size=16, colour=canvas.colours.muted)


def _mirror(canvas: Canvas, spec: BacklogChart, xs: Sequence[float], width: float, right: float) -> None:
    """Created up, solved down, the last days at full strength; one scale for both."""
    created, solved = ([finite(v) for v in side] for side in (spec.created, spec.solved))
    most = max((v for v in (*created, *solved) if v is not None), default=0.0)
    middle = canvas.top + MIRROR
    colours = canvas.colours
    for values, sign, strong, soft in ((created, -1, colours.orange, colours.orange_soft), (solved, 1, colours.teal, colours.teal_soft)):
        edge = middle + sign
        bars = [_bar(x, edge, sign * HALF * v / most, width) for x, v in zip(xs, values, strict=True) if v and most]
        early = [_bar(x, edge, sign * HALF * v / most, width) for x, v in list(zip(xs, values, strict=True))[: -spec.recent] if v and most]
        canvas.rects(early, soft)
        canvas.rects(bars[len(early) :], strong)
    for (word, value), y, colour in zip(spec.sums, (middle - 30, middle + 26), (colours.orange, colours.teal), strict=True):
        canvas.text(right + 14, y, word, size=16, weight=600, colour=colour)
        canvas.text(right + 14, y + 20, _in_days(spec, value), size=15, colour=colours.muted)


def _bar(x: float, edge: float, height: float, width: float) -> tuple[float, float, float, float]:
    return x - width / 2, min(edge, edge + height), x + width / 2, max(edge, edge + height)
