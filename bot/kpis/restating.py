"""What was said of a window that is over, and whether late events made it something else: restatements, with their tickets."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isclose

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.errors import BadRequest
from bot.kpis import kpi_of
from bot.kpis.answer import Answer, Figure
from bot.kpis.asked import Asked
from bot.kpis.listing import MOST, Listed, listed
from bot.kpis.measure import measure
from bot.kpis.query import Query, from_json, to_json
from bot.store.columns import seconds
from bot.store.tables import Published
from bot.store.workspace import Workspace

MOST_ROWS = 20_000
KEPT = timedelta(days=400)

Name = tuple[str, str]
"""A ticket: its source, and its number there."""
Told = tuple[int, float | None, bool | None, int | None]
"""How a row counted: when (whole seconds since 1970), its amount, whether it was in the numerator, its score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A ticket that counts otherwise now: how each of its rows counted then, and how they do now. Nothing is: not at all."""

    source: str
    number: str
    before: tuple[Told, ...]
    after: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A figure that was said of a window, and what it is now. `moved` is None where it rests on too many rows, or on numbers
    that were entered; `redefined` says that it is counted by other definitions now."""

    query: Query
    where: str
    said_at: datetime
    said: Figure
    now: Figure
    answer: Answer
    moved: tuple[Moved, ...] | None
    redefined: bool


def published(session: Session, answer: Answer, *, workspace: Workspace, where: str) -> Published | None:
    """What an answer said, to be added where and when it is posted; None of a window that is not over, which has yet to move.

    `where` names the place for a person, and says only once what is posted there twice: "digest 3 of 2026-11-18"."""
    if answer.query.window.open or answer.as_of < answer.query.window.end:
        return None
    asked = _asked(session, answer, workspace)
    return Published(
        kpi=answer.kpi.slug,
        place=where,
        query=to_json(asked.query),
        profile=answer.profile,
        clock=workspace.clock,
        value=answer.figure.value,
        n=answer.figure.n,
        published_at=answer.as_of,
        rows=_packed(asked),
    )


def restatements(
    session: Session, *, workspace: Workspace, now: datetime, since: datetime | None = None
) -> Iterator[Restatement]:
    """Each published figure that is another one now, the newest first. One that moved and moved back is none.

    `since` (an instant) leaves out what was said before it."""
    query = select(Published).order_by(col(Published.published_at).desc(), col(Published.id))
    for row in session.exec(query if since is None else query.where(col(Published.published_at) >= since)).all():
        found = _restated(session, row, workspace, now)
        if found is not None:
            yield found


def keep_published(session: Session, rows: Iterable[Published | None], now: datetime) -> None:
    """Add what is posted in this transaction; what was said over a year ago is forgotten. The caller commits."""
    session.execute(delete(Published).where(col(Published.published_at) < now - KEPT))
    for row in rows:
        if row is not None and not _known(session, row):
            session.add(row)


def _known(session: Session, row: Published) -> bool:
    there = select(Published).where(Published.kpi == row.kpi, Published.place == row.place)
    return any(one.query == row.query for one in session.exec(there))


def _restated(session: Session, row: Published, workspace: Workspace, now: datetime) -> Restatement | None:
    query, then = from_json(row.query), replace(workspace, clock=row.clock)
    answer = measure(session, kpi_of(row.kpi), query, workspace=then, now=now)
    said = Figure(value=row.value, n=row.n)
    moved = _moved(_unpacked(row.rows), _asked(session, answer, then))
    if not moved and _same(said, answer.figure):
        return None
    return Restatement(
        query=query,
        where=row.place,
        said_at=row.published_at,
        said=said,
        now=answer.figure,
        answer=answer,
        moved=moved,
        redefined=row.profile != answer.profile,
    )


def _same(said: Figure, now: Figure) -> bool:
    if said.value is None or now.value is None:
        return said.value is now.value and said.n == now.n
    return said.n == now.n and isclose(said.value, now.value, rel_tol=1e-9, abs_tol=1e-9)


def _asked(session: Session, answer: Answer, workspace: Workspace) -> Asked:
    """The bare question behind an answer: without comparison, series or split, which follow from the same rows."""
    query = replace(answer.query, versus=None, against=None, splits=(), grain=None, show=None)
    return Asked(session=session, kpi=answer.kpi, query=query, workspace=workspace, now=answer.as_of)


def _rows(asked: Asked) -> dict[Name, Counter[Told]] | None:
    """How each ticket counts; None where that cannot be kept."""
    try:
        page = listed(asked, limit=MOST)
    except BadRequest:
        return None
    if page.total > MOST_ROWS:
        return None
    found: dict[Name, Counter[Told]] = {}
    for start in range(0, page.total, MOST):
        for row in (page if start == 0 else listed(asked, offset=start, limit=MOST)).rows:
            found.setdefault((row.source, row.number), Counter())[_told(row)] += 1
    return found


def _told(row: Listed) -> Told:
    return seconds(row.at), row.value, row.hit, row.score


def _packed(asked: Asked) -> bytes | None:
    rows = _rows(asked)
    if rows is None:
        return None
    told = [[*name, [list(one) for one in each.elements()]] for name, each in sorted(rows.items())]
    return zlib.compress(json.dumps(told, separators=(",", ":")).encode())


def _unpacked(packed: bytes | None) -> Mapping[Name, Counter[Told]] | None:
    if packed is None:
        return None
    return {(source, number): Counter(map(tuple, told)) for source, number, told in json.loads(zlib.decompress(packed))}


def _moved(before: Mapping[Name, Counter[Told]] | None, asked: Asked) -> tuple[Moved, ...] | None:
    after = _rows(asked) if before is not None else None
    if before is None or after is None:
        return None
    return tuple(
        Moved(source=name[0], number=name[1], before=_ordered(before.get(name)), after=_ordered(after.get(name)))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def _ordered(told: Counter[Told] | None) -> tuple[Told, ...]:
    return tuple(sorted((told or Counter[Told]()).elements(), key=lambda one: (one[0], str(one))))
