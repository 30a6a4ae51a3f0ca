"""The numbers of a chart as rows and columns: what the table shows is what the picture shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.views import chart_spec as kinds
from bot.views.labels import clean, count_text, finite

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """Words as they are shown, and the number behind them where there is one."""

    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A header and rows of the same width; the first column names the row."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def grid(spec: kinds.ChartSpec) -> Grid:
    return GRIDS[type(spec)](spec)


def _kpis(spec: kinds.KpiStrip) -> Grid:
    rows = tuple((_name(r.name), _words(r.value), _words(kinds.delta_text(r)), _words(r.note)) for r in spec.rows)
    return Grid(("KPI", "value", "change", "note"), rows)


def _backlog(spec: kinds.BacklogChart) -> Grid:
    days = zip(spec.days, spec.backlog, spec.created, spec.solved, strict=True)
    return Grid(("day", "open", "created", "solved"), tuple((_name(day), *map(_count, counts)) for day, *counts in days))


def _series(spec: kinds.Series) -> Grid:
    header = ("period", clean(spec.name), *(clean(line.name) for line in spec.others))
    rows = []
    for i, (label, point) in enumerate(zip(spec.labels, spec.points, strict=True)):
        others = (Cell(line.shown(i), finite(line.values[i])) for line in spec.others)
        rows.append((_name(label), _point(point), *others))
    return Grid(header, tuple(rows))


def _bars(spec: kinds.Bars) -> Grid:
    counted = any(row.n is not None for row in spec.rows)
    header = (clean(spec.by) if spec.by else "group", clean(spec.name), *(("n",) if counted else ()))
    ns = (((_count(row.n),) if counted else ()) for row in spec.rows)
    return Grid(header, tuple((_name(row.label), _point(row), *n) for row, n in zip(spec.rows, ns, strict=True)))


def _pareto(spec: kinds.Pareto) -> Grid:
    shares = (Cell(kinds.share_text(share), share) if share is not None else Cell(NOTHING) for share in spec.running)
    rows = ((_name(r.label), _count(r.count), _words(r.delta), share) for r, share in zip(spec.folded, shares, strict=True))
    return Grid(("category", "tickets", "change", "cum."), tuple(rows))


def _ratings(spec: kinds.Ratings) -> Grid:
    rows = ((_name(r.label), Cell(r.text or NOTHING, finite(r.score)), _count(r.n), *map(_count, r.counts)) for r in spec.rows)
    return Grid(("team", "score", "n", *(clean(mark, 12) for mark in spec.scale)), tuple(rows))


def _durations(spec: kinds.DurationBuckets) -> Grid:
    rows = ((_name(b.label), _count(b.count), Cell(spec.share(b)), Cell("late" if b.late else "in time")) for b in spec.buckets)
    return Grid(("within", "count", "share", "goal"), tuple(rows))


def _heat(spec: kinds.HeatMap) -> Grid:
    """Hours down and days across: 24 columns are more than any table takes."""
    hours = zip(spec.columns, zip(*spec.values, strict=True), strict=True)
    rows = tuple((_name(hour), *map(_average, cells)) for hour, cells in hours)
    return Grid(("hour", *(clean(day, 6) for day in spec.rows)), rows)


def _distribution(spec: kinds.Distribution) -> Grid:
    bins = zip(spec.edges, spec.edges[1:], spec.counts, strict=False)
    return Grid(("from", "to", "count"), tuple((_count(low), _count(high), _count(count)) for low, high, count in bins))


def _forecast(spec: kinds.ForecastFan) -> Grid:
    past = tuple((_name(p.label), _point(p), Cell("known")) for p in spec.history)
    coming = tuple((_name(p.label), _point(p), Cell(clean(p.range))) for p in spec.forecast)
    return Grid(("period", clean(spec.name), clean(spec.range_text)), past + coming)


def _control(spec: kinds.ControlChart) -> Grid:
    news = set(spec.news)
    rows = ((_name(p.label), _point(p), Cell("signal" if i in news else "usual")) for i, p in enumerate(spec.points))
    return Grid(("period", clean(spec.name), "verdict"), tuple(rows))


def _name(label: str) -> Cell:
    return Cell(clean(label))


def _words(text: str) -> Cell:
    return Cell(clean(text) if text else NOTHING)


def _count(value: float | None) -> Cell:
    return Cell(count_text(value), finite(value))


def _average(value: float | None) -> Cell:
    number = finite(value)
    return Cell(NOTHING) if number is None else Cell(f"{number:.1f}" if abs(number) < 100 else count_text(round(number)), number)


def _point(point: kinds.Point) -> Cell:
    return Cell(clean(point.shown), finite(point.value))


# Any: each maker takes the one kind it stands beside.
GRIDS: dict[type[kinds.Heading], Callable[[Any], Grid]] = {
    kinds.KpiStrip: _kpis,
    kinds.BacklogChart: _backlog,
    kinds.Series: _series,
    kinds.Bars: _bars,
    kinds.Pareto: _pareto,
    kinds.Ratings: _ratings,
    kinds.DurationBuckets: _durations,
    kinds.HeatMap: _heat,
    kinds.Distribution: _distribution,
    kinds.ForecastFan: _forecast,
    kinds.Sheet: lambda spec: grid(spec.parts[0]),
    kinds.ControlChart: _control,
}
