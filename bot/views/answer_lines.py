"""A split asked for in pieces, as lines: its largest groups, and what is left of the whole in one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.kpis.answer import Answer, Figure, Row, Step
from bot.kpis.kpi import Stock
from bot.views.answer_labels import row_label
from bot.views.judging import is_count, is_thin

LINES, FEWEST = 6, 2
"""More cannot be told apart, and Slack draws no more; one alone is no split."""
OVERLAP = frozenset({"tag"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piecewise:
    """One line: the name of its group, and a step for each piece of the window."""

    name: str
    steps: tuple[Step, ...]


def in_lines(answer: Answer) -> tuple[Piecewise, ...]:
    """The groups by their size, the largest first; nothing where there are no pieces to join by a line.

    Counts of the groups that are left out are summed up in a line of their own; other numbers do not add up, and of these a
    group is left out where most pieces rest on too few cases: its line would leap for nothing."""
    told = sorted((row for row in answer.rows if len(row.series) > 1 and _is_steady(answer, row)), key=lambda row: -row.figure.n)
    groups = len(answer.rows) + (answer.others.groups if answer.others else 0)
    if not told or (len(told) < groups and len(told) < FEWEST) or all(step.figure.value is None for step in told[0].series):
        return ()
    if groups <= LINES or not is_count(answer.kpi):
        return tuple(_line(row) for row in told[:LINES])
    shown = told[: LINES - 1]
    rest = _rest(answer, shown)
    kept = (Piecewise(name=f"{groups - len(shown)} others", steps=rest),) if rest else ()
    return (*map(_line, shown if rest else told[:LINES]), *kept)


def _is_steady(answer: Answer, row: Row) -> bool:
    return is_count(answer.kpi) or 2 * sum(is_thin(answer.kpi, step.figure) for step in row.series) <= len(row.series)


def _line(row: Row) -> Piecewise:
    return Piecewise(name=row_label(row), steps=row.series)


def _rest(answer: Answer, shown: Sequence[Row]) -> tuple[Step, ...]:
    """What is left of each piece, for counts whose groups make up the whole."""
    whole = answer.series
    if not is_count(answer.kpi) or OVERLAP & set(answer.query.splits) or any(len(row.series) != len(whole) for row in shown):
        return ()
    # A backlog of nothing is no row of its group, and nothing at all before the first ticket.
    left = [step.figure.n - sum(row.series[at].figure.n for row in shown) for at, step in enumerate(whole)]
    if min(left, default=-1) < 0 or (isinstance(answer.kpi.measure, Stock) and any(s.figure.value is None for s in whole)):
        return ()
    return tuple(
        Step(start=s.start, end=s.end, figure=Figure(value=float(n), n=n), partial=s.partial)
        for s, n in zip(whole, left, strict=True)
    )
