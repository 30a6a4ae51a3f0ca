"""The store loses no update and hands out whole units of work."""

from __future__ import annotations

from sqlmodel import select

from bot.store.engine import Store
from bot.store.tables import Heartbeat
from tests.world import NOW


def test_what_was_written_can_be_read(store: Store) -> None:
    with store.writing() as session:
        session.add(Heartbeat(name="tick", instance="a", at=NOW))

    with store.reading() as session:
        assert session.exec(select(Heartbeat)).one().at == NOW
