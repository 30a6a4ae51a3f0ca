"""What stale data still know: what nobody has read is not 0, and half a window is not compared with a whole one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.desks import DESKS
from bot.desks.csv import CSV
from bot.kpis.answer import Answer, Step
from bot.kpis.kpi import Counted, Stock

READ_AGAIN = frozenset(desk.slug for desk in DESKS) - {CSV.slug}
STALE_AFTER = timedelta(hours=2)
SMALL = 0.05
"""So much of a window may be unread: two hours of a month change no verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Until when the source was read that was read longest ago, and until when the one that was read last."""

    oldest: datetime
    newest: datetime


def read_until(answer: Answer) -> Read | None:
    """How far the help desks were read, where that is too long before the end of the window; else None.

    A file that was imported once beside a help desk is not read again, and holds nothing up."""
    read_again = [one for one in answer.sources if one.name in READ_AGAIN] or answer.sources
    read = [one.synced_at for one in read_again if one.synced_at is not None]
    if not read or isinstance(answer.kpi.measure, Counted):
        return None
    found = Read(oldest=min(read), newest=max(read))
    return None if answer.as_of - found.oldest <= STALE_AFTER or found.oldest >= answer.window.end else found


def is_unread(answer: Answer) -> bool:
    """Whether no source was read since the window began. A level stays the last one known."""
    read = read_until(answer)
    return read is not None and read.newest <= answer.window.start and not isinstance(answer.kpi.measure, Stock)


def is_being_read(answer: Answer) -> bool:
    """Whether nothing was found while a source is read for the first time: it may come with its next page."""
    return any(one.is_first for one in answer.sources) and not answer.figure.n and not isinstance(answer.kpi.measure, Counted)


def as_known(answer: Answer) -> Answer:
    """The answer without a number of a window that begins after the data end, without a change where much of the window lies
    beyond, and without the steps there. A level stays the last one known, which its receipt says."""
    if is_being_read(answer):
        return replace(answer, figure=replace(answer.figure, value=None), previous=None, series=(), rows=(), others=None)
    read = read_until(answer)
    if read is None:
        return answer
    is_stock = isinstance(answer.kpi.measure, Stock)
    beyond = (step.end > read.newest if is_stock else step.start >= read.newest for step in answer.series)
    series = tuple(_until(step, read, unread=unread) for step, unread in zip(answer.series, beyond, strict=True))
    if is_unread(answer):
        return replace(answer, figure=replace(answer.figure, value=None), previous=None, series=series, rows=(), others=None)
    window, before = answer.window, answer.previous
    share = (window.end - read.oldest) / (window.end - window.start)
    unlike = before is not None and share > SMALL and not is_stock
    return replace(answer, series=series, previous=replace(before, change=None) if before and unlike else before)


def _until(step: Step, read: Read, *, unread: bool) -> Step:
    figure = replace(step.figure, value=None) if unread else step.figure
    return replace(step, figure=figure, partial=step.partial or step.end > read.oldest)
