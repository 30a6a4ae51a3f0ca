"""The one language of `/cx`, mentions, direct messages and `cx ask`: any words in any order, and never an exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlmodel import Session

from bot.clock import Grain, zone
from bot.errors import BadPeriod
from bot.kpis import KPIS
from bot.kpis.dimensions import CATEGORY, CHANNEL, DIMENSIONS, PRIORITY, TEAM, find_dimension, known_values
from bot.kpis.figures import STATISTICS
from bot.kpis.kpi import Counted, Kpi, Stock
from bot.kpis.query import Filter, Query, default_grain
from bot.kpis.sentiment import CES, CSAT, NPS, RESPONSE_RATE
from bot.periods import find_window, read_window
from bot.store.workspace import Workspace
from bot.windows import Window
from commands.mending import mended
from commands.tokens import plain, values, words

GRAINS = {"hourly": Grain.HOUR, "daily": Grain.DAY, "weekly": Grain.WEEK, "monthly": Grain.MONTH}
AVERAGES = {"average": "mean", "avg": "mean", "typical": "median", "p50": "median"}
SHOWN = ("chart", "table", "csv", "text")
CLOCKS = ("business", "calendar")
FILLERS = frozenset(
    "a an and are cx during for from give how i in is long many me much of on our over please "
    "show the to us was were what with".split()
)
VERSUS = {"previous": "previous", "prev": "previous", "ly": "year", "nothing": None, "none": None}
LONGEST_NAME = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What was understood: a KPI and its query, or a verb with the words after it, or what is wrong and how to go on.

    `suggestions` are whole commands that would work, the likeliest first."""

    text: str
    kpi: Kpi | None = None
    query: Query | None = None
    verb: str | None = None
    rest: str = ""
    says: str = ""
    next_step: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """The parts found so far, and the words nobody understood."""

    words: list[str]
    now: datetime
    workspace: Workspace
    session: Session | None
    kpi: Kpi | None = None
    window: Window | None = None
    splits: tuple[str, ...] = ()
    filters: list[Filter] = field(default_factory=list)
    statistic: str | None = None
    versus: str | None = "previous"
    clock: str | None = None
    grain: Grain | None = None
    show: str | None = None
    unknown: list[str] = field(default_factory=list)
    period_problem: BadPeriod | None = None


def read(
    text: str, *, now: datetime, workspace: Workspace, session: Session | None = None, verbs: Sequence[str] = ()
) -> Understood:
    """Understand any text. With a session, names of teams and categories are understood without their dimension."""
    said = plain(text)
    found = words(said)
    if found and found[0].lower() in verbs:
        return Understood(text=said, verb=found[0].lower(), rest=said[len(found[0]) :].strip())
    reading = _Reading(found, now, workspace, session)
    at = 0
    while at < len(found):
        at += next((used for step in STEPS if (used := step(reading, at))), 0) or _unknown(reading, at)
    return _judged(reading, said, verbs)


def _judged(r: _Reading, said: str, verbs: Sequence[str]) -> Understood:
    if r.period_problem is not None:
        return Understood(text=said, kpi=r.kpi, says=r.period_problem.what, next_step=r.period_problem.next_step)
    if r.unknown:
        return _mistaken(r, said, verbs)
    if r.kpi is None:
        offers = tuple(f"{slug} {said}".strip() for slug in ("backlog", "frt", "csat"))
        asks = "I see no number to look up in that." if said else "Ask for a number."
        return Understood(text=said, says=asks, next_step=f"Try *{offers[0]}*, or *help* for all of them.", suggestions=offers)
    try:
        query = _query(r, r.kpi)
    except BadPeriod as problem:
        return Understood(text=said, kpi=r.kpi, says=problem.what, next_step=problem.next_step)
    return Understood(text=said, kpi=r.kpi, query=query)


def _query(r: _Reading, kpi: Kpi) -> Query:
    window = r.window or read_window(
        default_window(kpi), now=r.now, zone=zone(r.workspace.zone), week_start=r.workspace.week_start
    )
    splits = r.splits or ((kpi.split,) if kpi.split else ())
    return Query(
        kpi=kpi.slug,
        window=window,
        splits=splits,
        filters=tuple(r.filters),
        statistic=r.statistic,
        versus=r.versus,
        clock=r.clock,
        grain=r.grain or default_grain(window, splits),
        show=r.show,
    )


def default_window(kpi: Kpi) -> str:
    """The window meant when none is named: long enough that the number means something."""
    if kpi in (CSAT, NPS, CES, RESPONSE_RATE):
        return "last 30 days including today"
    if isinstance(kpi.measure, Counted):
        return "last month"
    return "last 14 days including today" if isinstance(kpi.measure, Stock) else "last 7 days"


def _mistaken(r: _Reading, said: str, verbs: Sequence[str]) -> Understood:
    vocabulary = (
        *_names(),
        *verbs,
        *(w for d in DIMENSIONS for w in (d.slug, *d.also)),
        *STATISTICS,
        *GRAINS,
        "last",
        "days",
        "by",
    )
    healed = mended(r.words, r.unknown, vocabulary)
    without = " ".join(word for word in r.words if word not in r.unknown)
    offers = [healed] if healed else []
    offers += [without] if r.kpi is not None and without else []
    odd = ", ".join(f"*{word[:40]}*" for word in r.unknown[:3])
    step = f"Did you mean *{offers[0]}*?" if offers else "Try *backlog*, *frt last 30 days by channel*, or *help*."
    return Understood(text=said, kpi=r.kpi, says=f"I don't know {odd}.", next_step=step, suggestions=tuple(offers))


def _unknown(r: _Reading, at: int) -> int:
    if r.words[at].strip("?!.,;:").lower() not in FILLERS and r.words[at].strip("?!.,;:"):
        r.unknown.append(r.words[at])
    return 1


def _filter(r: _Reading, at: int) -> int:
    name, colon, rest = r.words[at].lstrip("-").partition(":")
    dimension = find_dimension(name) if colon else None
    if dimension is None:
        return 0
    used, text = 1, rest
    if not text and at + 1 < len(r.words):
        used, text = 2, r.words[at + 1]
    if not values(text):
        return 0
    r.filters.append(Filter(dimension=dimension.slug, values=values(text), negated=r.words[at].startswith("-")))
    return used


def _by(r: _Reading, at: int) -> int:
    if _lower(r, at) not in ("by", "per"):
        return 0
    found: list[str] = []
    place = at + 1
    while place < len(r.words) and len(found) < 2:
        word = _lower(r, place).strip(",")
        dimension = find_dimension(word)
        if dimension is not None:
            found.append(dimension.slug)
        elif word in Grain.__members__.values() and not found:
            r.grain = Grain(word)
            return place + 1 - at
        elif word not in ("and", "&", ""):
            break
        place += 1
    r.splits = tuple(dict.fromkeys((*r.splits, *found)))[:2]
    return place - at if found else 0


def _versus(r: _Reading, at: int) -> int:
    if _lower(r, at) not in ("vs", "vs.", "versus", "against"):
        return 0
    after = _lower(r, at + 1)
    if after in VERSUS:
        r.versus = VERSUS[after]
        return 2
    if after in ("last", "the", "previous") and _lower(r, at + 2) == "year":
        r.versus = "year"
        return 3
    return 0


def _as(r: _Reading, at: int) -> int:
    if _lower(r, at) == "as" and _lower(r, at + 1) in SHOWN:
        r.show = _lower(r, at + 1)
        return 2
    return 0


def _kpi(r: _Reading, at: int) -> int:
    if r.kpi is not None:
        return 0
    names = _names()
    for length in range(min(LONGEST_NAME, len(r.words) - at), 0, -1):
        phrase = " ".join(word.strip("?!.,;").lower() for word in r.words[at : at + length])
        if phrase in names:
            r.kpi = names[phrase]
            return length
    return 0


def _window(r: _Reading, at: int) -> int:
    if r.window is not None or r.period_problem is not None:
        return 0
    try:
        found = find_window(r.words, at, now=r.now, zone=zone(r.workspace.zone), week_start=r.workspace.week_start)
    except BadPeriod as problem:
        r.period_problem = problem
        return 1
    if found is None:
        return 0
    r.window, used = found
    return used


def _statistic(r: _Reading, at: int) -> int:
    word = AVERAGES.get(_lower(r, at), _lower(r, at))
    if word not in STATISTICS:
        return 0
    r.statistic = word
    return 1


def _clock(r: _Reading, at: int) -> int:
    if _lower(r, at) not in CLOCKS:
        return 0
    r.clock = _lower(r, at)
    return 2 if _lower(r, at + 1) in ("hours", "time") else 1


def _grain(r: _Reading, at: int) -> int:
    if _lower(r, at) not in GRAINS:
        return 0
    r.grain = GRAINS[_lower(r, at)]
    return 1


def _bare_value(r: _Reading, at: int) -> int:
    """`frt email`: a value that belongs to one dimension only stands for a filter on it."""
    for length in (3, 2, 1):
        phrase = " ".join(r.words[at : at + length]).lower()
        if at + length > len(r.words) or phrase in FILLERS:
            continue
        owners = [(d, name) for d in (CHANNEL, PRIORITY, TEAM, CATEGORY) for name in _value_names(r, d) if name.lower() == phrase]
        if len({d.slug for d, _ in owners}) == 1:
            dimension, name = owners[0]
            r.filters.append(Filter(dimension=dimension.slug, values=(name,)))
            return length
    return 0


def _value_names(r: _Reading, dimension: object) -> list[str]:
    if r.session is None and dimension in (TEAM, CATEGORY):
        return []
    return [name for _, name in known_values(r.session, dimension)]  # type: ignore[arg-type]


STEPS: tuple[Callable[[_Reading, int], int], ...] = (
    _filter, _by, _versus, _as, _kpi, _window, _statistic, _clock, _grain, _bare_value,
)  # fmt: skip


def _lower(r: _Reading, at: int) -> str:
    return r.words[at].strip("?!").lower() if at < len(r.words) else ""


@cache
def _names() -> dict[str, Kpi]:
    """Every name of every KPI; the first KPI in the tuple keeps a name that two claim."""
    names: dict[str, Kpi] = {}
    for kpi in KPIS:
        for name in (kpi.slug, kpi.slug.replace("-", " "), kpi.name.lower(), *kpi.also):
            names.setdefault(name, kpi)
    return names
