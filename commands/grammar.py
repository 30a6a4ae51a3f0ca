"""The one language of `/cx`, mentions, direct messages and `cx ask`: any words in any order, and never an exception."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.clock import Grain, zone
from bot.kpis import kpi_of
from bot.kpis.kpi import Counted, Kpi, Mean, Stock
from bot.kpis.query import Filter, Query, default_grain
from bot.kpis.recovery import RECOVERY_RATE
from bot.kpis.sentiment import CES, CSAT, NPS, RESPONSE_RATE
from bot.kpis.volume import BACKLOG, VOLUME
from bot.periods import previous, read_window, year_before
from bot.store.workspace import Workspace
from bot.windows import Window, same_part
from commands.mending import MOST, nearest, replaced
from commands.reading import Reading, Unknown
from commands.steps import MOST_SPLITS, STEPS, not_compared
from commands.tokens import bare, plain, words
from commands.vocabulary import AGAINST, FILLERS, as_name, grammar_words, kpi_names, longest_name

EXAMPLES = ("backlog", "frt last 30 days by channel", "csat")
LONGEST_ODD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What was understood: a KPI and its query, or a verb with the words after it, or what is wrong and how to go on.

    `suggestions` are whole commands that would work, the likeliest first; `healed` says that the first is what was typed
    with its spelling mended."""

    text: str
    kpi: Kpi | None = None
    query: Query | None = None
    verb: str | None = None
    rest: str = ""
    says: str = ""
    next_step: str = ""
    suggestions: tuple[str, ...] = ()
    healed: bool = False


def read(
    text: str, *, now: datetime, workspace: Workspace, session: Session | None = None, verbs: Sequence[str] = ()
) -> Understood:
    """Understand any text. With a session, names of teams and categories are understood without their dimension."""
    said = plain(text)
    found = words(said)
    if found and bare(found[0]) in verbs and not begins_with_kpi(said):
        return Understood(text=said, verb=bare(found[0]), rest=said[len(found[0]) :].strip())
    reading = _read(Reading(words=found, now=whole_second(now), workspace=workspace, session=session))
    if reading.unknown:
        return _mistaken(reading, said, verbs)
    if reading.kpi is None:
        return _numberless(said)
    return Understood(text=said, kpi=reading.kpi, query=_query(reading, reading.kpi))


def read_on(text: str, before: Query, *, now: datetime, workspace: Workspace, session: Session) -> Understood | None:
    """Understand words about the number before them: what they do not say stays as it was. None where they are no such words."""
    said = plain(text)
    r = _read(Reading(words=words(said), now=whole_second(now), workspace=workspace, session=session, kpi=kpi_of(before.kpi)))
    told = (r.window, r.splits, r.filters, r.statistic, r.clock, r.grain, r.show, set(r.lower) & AGAINST)
    if r.unknown or r.kpi is None or not any(told):
        return None
    new = {(one.dimension, one.op) for one in r.filters}
    r.filters = [*(one for one in before.filters if (one.dimension, one.op) not in new), *r.filters]
    r.window, r.splits = r.window or before.window, r.splits or list(before.splits)
    r.statistic, r.clock = r.statistic or before.statistic, r.clock or before.clock
    if not set(r.lower) & AGAINST:
        r.versus, r.against = before.versus, before.against
    return Understood(text=said, kpi=r.kpi, query=_query(r, r.kpi))


def begins_with_kpi(said: str) -> bool:
    """Whether plain words begin with the name of a KPI of two words or more: `cost per ticket` is no `cost`."""
    first = [bare(word) for word in words(said[:200])[: longest_name()]]
    return any(as_name(" ".join(first[:length])) in kpi_names() for length in range(2, len(first) + 1))


def default_window(kpi: Kpi) -> str:
    """The window meant when none is named: long enough that the number means something."""
    if kpi in (CSAT, NPS, CES, RESPONSE_RATE, RECOVERY_RATE):
        return "last 30 days including today"
    if isinstance(kpi.measure, Counted):
        return "last month"
    return "last 14 days including today" if isinstance(kpi.measure, Stock) else "last 7 days"


def default_query(kpi: Kpi, *, now: datetime, workspace: Workspace) -> Query:
    """The question meant by the name of a KPI alone."""
    return _query(Reading(words=[], now=whole_second(now), workspace=workspace, session=None, kpi=kpi), kpi)


def scoped(filters: Sequence[Filter], now: datetime, workspace: Workspace) -> Query:
    """The commonest question about these tickets alone."""
    return replace(default_query(VOLUME, now=now, workspace=workspace), filters=tuple(filters))


def whole_second(now: datetime) -> datetime:
    """The end of the running second. The store keeps whole seconds, so a window that ends within one would leave out what
    has just happened in it: a click, and the number would not move."""
    return now + timedelta(microseconds=-now.microsecond % 1_000_000)


def _read(r: Reading) -> Reading:
    at = 0
    while at < len(r.words):
        at += next(used for step in STEPS if (used := step(r, at)))
    if r.kpi is None and r.spare is None and any(one.op for one in r.filters):
        # A ticket has no age when it is created.
        r.spare = BACKLOG if any(one.op and one.dimension == "age" for one in r.filters) else VOLUME
    if r.kpi is None and r.spare is not None:
        r.kpi = r.spare
        r.splits = [split for split in r.splits if split != r.spare_split]
    if len(r.splits) > MOST_SPLITS:
        says = f"I split by {MOST_SPLITS} things at most."
        r.unknown.append(Unknown(place=0, used=0, near=(), says=says, next_step=f"Leave out *{r.splits[-1]}*."))
    if r.against is not None and r.kpi is not None:
        _compare(r, r.kpi)
    return r


def _compare(r: Reading, kpi: Kpi) -> None:
    """A window of one's own to compare with: of a running one the same part; the one we would take where it lies in that."""
    asked, against = _query(r, kpi).window, r.against
    if against is None or against.span == asked.span:
        r.unknown.append(not_compared(*r.against_at))
        return
    r.against = against = same_part(against, asked) if asked.open else against
    within = 2 * asked.span.duration <= against.span.duration
    for word, window in (("previous", previous(asked)), ("year", year_before(asked))):
        if window is not None and (window.span == against.span or (within and _holds(against, window))):
            r.versus, r.against = word, None
            return
    r.versus = "window"


def _holds(outer: Window, inner: Window) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _query(r: Reading, kpi: Kpi) -> Query:
    window = r.window or read_window(
        default_window(kpi), now=r.now, zone=zone(r.workspace.zone), week_start=r.workspace.week_start
    )
    splits = tuple(r.splits) or ((kpi.split,) if kpi.split else ())
    return Query(
        kpi=kpi.slug,
        window=window,
        splits=splits,
        filters=tuple(r.filters),
        # The mean of a number that is one already: an average handling time is the handling time.
        statistic=None if r.statistic == "mean" and isinstance(kpi.measure, Mean) else r.statistic,
        versus=r.versus,
        clock=r.clock,
        grain=_grain(r, kpi, window, splits),
        show=r.show,
        against=r.against if r.versus == "window" else None,
    )


def _grain(r: Reading, kpi: Kpi, window: Window, splits: tuple[str, ...]) -> Grain | None:
    """What is entered by the month is not cut into days."""
    default = default_grain(window, splits)
    if isinstance(kpi.measure, Counted) and isinstance(kpi.measure.bottom, str):
        return None
    if isinstance(kpi.measure, Counted):
        return Grain.MONTH if default in (Grain.WEEK, Grain.MONTH) else None
    return r.grain or default


def _numberless(said: str) -> Understood:
    found = words(said)
    told = [at for at, word in enumerate(found) if bare(word) not in FILLERS]
    telling = " ".join(found[told[0] : told[-1] + 1]) if told else ""  # `1 Oct to 3 Nov` is nothing without its `to`.
    short = len(said) < LONGEST_ODD and telling
    offers = tuple(f"{slug} {telling}" for slug in ("backlog", "frt", "csat")) if short else EXAMPLES
    says = "I see no number to look up in that." if said else "Ask for a number."
    return Understood(text=said, says=says, next_step=f"Try *{offers[0]}*, or *help* for all of them.", suggestions=offers)


def _mistaken(r: Reading, said: str, verbs: Sequence[str]) -> Understood:
    problem = next((one for one in r.unknown if one.says), None)
    changes = _mended(r, verbs)
    healed = replaced(r.words, changes) if changes else ""
    maybe = dict.fromkeys((healed, *_instead(r), _without(r)))
    offers = [text for text in maybe if text and _works(text, r, verbs)] or ([r.kpi.slug] if r.kpi is not None else [])
    if problem is not None:
        says, step = problem.says, problem.next_step
    else:
        same = {place for place, used, instead in changes if instead == r.word(place)}
        says = f"I don't know {', '.join(f'*{_odd(r, one)}*' for one in r.unknown if one.place not in same)}."
        step = _way_on(offers, healed)
    return Understood(
        text=said,
        kpi=r.kpi,
        says=says,
        next_step=step,
        suggestions=tuple(offers) or EXAMPLES,
        healed=bool(offers) and offers[0] == healed,
    )


def _way_on(offers: Sequence[str], healed: str) -> str:
    if not offers:
        return "Try *backlog*, *frt last 30 days by channel*, or *help*."
    return f"Did you mean *{offers[0]}*?" if offers[0] == healed else f"I can show *{offers[0]}*."


def _odd(r: Reading, one: Unknown) -> str:
    return r.said(one.place, one.used).replace("*", "")[:LONGEST_ODD]


def _mended(r: Reading, verbs: Sequence[str]) -> list[tuple[int, int, str]]:
    """For each misspelt word the nearest that means something; nothing where one of them has none near."""
    if len(r.unknown) > MOST or any(one.near == () for one in r.unknown):
        return []
    changes = [(one.place, one.used, _near(r, one, verbs)) for one in r.unknown]
    return changes if all(instead for _, _, instead in changes) else []


def _near(r: Reading, one: Unknown, verbs: Sequence[str]) -> str:
    word = r.said(one.place, one.used) if one.near else r.word(one.place)
    if one.near is not None:
        return nearest(word, one.near) or ""
    first = [*(verbs if one.place == 0 else ()), *(kpi_names() if r.kpi is None else ())]
    return nearest(word, (*first, *grammar_words(), *(r.known if r.session is not None else ()))) or ""


def _instead(r: Reading) -> list[str]:
    """What could stand in the place of what was not understood, when that is one thing."""
    if len(r.unknown) != 1:
        return []
    one = r.unknown[0]
    return [replaced(r.words, [(one.place, one.used, instead)]) for instead in one.instead]


def _without(r: Reading) -> str:
    """What was understood, alone."""
    if r.kpi is None:
        return ""
    idle = [(at, 1, "") for at, word in enumerate(r.lower) if word in FILLERS and not _within(at, r.unknown)]
    return replaced(r.words, [*((one.place, one.used, "") for one in r.unknown), *idle])


def _within(at: int, unknown: Sequence[Unknown]) -> bool:
    return any(one.place <= at < one.place + one.used for one in unknown)


def _works(text: str, r: Reading, verbs: Sequence[str]) -> bool:
    """Whether a suggestion would be understood."""
    found = words(text)
    if found and bare(found[0]) in verbs and not begins_with_kpi(text):
        return True
    again = Reading(words=found, now=r.now, workspace=r.workspace, session=r.session)
    if "known" in r.__dict__:
        again.__dict__["known"] = r.known
    again = _read(again)
    return again.kpi is not None and not again.unknown
