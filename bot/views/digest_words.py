"""The words of a digest: short names, absolute changes, goals, and which of its numbers are news."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.kpis.answer import Answer
from bot.kpis.kpi import Good, Unit
from bot.views.answer_labels import short_name
from bot.views.chart_spec import Mood
from bot.views.judging import is_thin, verdict
from bot.views.say import DOWN, FLAT, UP, duration_text, number_text, rounded, value_text
from bot.views.sentences import said, when_text
from bot.views.ticket_list import TicketLine
from bot.windows import DAY_NAMES, MONTH_NAMES

NO_NEWS = "Nothing moved beyond the usual."
NOTHING_KNOWN = "Nothing new is known."
SOMETHING = re.compile("[1-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A goal for a KPI: `op` is <= or >=, `target` in the KPI's own unit."""

    op: str
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One issue of a digest. `answers` are its numbers in the order shown, all over the same window.

    `trends` are the same KPIs day by day over the last weeks, by slug, for the small lines and the backlog chart; `details` go
    to the thread; `first_replies` is how many took how many seconds; `stragglers` are the tickets open longest, without their
    subjects; `query_ids`, by slug, are the saved questions; `late` and `missed` own up to what went wrong; `below` are the
    digests due at the same moment, which stand in the thread of this one, each in a sentence; `stale` says how old the
    data are that end before its days do, also where no number could be told from them."""

    scope: str
    day: date
    answers: tuple[Answer, ...]
    trends: Mapping[str, Answer] = field(default_factory=dict)
    details: tuple[Answer, ...] = ()
    first_replies: Mapping[float, int] = field(default_factory=dict)
    stragglers: tuple[TicketLine, ...] = ()
    goals: Mapping[str, Target] = field(default_factory=dict)
    query_ids: Mapping[str, str] = field(default_factory=dict)
    late: timedelta | None = None
    missed: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    stale: str = ""


def day_text(day: date) -> str:
    """`Mon 16 Nov`."""
    return f"{DAY_NAMES[day.weekday()]} {day.day} {MONTH_NAMES[day.month - 1]}"


def has_news(edition: Edition) -> bool:
    """Whether anything moved that is worth a second of everyone's morning."""
    return bool(news_of(edition))


def news_of(edition: Edition) -> list[Answer]:
    """The numbers that are news, the weightiest first."""
    return [answer for answer in by_news(edition.answers) if is_news(answer)]


def is_news(answer: Answer) -> bool:
    """A change that is judged, or a tested one of a number that is neither good nor bad."""
    kind = verdict(answer)
    return kind in ("better", "worse") or (kind == "moved" and answer.kpi.good is Good.NEITHER)


def by_news(answers: Sequence[Answer]) -> list[Answer]:
    """What got worse first, then what got better, then what moved; the rest as it was."""
    order = {"worse": 0, "better": 1, "moved": 2}
    return sorted(answers, key=lambda answer: order.get(verdict(answer), 3) if is_news(answer) else 3)


def delta(answer: Answer) -> str:
    """How much it changed, in its own unit: `▲ 28`, `▼ 9 min`, `▲ 1 pt`; empty where there is too little to compare."""
    before = answer.previous
    if before is None or verdict(answer) in ("thin", "unknown") or answer.figure.value is None or before.figure.value is None:
        return ""
    change = answer.figure.value - before.figure.value
    size = _size(answer, abs(change))
    return f"{FLAT if not SOMETHING.search(size) else UP if change > 0 else DOWN} {size}"


def goal_text(answer: Answer, goal: Target | None) -> str:
    """`goal 1 h ✓`. A goal is only called missed, or met, where the whole interval is on that side of it and n allows."""
    if goal is None:
        return ""
    words = f"goal {value_text(answer.kpi, goal.target, answer.currency, answer.clock)}"
    reached = meets(answer, goal)
    return words if reached is None else f"{words} {'✓' if reached else '✗'}"


def meets(answer: Answer, goal: Target) -> bool | None:
    """Whether the goal is met; None where the number does not say."""
    value = answer.figure.value
    if value is None or is_thin(answer.kpi, answer.figure):
        return None
    low, high = answer.figure.interval or (value, value)
    if low <= goal.target <= high and low != high:
        return None
    return value <= goal.target if goal.op == "<=" else value >= goal.target


def mood(answer: Answer) -> Mood:
    """How a chart may colour the number."""
    kind = verdict(answer)
    if kind == "better":
        return "better"
    if kind == "worse":
        return "worse"
    return "thin" if kind == "thin" else "neutral"


def no_news(edition: Edition) -> str:
    """Of days that were not read to their end nobody knows whether anything moved."""
    return NOTHING_KNOWN if edition.stale else NO_NEWS


def push_line(edition: Edition) -> str:
    """News in the first 40 characters, the key numbers in the first 120: `Backlog 312 ▲ 28 · First reply 38 min ✓`."""
    return " · ".join(_brief(answer, edition.goals.get(answer.kpi.slug)) for answer in by_news(edition.answers))


def headline_sentence(edition: Edition) -> str:
    """The takeaway: the weightiest change, and how many others there are."""
    news = news_of(edition)
    if not news:
        return no_news(edition)
    first, others = news[0], len(news) - 1
    kind = verdict(first)
    judged = f", {kind}" if kind in ("better", "worse") else ""
    more = f" {others} other number{'s' if others > 1 else ''} moved too." if others else ""
    return f"{first.kpi.name} {said(first, first.figure)}: {delta(first)}{judged}, compared with {_compared(first)}.{more}"


def _compared(answer: Answer) -> str:
    return when_text(answer, answer.previous.window) if answer.previous is not None else ""


def _brief(answer: Answer, goal: Target | None) -> str:
    reached = meets(answer, goal) if goal is not None else None
    mark = "" if reached is None else "✓" if reached else "✗"
    return " ".join(part for part in (short_name(answer.kpi), said(answer, answer.figure), delta(answer), mark) if part)


def _size(answer: Answer, size: float) -> str:
    match answer.kpi.unit:
        case Unit.PERCENT | Unit.POINTS:
            return f"{rounded(size, 1):.1f}".removesuffix(".0") + " pt"
        case Unit.DURATION:
            return duration_text(size, days=answer.clock == "calendar")
        case Unit.TICKETS:
            return number_text(size, 0)
        case _:
            return value_text(answer.kpi, size, answer.currency, answer.clock)
