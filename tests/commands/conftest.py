"""Rooms for the tests of commands: one with a busy month in it that nobody changes, and an empty one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.store.engine import Store
from tests.commands.room import Room
from tests.kpis.office import fresh_store
from tests.kpis.town import build_town


@pytest.fixture(scope="session")
def town_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store with a busy month of two help desks, shared by all who only ask."""
    with fresh_store(request, "sqlite") as store:
        build_town(store)
        yield store


@pytest.fixture
def town(town_store: Store) -> Room:
    """A room over the busy month."""
    return Room(store=town_store)


@pytest.fixture
def empty(sqlite_store: Store) -> Room:
    """A room over an empty store of its own."""
    return Room(store=sqlite_store)
