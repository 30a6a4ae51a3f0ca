"""Any KPI over time: one line, its interval, its goal, and at most a few others in grey to compare with."""

from collections.abc import Sequence

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.marks import beside, date_axis, goal_line
from bot.views.chart.scale import Scale, between, pieces
from bot.views.chart_spec import Series
from bot.views.labels import clean, finite
from bot.views.palette import Theme

PLOT = 220
AXIS = 250
SIDE_MOST = 150
MANY = 40
"""Beyond this many points a dot per lonely point and a wide line would smear."""

Places = list[tuple[float, float]]


def series(spec: Series, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 4)
    values = [finite(p.value) for p in spec.points]
    known = [v for v in values if v is not None]
    if not known:
        canvas.text(MARGIN, canvas.top + 60, "no data", colour=canvas.colours.muted)
        return canvas
    right = RIGHT - _side(canvas, spec) - 14
    xs = _xs(len(values), right)
    scale = _scale(canvas, spec, known)
    _band(canvas, spec, xs, scale)
    _others(canvas, spec, xs, scale)
    places = _main(canvas, spec, xs, [None if v is None else scale(v) for v in values])
    end = _end(canvas, spec, places[-1], right)
    _names(canvas, spec, right, scale, end)
    if (goal := finite(spec.goal)) is not None:
        goal_line(canvas, scale(goal), MARGIN + 8, right, spec.goal_text, places)
    _extremes(canvas, spec, xs, values, scale, places)
    date_axis(canvas, canvas.top + AXIS, xs, [p.label for p in spec.points], spec.marks)
    return canvas


def _side(canvas: Canvas, spec: Series) -> float:
    last = next(p.shown for p in reversed(spec.points) if finite(p.value) is not None)
    words = [(clean(last, 24), 24), (clean(spec.name), 15), *((clean(line.name), 15) for line in spec.others)]
    words += [(spec.partial_text, 15)] if spec.partial else []
    return max(min(canvas.width(word, size, 600), SIDE_MOST) for word, size in words)


def _xs(count: int, right: float) -> list[float]:
    left = MARGIN + 8
    return [left + (right - left - 4) * i / (count - 1) for i in range(count)] if count > 1 else [(left + right) / 2]


def _scale(canvas: Canvas, spec: Series, known: list[float]) -> Scale:
    """From zero when the values come near it anyway; a rate that lives between 88 and 93 % gets its own range."""
    more = [v for line in spec.others for v in map(finite, line.values) if v is not None]
    more += [v for pair in spec.band if pair is not None for v in map(finite, pair) if v is not None]
    more += [goal for goal in [finite(spec.goal)] if goal is not None]
    low, high = min([*known, *more]), max([*known, *more])
    zero = [0.0] if 0 <= low <= high / 2 or high <= 0 and low < 2 * high else []
    return Scale.over([*known, *more, *zero], canvas.top + 30, canvas.top + PLOT - (0 if zero else 18))


def _band(canvas: Canvas, spec: Series, xs: Sequence[float], scale: Scale) -> None:
    run: list[tuple[float, float, float]] = []
    for x, pair in [*zip(xs, spec.band, strict=False), (0.0, None)]:
        low, high = (finite(pair[0]), finite(pair[1])) if pair is not None else (None, None)
        if low is not None and high is not None:
            run.append((x, scale(low), scale(high)))
        elif run:
            canvas.area([*((x, y) for x, y, _ in run), *((x, y) for x, _, y in reversed(run))], canvas.colours.blue_soft)
            run = []


def _others(canvas: Canvas, spec: Series, xs: Sequence[float], scale: Scale) -> None:
    for line in spec.others:
        heights = [None if v is None else scale(v) for v in map(finite, line.values)]
        for run in pieces(list(zip(xs, heights, strict=False))):
            canvas.path(run, canvas.colours.grey, 2.2)


def _main(canvas: Canvas, spec: Series, xs: Sequence[float], heights: Sequence[float | None]) -> Places:
    """The line with its end dot; the way into an unfinished period is dashed. Points along it, the last one last."""
    runs = pieces(list(zip(xs, heights, strict=True)))
    places = [place for run in runs for place in between(run)]
    unfinished = spec.partial and heights[-1] is not None
    if unfinished and len(runs[-1]) > 1:
        canvas.path(runs[-1][-2:], canvas.colours.blue, 2.4, dash=(5, 4))
        runs[-1] = runs[-1][:-1]
    for run in runs:
        canvas.path(run, canvas.colours.blue, 2.4 if len(xs) <= MANY else 1.8)
    lonely = [run[0] for run in runs if len(run) == 1 and run[0] != places[-1]]
    if lonely:
        canvas.dots(lonely, canvas.colours.blue, size=5, ring=0)
    canvas.dots([places[-1]], canvas.colours.blue, hollow=unfinished)
    return places


def _end(canvas: Canvas, spec: Series, end: tuple[float, float], right: float) -> float:
    """The last value, large, beside its dot, and whose it is. The lowest y of the block."""
    last = [p for p in spec.points if finite(p.value) is not None][-1]
    unfinished = spec.partial and last is spec.points[-1]
    y = min(max(end[1] + 9, canvas.top + 24), canvas.top + PLOT - 22)
    canvas.text(right + 14, y, clean(last.shown, 24), size=24, weight=600, room=SIDE_MOST)
    canvas.text(right + 14, y + 20, clean(spec.name), size=15, weight=600, colour=canvas.colours.blue, room=SIDE_MOST)
    if unfinished:
        canvas.text(right + 14, y + 39, spec.partial_text, size=15, colour=canvas.colours.muted, room=SIDE_MOST)
    return y


def _names(canvas: Canvas, spec: Series, right: float, scale: Scale, end: float) -> None:
    """Every context line named at its end, in the order of their ends, moved off each other and off the main value."""
    ends = [(scale(v), line) for line in spec.others for v in [_last(line.values)] if v is not None]
    for y, line in sorted(ends, key=lambda pair: pair[0]):
        for shift in sorted(range(-220, 221, 4), key=abs):
            place = right + 14, y + 5 + shift
            box = canvas.box(*place, canvas.fit(clean(line.name), SIDE_MOST, 15), 15)
            if canvas.top - 8 <= box[1] and box[3] <= canvas.top + PLOT + 10 and canvas.clear(box, gap=2):
                canvas.text(*place, clean(line.name), size=15, colour=canvas.colours.muted, room=SIDE_MOST)
                break


def _last(values: Sequence[float | None]) -> float | None:
    return next((number for number in map(finite, reversed(values)) if number is not None), None)


def _extremes(canvas: Canvas, spec: Series, xs: Sequence[float], values: Sequence[float | None], scale: Scale, places: Places) -> None:
    """First, highest and lowest value in figures: they are the y axis."""
    known = [i for i, v in enumerate(values) if v is not None]
    highest, lowest = max(known, key=lambda i: values[i] or 0), min(known, key=lambda i: values[i] or 0)
    for index in dict.fromkeys([highest, lowest, known[0]]):
        if index != known[-1]:
            words = clean(spec.points[index].shown, 16)
            beside(canvas, xs[index], scale(values[index] or 0), words, places, top=canvas.top - 10, bottom=canvas.top + PLOT + 12)
