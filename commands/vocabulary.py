"""The words the language knows."""

from __future__ import annotations

from calendar import month_name
from functools import cache

from bot.calendars import WEEKDAYS
from bot.clock import Grain
from bot.kpis import KPIS
from bot.kpis.dimensions import DIMENSIONS
from bot.kpis.figures import STATISTICS
from bot.kpis.kpi import Kpi
from bot.kpis.query import SPOKEN_ALONE

GRAINS = {"hourly": Grain.HOUR, "daily": Grain.DAY, "weekly": Grain.WEEK, "monthly": Grain.MONTH}
AVERAGES = {
    "average": "mean",
    "avg": "mean",
    "avg.": "mean",
    "typical": "median",
    "p50": "median",
    "maximum": "max",
    "longest": "max",
}
SHOWN = {"chart": "chart", "graph": "chart", "plot": "chart", "table": "table", "list": "table", "csv": "csv", "text": "text",
         "distribution": "distribution", "histogram": "distribution"}  # fmt: skip
HEAT = frozenset({"peak hours", "peak times", "busy hours", "busiest hours", "busiest times", "heat map", "heatmap",
                  "busiest day", "busiest days"})  # fmt: skip
CLOCKS = ("business", "calendar")
CLOCK_NOUNS = ("hours", "hour", "time", "clock")
BY = ("by", "per")
JOINS = ("and", "&", "+", "x", "")
AGAINST = frozenset({"vs", "versus", "against", "compared", "compare"})
NEGATIONS = ("not", "without", "except", "excluding", "excl")
FILLERS = frozenset(
    "a about am an and any are as at be been can could currently cx did do does down far for from get give go going "
    "grouped had has have hello hey hi how i in is it its kpi kpis let like long looking many me metric much now number "
    "numbers of on our over percent percentage please rate rates right score scores see show so split tell that the their "
    "them then there these they ticket time times to total trend trends us value want was we were what what's whats when "
    "which who will with would you your broken breakdown count figure stats statistics across only just also same ok okay "
    "thanks thank".split()
)
WINDOW_WORDS = (
    "today yesterday last this previous week weeks month months quarter year days day hours since all time monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september october november "
    "december".split()
)
GENERIC = "tickets"
MY_TEAM = "mine"
"""As the value of a team: of whoever asks."""
UNASSIGNED = frozenset({"unassigned", "-unassigned", "not assigned", "unowned", "nobody's"})
SINGLE_WORDS = ("unassigned", "oldest", "weekend")
OLDEST = frozenset({"oldest", "longest open"})
LEADS_TO = frozenset({"for", "of", "from", "by", "to", "with"})
"""Words after which somebody's name may stand."""
WEEKLY = {
    "weekends": ("Sat", "Sun"),
    "weekdays": ("Mon", "Tue", "Wed", "Thu", "Fri"),
    "workdays": ("Mon", "Tue", "Wed", "Thu", "Fri"),
    **{f"{day.lower()}s": (day[:3],) for day in WEEKDAYS},
}


@cache
def kpi_names() -> dict[str, Kpi]:
    """Every name of every KPI, without hyphens; the first KPI in the tuple keeps a name that two claim."""
    names: dict[str, Kpi] = {}
    for kpi in KPIS:
        for name in (kpi.slug, kpi.name, *kpi.also):
            names.setdefault(as_name(name), kpi)
    return names


@cache
def longest_name() -> int:
    """The most words that the name of a KPI has."""
    return max(len(name.split()) for name in kpi_names())


@cache
def period_words() -> frozenset[str]:
    """Names of months and weekdays, long and short: people bear them too."""
    long = (*WEEKDAYS, *month_name[1:])
    return frozenset(name for day in long for name in (day.lower(), day[:3].lower()))


@cache
def dimension_words() -> tuple[str, ...]:
    """Every name of every dimension."""
    return tuple(word for dimension in DIMENSIONS for word in (dimension.slug, *dimension.also))


@cache
def grammar_words() -> tuple[str, ...]:
    """Every word that means something wherever it stands, KPI names among them word by word."""
    parts = (part for name in kpi_names() for part in (name, *name.split()))
    values = (word for dimension in DIMENSIONS for word in (*dimension.words, *(dimension.labels or {}).values()))
    heat = (word for name in HEAT for word in name.split())
    own = (*STATISTICS, *GRAINS, *AVERAGES, *CLOCKS, "by", "vs", *SHOWN, *heat, *WEEKLY, *SPOKEN_ALONE, *SINGLE_WORDS)
    return tuple(dict.fromkeys((*parts, *dimension_words(), *own, *WINDOW_WORDS, *(v.lower() for v in values if v.isalpha()))))


def as_name(phrase: str) -> str:
    """A phrase as names are kept: lower case, single spaces for hyphens and underscores."""
    return " ".join(phrase.lower().replace("-", " ").replace("_", " ").split())
