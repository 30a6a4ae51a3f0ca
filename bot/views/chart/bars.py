"""Any KPI by a dimension: one horizontal bar a row, from zero, the value at its end."""

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.scale import Scale
from bot.views.chart_spec import Bar, Bars
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Theme

MOST = 12
ROW, DENSE_ROW, DENSE_FROM = 46, 36, 8
LABEL_MOST = 190


def bars(spec: Bars, theme: Theme) -> Canvas:
    shown = spec.rows[:MOST]
    row = ROW if len(shown) <= DENSE_FROM else DENSE_ROW
    left_out = len(spec.rows) - len(shown)
    goal = finite(spec.goal)
    head = 22 if goal is not None else 0
    canvas = Canvas(spec, theme, head + row * max(len(shown), 1) + (26 if left_out else 4))
    if not shown:
        canvas.text(MARGIN, canvas.top + 30, "no data", colour=canvas.colours.muted)
        return canvas
    labels = min(max(canvas.width(clean(r.label), 17, 600) for r in shown), LABEL_MOST)
    ns = max(max((canvas.width(word, 15) for word in _n(r)), default=0) for r in shown)
    value_right = RIGHT - (ns + 16 if ns else 0)
    values = max(canvas.width(clean(r.shown, 20), 17, 600) for r in shown)
    scale = _scale(shown, goal, MARGIN + labels + 12, value_right - values - 14)
    for index, bar in enumerate(shown):
        _row(canvas, bar, canvas.top + head + row * index, row, MARGIN + labels, value_right, scale)
    if goal is not None:
        _goal(canvas, spec, scale(goal), canvas.top + head + row * len(shown))
    if left_out:
        words = f"and {count_text(left_out)} more in the table"
        canvas.text(MARGIN, canvas.top + head + row * len(shown) + 18, words, size=15, colour=canvas.colours.muted)
    return canvas


def _scale(rows: tuple[Bar, ...], goal: float | None, left: float, right: float) -> Scale:
    """Zero is always in it: a bar's length is its value."""
    known = [v for v in (*(finite(r.value) for r in rows), goal) if v is not None]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    return Scale(low, high if high > low else low + 1.0, left, right)


def _goal(canvas: Canvas, spec: Bars, x: float, bottom: float) -> None:
    word = clean(spec.goal_text, 24) if spec.goal_text else "goal"
    width = canvas.width(word, 15, 600)
    canvas.path([(x, canvas.top + 8), (x, bottom)], canvas.colours.ink, 1.5, dash=(5, 4))
    canvas.text(min(max(x - width / 2, MARGIN), RIGHT - width), canvas.top + 2, word, size=15, weight=600)


def _row(canvas: Canvas, bar: Bar, y: float, row: float, label_right: float, value_right: float, scale: Scale) -> None:
    colours = canvas.colours
    value = finite(bar.value)
    middle = y + row / 2
    accent = bar.mood in ("worse", "better") and not bar.thin
    ink = colours.muted if bar.thin or value is None else colours.ink
    _label(canvas, bar, middle, row, label_right, ink, 600 if accent else 400)
    canvas.text(value_right, middle + 6, clean(bar.shown, 20), weight=400 if value is None else 600, colour=ink, align="right")
    if value is not None:
        fill = colours.grey if bar.thin else {"worse": colours.orange, "better": colours.teal}.get(bar.mood, colours.blue)
        thick = round(row * 0.6) / 2
        zero, end = sorted((scale(0), scale(value)))
        canvas.rects([(zero, middle - thick, max(end, zero + 1), middle + thick)], fill)
    for line, baseline in zip(_n(bar), (middle + 6,) if len(_n(bar)) == 1 else (middle - 3, middle + 14), strict=True):
        canvas.text(RIGHT, baseline, line, size=15, colour=colours.muted, align="right")


def _label(canvas: Canvas, bar: Bar, middle: float, row: float, right: float, ink: str, weight: int) -> None:
    """One line where it fits, two smaller ones where the row is high enough, else cut."""
    words = clean(bar.label)
    if canvas.width(words, 17, weight) <= right - MARGIN or row < ROW:
        canvas.text(right, middle + 6, words, weight=weight, colour=ink, align="right", room=right - MARGIN)
        return
    for line, y in zip(canvas.lines(words, right - MARGIN, 15, weight, 2), (middle - 4, middle + 14), strict=False):
        canvas.text(right, y, line, size=15, weight=weight, colour=ink, align="right")


def _n(bar: Bar) -> tuple[str, ...]:
    if not bar.n:
        return ()
    return (f"n={count_text(bar.n)}", "too few") if bar.thin else (f"n={count_text(bar.n)}",)
