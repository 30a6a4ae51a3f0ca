"""The heat map: weekday by hour in one hue, staffed hours outlined, the peak named."""

from bot.views.chart.canvas import MARGIN, RIGHT, Box, Canvas, Place
from bot.views.chart.lettering import Face, width
from bot.views.chart.marks import no_data
from bot.views.chart_spec import HeatMap, share_text
from bot.views.labels import clean, finite
from bot.views.palette import Theme, ramp

ROW, GAP = 36, 2
DAYS_WIDTH = 56
SHADES = 24
LEGEND_WIDTH = 90


def heat_map(spec: HeatMap, theme: Theme) -> Canvas:
    peak = spec.peak
    if peak is None:
        canvas = Canvas(spec, theme, 70)
        no_data(canvas)
        return canvas
    cell = (RIGHT - MARGIN - DAYS_WIDTH) / max(len(spec.columns), 1)
    number = spec.peak_number
    face = Face(15, 600, "")
    fits = width(number, face) <= cell - GAP - 2
    canvas = Canvas(spec, theme, ROW * len(spec.rows) + 58)
    _cells(canvas, spec, cell, peak[2])
    _words(canvas, spec, cell)
    x, y, right, bottom = _box(canvas, peak[0], peak[1], cell)
    if fits:
        ink = Face(15, 600, canvas.colours.on_peak, canvas.colours.ramp[-1])
        canvas.text((x + right) / 2, (y + bottom) / 2 + 5, number, ink, "center")
    else:
        canvas.dots([((x + right) / 2, (y + bottom) / 2)], canvas.colours.on_peak, size=6, ring=0)
    _roster(canvas, spec, cell)
    _legend(canvas, spec, number, canvas.top + ROW * len(spec.rows) + 52)
    return canvas


def _box(canvas: Canvas, row: int, column: int, cell: float) -> Box:
    x, y = MARGIN + DAYS_WIDTH + cell * column, canvas.top + ROW * row
    return x, y, x + cell - GAP, y + ROW - GAP


def _cells(canvas: Canvas, spec: HeatMap, cell: float, most: float) -> None:
    """Cells of one shade are one artist: 24 shades are more than the eye tells apart here."""
    shades: dict[int, list[Box]] = {}
    for r, row in enumerate(spec.values):
        for c, value in enumerate(map(finite, row)):
            if value is not None:
                shades.setdefault(round(max(value, 0.0) / most * SHADES), []).append(_box(canvas, r, c, cell))
    for shade, boxes in sorted(shades.items()):
        canvas.rects(boxes, ramp(canvas.colours.ramp, shade / SHADES))


def _words(canvas: Canvas, spec: HeatMap, cell: float) -> None:
    for index, name in enumerate(spec.rows):
        y = canvas.top + ROW * index + 23
        canvas.text(MARGIN + DAYS_WIDTH - 10, y, clean(name, 6), canvas.axis, "right", DAYS_WIDTH - 10)
    for index in range(0, len(spec.columns), 3):
        x = MARGIN + DAYS_WIDTH + cell * (index + 0.5)
        canvas.text(x, canvas.top + ROW * len(spec.rows) + 18, clean(spec.columns[index], 5), canvas.axis, "center")


def _roster(canvas: Canvas, spec: HeatMap, cell: float) -> None:
    """A line wherever a staffed cell borders on one that is not: any roster, not only a rectangle."""
    staffed = {(r, c) for r, row in enumerate(spec.staffed) for c, there in enumerate(row) if there}
    for r, c in staffed:
        for (dr, dc), ends in _edges(canvas, r, c, cell):
            if (r + dr, c + dc) not in staffed:
                canvas.path(ends, canvas.colours.ink, 1.6)


def _edges(canvas: Canvas, row: int, column: int, cell: float) -> list[tuple[tuple[int, int], list[Place]]]:
    left, top, right, bottom = _box(canvas, row, column, cell)
    left, top, right, bottom = left - GAP / 2, top - GAP / 2, right + GAP / 2, bottom + GAP / 2
    return [
        ((-1, 0), [(left, top), (right, top)]),
        ((1, 0), [(left, bottom), (right, bottom)]),
        ((0, -1), [(left, top), (left, bottom)]),
        ((0, 1), [(right, top), (right, bottom)]),
    ]


def _legend(canvas: Canvas, spec: HeatMap, most: str, y: float) -> None:
    x = MARGIN + canvas.text(MARGIN, y, "0", canvas.note) + 8
    step = LEGEND_WIDTH / (SHADES + 1)
    for shade in range(SHADES + 1):
        canvas.rects([(x + step * shade, y - 12, x + step * (shade + 1), y + 2)], ramp(canvas.colours.ramp, shade / SHADES))
    end = x + LEGEND_WIDTH + 8
    row, column, _ = spec.peak or (0, 0, 0.0)
    # The end of the scale is the peak: naming it here says when it is.
    words = f"{most} {clean(spec.unit, 16)}, {clean(spec.rows[row], 6)} {clean(spec.columns[column], 5)}h"
    end += canvas.text(end, y, words, canvas.note)
    if spec.outside is not None:
        words = f"staffed · {share_text(spec.outside)} outside"
        wide = canvas.text(RIGHT, y, words, canvas.note, "right", RIGHT - end - 40)
        canvas.outline((RIGHT - wide - 20, y - 11, RIGHT - wide - 8, y + 1), canvas.colours.ink)
