"""First replies in fixed buckets: how many within the goal, how many late, how late."""

from dataclasses import replace

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.lettering import width
from bot.views.chart.marks import DASH, no_data
from bot.views.chart_spec import Bucket, DurationBuckets
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Theme

BASE = 240
HIGHEST = 38
AXIS = 264
BAR_SHARE = 0.78
LABEL_GAP = 8


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
        canvas.text(MARGIN + step * (index + 0.5), canvas.top + AXIS, word, canvas.axis, "center", step - 2)
    return canvas


def _labels(canvas: Canvas, buckets: tuple[Bucket, ...], room: float) -> list[str]:
    """As they are where all fit; else a label that is too wide drops its unit when its right neighbour names the same one."""
    words = [clean(bucket.label, 14) for bucket in buckets]
    if all(width(word, canvas.axis) <= room for word in words):
        return words
    after = [*words[1:], ""]
    return [word[:-1] if word[-1] in "hm" and word[-1] == then[-1:] else word for word, then in zip(words, after, strict=True)]


def _goal(canvas: Canvas, spec: DurationBuckets, step: float, heights: list[float]) -> None:
    """The line between the last bucket in time and the first late one; its words on the side where the bars are lower."""
    first = next((i for i, bucket in enumerate(spec.buckets) if bucket.late), None)
    if first is None or not spec.goal_text:
        return
    x = MARGIN + step * first
    canvas.path([(x, canvas.top + 2), (x, canvas.top + BASE)], canvas.colours.ink, 1.5, dash=DASH)
    verdict = f"{count_text(spec.late)} late" if spec.late else "none late"
    late = replace(canvas.strong, size=16, colour=canvas.colours.orange if spec.late else canvas.colours.muted)
    goal = replace(canvas.strong, size=16)
    words = f"goal {clean(spec.goal_text, 16)}"
    wide = max(width(words, goal), width(verdict, late)) + 8
    # The value over a high bar beside the line would run into words on that side.
    reach = int(wide // step) + 1
    after, before = max(heights[first : first + reach], default=0), max(heights[max(first - reach, 0) : first], default=0)
    right = x + wide <= RIGHT and (after <= before or x - wide < MARGIN)
    for word, face, y in ((words, goal, canvas.top + 16), (verdict, late, canvas.top + 37)):
        canvas.text(x + 8 if right else x - 8, y, word, face, "left" if right else "right")
