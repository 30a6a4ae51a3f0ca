"""The KPI strip: name, value, two weeks of trend and what changed, one row each."""

from dataclasses import dataclass, replace

from bot.views.chart.canvas import MARGIN, RIGHT, Box, Canvas
from bot.views.chart.lettering import Face, width
from bot.views.chart.marks import no_data
from bot.views.chart.scale import Scale, pieces
from bot.views.chart_spec import KpiRow, KpiStrip, delta_text
from bot.views.labels import clean, finite
from bot.views.palette import Theme

ROW = 66
VALUE_RIGHT, VALUE_MOST = 322, 200
SPARK_LEFT, SPARK_WIDTH, SPARK_LEAST, SPARK_HEIGHT = 344, 108, 64, 42
NAME_MOST, DELTA_MOST = 200, 130
GAP = 20
FARTHEST_GOAL = 2.0
"""A goal farther off than this many times the range of the line would flatten it; the note still names it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What all rows share: the size of the values, their right edge, both edges of the sparklines."""

    size: float
    value_right: float
    spark_left: float
    spark_right: float


def kpi_strip(spec: KpiStrip, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, ROW * max(len(spec.rows), 1) + 4)
    if not spec.rows:
        no_data(canvas)
        return canvas
    columns = _columns(canvas, spec.rows)
    for index, row in enumerate(spec.rows):
        y = canvas.top + 4 + ROW * index
        if index:
            canvas.hairline(y)
        _words(canvas, row, y, columns)
        _sparkline(canvas, row, (columns.spark_left, y + 12, columns.spark_right, y + 12 + SPARK_HEIGHT))
        canvas.text(RIGHT, y + 39, _delta(row), _delta_face(canvas, row), "right", DELTA_MOST)
    return canvas


def _columns(canvas: Canvas, rows: tuple[KpiRow, ...]) -> Columns:
    """Names get their room first, then values; the sparkline gives way to a least width, then values shrink."""
    deltas = max(min(width(_delta(r), _delta_face(canvas, r)), DELTA_MOST) for r in rows)
    spark_right = min(SPARK_LEFT + SPARK_WIDTH, RIGHT - deltas - 16)
    names = max(min(width(clean(r.name), canvas.strong), NAME_MOST) for r in rows)
    farthest = spark_right - SPARK_LEAST - GAP
    for size in (28, 26, 24):
        values = max(min(width(clean(r.value, 24), replace(canvas.strong, size=size)), VALUE_MOST) for r in rows)
        wanted = max(VALUE_RIGHT, MARGIN + names + GAP + values)
        if wanted <= farthest:
            break
    value_right = min(wanted, farthest)
    return Columns(size, value_right, max(value_right + GAP + 2, spark_right - SPARK_WIDTH), spark_right)


def _words(canvas: Canvas, row: KpiRow, y: float, columns: Columns) -> None:
    name = replace(canvas.strong, colour=canvas.colours.muted) if row.mood == "thin" else canvas.strong
    number = clean(row.value, 24)
    wide = canvas.text(columns.value_right, y + 43, number, replace(name, size=columns.size), "right", VALUE_MOST)
    room = columns.value_right - wide - 16 - MARGIN
    canvas.text(MARGIN, y + 29, clean(row.name), name, room=room)
    if row.note:
        canvas.text(MARGIN, y + 51, clean(row.note), canvas.note, room=room)


def _sparkline(canvas: Canvas, row: KpiRow, box: Box) -> None:
    left, top, right, bottom = box
    values = [finite(v) for v in row.series]
    known = [v for v in values if v is not None]
    if not known:
        return
    goal = _near(finite(row.goal), known)
    scale = Scale.over([*known, *([goal] if goal is not None else [])], top, bottom)
    if goal is not None:
        canvas.path([(left - 2, scale(goal)), (right, scale(goal))], canvas.colours.base, 1.4, dash=(5, 4))
    step = (right - left) / max(len(values) - 1, 1)
    colour = canvas.colours.grey if row.mood == "thin" else canvas.colours.blue
    runs = pieces([(right - step * (len(values) - 1 - i), None if v is None else scale(v)) for i, v in enumerate(values)])
    for run in runs:
        canvas.path(run, colour, 2.2)
    if lonely := [run[0] for run in runs[:-1] if len(run) == 1]:
        canvas.dots(lonely, colour, size=4, ring=0)
    (canvas.rings if row.partial else canvas.dots)([runs[-1][-1]], colour, 8)


def _near(goal: float | None, known: list[float]) -> float | None:
    if goal is None:
        return None
    low, high = min(known), max(known)
    reach = FARTHEST_GOAL * max(high - low, abs(high) * 0.1)
    return goal if low - reach <= goal <= high + reach else None


def _delta(row: KpiRow) -> str:
    words = delta_text(row)
    return clean(words, 24) if words else ""


def _delta_face(canvas: Canvas, row: KpiRow) -> Face:
    colours = canvas.colours
    colour = {"better": colours.teal, "worse": colours.orange}.get(row.mood, colours.muted)
    return Face(17 if len(_delta(row)) <= 8 else 15, 400 if row.mood == "thin" else 600, colour)
