"""How teams, agents and customers are named, so that no two of them look the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, SQLModel, select

from bot.store.tables import Customer, table_of

Key = str | int | None
Named = tuple[int, str, str, str]
AT_ONCE = 500
TOLD_APART = re.compile(r" \([^()]{1,200}\)$")


def names_of(session: Session, table: type[SQLModel]) -> list[tuple[Key, str]]:
    """Everybody there is, by name; who shares a name is told apart."""
    rows = _rows(session, table)
    labels = _labels(rows)
    return [(row[0], labels[row[0]]) for row in rows]


def told_apart(session: Session, table: type[SQLModel], keys: Sequence[Key]) -> dict[Key, str]:
    """The names of some: `Billing`, or `Billing (zendesk)` where another source has a team of that name too.

    Teams and agents are told apart from all others, so that a label means the same in every answer; customers, of whom
    there can be millions, from those beside them."""
    labels = _labels(_many(session, table, keys) if table is Customer else _rows(session, table)) if keys else {}
    return {key: labels.get(key, f"#{key}") for key in keys}


def shared_name(label: str) -> str:
    """A name without what tells it apart."""
    return TOLD_APART.sub("", label)


def _many(session: Session, table: type[SQLModel], keys: Sequence[Key]) -> Iterator[Named]:
    """The rows of some keys: a few hundred at a time, or where they are most of those in their range, the range at once."""
    key: Any = table_of(table).c.id
    numbers = [one for one in keys if isinstance(one, int)]
    if len(numbers) > AT_ONCE and 4 * len(numbers) > max(numbers) - min(numbers):
        wanted = set(numbers)
        yield from (row for row in _rows(session, table, key.between(min(numbers), max(numbers))) if row[0] in wanted)
        return
    for start in range(0, len(numbers), AT_ONCE):
        yield from _rows(session, table, key.in_(numbers[start : start + AT_ONCE]))


def _rows(session: Session, table: type[SQLModel], *which: ColumnElement[bool]) -> Sequence[Named]:
    columns: Any = table
    query: Any = select(columns.id, columns.name, columns.source, columns.external_id).where(*which)
    told = session.execute(query.order_by(columns.name, columns.id))
    return [(int(key), str(name), str(source), str(number)) for key, name, source, number in told]


def _labels(rows: Iterable[Named]) -> dict[Key, str]:
    found = list(rows)
    shared, closer = Counter(name for _, name, *_ in found), Counter((name, source) for _, name, source, _ in found)
    labels: dict[Key, str] = {}
    for key, name, source, number in found:
        twin = f" {number}" if closer[name, source] > 1 else ""
        labels[key] = f"{name} ({source}{twin})" if shared[name] > 1 else name
    return labels
