"""A sandbox of the test's own, and an office on each database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.store.engine import Store
from tests.slack.office import Office


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A Slack workspace on loopback."""
    with Sandbox.start(options=Options(limits="off")) as running:
        yield running


@pytest.fixture
def office(store: Store, sandbox: Sandbox) -> Office:
    """Outbox, sender and Slack, once on each database."""
    return Office(store, sandbox)


@pytest.fixture
def sqlite_office(sqlite_store: Store, sandbox: Sandbox) -> Office:
    """The same on SQLite alone, for what the database has no part in."""
    return Office(sqlite_store, sandbox)


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """Run functions in threads that start at the same moment; what each returned."""

    def run(*functions: Callable[[], Any]) -> list[Any]:
        gate = threading.Barrier(len(functions))

        def one(function: Callable[[], Any]) -> Any:
            gate.wait(5)
            return function()

        with ThreadPoolExecutor(len(functions)) as pool:
            return list(pool.map(one, functions))

    return run
