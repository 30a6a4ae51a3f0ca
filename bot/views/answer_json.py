"""An answer as plain data, for machines: every number unrounded, every instant in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.clock import iso
from bot.kpis.answer import Answer, Bin, Figure, Row, Source, Step
from bot.views.sentences import freshness
from bot.windows import Window

Data = dict[str, Any]


def answer_json(answer: Answer) -> Data:
    """The whole answer. `value` None is no data; durations are seconds; rates, shares and changes percent or points."""
    kpi = answer.kpi
    return {
        "kpi": kpi.slug,
        "name": kpi.name,
        "query": answer.query.text(),
        "value": answer.figure.value,
        "unit": kpi.unit.value,
        "n": answer.figure.n,
        "interval": _interval(answer.figure),
        "parts": dict(answer.figure.parts),
        "statistic": answer.statistic,
        "window": _window(answer.window),
        "clock": answer.clock,
        "profile": answer.profile,
        "definition": answer.definition,
        "flow_ratio": kpi.may_pass_100,
        "previous": _previous(answer),
        "series": [_step(step) for step in answer.series],
        "rows": [_row(row, answer.query.splits) for row in answer.rows],
        "others": _others(answer),
        "distribution": _bins(answer.distribution),
        "exclusions": dict(answer.exclusions),
        "pending": answer.pending,
        "oldest_pending": _iso(answer.oldest_pending),
        "freshness": _freshness(answer),
        "currency": answer.currency,
        "notes": list(answer.notes),
        "asked_at": iso(answer.as_of),
    }


def _previous(answer: Answer) -> Data | None:
    before = answer.previous
    if before is None:
        return None
    return {
        **_figure(before.figure),
        "window": _window(before.window),
        "change": before.change,
        "change_unit": before.change_unit,
    }


def _figure(figure: Figure) -> Data:
    return {"value": figure.value, "n": figure.n, "parts": dict(figure.parts), "interval": _interval(figure)}


def _row(row: Row, splits: tuple[str, ...]) -> Data:
    labels, steps = dict(zip(splits, row.labels, strict=True)), [_step(step) for step in row.series]
    return {"labels": labels, "share": row.share, **_figure(row.figure), "series": steps, "distribution": _bins(row.distribution)}


def _bins(bins: Sequence[Bin]) -> list[Data]:
    return [{"from": one.low, "to": one.high, "count": one.count} for one in bins]


def _others(answer: Answer) -> Data | None:
    left = answer.others
    return None if left is None else {"groups": left.groups, "share": left.share, **_figure(left.figure)}


def _step(step: Step) -> Data:
    return {"start": iso(step.start), "end": iso(step.end), "partial": step.partial, **_figure(step.figure)}


def _window(window: Window) -> Data:
    return {
        "start": iso(window.start),
        "end": iso(window.end),
        "zone": window.zone,
        "text": window.text,
        "label": window.label,
        "open": window.open,
    }


def _freshness(answer: Answer) -> Data:
    fresh = freshness(answer)
    return {"as_of": _iso(fresh.as_of), "stale": fresh.stale, "sources": [_source(source) for source in answer.sources]}


def _source(source: Source) -> Data:
    return {"name": source.name, "synced_at": _iso(source.synced_at), "covered_from": _iso(source.covered_from)}


def _interval(figure: Figure) -> list[float] | None:
    return list(figure.interval) if figure.interval is not None else None


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None
