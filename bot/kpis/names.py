"""How teams, agents and customers are named, so that no two of them look the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, SQLModel, select

from bot.store.tables import Customer

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
    if table is Customer:
        pages = [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)]
        labels = _labels([row for page in pages for row in _rows(session, table, page)])
    else:
        labels = _labels(_rows(session, table)) if keys else {}
    return {key: labels.get(key, f"#{key}") for key in keys}


def shared_name(label: str) -> str:
    """A name without what tells it apart."""
    return TOLD_APART.sub("", label)


def _rows(session: Session, table: type[SQLModel], keys: Sequence[Key] | None = None) -> Sequence[Named]:
    columns: Any = table
    query: Any = select(columns.id, columns.name, columns.source, columns.external_id).order_by(columns.name, columns.id)
    told = session.execute(query if keys is None else query.where(columns.id.in_(keys)))
    return [(int(key), str(name), str(source), str(number)) for key, name, source, number in told]


def _labels(found: Sequence[Named]) -> dict[Key, str]:
    shared, closer = Counter(name for _, name, *_ in found), Counter((name, source) for _, name, source, _ in found)
    labels: dict[Key, str] = {}
    for key, name, source, number in found:
        twin = f" {number}" if closer[name, source] > 1 else ""
        labels[key] = f"{name} ({source}{twin})" if shared[name] > 1 else name
    return labels
