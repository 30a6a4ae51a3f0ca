"""First replies in fixed buckets: how many within the goal, how many late, how late."""

from dataclasses import replace

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.lettering import width
from bot.views.chart.marks import DASH, no_data
from bot.views.chart_spec import Bucket, DurationBuckets
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Theme

BASE = 240
HIGHEST = 46
"""Room above the highest bar for its value and one line of words."""
LINE = 21
AXIS = 264
BAR_SHARE = 0.78
LABEL_GAP = 6


def durations(spec: DurationBuckets, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, AXIS + 6)
    if not spec.n:
        no_data(canvas)
        return canvas
    step = (RIGHT - MARGIN) / len(spec.buckets)
    base = canvas.top + BASE
    most = max(finite(b.count) or 0.0 for b in spec.buckets)
    heights = [(BASE - HIGHEST) * (finite(b.count) or 0.0) / most for b in spec.buckets]
    _goal(canvas, spec, step, heights)
    for index, (bucket, height) in enumerate(zip(spec.buckets, heights, strict=True)):
        middle = MARGIN + step * (index + 0.5)
        if bucket.count:
            colour = canvas.colours.orange if bucket.late else canvas.colours.blue
            half = step * BAR_SHARE / 2
            canvas.rects([(middle - half, base - max(height, 1), middle + half, base)], colour)
        face = canvas.strong if bucket.count else canvas.axis
        canvas.text(middle, base - height - 8, spec.share(bucket), replace(face, size=16), "center", step)
    canvas.rects([(MARGIN, base, RIGHT, base + 1)], canvas.colours.base)
    for index, word in enumerate(_labels(canvas, spec.buckets, step - LABEL_GAP)):
        canvas.text(MARGIN + step * (index + 0.5), canvas.top + AXIS, word, canvas.note, "center", step - 2)
    return canvas


def _labels(canvas: Canvas, buckets: tuple[Bucket, ...], room: float) -> list[str]:
    """As they are where they fit; a label too wide drops its unit when a neighbour names the same one."""
    words = [clean(bucket.label, 14) for bucket in buckets]
    around = zip(["", *words], words, [*words[1:], ""], strict=False)
    return [
        word[:-1] if width(word, canvas.note) > room and word[-1] in "hm" and word[-1] in before[-1:] + after[-1:] else word
        for before, word, after in around
    ]


def _goal(canvas: Canvas, spec: DurationBuckets, step: float, heights: list[float]) -> None:
    """The line between the last bucket in time and the first late one, its two words on the side with more room."""
    first = next((i for i, bucket in enumerate(spec.buckets) if bucket.late), None)
    if first is None or not spec.goal_text:
        return
    x = MARGIN + step * first
    canvas.path([(x, canvas.top + 2), (x, canvas.top + BASE)], canvas.colours.ink, 1.5, dash=DASH)
    goal = replace(canvas.strong, size=16)
    late = replace(goal, colour=canvas.colours.orange if spec.late else canvas.colours.muted)
    words = [(f"goal {clean(spec.goal_text, 16)}", goal), (f"{count_text(spec.late)} late" if spec.late else "none late", late)]
    wide = max(width(word, face) for word, face in words) + 8
    right = RIGHT - x >= wide or RIGHT - x >= x - MARGIN
    reach = int(wide // step) + 1
    beside = heights[first : first + reach] if right else heights[max(first - reach, 0) : first]
    if max(beside) > BASE - 2 * LINE - 30:
        words = [(f"{words[0][0]} · {words[1][0]}", goal)]
    for index, (word, face) in enumerate(words):
        room = (RIGHT - x if right else x - MARGIN) - 8
        canvas.text(x + 8 if right else x - 8, canvas.top + 14 + LINE * index, word, face, "left" if right else "right", room)
