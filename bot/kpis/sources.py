"""How fresh each source is, from where its history begins, and how much of it has been read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from bot.kpis.answer import Source
from bot.kpis.dimensions import SOURCE
from bot.kpis.query import Filter
from bot.store.tables import DeskCursor


def sources(session: Session) -> tuple[Source, ...]:
    """Every source that was ever read, by name; as old as the part of it that was read longest ago."""
    names: dict[str, Source] = {}
    for row in session.execute(select(DeskCursor).order_by(col(DeskCursor.source))).scalars():
        known = names.get(row.source) or Source(name=row.source, synced_at=None, covered_from=None)
        names[row.source] = replace(
            known,
            synced_at=min((at for at in (row.synced_at, known.synced_at) if at), default=None),
            covered_from=min((at for at in (row.covered_from, known.covered_from) if at), default=None),
            read_share=_read_share(row) if row.stream == "tickets" else known.read_share,
            is_first=row.finished_at is None and row.began_at is not None if row.stream == "tickets" else known.is_first,
        )
    return tuple(names.values())


def asked_of(found: Iterable[Source], filters: Sequence[Filter]) -> tuple[Source, ...]:
    """The sources a question is about: all of them, those it names, or all but those it leaves out."""
    mine = [one for one in filters if one.dimension == SOURCE.slug]
    return tuple(s for s in found if all((s.name.lower() in map(str.lower, one.values)) != one.negated for one in mine))


def _read_share(row: DeskCursor) -> float | None:
    """How much of a history that is still being read for the first time is there."""
    if row.finished_at is not None or not row.estimated_total:
        return None
    return min((row.seen or 0) / row.estimated_total, 1.0)
