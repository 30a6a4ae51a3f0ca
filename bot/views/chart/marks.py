"""The few words around a line: dates below it, a goal beside it, values where they are free of it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas, Place
from bot.views.chart.lettering import Face, fit, width
from bot.views.labels import clean

GAP = 14
DASH = (5.0, 4.0)


def no_data(canvas: Canvas) -> None:
    canvas.text(MARGIN, canvas.top + 34, "no data", replace(canvas.label, colour=canvas.colours.muted))


def date_axis(canvas: Canvas, y: float, xs: Sequence[float], labels: Sequence[str], marks: Sequence[int]) -> None:
    """Labels below their points: those at `marks`, thinned out from the last one back until none touches another."""
    wanted = [i for i in marks if 0 <= i < len(labels)] or _spread(len(labels))
    edge = float(RIGHT + GAP)
    for index in reversed(wanted):
        word = clean(labels[index], 14)
        wide = width(word, canvas.axis)
        left = min(max(xs[index] - wide / 2, MARGIN), RIGHT - wide)
        if left + wide + GAP <= edge:
            canvas.text(left, y, word, canvas.axis)
            edge = left


def goal_line(canvas: Canvas, y: float, ends: tuple[float, float], words: str, points: Sequence[Place]) -> None:
    """A dashed ink line with its word beside it: right of it, else above or below it where it is free."""
    left, right = ends
    canvas.path([(left, y), (right, y)], canvas.colours.ink, 1.5, dash=DASH)
    face = replace(canvas.strong, size=15)
    word = fit(clean(words, 24) if words else "goal", right - left, face)
    wide = width(word, face)
    beyond = [(right + 12, y + 5)] if right + 12 + wide <= RIGHT else []
    along = [(x, y + dy) for dy in (-6, 18) for x in (left, (left + right - wide) / 2, right - wide)]
    free = [place for place in beyond + along if canvas.clear(canvas.box(*place, word, face), points, gap=2)]
    place = (free or along)[0]
    if not free:
        # A restless line leaves no room: the words get a plate of their own.
        canvas.rects([canvas.box(*place, word, face)], canvas.colours.bg)
    canvas.text(*place, word, face)


def value_beside(canvas: Canvas, place: Place, words: str, points: Sequence[Place], span: tuple[float, float]) -> None:
    """A small value above or below its point, wherever it is free within the top and bottom of `span`; else nothing."""
    x, y = place
    wide = width(words, canvas.axis)
    for dy in (-10, 22, -24, 36):
        for dx in (-wide / 2, 0.0, -wide):
            left = min(x + dx if x + dx >= MARGIN else x, RIGHT - wide)
            box = canvas.box(left, y + dy, words, canvas.axis)
            if box[1] >= span[0] and box[3] <= span[1] and canvas.clear(box, points, gap=3):
                canvas.text(left, y + dy, words, canvas.axis)
                return


def beside_column(canvas: Canvas, place: Place, words: str, face: Face, span: tuple[float, float]) -> None:
    """A name in the right column, moved up or down off what stands there; nothing where the column is full."""
    x, y = place
    word = fit(words, RIGHT - x, face)
    for shift in sorted(range(-240, 241, 4), key=abs):
        box = canvas.box(x, y + shift, word, face)
        if span[0] <= box[1] and box[3] <= span[1] and canvas.clear(box, gap=2):
            canvas.text(x, y + shift, word, face)
            return


def _spread(count: int) -> list[int]:
    """Every point where there are few, else about six, the last one among them."""
    step = max(-(-count // 6), 1) if count > 8 else 1
    return list(range((count - 1) % step, count, step)) if count else []
