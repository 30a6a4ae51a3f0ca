"""The pictures in a digest's thread: first replies in buckets, what drives volume, ratings by team."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, repeat

from bot.kpis.answer import Answer, Row
from bot.views.answer_chart import answer_chart
from bot.views.answer_labels import edge_text, row_label
from bot.views.chart_spec import Bars, ChartSpec, DurationBuckets, Pareto, ParetoRow, RatingRow, Ratings, duration_buckets
from bot.views.digest_words import Edition
from bot.views.judging import is_count, is_thin
from bot.views.say import value_text

FIRST_REPLY, MANY = "frt", 2


def detail_chart(edition: Edition, answer: Answer) -> ChartSpec | None:
    """The picture that fits a detail best; else the one any answer like it has."""
    base = answer_chart(replace(answer, distribution=()))
    if not isinstance(base, Bars):
        return base
    if answer.kpi.slug == FIRST_REPLY and edition.first_replies:
        return _first_replies(edition, answer, base)
    if is_count(answer.kpi) and answer.query.splits == ("category",) and len(answer.rows) > MANY:
        return _pareto(answer, base)
    if answer.distribution and all(row.distribution for row in answer.rows):
        return _ratings(edition, answer, base)
    return base


def _first_replies(edition: Edition, answer: Answer, base: Bars) -> DurationBuckets:
    goal = edition.goals.get(FIRST_REPLY)
    target = goal.target if goal is not None and goal.op.startswith("<") else None
    seconds = chain.from_iterable(repeat(length, count) for length, count in edition.first_replies.items())
    made = DurationBuckets(title="", buckets=duration_buckets(seconds, target))
    limit = value_text(answer.kpi, target, answer.currency, answer.clock) if target is not None else ""
    told = (f"{name} {value_text(answer.kpi, answer.figure.parts[name])}" for name in ("median", "p90") if _has(answer, name))
    if is_thin(answer.kpi, answer.figure):
        found = f"too few to judge (n={made.n})"
    elif limit:
        found = f"{1 - made.late / made.n:.0%} within the {limit} goal"
    else:
        found = f"half within {value_text(answer.kpi, answer.figure.parts.get('median'))}"
    return replace(
        made,
        title=f"First reply: {found}",
        subtitle=base.subtitle.replace(" · by channel", "").removeprefix("median · "),
        footer=" · ".join((*told, base.footer)),
        goal_text=limit,
    )


def _has(answer: Answer, name: str) -> bool:
    return answer.figure.parts.get(name) is not None


def _pareto(answer: Answer, base: Bars) -> Pareto:
    rows = sorted(answer.rows, key=lambda row: -row.figure.n)
    told = [ParetoRow(label=row_label(row), count=row.figure.n) for row in rows]
    left = answer.others
    told += [ParetoRow(label=f"{left.groups} others", count=left.figure.n)] if left is not None else []
    return Pareto(title=base.title, subtitle=base.subtitle, footer=base.footer, rows=tuple(told))


def _ratings(edition: Edition, answer: Answer, base: Bars) -> Ratings:
    goal = edition.goals.get(answer.kpi.slug)
    return Ratings(
        title=base.title,
        subtitle=base.subtitle,
        footer=base.footer,
        scale=tuple(edge_text(one.low, "score") for one in answer.distribution),
        rows=tuple(_rated(answer, row) for row in answer.rows),
        goal=goal.target if goal is not None else None,
        goal_text=f"goal {value_text(answer.kpi, goal.target)}" if goal is not None else "",
    )


def _rated(answer: Answer, row: Row) -> RatingRow:
    low, high = row.figure.interval or (None, None)
    counts = tuple(one.count for one in row.distribution)
    text = value_text(answer.kpi, row.figure.value)
    return RatingRow(label=row_label(row), counts=counts, score=row.figure.value, text=text, low=low, high=high)
