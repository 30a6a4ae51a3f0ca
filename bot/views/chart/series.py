"""Any KPI over time: one line, its interval, its goal, and at most a few others in grey to compare with."""

from collections.abc import Sequence
from dataclasses import replace

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas, Place
from bot.views.chart.lettering import width
from bot.views.chart.marks import DASH, date_axis, goal_line, no_data, value_beside
from bot.views.chart.scale import Scale, between, pieces
from bot.views.chart_spec import Point, Series
from bot.views.labels import clean, finite
from bot.views.palette import Theme

PLOT = 220
AXIS = 250
SIDE_MOST = 150
SIDE_GAP = 14
NAME = 18
MANY = 40
"""Beyond this many points a wide line would smear."""


def series(spec: Series, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 6)
    values = [finite(p.value) for p in spec.points]
    if all(v is None for v in values):
        no_data(canvas)
        return canvas
    right = RIGHT - _side(canvas, spec) - SIDE_GAP
    xs = spaced(len(values), right)
    scale = _scale(canvas, spec, [v for v in values if v is not None])
    _band(canvas, spec, xs, scale)
    crossed = _others(canvas, spec, xs, scale)
    heights = [None if v is None else scale(v) for v in values]
    places = main_line(canvas, xs, heights, parts=(bool(spec.first_part), bool(spec.last_part)))
    _column(canvas, spec, scale, places[-1], right + SIDE_GAP)
    if (goal := finite(spec.goal)) is not None:
        goal_line(canvas, scale(goal), (xs[0], right), spec.goal_text, places)
    for index in telling(values):
        words, place = clean(spec.points[index].shown, 16), (xs[index], heights[index] or 0.0)
        value_beside(canvas, place, words, places + crossed, (canvas.top - 10, canvas.top + PLOT + 12))
    # Of the last point the words beside it say that it is a part.
    first = f"{spec.points[0].label} (part)" if spec.first_part else spec.points[0].label
    date_axis(canvas, canvas.top + AXIS, xs, [first, *(p.label for p in spec.points[1:])], spec.marks)
    return canvas


def spaced(count: int, right: float) -> list[float]:
    """Evenly from the left margin to `right`; a single point stands in the middle."""
    left = MARGIN + 8
    return [left + (right - left - 4) * i / (count - 1) for i in range(count)] if count > 1 else [(left + right) / 2]


def main_line(canvas: Canvas, xs: Sequence[float], heights: Sequence[float | None], *, parts: tuple[bool, bool]) -> list[Place]:
    """The line with its end dot; the way from and to an end that is only part of its period (`parts`) is dashed, and that
    end a ring. Points along it, the last one last."""
    runs = pieces(list(zip(xs, heights, strict=True)))
    places = [place for run in runs for place in between(run)]
    first, last = parts[0] and heights[0] is not None, parts[1] and heights[-1] is not None
    whole = _dashed(canvas, runs, (first, last), canvas.colours.blue, 2.4)
    for run in whole:
        canvas.path(run, canvas.colours.blue, 2.4 if len(xs) <= MANY else 1.8)
    rings = [places[0]] if first else []
    if lonely := [run[0] for run in runs if len(run) == 1 and run[0] not in (places[-1], *rings)]:
        canvas.dots(lonely, canvas.colours.blue, size=5, ring=0)
    if not last:
        canvas.dots([places[-1]], canvas.colours.blue)
    if rings := [*rings, *([places[-1]] if last else [])]:
        canvas.rings(rings, canvas.colours.blue)
    return places


def _dashed(canvas: Canvas, runs: list[list[Place]], ends: tuple[bool, bool], colour: str, wide: float) -> list[list[Place]]:
    """Draw the way from and to the ends that are parts, dashed; the runs without these ways."""
    left = [list(run) for run in runs]
    if ends[0] and len(left[0]) > 1:
        canvas.path(left[0][:2], colour, wide, dash=DASH)
        left[0] = left[0][1:]
    if ends[1] and len(left[-1]) > 1:
        canvas.path(left[-1][-2:], colour, wide, dash=DASH)
        left[-1] = left[-1][:-1]
    return left


def telling(values: Sequence[float | None]) -> list[int]:
    """The points whose value is written: highest, lowest, first. They are the y axis; the last one is written anyway."""
    known = [(v, i) for i, v in enumerate(values) if v is not None]
    highest, lowest = max(known, key=lambda pair: pair[0]), min(known, key=lambda pair: pair[0])
    return [i for i in dict.fromkeys([highest[1], lowest[1], known[0][1]]) if i != known[-1][1]]


def last_known(points: Sequence[Point]) -> Point:
    return next(point for point in reversed(points) if finite(point.value) is not None)


def _side(canvas: Canvas, spec: Series) -> float:
    """The width of the words right of the plot."""
    note = replace(canvas.note, weight=600)
    names = [clean(word) for word in (spec.name, *(line.name for line in spec.others))]
    widths = [width(clean(last_known(spec.points).shown, 24), replace(canvas.strong, size=24)), *(width(n, note) for n in names)]
    return min(max(*widths, width(clean(spec.last_part), note) if spec.last_part else 0), SIDE_MOST)


def _scale(canvas: Canvas, spec: Series, known: list[float]) -> Scale:
    """From zero when the values come near it anyway; a rate that lives between 88 and 93 % gets its own range."""
    ends = (end for pair in spec.band if pair is not None for end in pair)
    more = (v for line in spec.others for v in line.values)
    every = known + [v for v in map(finite, (*ends, *more, spec.goal)) if v is not None]
    zero = [0.0] if 0 <= min(every) <= max(every) / 2 else []
    return Scale.over(every, canvas.top + 30, canvas.top + PLOT - (0 if zero else 18), *zero)


def _band(canvas: Canvas, spec: Series, xs: Sequence[float], scale: Scale) -> None:
    run: list[tuple[float, float, float]] = []
    for x, pair in [*zip(xs, spec.band, strict=False), (0.0, None)]:
        low, high = (finite(pair[0]), finite(pair[1])) if pair is not None else (None, None)
        if low is not None and high is not None:
            run.append((x, scale(low), scale(high)))
        elif run:
            canvas.area([*((x, y) for x, y, _ in run), *((x, y) for x, _, y in reversed(run))], canvas.colours.blue_soft)
            run = []


def _others(canvas: Canvas, spec: Series, xs: Sequence[float], scale: Scale) -> list[Place]:
    """The context lines; points along them, for labels to keep off."""
    along: list[Place] = []
    for line in spec.others:
        heights = [None if v is None else scale(v) for v in map(finite, line.values)]
        runs = pieces(list(zip(xs, heights, strict=False)))
        along += [place for run in runs for place in between(run)]
        known = bool(heights) and heights[0] is not None, bool(heights) and heights[-1] is not None
        ends = bool(spec.first_part) and known[0], bool(spec.last_part) and known[1]
        for run in _dashed(canvas, runs, ends, canvas.colours.grey, 2.2):
            canvas.path(run, canvas.colours.grey, 2.2)
    return along


def _column(canvas: Canvas, spec: Series, scale: Scale, end: Place, left: float) -> None:
    """The words right of the plot, in the order in which the lines end, so that each stands by its own."""
    ends = [(next((v for v in map(finite, reversed(line.values)) if v is not None), None), line.name) for line in spec.others]
    names = sorted((scale(v) + 5, name) for v, name in ends if v is not None)
    above, below = [one for one in names if one[0] <= end[1] + 5], [one for one in names if one[0] > end[1] + 5]
    last = last_known(spec.points)
    tall = 39 if spec.last_part and last is spec.points[-1] else 20
    least, most = canvas.top + 24 + NAME * len(above), canvas.top + PLOT + 10 - tall - NAME * len(below)
    y = min(max(end[1] + 9, least), most)
    _end(canvas, spec, last, (left, y))
    beside = [(wanted, name, True) for wanted, name in reversed(above)] + [(wanted, name, False) for wanted, name in below]
    _names(canvas, beside, left, (y - 8, y + tall))


def _names(canvas: Canvas, names: Sequence[tuple[float, str, bool]], left: float, block: tuple[float, float]) -> None:
    """Names above the block, from it upwards, and names below it: each as near to its line's end as the others leave room."""
    top, bottom = block
    ups, downs = sum(up for *_, up in names), sum(not up for *_, up in names)
    for wanted, name, up in names:
        ups, downs = ups - up, downs - (not up)
        if up:
            y = top = max(min(wanted, top - NAME), canvas.top + 5 + NAME * ups)
        else:
            y = bottom = min(max(wanted, bottom + NAME), canvas.top + PLOT + 10 - NAME * downs)
        canvas.text(left, y, clean(name), canvas.note, room=SIDE_MOST)


def _end(canvas: Canvas, spec: Series, last: Point, at: Place) -> None:
    """The last value, large, beside its dot, and whose it is."""
    left, y = at
    canvas.text(left, y, clean(last.shown, 24), replace(canvas.strong, size=24), room=SIDE_MOST)
    canvas.text(left, y + 20, clean(spec.name), replace(canvas.strong, size=15, colour=canvas.colours.blue), room=SIDE_MOST)
    if spec.last_part and last is spec.points[-1]:
        canvas.text(left, y + 39, clean(spec.last_part), canvas.note, room=SIDE_MOST)
