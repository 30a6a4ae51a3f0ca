"""An answer as a spreadsheet: one line a row or step, with the parts, so that whoever doubts a number can add it up again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.clock import iso
from bot.kpis.answer import Answer, Figure
from bot.kpis.kpi import Unit
from bot.kpis.listing import Listed
from bot.views.answer_labels import bin_unit

BOM = "\ufeff"
DANGEROUS = re.compile(r"\s*[=+@＝＋－＠-]|[\t\r\n]")
"""Spreadsheets forgive what stands before a formula, and in some languages its sign is a wide one."""
LISTED = ("source", "number", "subject", "url", "status", "created_at", "at", "value", "score", "out_of", "hit", "in_denominator")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\ufeff]")
CANNOT_BE_KEPT = re.compile("[\x00\ud800-\udfff]")


def answer_csv(answer: Answer, *, quote_all: bool = False, bom: bool = False) -> str:
    """The bins of a distribution, by group where it is split, else the rows of the split, or their steps where it was asked
    for in pieces, else the steps of the series, else the one number; lines end in CR LF (RFC 4180).

    Durations are seconds, instants UTC. `bom` lets Excel read UTF-8; `quote_all` is for readers that guess types."""
    table = _distribution(answer) if answer.distribution else _table(answer)
    return table_csv(table[0], table[1:], quote_all=quote_all, bom=bom)


def table_csv(head: Sequence[object], rows: Sequence[Sequence[object]], *, quote_all: bool = False, bom: bool = False) -> str:
    """Any table as CSV: words that a spreadsheet would run as a formula get an apostrophe before them."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([[cell(one) for one in row] for row in (head, *rows)])
    return f"{BOM}{out.getvalue()}" if bom else out.getvalue()


def listing_csv(rows: Sequence[Listed]) -> str:
    """The rows behind a number, one a line: the ticket, when it counted, and what it adds."""
    table = [[_told(getattr(row, name)) for name in LISTED] for row in rows]
    return table_csv(LISTED, table)


def cell(value: object) -> str:
    """A value as a cell: nothing for None, numbers as they are, words so that nothing in them is run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value)
    text = CANNOT_BE_KEPT.sub("", str(value))
    return f"'{text}" if DANGEROUS.match(INVISIBLE.sub("", text)) and not NUMBER.fullmatch(text) else text


def _told(value: object) -> object:
    return iso(value) if isinstance(value, datetime) else value


def _distribution(answer: Answer) -> list[list[object]]:
    """One line a bin, of each group where it is split: from, included, to, not included; the last one may have no end.

    What is in groups that are not listed is in one line, without a bin."""
    unit, slug, splits = bin_unit(answer), answer.kpi.slug, list(answer.query.splits) if answer.rows else []
    groups = [(row.labels, row.distribution) for row in answer.rows] if splits else [((), answer.distribution)]
    table: list[list[object]] = [["kpi", *splits, "from", "to", "unit", "count", "share"]]
    for labels, bins in groups:
        n = sum(one.count for one in bins)
        for one in bins:
            table.append([slug, *labels, one.low, one.high, unit, one.count, 100 * one.count / n if n else None])
    if (left := answer.others) is not None:
        names = [f"{left.groups} others", *[None] * (len(splits) - 1)]
        table.append([slug, *names, None, None, unit, left.figure.n, None])
    return table


def _table(answer: Answer) -> list[list[object]]:
    lines = list(_lines(answer))
    parts = list(dict.fromkeys(name for _, figure, *_ in lines for name in figure.parts))
    splits, shares = list(answer.query.splits) if answer.rows else [], any(share is not None for *_, share in lines)
    told = ["partial"] if _in_pieces(answer) or not answer.rows else []
    head: list[object] = ["kpi", "from", "to", *told, *splits, "value", "unit", "n"]
    head += [*(["share"] if shares else []), *parts, "interval_low", "interval_high"]
    unit = answer.currency if answer.kpi.unit is Unit.MONEY else answer.kpi.unit.value
    table = [head]
    for names, figure, share in lines:
        low, high = figure.interval or (None, None)
        made: list[object] = [answer.kpi.slug, *names, figure.value, unit, figure.n, *([share] if shares else [])]
        table.append([*made, *(figure.parts.get(part) for part in parts), low, high])
    return table


def _lines(answer: Answer) -> Iterator[tuple[list[object], Figure, float | None]]:
    """What names a line, its figure, and its share."""
    window = answer.window
    if answer.rows:
        whole: list[object] = [iso(window.start), iso(window.end), *([window.open] if _in_pieces(answer) else [])]
        for row in answer.rows:
            for step in row.series:
                yield [iso(step.start), iso(step.end), step.partial, *row.labels], step.figure, None
            if not row.series:
                yield [*whole, *row.labels], row.figure, row.share
        if (left := answer.others) is not None:
            names = [f"{left.groups} others", *[None] * (len(answer.query.splits) - 1)]
            yield [*whole, *names], left.figure, left.share
    elif answer.series:
        for step in answer.series:
            yield [iso(step.start), iso(step.end), step.partial], step.figure, None
    else:
        yield [iso(window.start), iso(window.end), window.open], answer.figure, None


def _in_pieces(answer: Answer) -> bool:
    return any(row.series for row in answer.rows)


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, int) or (value.is_integer() and abs(value) < 2**53) else repr(value)
