"""The whole answer in words: the number, what changed, the rows, and the receipt. Blocks and pictures only repeat it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.kpis.answer import Answer, Figure, Row
from bot.kpis.kpi import Stock
from bot.views.answer_labels import bin_label, bin_unit, part_text, row_label, step_labels
from bot.views.answer_lines import in_lines
from bot.views.answer_shape import peak_of_week
from bot.views.blocks import TEXT, clip_mrkdwn, escape, one_line
from bot.views.judging import is_count, needs_mark, sample
from bot.views.say import value_text
from bot.views.sentences import (
    clock_text,
    freshness,
    headline,
    left_out,
    n_text,
    next_step,
    notes,
    said,
    spread,
    takeaway,
    waiting,
    window_text,
)

ROWS = 20
STEPS = 31
COMMAND = 300
DISTRIBUTED = {"second": "length", "piece": "number"}


def answer_text(answer: Answer, *, most_rows: int = ROWS) -> str:
    """Plain words without markup, a line a thought. Rows beyond `most_rows` are counted, not listed."""
    return "\n".join(line for line in (*number_lines(answer), *receipt_lines(answer), *_rows(answer, most_rows)) if line)


def message_text(answer: Answer) -> str:
    """The same as Slack takes it, escaped and within its limit: only rows are ever cut, because they come last."""
    return clip_mrkdwn(escape(answer_text(answer)), TEXT)


def number_lines(answer: Answer) -> list[str]:
    """The number, what it means, and what stands beside it."""
    told = [takeaway(answer), next_step(answer)]
    beside = "; ".join(part for part in (spread(answer), waiting(answer), peak_of_week(answer)) if part)
    return [headline(answer), " ".join(part for part in told if part), f"{beside[0].upper()}{beside[1:]}." if beside else ""]


def receipt_lines(answer: Answer) -> list[str]:
    """Window, n, clock; what was left out and how fresh it is; the definition; what else to know."""
    counted = ", ".join(part for part in (window_text(answer), n_text(answer), clock_text(answer)) if part)
    fresh = freshness(answer)
    return [
        f"{counted[0].upper()}{counted[1:]}.",
        f"{'⚠ ' if fresh.stale else ''}{fresh.says[0].upper()}{fresh.says[1:]}; {left_out(answer)}.",
        f"Definition: {answer.definition}",
        *notes(answer),
        f"Ask again: {asked(answer)}",
    ]


def asked(answer: Answer) -> str:
    """The canonical command, so that people learn it."""
    return f"/cx {one_line(answer.query.text(), COMMAND)}"


def _rows(answer: Answer, most: int) -> list[str]:
    if answer.distribution:
        n = sum(one.count for one in answer.distribution)
        what = "age" if isinstance(answer.kpi.measure, Stock) else bin_unit(answer).removesuffix("s")
        told = [f"{bin_label(answer, one)}: {one.count:,} ({100 * one.count / n:.1f}%)" for one in answer.distribution]
        return [f"Distribution by {DISTRIBUTED.get(what, what)}, each row once:", *told, *_groups(answer, most)]
    if answer.rows:
        return _groups(answer, most)
    if not answer.series:
        return []
    told = _steps(answer, [said(answer, step.figure) for step in answer.series[:STEPS]])
    return [f"Per {answer.query.grain}:", *told, *_more(len(answer.series) - STEPS, "steps")]


def _groups(answer: Answer, most: int) -> list[str]:
    if not answer.rows:
        return []
    hours = bool(peak_of_week(answer))
    rows = sorted(answer.rows, key=lambda row: -(row.figure.value or 0)) if hours else answer.rows
    told = [_row(answer, row) for row in rows[:most]]
    left = [f"and {answer.others.groups:,} smaller ones in one row there"] if answer.others else []
    by = f"By {' and '.join(answer.query.splits)}{', the highest first' if hours else ''}:"
    return [by, *told, *_more(len(answer.rows) - most, "rows"), *left, *_pieces(answer)]


def _pieces(answer: Answer) -> list[str]:
    """The lines that are drawn, piece by piece."""
    lines = in_lines(answer)
    if not lines:
        return []
    pieces = zip(*([step.figure for step in line.steps[:STEPS]] for line in lines), strict=True)
    return [
        f"Per {answer.query.grain} ({', '.join(line.name for line in lines)}):",
        *_steps(answer, [", ".join(_values(answer, figures)) for figures in pieces]),
        *_more(len(answer.series) - STEPS, "steps"),
    ]


def _steps(answer: Answer, told: Sequence[str]) -> list[str]:
    """`28 Sep: 12 (part of the week)`, for the first pieces."""
    parts = (f" ({part})" if (part := part_text(answer, at)) else "" for at in range(len(told)))
    return [f"{label}: {words}{part}" for label, words, part in zip(step_labels(answer), told, parts, strict=False)]


def _values(answer: Answer, figures: Sequence[Figure]) -> list[str]:
    return [value_text(answer.kpi, figure.value, answer.currency, answer.clock) for figure in figures]


def _row(answer: Answer, row: Row) -> str:
    """`Billing: 75.0% (n=214)`, `E-mail: 142 (31.3%)`: a count is its own n."""
    value = value_text(answer.kpi, row.figure.value, answer.currency, answer.clock)
    few = "only " if needs_mark(answer.kpi, row.figure) else ""
    n = "" if is_count(answer.kpi) else f"{few}n={sample(answer.kpi, row.figure):,}"
    beside = ", ".join(part for part in (n, "" if row.share is None else f"{row.share:.1f}%") if part)
    return f"{row_label(row)}: {value}{f' ({beside})' if beside else ''}"


def _more(count: int, what: str) -> list[str]:
    return [f"and {count:,} more {what}, all of them in the CSV"] if count > 0 else []
