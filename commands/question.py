"""From the words of a question to its parts, and from its parts to the query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.clock import Grain, zone
from bot.kpis.dimensions import find_dimension, unassigned
from bot.kpis.kpi import Counted, Kpi, Mean, Stock
from bot.kpis.quantities import is_standing
from bot.kpis.query import Filter, Query, default_grain
from bot.kpis.recovery import RECOVERY_RATE
from bot.kpis.sentiment import CES, CSAT, NPS, RESPONSE_RATE
from bot.kpis.volume import BACKLOG, VOLUME
from bot.periods import previous, read_window, year_before
from bot.windows import Window, same_part
from commands.reading import Reading, Unknown
from commands.steps import MOST_SPLITS, STEPS, not_compared
from commands.tokens import bare, words
from commands.vocabulary import as_name, kpi_names, longest_name
from commands.weekly import not_taken_weekly

HEAT_WINDOW = "last 4 weeks"
"""Of one week each hour of a weekday would be one hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What was understood: a KPI and its query, or a verb with the words after it, or what is wrong and how to go on.

    `suggestions` are whole commands that would work, the likeliest first; `healed` says that the first is what was typed
    with its spelling mended."""

    text: str
    kpi: Kpi | None = None
    query: Query | None = None
    verb: str | None = None
    rest: str = ""
    says: str = ""
    next_step: str = ""
    suggestions: tuple[str, ...] = ()
    healed: bool = False


def begins_with_kpi(said: str) -> bool:
    """Whether plain words begin with the name of a KPI of two words or more: `cost per ticket` is no `cost`."""
    first = [bare(word) for word in words(said[:200])[: longest_name()]]
    return any(as_name(" ".join(first[:length])) in kpi_names() for length in range(2, len(first) + 1))


def default_window(kpi: Kpi) -> str:
    """The window meant when none is named: long enough that the number means something."""
    if kpi in (CSAT, NPS, CES, RESPONSE_RATE, RECOVERY_RATE):
        return "last 30 days including today"
    if isinstance(kpi.measure, Counted):
        return "last month"
    return "last 14 days including today" if isinstance(kpi.measure, Stock) else "last 7 days"


def read_parts(r: Reading) -> Reading:
    """Every part there is, each word in the step that understands it."""
    at = 0
    while at < len(r.words):
        at += next(used for step in STEPS if (used := step(r, at)))
    if r.kpi is None and r.spare in (None, VOLUME):
        # A ticket has no age when it is created, and nobody who has it.
        waits = is_standing(r.filters) or any(map(unassigned, r.filters)) or (r.has and r.window is None)
        r.spare = BACKLOG if waits else VOLUME if any(one.op for one in r.filters) else r.spare
    r.filters = list(joined(r.filters))
    if r.kpi is None and r.spare is not None:
        r.kpi = r.spare
        r.splits = [split for split in r.splits if split != r.spare_split]
    if len(r.splits) > MOST_SPLITS:
        says = f"I split by {MOST_SPLITS} things at most."
        r.unknown.append(Unknown(place=0, used=0, near=(), says=says, next_step=f"Leave out *{r.splits[-1]}*."))
    if r.kpi is not None:
        not_taken_weekly(r, r.kpi)
    if r.against is not None and r.kpi is not None:
        _compare(r, r.kpi)
    return r


def joined(filters: Sequence[Filter]) -> tuple[Filter, ...]:
    """`team:a team:b` is either team: of what a ticket has one of, both would be none. Of tags it may have both."""
    found: dict[object, Filter] = {}
    for place, one in enumerate(filters):
        dimension = None if one.op or one.negated else find_dimension(one.dimension)
        key = dimension.slug if dimension is not None and not dimension.several else place
        first = found.get(key)
        found[key] = one if first is None else replace(first, values=tuple(dict.fromkeys((*first.values, *one.values))))
    return tuple(found.values())


def _compare(r: Reading, kpi: Kpi) -> None:
    """A window of one's own to compare with: of a running one the same part; the one we would take where it lies in that."""
    asked, against = query_of(r, kpi).window, r.against
    if against is None or against.span == asked.span:
        r.unknown.append(not_compared(*r.against_at))
        return
    r.against = against = same_part(against, asked) if asked.open else against
    within = 2 * asked.span.duration <= against.span.duration
    for word, window in (("previous", previous(asked)), ("year", year_before(asked))):
        if window is not None and (window.span == against.span or (within and _holds(against, window))):
            r.versus, r.against = word, None
            return
    r.versus = "window"


def _holds(outer: Window, inner: Window) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def query_of(r: Reading, kpi: Kpi) -> Query:
    """The query that the parts come to; what was not said is as usual."""
    splits = tuple(r.splits) or ((kpi.split,) if kpi.split else ())
    usual = HEAT_WINDOW if set(splits) == {"weekday", "hour"} else default_window(kpi)
    window = r.window or read_window(usual, now=r.now, zone=zone(r.workspace.zone), week_start=r.workspace.week_start)
    return Query(
        kpi=kpi.slug,
        window=window,
        splits=splits,
        filters=tuple(r.filters),
        # The mean of a number that is one already: an average handling time is the handling time.
        statistic=None if r.statistic == "mean" and isinstance(kpi.measure, Mean) else r.statistic,
        versus=r.versus,
        clock=r.clock,
        grain=_grain(r, kpi, window, splits),
        show=r.show,
        against=r.against if r.versus == "window" else None,
    )


def _grain(r: Reading, kpi: Kpi, window: Window, splits: tuple[str, ...]) -> Grain | None:
    """What is entered by the month is not cut into days."""
    default = default_grain(window, splits)
    if isinstance(kpi.measure, Counted) and isinstance(kpi.measure.bottom, str):
        return None
    if isinstance(kpi.measure, Counted):
        return Grain.MONTH if default in (Grain.WEEK, Grain.MONTH) else None
    return r.grain or default
