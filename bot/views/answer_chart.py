"""An answer as a chart: what is drawn, and a title that claims no more than the numbers carry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.kpis.answer import Answer, Figure, Row
from bot.kpis.kpi import Duration, Stock, Unit
from bot.views.answer_labels import part_text, row_label, short_name, step_labels
from bot.views.answer_lines import Piecewise, in_lines
from bot.views.answer_shape import distribution_chart, heat_map
from bot.views.chart_spec import THIN_N, Bar, Bars, ChartSpec, Line, Point, Series
from bot.views.judging import is_count, is_thin, verdict
from bot.views.labels import clean
from bot.views.say import HOUR, MINUTE, change_text, size_text, value_text
from bot.views.sentences import clock_text, n_text, said, when_text

TITLE = 42
"""Characters that fit on one line of a card, charts' own rule."""
LABEL_IN_TITLE = 20
WEEK, YEAR_IN_WEEKS = timedelta(weeks=1), 52
HOURS_FROM = 2 * HOUR
UNITS = {Unit.TICKETS: "tickets", Unit.PERCENT: "%", Unit.POINTS: "points"}


def answer_chart(answer: Answer) -> ChartSpec | None:
    """The distribution, else the split as lines where it was asked for in pieces, as bars or as a week hour by hour, else the
    series as a line; None where there is none of these, or nothing in them."""
    if answer.distribution:
        return distribution_chart(answer)
    if answer.rows and set(answer.query.splits) == {"weekday", "hour"}:
        return heat_map(answer)
    if lines := in_lines(answer):
        return _lines(answer, lines)
    if answer.rows:
        return _bars(answer)
    if any(step.figure.value is not None for step in answer.series):
        return _line(answer)
    return None


def finding(answer: Answer) -> str:
    """What a series shows, in at most 42 characters, and against what: `Backlog up 11% in a week, to 427`.

    A direction is claimed only for a change that is more than chance, and steadiness only for one that is small."""
    name, value = answer.kpi.name, said(answer, answer.figure)
    plain = f"{name}: {value}"
    before, kind = answer.previous, verdict(answer)
    if before is None or before.change is None or kind in ("thin", "unknown", "chance"):
        return _fitting(plain, value)
    if kind == "same":
        return _fitting(f"{name} steady at {value}", plain, value)
    change = f"{'up' if before.change > 0 else 'down'} {size_text(before.change, before.change_unit)}{against(answer)}"
    short = short_name(answer.kpi)
    return _fitting(
        f"{name} {change}, to {value}", f"{short} {change}, to {value}", f"{name} {change}", f"{short} {change}", plain, value
    )


def against(answer: Answer) -> str:
    """How long ago that was what a change is measured against: ` in 2 weeks`; its name where somebody named the window."""
    if answer.previous is None:
        return ""
    before, stock = answer.previous.window, isinstance(answer.kpi.measure, Stock)
    back = answer.window.end - before.end if stock else answer.window.start - before.start
    weeks = round(back / WEEK)
    # Clocks that were set in between add or take an hour.
    if weeks < 1 or abs(back - weeks * WEEK) > timedelta(hours=2):
        return f" vs {before.text}"
    long = "a year" if weeks == YEAR_IN_WEEKS else "a week" if weeks == 1 else f"{weeks} weeks"
    return f" in {long}"


def split_finding(answer: Answer) -> str:
    """What a split shows: the largest share of a count, else the range from the best to the worst that can be judged."""
    dimension = " and ".join(answer.query.splits)
    plain = f"{answer.kpi.name} by {dimension}"
    if answer.kpi.unit is Unit.TICKETS:
        return _fitting(*_largest(answer), plain, answer.kpi.name)
    judged = [row for row in answer.rows if row.figure.value is not None and not is_thin(answer.kpi, row.figure)]
    if len(judged) < 2:
        return _fitting(plain, answer.kpi.name)
    low, high = (value_text(answer.kpi, v, answer.currency, answer.clock) for v in _range(judged))
    return _fitting(f"{plain}: {low} to {high}" if low != high else f"{plain}: {low}", plain, answer.kpi.name)


def scaled(answer: Answer, figures: Sequence[Figure]) -> tuple[str, list[float | None]]:
    """The unit of an axis and the values in it: durations in minutes or, from two hours on, in hours."""
    values = [figure.value for figure in figures]
    if answer.kpi.unit is not Unit.DURATION:
        return UNITS.get(answer.kpi.unit, answer.currency if answer.kpi.unit is Unit.MONEY else ""), values
    size, unit = (HOUR, "h") if max((v for v in values if v is not None), default=0) >= HOURS_FROM else (MINUTE, "min")
    return unit, [None if value is None else round(value / size, 2) for value in values]


def _line(answer: Answer) -> Series:
    unit, values = scaled(answer, [step.figure for step in answer.series])
    labels = step_labels(answer)
    texts = [value_text(answer.kpi, s.figure.value, answer.currency, answer.clock) for s in answer.series]
    band = tuple(s.figure.interval if s.figure.value is not None else None for s in answer.series)
    return Series(
        title=finding(answer),
        subtitle=_subtitle(answer, f"per {answer.query.grain}" if answer.query.grain else ""),
        footer=_footer(answer),
        name=short_name(answer.kpi),
        points=tuple(Point(label=w, value=v, text=t) for w, v, t in zip(labels, values, texts, strict=True)),
        band=band if any(pair is not None for pair in band) else (),
        unit=unit,
        first_part=part_text(answer, 0) if len(answer.series) > 1 else "",
        last_part=part_text(answer, -1),
    )


def _lines(answer: Answer, lines: Sequence[Piecewise]) -> Series:
    """The largest group is the line, the next ones stand beside it."""
    unit, whole = scaled(answer, [step.figure for line in lines for step in line.steps])
    count = len(lines[0].steps)
    values = [whole[at : at + count] for at in range(0, len(whole), count)]
    texts = [[value_text(answer.kpi, s.figure.value, answer.currency, answer.clock) for s in one.steps] for one in lines]
    points = zip(step_labels(answer), values[0], texts[0], strict=True)
    return Series(
        title=split_finding(answer),
        subtitle=_subtitle(answer, f"by {' and '.join(answer.query.splits)}, per {answer.query.grain}"),
        footer=_footer(answer),
        name=lines[0].name,
        points=tuple(Point(label=w, value=v, text=t) for w, v, t in points),
        others=tuple(
            Line(name=one.name, values=tuple(value), texts=tuple(text))
            for one, value, text in zip(lines[1:], values[1:], texts[1:], strict=True)
        ),
        unit=unit,
        first_part=part_text(answer, 0) if len(answer.series) > 1 else "",
        last_part=part_text(answer, -1),
    )


def _bars(answer: Answer) -> Bars:
    unit, values = scaled(answer, [row.figure for row in answer.rows])
    counts = is_count(answer.kpi)
    return Bars(
        title=split_finding(answer),
        subtitle=_subtitle(answer, f"by {' and '.join(answer.query.splits)}"),
        footer=_footer(answer),
        name=answer.kpi.name,
        by=" and ".join(answer.query.splits),
        unit=unit,
        rows=tuple(
            Bar(
                label=row_label(row),
                value=value,
                text=value_text(answer.kpi, row.figure.value, answer.currency, answer.clock),
                # A count is its own n; saying it twice would fade a category for being small.
                n=None if counts else row.figure.n,
            )
            for row, value in zip(answer.rows, values, strict=True)
        ),
    )


def _subtitle(answer: Answer, manner: str) -> str:
    when = when_text(answer, answer.window)
    return " · ".join(part for part in (answer.statistic or "", manner, when, n_text(answer)) if part)


def _footer(answer: Answer) -> str:
    before = answer.previous
    compared = ""
    if before is not None and before.change is not None and verdict(answer) not in ("thin", "unknown"):
        compared = f"{change_text(before.change, before.change_unit)} against {when_text(answer, before.window)}"
    clock = clock_text(answer) if isinstance(answer.kpi.measure, Duration) else ""
    return " · ".join(part for part in (clock, answer.window.zone, compared) if part)


def _largest(answer: Answer) -> list[str]:
    """Only one split whose groups make up the whole has a largest share; tags overlap, hours are not ranked by size."""
    rows = [row for row in answer.rows if row.share is not None]
    if len(answer.query.splits) != 1 or answer.query.splits == ("tag",) or len(rows) < 2 or answer.figure.n < THIN_N:
        return []
    top = max(rows, key=lambda row: row.share or 0.0)
    label = clean(top.labels[0], LABEL_IN_TITLE)
    name = answer.kpi.name
    within = name if name[:2].isupper() else name.lower()
    return [f"{label}: {top.share:.0f}% of {within}", f"{label}: {top.share:.0f}%"]


def _range(rows: Sequence[Row]) -> tuple[float, float]:
    values = [row.figure.value for row in rows if row.figure.value is not None]
    return min(values), max(values)


def _fitting(*candidates: str) -> str:
    """The first that fits on a line; the last is cut."""
    return next((words for words in candidates if len(words) <= TITLE), clean(candidates[-1], TITLE))
