"""Local time in SQL that every engine understands: wall clocks as whole seconds, and the piece of time an instant falls in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, case, literal, type_coerce

from bot.clock import Span, offset_change
from bot.store.columns import seconds

ONE_DAY = timedelta(days=1)
STEPS = (3_600, 86_400, 604_800)


def wall_clock(when: ColumnElement[Any], within: Span, where: ZoneInfo) -> ColumnElement[Any]:
    """What clocks in a zone show at an instant within the span, as seconds since 1970 as if it were UTC."""
    edges, offsets = _offsets(within, where)
    at = type_coerce(when, BigInteger)
    return at + _chosen(edges, offsets, at)


def piece(when: ColumnElement[Any], spans: Sequence[Span], where: ZoneInfo) -> ColumnElement[Any]:
    """In which of the adjacent spans an instant falls: hours, days and weeks by dividing, anything else by comparing."""
    if len(spans) == 1:
        return literal(0)
    whole = Span(spans[0].start, spans[-1].end)
    for step in STEPS:
        first = _first(spans, step, where)
        if first is not None:
            # A divisor that is bound would not be the same expression twice for PostgreSQL; within a subquery it need not.
            return (wall_clock(when, whole, where) - first) // step
    at = type_coerce(when, BigInteger)
    return _chosen([seconds(span.end) for span in spans[:-1]], range(len(spans)), at)


def _first(spans: Sequence[Span], step: int, where: ZoneInfo) -> int | None:
    """The wall clock from which steps of equal length lead to exactly these spans; None where no such does.

    Between two instants at which clocks are set the wall clock runs evenly, so it is enough to look at both sides of those
    instants and of the spans' edges."""
    edges, offsets = _offsets(Span(spans[0].start, spans[-1].end), where)
    starts = [seconds(span.start) for span in spans]
    # A millennium is enough to keep every term above zero, where engines differ in how they divide.
    first = starts[1] + offsets[bisect_right(edges, starts[1])] - step
    looked = [*starts, *edges, *(at - 1 for at in (*starts[1:], *edges)), seconds(spans[-1].end) - 1]
    for at in looked:
        told = at + offsets[bisect_right(edges, at)] - first
        if told < 0 or told // step != bisect_right(starts, at) - 1:
            return None
    return first


def _chosen(edges: Sequence[int], values: Sequence[int], at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Nested halves: nine comparisons find one of 400 values, in one expression that every engine understands."""
    if not edges:
        return literal(values[0])
    middle = len(edges) // 2
    below, above = _chosen(edges[:middle], values[: middle + 1], at), _chosen(edges[middle + 1 :], values[middle + 1 :], at)
    return case((at < edges[middle], below), else_=above)


def _offsets(within: Span, where: ZoneInfo) -> tuple[list[int], list[int]]:
    """The instants inside the span at which clocks are set, and the offsets before, between and after them, in seconds."""
    first, last = seconds(within.start), seconds(within.end)
    years = range(within.start.year, within.end.year + 1)
    edges = [at for year in years for at in _changes(year, where) if first < at < last]
    return edges, [_offset(at, where) for at in (first, *edges)]


@lru_cache(maxsize=4096)
def _changes(year: int, where: ZoneInfo) -> tuple[int, ...]:
    """The instants of a UTC year at which clocks are set."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + ONE_DAY * number for number in range(367)]
    found = (
        seconds(offset_change(day, after, where))
        for day, after in pairwise(days)
        if day.astimezone(where).utcoffset() != after.astimezone(where).utcoffset()
    )
    return tuple(at for at in found if datetime.fromtimestamp(at, UTC).year == year)


def _offset(at: int, where: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at, UTC).astimezone(where).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
