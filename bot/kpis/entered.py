"""The figures of what people enter: costs by channel, and customer counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.calendars import months_back
from bot.clock import DAY, Span, day_start, local_date
from bot.kpis.answer import Figure
from bot.kpis.asked import Asked
from bot.kpis.cells import Cell, Keys, flow_cells
from bot.kpis.dimensions import CHANNEL
from bot.kpis.figures import quotient
from bot.kpis.kpi import Count, Counted, Unit
from bot.kpis.query import Filter
from bot.kpis.statistics import wilson
from bot.store.words import Channel
from bot.windows import EARLIEST, Window, label


def entered(asked: Asked, kind: Counted, spans: Sequence[Span], splits: Sequence[str]) -> dict[tuple[int, Keys], Figure]:
    """Figures by (index of the span, keys of the split). Of costs by channel, those entered for one."""
    if not splits:
        return {(i, ()): _figure(asked, kind, span) for i, span in enumerate(spans)}
    wanted = _channels(asked)
    found = {(i, c): _figure(_of_channel(asked, c), kind, span) for i, span in enumerate(spans) for c in wanted}
    return {(i, (c,) * len(splits)): one for (i, c), one in found.items() if one.parts}


def _channels(asked: Asked) -> list[str]:
    named = [value.lower() for value in _named(asked)]
    return [c.value for c in Channel if not named or c.value in named]


def _of_channel(asked: Asked, channel: str) -> Asked:
    return replace(asked, query=replace(asked.query, filters=(Filter(dimension=CHANNEL.slug, values=(channel,)),)))


def _figure(asked: Asked, kind: Counted, span: Span) -> Figure:
    window = Window(start=span.start, end=span.end, zone=asked.query.window.zone, text="", label="", open=False)
    sums = kind.read(asked.session, window, _named(asked), asked.workspace.currency)
    if sums is None:
        return Figure(value=None, n=0)
    if isinstance(kind.bottom, Count):
        cell = flow_cells(kind.bottom, [span], asked.scope()).get((0, ()), Cell())
        return quotient(sums[kind.top], float(cell.n), kind.scale, names=(kind.top, "tickets"))
    top, bottom = sums[kind.top], sums[kind.bottom]
    found = quotient(top, bottom, kind.scale, names=(kind.top, kind.bottom))
    rate = asked.kpi.unit is Unit.PERCENT and top <= bottom
    return Figure(value=found.value, n=found.n, parts=dict(sums), interval=wilson(top, int(bottom)) if rate else None)


def days_entered(asked: Asked, before: Window) -> tuple[int, int] | None:
    """For how many days of this window and of the other one numbers were entered, where that is too unlike to compare.

    A month has up to a tenth more days than another."""
    kind = asked.kpi.measure
    if not isinstance(kind, Counted):
        return None
    here, there = _days(asked, kind, asked.query.window), _days(asked, kind, before)
    return None if abs(here - there) <= 0.1 * max(here, there) else (here, there)


def gap_note(asked: Asked) -> list[str]:
    """Said where numbers were entered for some days of the window only."""
    kind, window = asked.kpi.measure, asked.query.window
    if not isinstance(kind, Counted):
        return []
    where = ZoneInfo(window.zone)
    days = (local_date(max(window.start, window.end - timedelta.resolution), where) - local_date(window.start, where)).days + 1
    covered = _days(asked, kind, window)
    what = f"{kind.what[0].upper()}{kind.what[1:]}"
    return [f"{what} are entered for {covered:,} of the {days:,} days of this window."] if 0 < covered < days else []


def _days(asked: Asked, kind: Counted, window: Window) -> int:
    return kind.days(asked.session, window, _named(asked), asked.workspace.currency)


def _named(asked: Asked) -> list[str]:
    return [value for wanted in asked.query.filters for value in wanted.values]


def months_before(window: Window, months: int | None = None) -> Window | None:
    """As many whole calendar months before a window of whole months, or so many months earlier; None for any other window.

    What is entered by the month is compared by the month: the same weekdays four weeks ago were never entered."""
    where = ZoneInfo(window.zone)
    first, until = local_date(window.start, where), local_date(window.end, where)
    length = (until.year - first.year) * 12 + until.month - first.month
    whole = first.day == until.day == 1 and day_start(until, where) == window.end and length > 0
    back = months or length
    if not whole or first.year * 12 + first.month - back < EARLIEST.year * 12 + 1:
        return None
    start, end = (day_start(months_back(day, back), where) for day in (first, until))
    text = f"{local_date(start, where)} to {local_date(end, where) - DAY}"
    return Window(start=start, end=end, zone=window.zone, text=text, label=label(start, end, where, running=False), open=False)
