"""How the rows and steps of an answer are named, the same in text, table, picture and CSV."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.clock import Grain
from bot.kpis.answer import Answer, Bin, Row, Step
from bot.kpis.columns import ANSWERS
from bot.kpis.kpi import Count, Counted, Kpi, Quotient, Stock, Unit
from bot.views.chart_spec import SO_FAR
from bot.views.labels import NAMELESS, clean
from bot.views.say import duration_text, number_text
from bot.windows import MONTH_NAMES

SHORT = {
    "backlog": "Backlog",
    "volume": "New tickets",
    "solved": "Solved",
    "frt": "First reply",
    "next-reply": "Next reply",
    "resolution": "Resolution",
    "sla": "SLA",
    "csat": "CSAT",
    "nps": "NPS",
    "ces": "CES",
    "fcr": "First contact",
}
"""What does not fit on a phone; any other KPI goes by its name."""


def short_name(kpi: Kpi) -> str:
    return SHORT.get(kpi.slug, kpi.name)


def row_label(row: Row) -> str:
    """The labels of a group, in the order of the split; they come from help desks, so they are cleaned and cut."""
    return " · ".join(clean(label) for label in row.labels) or NAMELESS


def step_labels(answer: Answer) -> list[str]:
    """A name for each step: `9 Nov`, `9 Nov 14:00`, `Nov 2026`, with the year where the series has more than one."""
    zone = ZoneInfo(answer.window.zone)
    years = {step.start.astimezone(zone).year for step in answer.series}
    return [step_label(step, answer.query.grain, zone, year=len(years) > 1) for step in answer.series]


def step_label(step: Step, grain: Grain | None, zone: ZoneInfo, *, year: bool) -> str:
    at = step.start.astimezone(zone)
    if grain is Grain.MONTH:
        return f"{MONTH_NAMES[at.month - 1]} {at.year}"
    day = f"{at.day} {MONTH_NAMES[at.month - 1]}{f' {at.year}' if year else ''}"
    return f"{day} {at:%H:%M}" if grain is Grain.HOUR else day


def part_text(answer: Answer, at: int) -> str:
    """Why a piece cannot be held against the others: `so far`, `part of the week`; nothing for a whole one."""
    if not answer.series[at].partial:
        return ""
    return SO_FAR if answer.window.open and at in (-1, len(answer.series) - 1) else f"part of the {answer.query.grain or 'day'}"


def bin_unit(answer: Answer) -> str:
    """What the edges of a distribution are in: seconds, the score of a survey, or pieces of what is counted."""
    kind = answer.kpi.measure
    if isinstance(kind, Stock) or answer.kpi.unit is Unit.DURATION:
        return "seconds"
    rated = not isinstance(kind, Count | Counted | Quotient) and kind.flow.table is ANSWERS
    return "score" if rated else "pieces"


def bin_label(answer: Answer, one: Bin) -> str:
    """`0 to under 30 min`, `6 h or more`; a score, and a single piece, is itself."""
    unit = bin_unit(answer)
    low, high = (edge_text(edge, unit) for edge in (one.low, one.high if one.high is not None else one.low))
    if one.high is None:
        return f"{low} or more"
    return low if unit != "seconds" and one.high == one.low + 1 else f"{low} to under {high}"


def edge_text(edge: float, unit: str) -> str:
    """An edge as people say it."""
    return (duration_text(edge, days=True) if edge else "0") if unit == "seconds" else number_text(edge, 0)
