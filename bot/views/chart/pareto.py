"""The Pareto: which few causes make most of the work, and which of them grow."""

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart_spec import Pareto, ParetoRow
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Palette, Theme

ROW, BAR = 46, 28
LABEL_MOST = 170


def pareto(spec: Pareto, theme: Theme) -> Canvas:
    rows = spec.folded
    canvas = Canvas(spec, theme, 16 + ROW * max(len(rows), 1))
    if not rows or not spec.total:
        canvas.text(MARGIN, canvas.top + 30, "no data", colour=canvas.colours.muted)
        return canvas
    canvas.text(RIGHT, canvas.top + 6, "cum.", size=15, colour=canvas.colours.muted, align="right")
    labels = min(max(canvas.width(clean(r.label), 17, 600) for r in rows), LABEL_MOST)
    deltas = max(canvas.width(clean(r.delta, 12), 17, 600) if r.delta else 0 for r in rows)
    shares = canvas.width("100%", 16)
    counts = max(canvas.width(count_text(r.count), 17, 600) for r in rows)
    delta_right = RIGHT - shares - 18
    left, right = MARGIN + labels + 12, delta_right - deltas - 16 - counts - 10
    most = max(finite(r.count) or 0.0 for r in rows)
    for index, (row, share) in enumerate(zip(rows, spec.running, strict=True)):
        y = canvas.top + 16 + ROW * index
        length = (right - left) * (finite(row.count) or 0.0) / most
        _row(canvas, row, y, left, length)
        if row.delta:
            canvas.text(delta_right, y + 29, clean(row.delta, 12), weight=_weight(row), colour=_colour(canvas.colours, row), align="right")
        if share is not None:
            canvas.text(RIGHT, y + 29, f"{share:.0%}", size=16, colour=canvas.colours.muted, align="right")
    return canvas


def _row(canvas: Canvas, row: ParetoRow, y: float, left: float, length: float) -> None:
    worse = row.mood == "worse"
    words, room, weight = clean(row.label), left - 12 - MARGIN, 600 if worse else 400
    if canvas.width(words, 17, weight) <= room:
        canvas.text(left - 12, y + 29, words, weight=weight, align="right")
    else:
        for line, baseline in zip(canvas.lines(words, room, 15, weight, 2), (y + 19, y + 37), strict=False):
            canvas.text(left - 12, baseline, line, size=15, weight=weight, align="right")
    canvas.rects([(left, y + 9, left + max(length, 1), y + 9 + BAR)], canvas.colours.orange if worse else canvas.colours.grey)
    canvas.text(left + max(length, 1) + 8, y + 29, count_text(row.count), weight=600)


def _weight(row: ParetoRow) -> int:
    return 600 if row.mood in ("worse", "better") else 400


def _colour(colours: Palette, row: ParetoRow) -> str:
    return {"better": colours.teal, "worse": colours.orange}.get(row.mood, colours.muted)
