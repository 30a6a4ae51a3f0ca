"""The store of these tests: one database of each kind for them all, emptied before each, as making one anew takes longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from bot.store.engine import Store
from bot.store.tables import METADATA
from tests.kpis.office import DATABASES, fresh_store


@pytest.fixture(scope="session", params=DATABASES)
def lasting_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, request.param) as store:
        yield store


@pytest.fixture
def store(lasting_store: Store) -> Store:
    """An empty store, once on each database: whatever holds on one must hold on the other."""
    names = [f'"{table.name}"' for table in METADATA.sorted_tables]
    with lasting_store.writing() as session:
        if lasting_store.dialect == "postgresql":
            session.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE"))
        else:
            for name in reversed(names):
                session.execute(text(f"DELETE FROM {name}"))
    return lasting_store
