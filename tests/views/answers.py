"""Answers made by hand: the cast of the view tests. It is Wednesday, 18 November 2026, ten in the morning in Berlin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import DAY, Grain, split
from bot.kpis import kpi_of
from bot.kpis.answer import Answer, Figure, Previous, Row, Source, Step
from bot.kpis.figures import durations, net_score
from bot.kpis.kpi import Duration, Kpi
from bot.kpis.query import Query
from bot.kpis.statistics import wilson
from bot.periods import read_window
from bot.windows import Window, previous
from tests.world import NOW

BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = (
    "<!channel> <https://evil.example|click me> <@U123> &amp; *bold* `code` _it_ ~no~",
    "顧客サポート：請求書が二重に課金されました",
    "تم تحصيل الفاتورة مرتين \u202eevil\u202c",
    "😀👩‍👩‍👧‍👦🎉 :tada: ```",
    "x" * 10_000,
    "&" * 10_000,
    "",
    "   \n\t\x00\x07 ",
    '=HYPERLINK("http://evil.example")',
    "lone \ud83d surrogate",
    "a\nb\r\nc\u2028d",
)


def window(text: str = "last 7 days") -> Window:
    return read_window(text, now=NOW, zone=BERLIN)


def rate(top: int, n: int) -> Figure:
    value = 100 * top / n if n else None
    return Figure(value=value, n=n, parts={"top": float(top), "bottom": float(n)}, interval=wilson(top, n))


def count(n: int) -> Figure:
    return Figure(value=float(n), n=n, parts={"count": float(n)})


def minutes(*values: int) -> Figure:
    return durations([60 * value for value in values])


def answer(slug: str, figure: Figure, before: Figure | None = None, **changes: Any) -> Answer:
    """An answer over the last 7 days, from data read four minutes ago; `change` follows from the two figures."""
    kpi = kpi_of(slug)
    query = {key: changes.pop(key) for key in ("splits", "filters", "grain", "show") if key in changes}
    asked = changes.pop("window", window())
    duration = isinstance(kpi.measure, Duration)
    facts: dict[str, Any] = {
        "kpi": kpi,
        "query": Query(kpi=slug, window=asked, **query),
        "figure": figure,
        "window": asked,
        "clock": "business" if duration else "calendar",
        "profile": "articles",
        "definition": kpi.definition,
        "statistic": "median" if duration else None,
        "previous": compared(kpi, asked, figure, before) if before is not None else None,
        "sources": (Source(name="demo", synced_at=NOW - timedelta(minutes=4), covered_from=None),),
        "as_of": NOW,
    }
    return Answer(**{**facts, **changes})


def compared(kpi: Kpi, asked: Window, now: Figure, then: Figure) -> Previous:
    points = kpi.unit in ("percent", "points")
    change = None
    if now.value is not None and then.value is not None:
        change = now.value - then.value if points else 100 * (now.value / then.value - 1) if then.value else None
    earlier = previous(asked)
    assert earlier is not None
    return Previous(window=earlier, figure=then, change=change, change_unit="points" if points else "percent")


def row(label: str, figure: Figure, share: float | None = None) -> Row:
    return Row(labels=(label,), keys=(label,), figure=figure, share=share)


def by_team(figures: Sequence[tuple[str, Figure]], slug: str = "csat", **changes: Any) -> Answer:
    """A split by team; the whole is the sum of what its rows counted."""
    top, n = (int(sum(f.parts.get(part) or 0 for _, f in figures)) for part in ("top", "bottom"))
    whole = changes.pop("figure", rate(top, n))
    return answer(slug, whole, splits=("team",), rows=tuple(row(label, figure) for label, figure in figures), **changes)


def steps(figures: Sequence[Figure], start: Window | None = None) -> tuple[Step, ...]:
    """One step a day, from the first day of the window on."""
    asked = start or window()
    first = asked.start
    return tuple(Step(start=first + i * DAY, end=first + (i + 1) * DAY, figure=figure) for i, figure in enumerate(figures))


def series(slug: str, figures: Sequence[Figure], whole: Figure, before: Figure | None = None, **changes: Any) -> Answer:
    return answer(slug, whole, before, series=steps(figures), grain=Grain.DAY, **changes)


def trend(slug: str, values: Sequence[int], text: str = "last 14 days") -> Answer:
    """A count day by day."""
    asked = window(text)
    spans = split(asked.span, Grain.DAY, BERLIN)
    told = tuple(Step(start=s.start, end=s.end, figure=count(v)) for s, v in zip(spans, values, strict=True))
    return answer(slug, count(values[-1]), window=asked, series=told, grain=Grain.DAY)


def stale(told: Answer, hours: float) -> Answer:
    return replace(told, sources=(Source(name="demo", synced_at=NOW - timedelta(hours=hours), covered_from=None),))


FRT = answer(
    "frt",
    durations([60 * (10 + i) for i in range(57)]),
    durations([60 * (19 + i) for i in range(57)]),
    pending=9,
    oldest_pending=NOW - timedelta(hours=5, minutes=12),
    exclusions={"spam": 2, "merged": 1},
)
"""57 first responses with a median of 38 min, 47 min before; nine more are waiting."""
CSAT = answer("csat", rate(75, 100), rate(72, 100))
NPS = answer("nps", net_score(20, 10, 31), net_score(10, 10, 31))
BACKLOG = answer("backlog", count(312), count(284))
VOLUME = answer("volume", count(142), count(127))
NOTHING = answer("nps", net_score(0, 0, 0), net_score(1, 1, 3))
"""Nobody answered."""
FEW = answer("csat", rate(2, 3), rate(4, 5))
"""Three ratings."""
NO_COSTS = answer("cost-per-ticket", Figure(value=None, n=0))
NO_TICKETS = answer("frt", minutes(), notes=("No tickets yet: run a first sync or import.",))
DAILY = series("volume", [count(n) for n in (20, 22, 18, 25, 9, 4, 44)], count(142), count(127))
TEAMS = by_team([("Billing", rate(90, 100)), ("Technical", rate(60, 100)), ("Partners", rate(2, 4))])
EVERY = (FRT, CSAT, NPS, BACKLOG, VOLUME, NOTHING, FEW, NO_COSTS, NO_TICKETS, DAILY, TEAMS)
