"""The one language of `/cx`, mentions, direct messages and `cx ask`: any words in any order, and never an exception."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.kpis import kpi_of
from bot.kpis.kpi import Kpi
from bot.kpis.query import Filter, Query
from bot.kpis.volume import VOLUME
from bot.store.workspace import Workspace
from commands.mistaken import mistaken, numberless
from commands.question import Understood, begins_with_kpi, query_of, read_parts
from commands.reading import Reading
from commands.tokens import bare, plain, words
from commands.vocabulary import AGAINST

ALSO = re.compile(r"(?:and|also|same|(?:what|how) about)\b", re.I)


def read(
    text: str,
    *,
    now: datetime,
    workspace: Workspace,
    session: Session | None = None,
    verbs: Sequence[str] = (),
    tells_names: bool = False,
) -> Understood:
    """Understand any text. With a session, names of teams and categories are understood without their dimension, and those of
    agents and customers behind a word such as `for`; whoever may be told the names of agents is offered the near ones."""
    said = plain(text)
    found = words(said)
    if found and bare(found[0]) in verbs and not begins_with_kpi(said):
        return Understood(text=said, verb=bare(found[0]), rest=said[len(found[0]) :].strip())
    fresh = Reading(words=found, now=whole_second(now), workspace=workspace, session=session, tells_names=tells_names)
    reading = read_parts(fresh)
    if reading.unknown:
        return mistaken(reading, said, verbs)
    if reading.kpi is None:
        return numberless(said)
    return Understood(text=said, kpi=reading.kpi, query=query_of(reading, reading.kpi))


def read_on(text: str, before: Query, *, now: datetime, workspace: Workspace, session: Session) -> Understood | None:
    """Understand words about the number before them: what they do not say stays as it was. None where they are no such words.

    `csat` alone is a question of its own; `and csat?` asks it of the same time and tickets."""
    said, asked = plain(text), kpi_of(before.kpi)
    fresh = Reading(words=words(said), now=whole_second(now), workspace=workspace, session=session)
    r = read_parts(replace(fresh, kpi=asked, splits=[], filters=[], unknown=[]))
    told = any((r.window, r.splits, r.filters, r.statistic, r.clock, r.grain, r.show, set(r.lower) & AGAINST))
    if r.unknown and ALSO.match(said):
        r, told = read_parts(fresh), True
    if r.unknown or r.kpi is None or not told:
        return None
    new = {(one.dimension, one.op) for one in r.filters}
    r.filters = [*(one for one in before.filters if (one.dimension, one.op) not in new), *r.filters]
    r.window, r.splits = r.window or before.window, r.splits or [one for one in before.splits if one in r.kpi.splits]
    alike = isinstance(r.kpi.measure, type(asked.measure))
    r.statistic, r.clock = r.statistic or (before.statistic if alike else None), r.clock or before.clock
    if not set(r.lower) & AGAINST:
        r.versus, r.against = before.versus, before.against
    return Understood(text=said, kpi=r.kpi, query=query_of(r, r.kpi))


def default_query(kpi: Kpi, *, now: datetime, workspace: Workspace) -> Query:
    """The question meant by the name of a KPI alone."""
    return query_of(Reading(words=[], now=whole_second(now), workspace=workspace, session=None, kpi=kpi), kpi)


def scoped(filters: Sequence[Filter], now: datetime, workspace: Workspace) -> Query:
    """The commonest question about these tickets alone."""
    return replace(default_query(VOLUME, now=now, workspace=workspace), filters=tuple(filters))


def whole_second(now: datetime) -> datetime:
    """The end of the running second. The store keeps whole seconds, so a window that ends within one would leave out what
    has just happened in it: a click, and the number would not move."""
    return now + timedelta(microseconds=-now.microsecond % 1_000_000)
