"""The month at the help desk, played once, and stores to read it into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.store.engine import Store, open_store
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


@pytest.fixture
def new_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Callable[[str], Store]]:
    """Opens an empty store by a name; the same name opens the same one."""
    opened: list[Store] = []

    def make(name: str) -> Store:
        path = tmp_path / f"{name}.db"
        if not path.exists():
            path.write_bytes(sqlite_template.read_bytes())
        opened.append(open_store(f"sqlite:///{path}"))
        return opened[-1]

    yield make
    for store in opened:
        store.close()
