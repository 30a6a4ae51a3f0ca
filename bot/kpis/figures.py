"""From the parts of a group's rows to its figure: the only place where a value is computed from counts."""

from __future__ import annotations

from bot.kpis.answer import Figure
from bot.kpis.cells import SHARES, Cell, Spread
from bot.kpis.kpi import Balance, Count, Counted, Duration, Mean, Measure, Quotient, Ratio, Stock
from bot.kpis.statistics import adjusted_wald, percentile, wilson

STATISTICS = ("median", "mean", "p90", "p95", "max")
HEADLINE = "median"
THIN_N = 20
MARKED_N = 10


def figure(measure: Measure, cell: Cell, statistic: str | None = None) -> Figure:
    """The figure of one group's rows. An empty denominator has no value; a count of nothing is 0."""
    match measure:
        case Count() | Stock():
            return Figure(value=float(cell.n), n=cell.n, parts={"count": float(cell.n)})
        case Ratio():
            value = 100 * cell.first / cell.n if cell.n else None
            return Figure(
                value=value, n=cell.n, parts={"top": cell.first, "bottom": float(cell.n)}, interval=wilson(cell.first, cell.n)
            )
        case Mean():
            value = cell.first / cell.n if cell.n and len(cell.scales) <= 1 else None
            return Figure(value=value, n=cell.n, parts={"sum": cell.first, "count": float(cell.n)})
        case Balance():
            return net_score(int(cell.first), int(cell.second), cell.n)
        case Duration():
            return spread(cell.n, cell.spread, statistic) if cell.spread else durations(cell.values, statistic)
        case Quotient() | Counted():
            raise TypeError("a quotient is computed from two counts")


def net_score(plus: int, minus: int, n: int) -> Figure:
    """NPS and its like: from counts, in points. 20 promoters and 10 detractors of 31 are 32.258..., said as 32.3."""
    parts = {"promoters": float(plus), "passives": float(n - plus - minus), "detractors": float(minus)}
    value = 100 * (plus - minus) / n if n else None
    return Figure(value=value, n=n, parts=parts, interval=adjusted_wald(plus, minus, n))


def durations(values: list[int], statistic: str | None = None) -> Figure:
    """Median, mean and percentiles of whole seconds; the headline is the statistic asked for, else the median."""
    ordered = sorted(values)
    if not ordered:
        return Figure(value=None, n=0, parts=dict.fromkeys(STATISTICS))
    shares = tuple(percentile(ordered, share) or 0.0 for share in SHARES)
    return spread(len(ordered), Spread(total=sum(ordered), most=ordered[-1], shares=shares), statistic)


def spread(n: int, told: Spread, statistic: str | None = None) -> Figure:
    """The same of values that the store has already put in order."""
    # Engines interpolate in an order of their own, so that the last bits differ; of whole seconds these are steps of 1/20.
    median, p90, p95 = (round(share, 4) for share in told.shares)
    parts = {"median": median, "mean": told.total / n, "p90": p90, "p95": p95, "max": float(told.most)}
    return Figure(value=parts[statistic or HEADLINE], n=n, parts=parts)


def quotient(top: float | None, bottom: float | None, scale: int = 1, *, names: tuple[str, str] = ("top", "bottom")) -> Figure:
    """One count by another. Nothing below the line, or nothing entered above it, is no data."""
    value = scale * top / bottom if top is not None and bottom else None
    return Figure(value=value, n=int(bottom or 0), parts={names[0]: top, names[1]: bottom})
