"""The few words around a line: dates below it, a goal beside it, values where they are free of it."""

from collections.abc import Sequence

from bot.views.chart.canvas import MARGIN, RIGHT, Box, Canvas
from bot.views.labels import clean

GAP = 14


def date_axis(canvas: Canvas, y: float, xs: Sequence[float], labels: Sequence[str], marks: Sequence[int]) -> None:
    """Labels below their points: those at `marks`, thinned out from the last one back until none touches another."""
    wanted = [i for i in marks if 0 <= i < len(labels)] or _spread(len(labels))
    edge = RIGHT + 1.0
    for index in reversed(wanted):
        word = clean(labels[index], 14)
        width = canvas.width(word, 16)
        left = min(max(xs[index] - width / 2, MARGIN), RIGHT - width)
        if left + width <= edge - GAP or edge > RIGHT:
            canvas.text(left, y, word, size=16, colour=canvas.colours.muted)
            edge = left


def _spread(count: int) -> list[int]:
    """Every point where there are few, else about six, the last one among them."""
    step = max(-(-count // 6), 1) if count > 8 else 1
    return list(range((count - 1) % step, count, step)) if count else []


def goal_line(canvas: Canvas, y: float, left: float, right: float, words: str, points: Sequence[tuple[float, float]]) -> None:
    """A dashed ink line with its word beside it: in the right column, else above or below the line where it is free."""
    canvas.path([(left, y), (right, y)], canvas.colours.ink, 1.5, dash=(5, 4))
    word = clean(words, 24) if words else "goal"
    width = canvas.width(word, 15, 600)
    places = [(right + 8, y + 5)] + [(x, y + dy) for dy in (-6, 18) for x in (left, (left + right - width) / 2, right - width)]
    free = [place for place in places if canvas.clear(canvas.box(*place, word, 15, 600), points, gap=2)]
    x, baseline = (free or places[1:])[0]
    canvas.text(x, baseline, word, size=15, weight=600)


def beside(canvas: Canvas, x: float, y: float, words: str, points: Sequence[tuple[float, float]], *, top: float, bottom: float) -> Box | None:
    """A small value above or below its point, left, centred or right of it, wherever it is free; else nothing."""
    width = canvas.width(words, 16)
    for dy in (-10, 22, -24, 36):
        for dx in (-width / 2, 0.0, -width):
            left = min(x + dx if x + dx >= MARGIN else x, RIGHT - width)
            box = canvas.box(left, y + dy, words, 16)
            if box[1] >= top and box[3] <= bottom and canvas.clear(box, points, gap=3):
                canvas.text(left, y + dy, words, size=16, colour=canvas.colours.muted)
                return box
    return None
