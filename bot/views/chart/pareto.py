"""The Pareto: which few causes make most of the work, and which of them grow."""

from dataclasses import dataclass

from bot.views.chart.bars import row_label
from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.lettering import Face, width
from bot.views.chart.marks import no_data
from bot.views.chart_spec import Pareto, ParetoRow, share_text
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Theme

ROW, BAR = 46, 28
HEAD = 16
LABEL_MOST, DELTA_MOST = 170, 110


@dataclass(frozen=True, slots=True)
class Columns:
    label_right: float
    bar_left: float
    bar_right: float
    delta_right: float


def pareto(spec: Pareto, theme: Theme) -> Canvas:
    rows = spec.folded
    canvas = Canvas(spec, theme, HEAD + ROW * max(len(rows), 1))
    if not spec.total:
        no_data(canvas)
        return canvas
    canvas.text(RIGHT, canvas.top + 6, "cum.", canvas.note, "right")
    columns = _columns(canvas, rows)
    most = max(finite(r.count) or 0.0 for r in rows) or 1.0
    for index, (row, share) in enumerate(zip(rows, spec.running, strict=True)):
        middle = canvas.top + HEAD + ROW * (index + 0.5)
        _row(canvas, row, middle, (columns.bar_right - columns.bar_left) * (finite(row.count) or 0.0) / most, columns)
        if share is not None:
            canvas.text(RIGHT, middle + 6, share_text(share), canvas.axis, "right")
    return canvas


def _columns(canvas: Canvas, rows: tuple[ParetoRow, ...]) -> Columns:
    labels = min(max(width(clean(r.label), canvas.strong) for r in rows), LABEL_MOST)
    deltas = min(max(width(_delta(r), canvas.strong) for r in rows), DELTA_MOST)
    counts = max(width(count_text(r.count), canvas.strong) for r in rows)
    delta_right = RIGHT - width("100%", canvas.axis) - 18
    return Columns(MARGIN + labels, MARGIN + labels + 12, delta_right - deltas - 16 - counts - 10, delta_right)


def _row(canvas: Canvas, row: ParetoRow, middle: float, length: float, columns: Columns) -> None:
    colours = canvas.colours
    worse = row.mood == "worse"
    row_label(canvas, clean(row.label), (columns.label_right, middle), Face(17, 600 if worse else 400, colours.ink))
    left, end = columns.bar_left, columns.bar_left + max(length, 1)
    canvas.rects([(left, middle - BAR / 2, end, middle + BAR / 2)], colours.orange if worse else colours.grey)
    canvas.text(end + 8, middle + 6, count_text(row.count), canvas.strong)
    colour = {"better": colours.teal, "worse": colours.orange}.get(row.mood, "")
    face = Face(17, 600 if colour else 400, colour or colours.muted)
    canvas.text(columns.delta_right, middle + 6, _delta(row), face, "right", DELTA_MOST)


def _delta(row: ParetoRow) -> str:
    return clean(row.delta, 16) if row.delta else ""
