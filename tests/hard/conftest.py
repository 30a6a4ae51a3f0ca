"""What the rig stands on: a Slack in a hurry, a fork server, and a table of what was tried and found, printed at the end."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from tests.hard.faulty import Chance
from tests.hard.lapse import Lapse

MEMORY = Path("/dev/shm")
FOUND: list[tuple[str, str]] = []
Tell = Callable[..., None]


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """A SQLite database in memory where there is such a folder: who is killed loses nothing by it, and no disk sets the pace."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        shutil.copyfile(sqlite_template, Path(folder) / "cx.db")
        yield f"sqlite:///{folder}/cx.db"


@pytest.fixture
def tell() -> Tell:
    """Say what was tried and what was found; it stands in the table at the end."""

    def telling(tried: str, **found: Any) -> None:
        FOUND.append((tried, ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.items())))

    return telling


@pytest.fixture
def seed() -> int:
    """What chance follows: CX_SEED, or a new one, said in the table so that it can be had again."""
    return int(os.environ.get("CX_SEED") or Random().randrange(1_000_000))


@pytest.fixture
def busy_slack(seed: int) -> Iterator[tuple[Sandbox, Lapse, Chance]]:
    """A Slack that lives forty times as fast and answers more than every fourth call wrongly."""
    with Sandbox.start(options=Options(limits="off", file_seconds=0.0)) as sandbox:
        lapse = Lapse(start=sandbox._world.clock.now())
        lapse.govern(sandbox)
        chance = Chance(random=Random(seed))
        sandbox._world.faults = chance
        yield sandbox, lapse, chance


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table; CX_FOUND names a file that keeps it too."""
    for tried, found in FOUND:
        terminalreporter.write_line(f"{tried}: {found}")
    if os.environ.get("CX_FOUND") and FOUND:
        with Path(os.environ["CX_FOUND"]).open("a", encoding="utf-8") as kept:
            kept.writelines(json.dumps({"tried": tried, "found": found}) + "\n" for tried, found in FOUND)
