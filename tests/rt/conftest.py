"""The month at the help desk, played once, and stores to read it into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.store.engine import Store, open_store
from tests.postgres import Postgres
from tests.rt.help_desk import HelpDesk, missing
from tests.rt.month import START, play


@pytest.fixture(scope="session")
def help_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HelpDesk]:
    """The help desk after its month."""
    if missing():
        pytest.fail(f"Not on this machine: {', '.join(missing())}. `make test-rt` installs them.")
    with HelpDesk(tmp_path_factory.mktemp("rt"), START) as desk:
        play(desk)
        yield desk


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes a database with all tables and no rows, once on each engine, and tells its address."""
    made = count(1)
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        home = tmp_path_factory.mktemp("stores")

        def copied() -> str:
            path = home / f"{next(made)}.db"
            path.write_bytes(template.read_bytes())
            return f"sqlite:///{path}"

        yield copied
        return
    server: Postgres = request.getfixturevalue("postgres")
    tables: str = request.getfixturevalue("postgres_template")

    def created() -> str:
        name = f"month_{next(made)}"
        server.create(name, tables)
        return server.url(name)

    yield created


@pytest.fixture
def new_store(new_url: Callable[[], str]) -> Iterator[Callable[[], tuple[str, Store]]]:
    """Opens a store on a database of its own; its address comes with it."""
    opened: list[Store] = []

    def make() -> tuple[str, Store]:
        url = new_url()
        opened.append(open_store(url))
        return url, opened[-1]

    yield make
    for store in opened:
        store.close()
