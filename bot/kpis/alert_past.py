"""A number at every hour of the past, from one reading of the rows instead of one for each hour."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.clock import DAY, HOUR, Grain, Span, split
from bot.kpis import kpi_of
from bot.kpis.alert_rules import Level, Rule, is_too_thin, level_of, query_at
from bot.kpis.answer import Figure
from bot.kpis.asked import Asked
from bot.kpis.cells import Cell, counted, flow_cells
from bot.kpis.figures import figure
from bot.kpis.kpi import Balance, Count, Duration, Mean, Ratio, Stock
from bot.kpis.measure import figures
from bot.kpis.quantities import is_standing
from bot.store.workspace import Workspace
from bot.windows import Window

WIDE = 2 * DAY
Told = tuple[datetime, Level, float | None]
Read = Callable[[Window], Figure]


def looks_back(
    session: Session, rule: Rule, limit: float, *, workspace: Workspace, within: Span, coarser: int = 1
) -> tuple[list[Told], timedelta]:
    """(instant, level, value) at every so many hours of a span that ends now, and how many hours: one, or more for wide windows,
    and `coarser` times as many where others are looked at too.

    Raises BadRequest where the number cannot be asked like this."""
    kpi, since, now = kpi_of(rule.query.kpi), within.start, within.end
    first = query_at(rule.query, since, workspace).window.start
    asked = Asked(session=session, kpi=kpi, query=query_at(rule.query, now, workspace), workspace=workspace, now=now)
    hours = split(Span(min(first, since), now), Grain.HOUR, ZoneInfo(workspace.zone))
    looked = [one for one in hours if one.end >= since]
    read = _reader(asked, looked[::coarser] if isinstance(kpi.measure, Stock) else hours)
    one_by_one = read is None
    narrow = asked.query.window.span.duration < WIDE or isinstance(kpi.measure, Stock)
    every = max(12 if one_by_one else (1 if narrow else 3) * coarser, 1)
    told = []
    for span in looked[::every]:
        window = query_at(rule.query, span.end, workspace).window
        found = read(window) if read is not None else _alone(asked, window)
        level = Level.UNKNOWN if is_too_thin(kpi, found) else level_of(found.value, rule, limit, kpi.unit)
        told.append((span.end, level, found.value))
    return told, every * HOUR


def _reader(asked: Asked, hours: Sequence[Span]) -> Read | None:
    """How to read the figure of a window off the hours, of a stock off the hours it is looked at; None where hours do not add
    up to windows."""
    kind = asked.kind
    aged = is_standing(asked.query.filters)
    match kind:
        case Stock() if not aged:
            at = {hours[place].end: told for (place, _), told in figures(asked, hours).items()}
            return lambda window: at.get(window.end) or figure(kind, Cell())
        case Duration():
            return _summed(asked, hours, dict(_durations(asked, kind, hours)))
        case Ratio() | Mean() | Balance() | Count(distinct=None):
            cells = flow_cells(kind, hours, asked.scope())
            return _summed(asked, hours, {place: cell for (place, _), cell in cells.items()})
        case _:
            return None


def _summed(asked: Asked, hours: Sequence[Span], cells: dict[int, Cell]) -> Read:
    starts, kind = [span.start for span in hours], asked.kind

    def read(window: Window) -> Figure:
        whole = Cell()
        for place in range(bisect_left(starts, window.start), bisect_left(starts, window.end)):
            if place in cells:
                whole.add(cells[place])
                whole.scales |= cells[place].scales
        return figure(kind, whole, asked.statistic)

    return read


def _durations(asked: Asked, kind: Duration, hours: Sequence[Span]) -> Iterator[tuple[int, Cell]]:
    """The seconds of each row by its hour, on every engine: percentiles do not add up, their rows do."""
    amount = kind.business if asked.business else kind.calendar
    rows = counted(kind.flow, asked.scope(), [Span(hours[0].start, hours[-1].end)]).where(amount.is_not(None))
    found: dict[int, Cell] = {}
    starts = [span.start for span in hours]
    for at, value in asked.facts.execute(rows.with_only_columns(kind.flow.when, amount)):
        place = bisect_left(starts, at + timedelta(microseconds=1)) - 1
        found.setdefault(place, Cell()).add(Cell(n=1, values=[int(value)]))
    return iter(found.items())


def _alone(asked: Asked, window: Window) -> Figure:
    return figures(asked, [window.span]).get((0, ()), Figure(value=None, n=0))
