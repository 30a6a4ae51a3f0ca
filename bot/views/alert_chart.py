"""What a rule would have done, or what made it fire, as a control chart: the days behind it, and those beyond its limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from bot.clock import local_date
from bot.kpis import kpi_of
from bot.kpis.alert_back_test import DAYS, BackTest
from bot.kpis.alert_rules import Rule, RuleKind
from bot.views.alert_words import title
from bot.views.answer_labels import short_name
from bot.views.blocks import TEXT, clip_mrkdwn, escape, image
from bot.views.chart_spec import ControlChart, Point
from bot.views.labels import clean
from bot.views.message import Message
from bot.views.say import number_text, value_text
from bot.windows import MONTH_NAMES

TITLE = 42
MONDAY = 0
FIRED = {0: "would never have fired", 1: "would have fired once", 2: "would have fired twice"}


def back_test_chart(rule: Rule, tested: BackTest, zone: str) -> ControlChart | None:
    """Each day's worst value with the limit, or how unlike its weekday each day was; None where a rule is about many things."""
    days = _worst_of_days(rule, tested, ZoneInfo(zone))
    known = [value for value in days.values() if value is not None]
    if not known or tested.limit is None or rule.kind not in (RuleKind.NUMBER, RuleKind.ANOMALY):
        return None
    fired = FIRED.get(len(tested.firings), f"would have fired {len(tested.firings):,} times")
    upper, lower = _limits(rule, tested.limit)
    unusual = rule.kind is RuleKind.ANOMALY
    return ControlChart(
        title=clean(f"{short_name(kpi_of(rule.query.kpi))}: {fired}", TITLE),
        subtitle=f"{title(rule)} · last {DAYS} days",
        footer=f"{'Robust z against the same weekday' if unusual else 'Worst value of each day'} · {zone}",
        name="z" if unusual else short_name(kpi_of(rule.query.kpi)),
        points=tuple(
            Point(label=f"{day.day} {MONTH_NAMES[day.month - 1]}", value=value, text="" if value is None else _said(rule, value))
            for day, value in days.items()
        ),
        centre=0.0 if unusual else median(known),
        lower=lower,
        upper=upper,
        centre_text="as usual" if unusual else f"median {_said(rule, median(known))}",
        upper_text=f"limit {_said(rule, upper)}" if upper is not None else "",
        lower_text=f"limit {_said(rule, lower)}" if lower is not None else "",
        marks=tuple(place for place, day in enumerate(days) if day.weekday() == MONDAY)[::4],
    )


def incident_picture(rule: Rule, tested: BackTest, says: str, zone: str) -> Message | None:
    """The days before an incident with the limit it passed, for its thread; None where a rule is about many things."""
    chart = back_test_chart(rule, tested, zone)
    if chart is None:
        return None
    found = replace(chart, title=clean(says.rstrip("."), TITLE))
    limits = ", ".join(words for words in (found.centre_text, found.upper_text, found.lower_text) if words)
    told = f"{found.subtitle}: {limits}; beyond on {len(found.news):,} of {len(found.points):,} days."
    return Message(text=clip_mrkdwn(escape(told), TEXT), blocks=(image(0, found.alt, "alert:days"),), charts=(found,))


def _worst_of_days(rule: Rule, tested: BackTest, where: ZoneInfo) -> dict[date, float | None]:
    """By local day, in order: the value nearest to firing, or beyond; None for a day that decided nothing."""
    looks: dict[date, list[float]] = {}
    for at, value in tested.track:
        looks.setdefault(local_date(at, where), []).extend([] if value is None else [value])
    if rule.kind is RuleKind.ANOMALY:
        return {day: max(values, key=abs, default=None) for day, values in looks.items()}
    worst = max if rule.op.startswith(">") else min
    return {day: worst(values, default=None) for day, values in looks.items()}


def _limits(rule: Rule, limit: float) -> tuple[float | None, float | None]:
    """(upper, lower)"""
    if rule.kind is RuleKind.ANOMALY:
        return limit, -limit
    return (limit, None) if rule.op.startswith(">") else (None, limit)


def _said(rule: Rule, value: float) -> str:
    if rule.kind is RuleKind.ANOMALY:
        return f"{'+' if value > 0 else ''}{number_text(value)}"
    return value_text(kpi_of(rule.query.kpi), value)
