"""Asks the store for a KPI: the value, its comparison, its series or split, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlmodel import Session

from bot.clock import Grain, Span, day_start, is_whole, split, zone
from bot.columns.beside import columns_beside, give_up
from bot.errors import BadRequest, ColumnsFailed
from bot.facts.profiles import profile_of
from bot.kpis.answer import Answer, Bin, Figure, Others, Previous, Row, Step
from bot.kpis.asked import Asked
from bot.kpis.cells import Cell, Keys, Rows, flow_cells, largest, largest_cells, standing, stock_cells
from bot.kpis.checks import check
from bot.kpis.columns import TICKETS
from bot.kpis.council import forbid, forbid_small, hidden
from bot.kpis.dimensions import AGE, dimension, labels_of
from bot.kpis.distribution import distribution, distributions
from bot.kpis.entered import days_entered, entered, months_before
from bot.kpis.figures import figure, quotient
from bot.kpis.known import as_known
from bot.kpis.kpi import Counted, Duration, Good, Kpi, Mean, Quotient, Stock, Unit
from bot.kpis.names import Key
from bot.kpis.quantities import is_standing
from bot.kpis.query import Query
from bot.kpis.receipt import exclusions, notes, pending, population
from bot.kpis.sources import asked_of, sources
from bot.kpis.variants import under
from bot.store.workspace import Workspace
from bot.windows import EARLIEST, Window, previous, year_before

Figures = dict[tuple[int, Keys], Figure]
STEPS = 400
MOST_ROWS = 500
"""A split lists so many groups, those with the most tickets; the others are told in one."""
MOST_POINTS = 50_000


def measure(session: Session, kpi: Kpi, query: Query, *, workspace: Workspace, now: datetime) -> Answer:
    """The answer to a query, from facts as they stand. Raises BadRequest where the KPI cannot be asked like this."""
    defined = under(kpi, profile_of(workspace.profile))
    asked = Asked(session=session, kpi=defined, query=query, workspace=workspace, now=now)
    forbid(workspace, query.splits, query.filters)
    forbid_small(session, workspace, query.filters)
    check(asked)
    quicker = columns_beside(session)
    if quicker is not None:
        try:
            return as_known(_answer(replace(asked, columns=quicker)))
        except ColumnsFailed as failed:
            give_up(session, failed)
    return as_known(_answer(asked))


def _answer(asked: Asked) -> Answer:
    kpi, query, workspace = asked.kpi, asked.query, asked.workspace
    value = _whole(asked, query.window)
    empty = not value.n and asked.facts.execute(select(TICKETS.c.ticket_id).limit(1)).first() is None
    waiting, oldest = pending(asked)
    rows, others = _rows(asked, value) if query.splits and not empty else ((), None)
    bins = distribution(asked) if query.show == "distribution" and not empty else ()
    return Answer(
        kpi=kpi,
        query=query,
        figure=Figure(value=None, n=0) if empty else value,
        window=query.window,
        clock=("business" if asked.business else "calendar") if isinstance(kpi.measure, Duration) else "calendar",
        profile=workspace.profile,
        definition=kpi.definition,
        statistic=asked.statistic if isinstance(asked.kind, Duration) else None,
        previous=None if empty else _previous(asked, value),
        series=_series(asked) if query.grain and not empty else (),
        rows=_in_bins(asked, rows, bins),
        others=others,
        distribution=bins,
        exclusions=exclusions(asked),
        pending=waiting,
        oldest_pending=oldest,
        currency=workspace.currency,
        sources=asked_of(sources(asked.session), query.filters),
        as_of=asked.now,
        notes=notes(asked, value, empty=empty),
    )


def figures(asked: Asked, spans: Sequence[Span], splits: Sequence[str] = ()) -> Figures:
    """Figures by (index of the span, keys of the split)."""
    kind, scope = asked.kind, asked.scope(splits)
    match kind:
        case Stock():
            return {place: figure(kind, cell) for place, cell in _standing(asked, kind, spans, splits).items()}
        case Quotient():
            if kind.fixed is not None:
                return _by_fixed(asked, kind, kind.fixed, flow_cells(kind.top, spans, scope))
            top, bottom = flow_cells(kind.top, spans, scope), flow_cells(kind.bottom, spans, scope)
            return {p: _divide(kind, top.get(p), bottom.get(p)) for p in top.keys() | bottom.keys()}
        case Counted():
            return entered(asked, kind, spans, splits)
        case _:
            return {place: figure(kind, cell, asked.statistic) for place, cell in flow_cells(kind, spans, scope).items()}


def _divide(kind: Quotient, top: Cell | None, bottom: Cell | None) -> Figure:
    return quotient(float(top.n if top else 0), float(bottom.n if bottom else 0), kind.scale)


def _by_fixed(asked: Asked, kind: Quotient, fixed: Select[Any], top: Mapping[tuple[int, Keys], Cell]) -> Figures:
    bottom = float(asked.session.execute(fixed).scalar() or 0)
    return {place: quotient(float(cell.n), bottom, kind.scale) for place, cell in top.items()}


def _standing(asked: Asked, kind: Stock, spans: Sequence[Span], splits: Sequence[str]) -> dict[tuple[int, Keys], Cell]:
    """The stock at the end of each span. Tickets grow older from one instant to the next, so ages are asked one by one."""
    instants = [span.end for span in spans]
    by_age = AGE.slug in splits or is_standing(asked.query.filters)
    if not by_age:
        return stock_cells(kind, instants, asked.scope(splits, instants[-1]))
    each = ((i, at, stock_cells(kind, [at], asked.scope(splits, at))) for i, at in enumerate(instants))
    return {(i, keys): cell for i, _, cells in each for (_, keys), cell in cells.items()}


def _whole(asked: Asked, window: Window) -> Figure:
    return figures(asked, [window.span]).get((0, ()), _nothing(asked.kpi))


def _nothing(kpi: Kpi) -> Figure:
    """What no rows amount to: a count of 0, and otherwise no data."""
    kind = kpi.measure
    return Figure(value=None, n=0) if isinstance(kind, Quotient | Counted) else figure(kind, Cell())


def _previous(asked: Asked, now: Figure) -> Previous | None:
    window = _compared_with(asked)
    if window is None:
        return None
    then = _whole(asked, window)
    points, days = asked.kpi.unit in (Unit.PERCENT, Unit.POINTS), days_entered(asked, window)
    change: float | None = None
    if now.value is not None and then.value is not None and days is None and not _begins_later(asked, window):
        change = now.value - then.value if points else 100 * (now.value / then.value - 1) if then.value else None
    return Previous(window=window, figure=then, change=change, change_unit="points" if points else "percent", entered=days)


def _begins_later(asked: Asked, window: Window) -> bool:
    """Whether the history of a source that is asked begins only within the window: growth would be claimed that is none."""
    known = asked_of(sources(asked.session), asked.query.filters)
    return any(one.covered_from is not None and one.covered_from > window.start for one in known)


def _compared_with(asked: Asked) -> Window | None:
    match asked.query.versus:
        case "window":
            return asked.query.against
        case "previous":
            return _by_month(asked) or previous(_compared(asked))
        case "year":
            return _by_month(asked, 12) or year_before(_compared(asked))
        case _:
            return None


def _by_month(asked: Asked, months: int | None = None) -> Window | None:
    return months_before(asked.query.window, months) if isinstance(asked.kpi.measure, Counted) else None


def _compared(asked: Asked) -> Window:
    """What is moved back: the window, or for a stock its last day, because an instant is compared with an instant."""
    window = asked.query.window
    if not isinstance(asked.kpi.measure, Stock):
        return window
    return replace(window, start=max(window.start, window.end - timedelta(days=1)))


def _series(asked: Asked) -> tuple[Step, ...]:
    spans = _pieces(asked)
    return _steps(asked, spans, figures(asked, spans) if spans else {}, ())


def _in_pieces(asked: Asked, rows: Sequence[Row], groups: int) -> tuple[Row, ...]:
    """Each row with its own series, if pieces are asked for; what may not be told has none."""
    if asked.query.grain is None:
        return tuple(rows)
    spans = _pieces(asked)
    if len(spans) * groups > MOST_POINTS:
        raise BadRequest(
            f"{groups:,} groups in {len(spans):,} pieces are too many points.",
            next_step="Ask for fewer pieces, such as *monthly*, or filter for some of the groups.",
        )
    found = figures(asked, spans, asked.query.splits) if spans else {}
    return tuple(replace(row, series=_steps(asked, spans, found, row.keys)) if _is_told(row.figure) else row for row in rows)


def _in_bins(asked: Asked, rows: tuple[Row, ...], bins: tuple[Bin, ...]) -> tuple[Row, ...]:
    """Each row with its own amounts in the bins of the whole; what may not be told has none."""
    if not (rows and bins):
        return rows
    found = distributions(asked, bins)
    return tuple(replace(row, distribution=found.get(row.keys, ())) if _is_told(row.figure) else row for row in rows)


def _is_told(told: Figure) -> bool:
    return bool(told.n or told.value)


def _pieces(asked: Asked) -> list[Span]:
    window, grain = asked.query.window, asked.query.grain or Grain.DAY
    spans = split(_told_of(asked), grain, zone(window.zone), asked.workspace.week_start)
    if len(spans) > STEPS:
        raise BadRequest(
            f"{len(spans)} {grain}s are too many points for one chart.", next_step="Ask for a shorter window, or *by month*."
        )
    return spans


def _steps(asked: Asked, spans: Sequence[Span], found: Figures, keys: Keys) -> tuple[Step, ...]:
    empty, cut = _nothing(asked.kpi), _cut(asked, spans)
    return tuple(
        Step(start=s.start, end=s.end, figure=found.get((i, keys), empty), partial=i in cut) for i, s in enumerate(spans)
    )


def _cut(asked: Asked, spans: Sequence[Span]) -> set[int]:
    """The pieces that are not whole: only the first and the last can be. A stock is taken at an end, not over a piece."""
    window, last = asked.query.window, len(spans) - 1
    unfinished = {last} if window.open else set[int]()
    if isinstance(asked.kpi.measure, Stock):
        return unfinished
    where, grain = zone(window.zone), asked.query.grain or Grain.DAY
    return unfinished | {i for i in {0, last} if spans and not is_whole(spans[i], grain, where, asked.workspace.week_start)}


def _told_of(asked: Asked) -> Span:
    """The window's span; that of all time begins with the first ticket, not in 1970."""
    window = asked.query.window
    if window.start > day_start(EARLIEST, ZoneInfo(window.zone)):
        return window.span
    first = asked.facts.execute(select(func.min(TICKETS.c.created_at))).scalar()
    return Span(min(max(first or window.end, window.start), window.end), window.end)


def _rows(asked: Asked, whole: Figure) -> tuple[tuple[Row, ...], Others | None]:
    splits = asked.query.splits
    found, left, groups = _groups(asked, splits)
    named = [labels_of(asked.session, dimension(word), [keys[i] for keys in found]) for i, word in enumerate(splits)]
    whole_n = whole.n if asked.kpi.unit is Unit.TICKETS else 0
    rows = [
        Row(
            labels=tuple(named[i].get(key, str(key)) for i, key in enumerate(keys)),
            keys=keys,
            figure=value,
            share=100 * value.n / whole_n if whole_n else None,
        )
        for keys, value in found.items()
        if _is_told(value)
    ]
    others = Others(groups=groups, figure=left, share=100 * left.n / whole_n if whole_n else None) if groups else None
    shown = sorted(hidden(asked.session, asked.workspace, splits, rows), key=_order(asked.kpi, splits))
    return _in_pieces(asked, shown, len(rows) + groups), others


def _groups(asked: Asked, splits: Sequence[str]) -> tuple[dict[Keys, Figure], Figure, int]:
    """The figures of the largest groups, that of all others, and how many those are."""
    kind, span = asked.kind, asked.query.window.span
    if isinstance(kind, Quotient | Counted | Stock):
        every = [(keys, value) for (_, keys), value in figures(asked, [span], splits).items()]
        kept, left = largest(every, MOST_ROWS, n=lambda one: one[1].n, keys=lambda one: one[0])
        return dict(kept), Figure(value=None, n=sum(value.n for _, value in left)), len(left)
    cells, rest, groups = largest_cells(kind, span, asked.scope(splits), MOST_ROWS)
    found = {keys: figure(kind, cell, asked.statistic) for keys, cell in cells.items()}
    return found, Figure(value=None, n=rest.n) if isinstance(kind, Duration | Mean) else figure(kind, rest), groups


def _order(kpi: Kpi, splits: Sequence[str]) -> Callable[[Row], Any]:
    """Days and hours in their own order; everything else by what needs attention first, then by size."""
    if dimension(splits[0]).labels is not None:
        return lambda row: [(key is None, key if isinstance(key, int) else 0, str(key)) for key in row.keys]
    down = kpi.good is Good.DOWN or kpi.unit is Unit.TICKETS

    def key(row: Row) -> tuple[bool, float, int, tuple[str, ...]]:
        value = row.figure.value
        return value is None, (-(value or 0) if down else value or 0), -row.figure.n, row.labels

    return key


__all__ = ["Asked", "Key", "Rows", "figures", "measure", "population", "standing"]
