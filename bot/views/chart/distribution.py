"""A histogram: how values spread, where the middle and the ninth tenth lie, what is past the goal."""

from dataclasses import replace

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas, Place
from bot.views.chart.lettering import width
from bot.views.chart.marks import DASH, no_data
from bot.views.chart.scale import Scale
from bot.views.chart_spec import Distribution, Mark
from bot.views.labels import clean, finite
from bot.views.palette import Theme

BASE = 250
AXIS = 274
LINE = 21
"""Height of a line of words above the bars; every mark has a line of its own, so that they never meet."""


def distribution(spec: Distribution, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 6)
    known = [v for v in map(finite, spec.edges) if v is not None]
    if not sum(spec.counts) or len(known) != len(spec.edges) or len(known) < 2:
        no_data(canvas)
        return canvas
    marks = [(mark, False) for mark in spec.marks] + ([(spec.goal, True)] if spec.goal else [])
    marks.sort(key=lambda pair: pair[0].value)
    scale = Scale(known[0], known[-1], MARGIN, RIGHT)
    top = canvas.top + LINE * len(marks) + 8
    _bins(canvas, spec, scale, top)
    for index, (mark, goal) in enumerate(marks):
        _mark(canvas, mark, scale, canvas.top + 8 + LINE * index, goal)
    _axis(canvas, spec, scale)
    return canvas


def _bins(canvas: Canvas, spec: Distribution, scale: Scale, top: float) -> None:
    base = canvas.top + BASE
    most = max(finite(count) or 0.0 for count in spec.counts)
    boxes = [
        (scale(low), base - max((base - top) * (finite(count) or 0.0) / most, 1), scale(high), base)
        for low, high, count in zip(spec.edges, spec.edges[1:], spec.counts, strict=False)
        if count
    ]
    # A hair of the card between neighbours, where a bin is wide enough to lose it.
    boxes = [(left, up, right - (1 if right - left > 4 else 0), down) for left, up, right, down in boxes]
    limit = scale(spec.goal.value) if spec.goal else RIGHT + 1
    canvas.rects([box for box in boxes if box[0] < limit - 0.01], canvas.colours.blue)
    canvas.rects([box for box in boxes if box[0] >= limit - 0.01], canvas.colours.orange)
    canvas.rects([(MARGIN, base, RIGHT, base + 1)], canvas.colours.base)


def _mark(canvas: Canvas, mark: Mark, scale: Scale, y: float, goal: bool) -> None:  # noqa: FBT001
    x = min(max(scale(mark.value), MARGIN), RIGHT)
    face = replace(canvas.strong, size=15) if goal else replace(canvas.strong, size=15, colour=canvas.colours.muted)
    word = clean(mark.text, 30)
    right = x + 8 + width(word, face) <= RIGHT or RIGHT - x >= x - MARGIN
    ends: list[Place] = [(x, y - 12), (x, canvas.top + BASE)]
    canvas.path(ends, canvas.colours.ink, 1.5 if goal else 1.2, dash=DASH if goal else (2, 3))
    canvas.text(x + 8 if right else x - 8, y, word, face, "left" if right else "right", (RIGHT - x if right else x - MARGIN) - 8)


def _axis(canvas: Canvas, spec: Distribution, scale: Scale) -> None:
    edge = float(MARGIN) - 12
    tail = width(clean(spec.tail), canvas.note) + 12 if spec.tail else 0.0
    for tick in spec.ticks:
        word = clean(tick.text, 12)
        wide = width(word, canvas.axis)
        left = min(max(scale(tick.value) - wide / 2, MARGIN), RIGHT - wide)
        if left >= edge + 12 and left + wide <= RIGHT - tail:
            canvas.text(left, canvas.top + AXIS, word, canvas.axis)
            edge = left + wide
    if spec.tail:
        canvas.text(RIGHT, canvas.top + AXIS, clean(spec.tail), canvas.note, "right", RIGHT - edge - 12)
