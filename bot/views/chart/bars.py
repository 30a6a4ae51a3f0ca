"""Any KPI by a dimension: one horizontal bar a row, from zero, its value and its n in columns of their own."""

from dataclasses import dataclass, replace

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.lettering import Face, width, wrap
from bot.views.chart.marks import DASH, no_data
from bot.views.chart.scale import Scale
from bot.views.chart_spec import Bar, Bars
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Theme

MOST = 12
ROW, DENSE_ROW, DENSE_FROM = 46, 36, 8
LABEL_MOST, VALUE_MOST = 190, 150


@dataclass(frozen=True, slots=True)
class Columns:
    label_right: float
    value_right: float
    row: float
    scale: Scale


def bars(spec: Bars, theme: Theme) -> Canvas:
    shown = spec.rows[:MOST]
    left_out = len(spec.rows) - len(shown)
    goal = finite(spec.goal)
    head = 22 if goal is not None else 0
    row = ROW if len(shown) <= DENSE_FROM else DENSE_ROW
    canvas = Canvas(spec, theme, head + row * max(len(shown), 1) + (26 if left_out else 4))
    if not shown:
        no_data(canvas)
        return canvas
    columns = _columns(canvas, shown, goal, row)
    for index, bar in enumerate(shown):
        _row(canvas, bar, canvas.top + head + row * (index + 0.5), columns)
    if goal is not None:
        _goal(canvas, spec, columns.scale(goal), canvas.top + head + row * len(shown))
    if left_out:
        words = f"and {count_text(left_out)} more in the table"
        canvas.text(MARGIN, canvas.top + head + row * len(shown) + 18, words, canvas.note)
    return canvas


def row_label(canvas: Canvas, words: str, place: tuple[float, float], face: Face, lines: int = 2) -> None:
    """Right-aligned words around a middle line: one line where it fits, two smaller ones else, cut if need be."""
    right, middle = place
    if lines == 1 or width(words, face) <= right - MARGIN:
        canvas.text(right, middle + 6, words, face, "right", right - MARGIN)
        return
    small = replace(face, size=15)
    for line, y in zip(wrap(words, right - MARGIN, small, 2), (middle - 4, middle + 14), strict=False):
        canvas.text(right, y, line, small, "right")


def _columns(canvas: Canvas, rows: tuple[Bar, ...], goal: float | None, row: float) -> Columns:
    labels = min(max(width(clean(r.label), canvas.strong) for r in rows), LABEL_MOST)
    ns = max(max((width(word, canvas.note) for word in _n(r, row)), default=0) for r in rows)
    values = min(max(width(clean(r.shown, 20), canvas.strong) for r in rows), VALUE_MOST)
    value_right = RIGHT - (ns + 16 if ns else 0)
    left, right = MARGIN + labels + 12, value_right - values - 14
    known = [v for v in (*(finite(r.value) for r in rows), goal) if v is not None]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    return Columns(MARGIN + labels, value_right, row, Scale(low, high if high > low else low + 1.0, left, right))


def _goal(canvas: Canvas, spec: Bars, x: float, bottom: float) -> None:
    face = replace(canvas.strong, size=15)
    word = clean(spec.goal_text, 24) if spec.goal_text else "goal"
    wide = width(word, face)
    canvas.path([(x, canvas.top + 8), (x, bottom)], canvas.colours.ink, 1.5, dash=DASH)
    canvas.text(min(max(x - wide / 2, MARGIN), RIGHT - wide), canvas.top + 2, word, face)


def _row(canvas: Canvas, bar: Bar, middle: float, columns: Columns) -> None:
    colours, value = canvas.colours, finite(bar.value)
    accent = {"worse": colours.orange, "better": colours.teal}.get(bar.mood, "") if not bar.thin else ""
    ink = colours.muted if bar.thin or value is None else colours.ink
    face = Face(17, 600 if accent else 400, ink)
    row_label(canvas, clean(bar.label), (columns.label_right, middle), face, 2 if columns.row == ROW else 1)
    number = replace(face, weight=400 if value is None else 600)
    canvas.text(columns.value_right, middle + 6, clean(bar.shown, 20), number, "right", VALUE_MOST)
    if value is not None:
        thick = round(columns.row * 0.6) / 2
        zero, end = sorted((columns.scale(0), columns.scale(value)))
        fill = colours.grey if bar.thin else accent or colours.blue
        canvas.rects([(zero, middle - thick, max(end, zero + 1), middle + thick)], fill)
    words = _n(bar, columns.row)
    for line, y in zip(words, (middle + 6,) if len(words) == 1 else (middle - 3, middle + 14), strict=False):
        canvas.text(RIGHT, y, line, canvas.note, "right")


def _n(bar: Bar, row: float) -> tuple[str, ...]:
    """One line, or two where the row is high enough for "too few" below."""
    if not bar.n:
        return ()
    words = (f"n={count_text(bar.n)}", "too few") if bar.thin else (f"n={count_text(bar.n)}",)
    return words if row == ROW else (" · ".join(words),)
