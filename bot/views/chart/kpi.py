"""The KPI strip: name, value, two weeks of trend and what changed, one row each."""

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.scale import Scale, pieces
from bot.views.chart_spec import KpiRow, KpiStrip, delta_text
from bot.views.labels import clean, finite
from bot.views.palette import Palette, Theme

ROW = 66
VALUE_RIGHT = 322
SPARK_LEFT, SPARK_WIDTH, SPARK_LEAST, SPARK_HEIGHT = 344, 108, 64, 42
FARTHEST_GOAL = 2.0
"""A goal farther off than this many times the range of the line would flatten it; the note still names it."""


def kpi_strip(spec: KpiStrip, theme: Theme) -> Canvas:
    canvas = Canvas(spec, theme, ROW * max(len(spec.rows), 1) + 2)
    size, value_right, spark = _columns(canvas, spec.rows)
    if not spec.rows:
        canvas.text(MARGIN, canvas.top + 40, "no data", colour=canvas.colours.muted)
    for index, row in enumerate(spec.rows):
        y = canvas.top + 4 + ROW * index
        if index:
            canvas.hairline(y)
        _words(canvas, row, y, size, value_right)
        _sparkline(canvas, row, (spark[0], y + 12, spark[1], y + 12 + SPARK_HEIGHT))
        canvas.text(RIGHT, y + 40, _delta(row), size=_delta_size(row), weight=600, colour=_colour(canvas.colours, row), align="right", room=130)
    return canvas


def _columns(canvas: Canvas, rows: tuple[KpiRow, ...]) -> tuple[float, float, tuple[float, float]]:
    """Size of the value, right edge of the values, left and right edge of the sparklines: shared by all rows."""
    deltas = max((min(canvas.width(_delta(r), _delta_size(r), 600), 130) for r in rows), default=0)
    spark_right = min(SPARK_LEFT + SPARK_WIDTH, RIGHT - deltas - 16)
    names = max((min(canvas.width(clean(r.name), 17, 600), 200) for r in rows), default=0)
    farthest = spark_right - SPARK_LEAST - 22
    for size in (28, 26, 24):
        values = max((canvas.width(clean(r.value, 24), size, 600) for r in rows), default=0)
        value_right = max(VALUE_RIGHT, MARGIN + names + 20 + values) if farthest > VALUE_RIGHT else farthest
        if value_right <= farthest and MARGIN + names + 20 + values <= value_right:
            break
    value_right = min(value_right, farthest)
    return size, value_right, (max(value_right + 22, spark_right - SPARK_WIDTH), spark_right)


def _words(canvas: Canvas, row: KpiRow, y: float, size: float, right: float) -> None:
    thin = row.mood == "thin"
    ink = canvas.colours.muted if thin else canvas.colours.ink
    width = canvas.text(right, y + 42, clean(row.value, 24), size=size, weight=600, colour=ink, align="right", room=200)
    room = right - width - 16 - MARGIN
    canvas.text(MARGIN, y + 29, clean(row.name), weight=600, colour=ink, room=room)
    if row.note:
        canvas.text(MARGIN, y + 51, clean(row.note), size=15, colour=canvas.colours.muted, room=room)


def _sparkline(canvas: Canvas, row: KpiRow, box: tuple[float, float, float, float]) -> None:
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
    runs = pieces([(left + step * i if len(values) > 1 else right, None if v is None else scale(v)) for i, v in enumerate(values)])
    for run in runs:
        canvas.path(run, colour, 2.2)
    if lonely := [run[0] for run in runs[:-1] if len(run) == 1]:
        canvas.dots(lonely, colour, size=4, ring=0)
    canvas.dots([runs[-1][-1]], colour, size=8, hollow=row.partial)


def _near(goal: float | None, known: list[float]) -> float | None:
    if goal is None:
        return None
    low, high = min(known), max(known)
    reach = FARTHEST_GOAL * max(high - low, abs(high) * 0.1)
    return goal if low - reach <= goal <= high + reach else None


def _delta(row: KpiRow) -> str:
    return clean(delta_text(row), 24) if delta_text(row) else ""


def _delta_size(row: KpiRow) -> float:
    return 17 if len(_delta(row)) <= 8 else 15


def _colour(colours: Palette, row: KpiRow) -> str:
    return {"better": colours.teal, "worse": colours.orange, "neutral": colours.muted, "thin": colours.muted}[row.mood]
