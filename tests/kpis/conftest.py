"""The store of these tests: one database of each kind for them all, emptied before each, as making one anew takes longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import psycopg
import pytest

from bot.store.engine import Store
from bot.store.tables import METADATA
from tests.kpis.office import DATABASES, fresh_store
from tests.postgres import emptied


@pytest.fixture(scope="session", params=DATABASES)
def lasting_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, request.param) as store:
        yield store


@pytest.fixture
def store(lasting_store: Store) -> Store:
    """An empty store, once on each database: whatever holds on one must hold on the other."""
    with closing(lasting_store.engine.raw_connection()) as connection:
        if lasting_store.dialect == "postgresql":
            emptied(cast(psycopg.Connection[Any], connection.driver_connection))
        else:
            for table in reversed(METADATA.sorted_tables):
                connection.cursor().execute(f'DELETE FROM "{table.name}"')
        connection.commit()
    return lasting_store
