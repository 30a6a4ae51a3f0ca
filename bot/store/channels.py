"""Follows a channel whose id changed through every table that names it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Table, delete, exists, select, update
from sqlmodel import Session

from bot.store.tables import METADATA, Subscription, table_of

NAMES = frozenset({"channel_id", "posted_channel"})


def move_channel(session: Session, old: str, new: str) -> int:
    """Write the new id wherever the old one stands; how many rows. A subscription that both ids have is kept once."""
    subscription = table_of(Subscription)
    there = subscription.alias("there")
    same = (there.c.channel_id == new, there.c.kind == subscription.c.kind, there.c.spec_key == subscription.c.spec_key)
    twice = exists(select(there.c.id).where(*same))
    session.connection().execute(delete(subscription).where(subscription.c.channel_id == old, twice))
    return sum(
        session.connection().execute(update(table).where(column == old).values({column.name: new})).rowcount
        for table, column in naming()
    )


def naming() -> Iterator[tuple[Table, Column[str]]]:
    """Every column that holds the id of a channel; a new table's is among them by its name."""
    return ((table, column) for table in METADATA.sorted_tables for column in table.columns if column.name in NAMES)
