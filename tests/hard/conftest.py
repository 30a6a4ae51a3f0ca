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
TOLD = "told"
HERE = Path(__file__).parent
LONGEST_S = 900
"""What a test here may take: many wait for leases and for killed processes, and the limit of the others ends the whole run."""
LONG = (
    "test_zendesk_oracle", "test_survey_deliveries", "test_digest_kills", "test_outbox_model", "test_uci_answers",
    "test_survey_kills", "test_sync_kills", "test_crash_points",
)  # fmt: skip
"""The longest, first to start: what starts last with others idle is what everybody waits for."""
FOUND: list[tuple[str, str]] = []
Tell = Callable[..., None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test here its own patience, keep the tests of a costly set-up together, and put the longest first."""
    for item in items:
        if HERE in item.path.parents:
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(LONGEST_S))
            if item.path.stem.startswith(("test_uci", "test_zendesk")):
                item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a test told comes with its report, from whichever process ran it."""
    if report.when == "call":
        FOUND.extend((tried, str(found)) for name, told in report.user_properties if name == TOLD for tried, found in [told])


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """A SQLite database in memory where there is such a folder: who is killed loses nothing by it, and no disk sets the pace."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        shutil.copyfile(sqlite_template, Path(folder) / "cx.db")
        yield f"sqlite:///{folder}/cx.db"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Say what was tried and what was found; it stands in the table at the end."""

    def telling(tried: str, **found: Any) -> None:
        record_property(TOLD, (tried, ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.items())))

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
    """The table; CX_FOUND names a file that keeps it instead, for whoever prints it after several runs."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # The one who started it has it all.
    if os.environ.get("CX_FOUND"):
        with Path(os.environ["CX_FOUND"]).open("a", encoding="utf-8") as kept:
            kept.writelines(json.dumps({"tried": tried, "found": found}) + "\n" for tried, found in FOUND)
        return
    for tried, found in FOUND:
        terminalreporter.write_line(f"{tried}: {found}")
