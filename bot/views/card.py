"""An answer as a card: the number first, what changed, a native chart or table, the receipt, and what to do next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from bot.kpis.answer import Answer
from bot.kpis.kpi import Counted, Good, Stock, Unit
from bot.kpis.why import has_effects
from bot.views.answer_chart import answer_chart
from bot.views.answer_shape import peak_of_week
from bot.views.answer_text import asked, message_text
from bot.views.blocks import Block, actions, context, escape, header, image, instant, section
from bot.views.buttons import answer_buttons, run_button
from bot.views.chart_spec import ChartSpec, HeatMap, Series
from bot.views.message import Message
from bot.views.native_chart import native, table
from bot.views.say import instant_text
from bot.views.sentences import (
    Freshness,
    clock_text,
    freshness,
    headline,
    left_out,
    n_text,
    next_step,
    notes,
    spread,
    takeaway,
    waiting,
    way_out,
    window_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The block that shows the series or the rows, and the chart to draw where Slack cannot draw it itself."""

    blocks: tuple[Block, ...] = ()
    charts: tuple[ChartSpec, ...] = ()
    instead: ChartSpec | None = None


def answer_card(answer: Answer, query_id: str, *, shared_by: str | None = None) -> Message:
    """The card of an answer; its buttons carry `query_id`. `shared_by` is the id of the Slack user who shared it."""
    picture = answer_picture(answer, f"card:{query_id}:picture")
    whose = f"Shared by <@{shared_by}>" if shared_by else ""
    text = message_text(answer)
    return Message(
        text=f"{text}\n{whose}" if whose else text,
        blocks=(
            header(headline(answer), f"card:{query_id}:number"),
            section(_meaning(answer), f"card:{query_id}:meaning"),
            *picture.blocks,
            context([*receipt(answer), *([whose] if whose else [])], f"card:{query_id}:receipt"),
            actions(_buttons(answer, query_id, shared=shared_by is not None), f"card:{query_id}:actions"),
        ),
        charts=picture.charts,
        instead={f"card:{query_id}:picture": picture.instead} if picture.instead is not None else {},
    )


def answer_picture(answer: Answer, block_id: str) -> Picture:
    """What Slack draws itself where it can: lines for a series or a split in pieces, a table for a split; else a picture of ours.

    `as chart` and `as table` are obeyed; `as text` shows neither."""
    spec = answer_chart(answer)
    wanted = answer.query.show
    if spec is None or wanted == "text":
        return Picture()
    if wanted == "table" or (answer.rows and wanted != "chart" and not isinstance(spec, HeatMap | Series)):
        return _as_table(answer, spec, block_id)
    drawn = native(spec)
    if drawn is not None:
        return Picture(blocks=({**drawn, "block_id": block_id},), instead=spec)
    return Picture(blocks=(image(0, spec.alt, block_id),), charts=(spec,))


def receipt(answer: Answer) -> list[str]:
    """The receipt in small print, as mrkdwn: what was counted, how fresh, by which rule, and the command to ask again."""
    fresh = freshness(answer)
    counted = (window_text(answer), n_text(answer), clock_text(answer))
    return [
        escape(" · ".join(part for part in counted if part)),
        f"{_age(fresh, answer.window.zone)} · {escape(left_out(answer))}",
        escape(answer.definition),
        f"`{escape(asked(answer)).replace('`', chr(39))}`",
    ]


def _age(fresh: Freshness, zone: str) -> str:
    """Each reader sees the instant on their own clock; what is stale is said in words that need no reckoning."""
    if fresh.stale or fresh.as_of is None:
        return f"{':warning: ' if fresh.stale else ''}{escape(fresh.says)}"
    return f"Data as of {instant(fresh.as_of, f'{instant_text(fresh.as_of, zone)}, {zone}')}"


def _meaning(answer: Answer) -> str:
    more = [part for part in (spread(answer), waiting(answer), peak_of_week(answer)) if part]
    lines = [f"*{escape(takeaway(answer) or answer.kpi.says)}*", escape(next_step(answer)), escape(" · ".join(more))]
    return "\n".join(line for line in (*lines, *(f"_{escape(note)}_" for note in notes(answer))) if line)


def _as_table(answer: Answer, spec: ChartSpec, block_id: str) -> Picture:
    found = table(spec)
    if found is None:
        return Picture()
    shown, there = len(found["rows"]) - 1, len(answer.rows) or len(answer.series)
    there = len(spec.points) if isinstance(spec, Series) else there + (answer.others.groups if answer.others else 0)
    more = f"{shown:,} of {there:,} rows; {'all' if answer.others is None else f'{len(answer.rows)}'} of them are in the CSV."
    rest = (context([more], f"{block_id}:more"),) if shown < there else ()
    return Picture(blocks=({**found, "block_id": block_id}, *rest), instead=spec)


def _buttons(answer: Answer, query_id: str, *, shared: bool) -> list[Block]:
    wider = way_out(answer)
    offer = [run_button("Try a wider window", wider, "wider")] if wider else []
    limit = alert_words(answer)
    watch = [run_button("Alert on this", limit, "alert")] if limit else []
    has_tickets = not isinstance(answer.kpi.measure, Counted)
    doors = answer_buttons(query_id, shared=shared, tickets=has_tickets, why=has_effects(answer))
    return [*offer, *doors, *watch]


def alert_words(answer: Answer) -> str:
    """The alert that would tell when this number gets worse than it is now; empty for what is no limit."""
    value, kpi = answer.figure.value, answer.kpi
    if value is None or isinstance(kpi.measure, Counted) or answer.query.splits or kpi.unit is Unit.MONEY:
        return ""
    rises = kpi.good is not Good.UP
    whole = math.ceil(value / 60) if kpi.unit is Unit.DURATION else math.ceil(value) if rises else math.floor(value)
    unit = {Unit.DURATION: "m", Unit.PERCENT: "%"}.get(kpi.unit, "")
    limit, filters = f"{whole}{unit}", map(str, answer.query.filters)
    words = ("alert", kpi.slug, answer.query.statistic or "", ">" if rises else "<", limit, *filters, _watched(answer))
    return " ".join(word for word in words if word)


def _watched(answer: Answer) -> str:
    """The window that moves on and is as long as the answer's: what 205 of a week are to be held against is no day."""
    if isinstance(answer.kpi.measure, Stock):
        return ""
    days = max(1, round((answer.window.end - answer.window.start) / timedelta(days=1)))
    return "last 24 hours" if days == 1 else f"last {days} days"
