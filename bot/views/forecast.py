"""What the next days will probably bring, and the agents it takes, as people read it: with how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from bot.clock import local_date
from bot.kpis.forecast import SHARE, Expected, Forecast
from bot.kpis.kpi import Kpi
from bot.kpis.staffing import Staffing
from bot.views.answer_labels import short_name
from bot.views.blocks import TEXT, Block, actions, clip_mrkdwn, context, escape, header, image, preformatted, section
from bot.views.buttons import share_button
from bot.views.chart_spec import FanPoint, ForecastFan, Point
from bot.views.labels import clean
from bot.views.message import Message
from bot.views.say import duration_text, number_text
from bot.windows import DAY_NAMES, MONTH_NAMES

TITLE = 42
PAST = 21
MONDAY = 0
FORECAST, STAFFING = "forecast", "staffing"
"""What is shared of a kept question: the counts to come, or the agents they take."""


def forecast_message(kpi: Kpi, told: Forecast, scope: str, zone: str, asked_id: str) -> Message:
    """The sum first, then day by day with its interval, then how past days would have been foretold; `asked_id` is the kept
    question."""
    days = len(told.days)
    finding = f"About {number_text(told.total, 0)} in the next {days} days, today included{f', {scope}' if scope else ''}."
    lines = [f"{'day':<11}{'about':>7}   80% of such days"]
    for one in told.days:
        name = f"{DAY_NAMES[one.day.weekday()]} {_date(one.day)}"
        lines.append(f"{name:<11}{number_text(one.middle, 0):>7}   {_range(one)}")
    small = f"{trust_text(told)} Local days, {zone}."
    share = share_button(FORECAST, asked_id)
    return _message((f"Forecast: {kpi.name}", finding, "\n".join(lines), small), share, forecast_chart(kpi, told, scope, zone))


def forecast_chart(kpi: Kpi, told: Forecast, scope: str, zone: str) -> ForecastFan:
    """Three weeks as they were, and the days to come with their interval: the same numbers as the table."""
    past = told.past[-PAST:]
    dates = [*(local_date(step.start, ZoneInfo(zone)) for step in past), *(one.day for one in told.days)]
    days = len(told.days)
    tried = f" · {told.inside} of the last {told.tested} days lay in theirs" if told.tested else ""
    return ForecastFan(
        title=clean(f"About {number_text(told.total, 0)} {short_name(kpi).lower()} in {days} days", TITLE),
        subtitle=" · ".join(part for part in (f"{short_name(kpi)} per day", "median of the same weekday", scope) if part),
        footer=f"Tint: 80% of such days{tried} · {zone}",
        name=short_name(kpi),
        history=tuple(
            Point(label=_date(day), value=float(step.figure.n), text=number_text(step.figure.n, 0))
            for day, step in zip(dates, past, strict=False)
        ),
        forecast=tuple(
            FanPoint(
                label=_date(one.day),
                value=one.middle,
                text=number_text(one.middle, 0),
                inner=(one.middle, one.middle),
                outer=(one.low, one.high),
                outer_text=_range(one),
            )
            for one in told.days
        ),
        range_text="80% range",
        marks=tuple(place for place, day in enumerate(dates) if day.weekday() == MONDAY),
    )


def _date(day: date) -> str:
    return f"{day.day} {MONTH_NAMES[day.month - 1]}"


def _range(one: Expected) -> str:
    return f"{number_text(one.low, 0)} to {number_text(one.high, 0)}"


def trust_text(told: Forecast) -> str:
    """How it was made, and how often it would have been right."""
    way = "The median of the same weekday in the last 8 weeks; it knows nothing of holidays and campaigns."
    if not told.tested:
        return f"{way} There is too little history to say how often it would have been right."
    share = 100 * told.inside / told.tested
    off = f"; half of the days were within {number_text(told.error, 0)}% of what came" if told.error is not None else ""
    hits = f"{told.inside} of the last {told.tested} days lay in the interval made for them ({number_text(share, 0)}%"
    return f"{way} Tried on the past: {hits}, meant are {number_text(100 * SHARE, 0)}%){off}."


def staffing_message(told: Staffing, scope: str, zone: str, asked_id: str) -> Message:
    """The most agents at once first, then by weekday."""
    busiest = max(told.shifts, key=lambda one: (one.agents, one.arrivals))
    goal = f"{100 * told.share:.0f}% of tickets within {duration_text(told.target_s)}"
    at = f"{busiest.weekday} {busiest.hour:02}:00"
    finding = (
        f"{busiest.agents} agents at once answer {goal} in the busiest hour of the week ({at}){f', {scope}' if scope else ''}."
    )
    lines = [("day", "new", "busiest hour", "agents", "work")]
    for one in told.shifts:
        hour = f"{one.hour:02}:00 {one.arrivals:.1f}/h"
        lines.append((one.weekday, number_text(one.tickets, 0), hour, f"{one.agents}", f"{number_text(one.work_h, 1)} h"))
    known = f"on average (n = {told.handled:,}, last 8 weeks)" if told.handled is not None else "(as you say)"
    assumed = f"Assumed, because you did not say: {duration_text(told.target_s)} is {told.source}. " if told.source else ""
    small = (
        f"{assumed}Erlang C: tickets come at random in the hour, each takes {duration_text(told.handling_s)} of agent time "
        f"{known} in one go, nobody does anything else, and who is there answers the oldest first. "
        f"Work is tickets x agent time: the plain workload of the day. Breaks and other work come on top. {zone}."
    )
    return _message(("Staffing", finding, _aligned(lines), small), share_button(STAFFING, asked_id))


def _aligned(lines: Sequence[tuple[str, ...]]) -> str:
    """Columns no wider than what stands in them: a phone shows about 36 characters."""
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        " ".join([first.ljust(wide[0]), *(cell.rjust(size) for cell, size in zip(rest, wide[1:], strict=True))])
        for first, *rest in lines
    )


def _message(words: tuple[str, str, str, str], share: Block, chart: ForecastFan | None = None) -> Message:
    title, finding, table, small = words
    blocks: list[Block] = [
        header(title, "forecast:title"),
        section(escape(finding), "forecast:finding"),
        *([image(0, chart.alt, "forecast:chart")] if chart is not None else []),
        preformatted(table, "forecast:table"),
        context([escape(small)], "forecast:small"),
        actions([share], "forecast:do"),
    ]
    text = clip_mrkdwn(escape(f"{title}. {finding}\n{table}\n{small}"), TEXT)
    return Message(text=text, blocks=tuple(blocks), charts=(chart,) if chart is not None else ())
