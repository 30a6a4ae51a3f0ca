"""An answer as a picture of how its amounts lie, or of the week hour by hour."""

from __future__ import annotations

from bot.clock import DAY, local_date, zone
from bot.kpis.answer import Answer
from bot.kpis.kpi import Unit
from bot.views.answer_labels import bin_label, bin_unit, edge_text, short_name
from bot.views.chart_spec import Distribution, HeatMap, Mark
from bot.views.chart_spec.shapes import WEEK
from bot.views.judging import is_count
from bot.views.labels import clean
from bot.views.say import HOUR, MINUTE, value_text
from bot.views.sentences import n_text, when_text
from bot.windows import Window

TITLE = 42
HOURS = 24
MOST_TICKS = 7


def distribution_chart(answer: Answer) -> Distribution:
    """The bins as bars of equal width; what lies beyond the last edge is said in words."""
    bins, unit = answer.distribution, bin_unit(answer)
    closed = [one for one in bins if one.high is not None]
    beyond = [one for one in bins if one.high is None]
    edges = (*(one.low for one in closed), closed[-1].high or 0.0) if closed else (bins[0].low, bins[0].low + 1)
    every = -(-len(edges) // MOST_TICKS)
    tail = f"{beyond[0].count:,} of {edge_text(beyond[0].low, unit)} or more" if beyond else ""
    marks = ((name, answer.figure.parts.get(name)) for name in ("median", "p90"))
    return Distribution(
        title=clean(_shape(answer), TITLE),
        subtitle=" · ".join(part for part in (when_text(answer, answer.window), n_text(answer)) if part),
        footer=answer.window.zone,
        edges=tuple(edges),
        counts=tuple(one.count for one in closed) or (0,),
        ticks=tuple(Mark(value=edge, text=edge_text(edge, unit)) for edge in edges[::every]),
        marks=tuple(
            Mark(value=value, text=f"{name} {value_text(answer.kpi, value, answer.currency, answer.clock)}")
            for name, value in marks
            if value is not None and unit != "score" and edges[0] <= value <= edges[-1]
        ),
        tail=tail,
    )


def _shape(answer: Answer) -> str:
    top = max(answer.distribution, key=lambda one: one.count)
    n = sum(one.count for one in answer.distribution)
    return f"{short_name(answer.kpi)}: {100 * top.count / n:.0f}% {bin_label(answer, top).removeprefix('0 to ')}"


def heat_map(answer: Answer) -> HeatMap:
    """The week hour by hour. A count is shown as its average over the days of that name in the window; nothing came in an
    hour that was there is 0, any other number without rows is none."""
    days, counts = weekdays(answer.window), is_count(answer.kpi)
    where = {name: place for place, name in enumerate(answer.query.splits)}
    found = {(row.keys[where["weekday"]], row.keys[where["hour"]]): row.figure.value for row in answer.rows}
    size, unit = _scale(answer)

    def cell(day: int, hour: int) -> float | None:
        value = found.get((day, hour))
        if not counts:
            return None if value is None else value / size
        return (value or 0.0) / days[day] if days[day] else None

    values = tuple(tuple(cell(day, hour) for hour in range(HOURS)) for day in range(len(WEEK)))
    whole = HeatMap(title="", values=values)
    name = short_name(answer.kpi)
    title = f"{name}: {whole.peak_text}" if whole.peak else name
    return HeatMap(
        title=title if len(title) <= TITLE else clean(whole.peak_text or name, TITLE),
        subtitle=" · ".join(part for part in (when_text(answer, answer.window), n_text(answer)) if part),
        footer=answer.window.zone,
        values=values,
        unit="per hour" if counts else unit,
    )


def peak_of_week(answer: Answer) -> str:
    """The finding of a week hour by hour, as its picture says it: `peak Tue 11:00, 4.1 per hour`; empty for anything else."""
    if set(answer.query.splits) != {"weekday", "hour"} or not answer.rows:
        return ""
    found = heat_map(answer)
    return f"{found.peak_text} {found.unit}".strip() if found.peak else ""


def weekdays(window: Window) -> list[int]:
    """How many local days of each name, from Monday on, a window touches."""
    where, found = zone(window.zone), [0] * len(WEEK)
    day, last = local_date(window.start, where), local_date(window.end, where)
    while day < last or (day == last and window.open):
        found[day.weekday()] += 1
        day += DAY
    return found


def _scale(answer: Answer) -> tuple[float, str]:
    if answer.kpi.unit is not Unit.DURATION:
        return 1.0, {Unit.PERCENT: "%", Unit.POINTS: "points"}.get(answer.kpi.unit, "")
    largest = max((row.figure.value or 0.0 for row in answer.rows), default=0.0)
    return (HOUR, "h") if largest >= 2 * HOUR else (MINUTE, "min")
