"""Ratings by team: all marks as one bar, the score in its 95 % interval, and the goal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.views.chart.canvas import MARGIN, RIGHT, Canvas
from bot.views.chart.lettering import Face, width
from bot.views.chart.marks import no_data
from bot.views.chart.scale import Scale
from bot.views.chart_spec import RatingRow, Ratings, share_text
from bot.views.labels import clean, count_text, finite
from bot.views.palette import Palette, Theme, mix

ROW, BAR = 70, 25
MOST = 10
BAR_WIDTH, INTERVAL_WIDTH = 316, 96
LEGEND = 34
FADED = 0.55
"""How far a thin team's colours go towards the card."""


@dataclass(frozen=True, slots=True)
class Columns:
    bar_right: float
    scale: Scale | None


def ratings(spec: Ratings, theme: Theme) -> Canvas:
    rows = spec.rows[:MOST]
    left_out = len(spec.rows) - len(rows)
    canvas = Canvas(spec, theme, ROW * max(len(rows), 1) + LEGEND + (24 if left_out else 0))
    if not rows:
        no_data(canvas)
        return canvas
    columns = _columns(canvas, spec, rows)
    for index, row in enumerate(rows):
        y = canvas.top + ROW * index
        _words(canvas, spec, row, y)
        _marks(canvas, row, y + 36, columns)
        _interval(canvas, spec, row, y + 36 + BAR / 2, columns)
    y = canvas.top + ROW * len(rows) + 22
    if left_out:
        canvas.text(MARGIN, y, f"and {count_text(left_out)} more in the table", canvas.note)
    _legend(canvas, spec, y + (24 if left_out else 0))
    return canvas


def tones(colours: Palette, count: int) -> list[str]:
    """One colour a mark, worst first: red, orange, grey, light blue, blue; more marks share shades between."""
    five = [colours.red, colours.orange, colours.grey, colours.rating_4, colours.blue]
    few: dict[int, list[str]] = {1: five[4:], 2: [five[1], five[4]], 3: [five[1], five[2], five[4]], 4: [*five[:2], *five[3:]]}
    if count <= 5:
        return few.get(count, five)
    places = [i * 4 / (count - 1) for i in range(count)]
    return [mix(five[int(p)], five[min(int(p) + 1, 4)], p - int(p)) for p in places]


def _columns(canvas: Canvas, spec: Ratings, rows: Sequence[RatingRow]) -> Columns:
    scores = max(width(clean(r.text, 12), replace(canvas.strong, size=24)) for r in rows)
    right = RIGHT - scores - 18
    ends = [v for r in rows for v in map(finite, (r.low, r.score, r.high)) if v is not None]
    goal = finite(spec.goal)
    if not ends:
        return Columns(right - 10, None)
    scale = Scale.over([*ends, *([goal] if goal is not None else [])], right - INTERVAL_WIDTH, right)
    scale = Scale(scale.low, scale.high, right - INTERVAL_WIDTH, right)
    return Columns(min(MARGIN + BAR_WIDTH, right - INTERVAL_WIDTH - 20), scale)


def _words(canvas: Canvas, spec: Ratings, row: RatingRow, y: float) -> None:
    colours = canvas.colours
    mood = spec.mood(row)
    n = f"n={count_text(row.n)}" + (" · too few" if row.thin and row.n else "")
    wide = canvas.text(RIGHT, y + 22, n, canvas.note, "right")
    name = replace(canvas.strong, colour=colours.muted) if row.thin else canvas.strong
    canvas.text(MARGIN, y + 24, clean(row.label), name, room=RIGHT - MARGIN - wide - 16)
    colour = {"better": colours.teal, "worse": colours.orange, "thin": colours.muted}.get(mood, colours.ink)
    words = clean(row.text, 12) if row.n else "–"
    canvas.text(RIGHT, y + 36 + BAR / 2 + 9, words, Face(24, 600, colour), "right")


def _marks(canvas: Canvas, row: RatingRow, y: float, columns: Columns) -> None:
    colours = canvas.colours
    if not row.n:
        canvas.text(MARGIN, y + 18, "no ratings", canvas.note)
        return
    whole, x = columns.bar_right - MARGIN, float(MARGIN)
    for tone, count in zip(tones(colours, len(row.counts)), row.counts, strict=True):
        part = whole * count / row.n
        fill = mix(tone, colours.bg, FADED) if row.thin else tone
        if part > 0:
            gap = 1.5 if part > 3 else 0
            canvas.rects([(x, y, x + part - gap, y + BAR)], fill)
        ink = Face(15, 600, _ink_on(colours, tone), fill)
        share = share_text(count / row.n)
        if not row.thin and tone in (colours.blue, colours.rating_4) and width(share, ink) + 12 <= part:
            canvas.text(x + part / 2, y + BAR / 2 + 5.5, share, ink, "center")
        x += part


def _ink_on(colours: Palette, tone: str) -> str:
    return colours.on_rating_4 if tone == colours.rating_4 else colours.on_blue


def _interval(canvas: Canvas, spec: Ratings, row: RatingRow, y: float, columns: Columns) -> None:
    """The goal first, so that dot and interval stay readable where they meet it."""
    colours, scale = canvas.colours, columns.scale
    low, score, high = finite(row.low), finite(row.score), finite(row.high)
    if scale is None or not row.n:
        return
    if low is not None and high is not None:
        canvas.path([(scale(low), y), (scale(high), y)], colours.grey, 6)
    if (goal := finite(spec.goal)) is not None:
        canvas.path([(scale(goal), y - 15), (scale(goal), y + 15)], colours.ink, 1.4, dash=(4, 3))
    if score is not None:
        colour = {"better": colours.teal, "worse": colours.orange, "thin": colours.base}.get(spec.mood(row), colours.ink)
        canvas.dots([(scale(score), y)], colour, size=10)


def _legend(canvas: Canvas, spec: Ratings, y: float) -> None:
    """Marks on the left, what the dot and the dashes are on the right, as far as there is room."""
    x = float(MARGIN)
    for tone, mark in zip(tones(canvas.colours, len(spec.scale)), spec.scale, strict=True):
        word = clean(mark, 12)
        if x + 20 + width(word, canvas.note) > RIGHT:
            break
        canvas.rects([(x, y - 12, x + 13, y + 1)], tone)
        x += 20 + canvas.text(x + 20, y, word, canvas.note) + 14
    goal = clean(spec.goal_text, 20) if spec.goal_text and finite(spec.goal) is not None else ""
    right = float(RIGHT)
    if goal and x + width(goal, canvas.note) + 20 <= right:
        right -= canvas.text(RIGHT, y, goal, canvas.note, "right") + 9
        canvas.path([(right, y - 13), (right, y + 3)], canvas.colours.ink, 1.4, dash=(4, 3))
        right -= 18
    for words in ("score in its 95% range", "95% range"):
        wide = width(words, canvas.note)
        if x + wide + 22 <= right:
            canvas.text(right, y, words, canvas.note, "right")
            canvas.dots([(right - wide - 12, y - 5)], canvas.colours.muted, size=10, ring=0)
            return
