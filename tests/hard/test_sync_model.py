"""Reading a help desk against every order of changes, late rows and ends in the middle; the same machine finds planted bugs."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlmodel import select

from bot.store.engine import open_store
from bot.store.tables import Ticket
from jobs import sync_reading
from jobs.sync_reading import Progress, Reading, sync
from tests.hard import drifting
from tests.hard.conftest import MEMORY, Tell
from tests.hard.drifting import Change, Drift
from tests.hard.paper_slack import Killed
from tests.hard.scale import scaled

STEPS = 25
MODEL = settings(max_examples=scaled(40, least=6), stateful_step_count=STEPS, deadline=None, database=None)
HUNT = settings(
    max_examples=2_000, stateful_step_count=STEPS, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
)  # fmt: skip
NAMES = "abcdefghijklmnopqrstuvwx"
START = 1_795_000_000.0
TEMPLATE: list[Path] = []
RUNS = {"syncs": 0, "kills": 0}


class Living(Drift):
    """A desk whose tickets change when told to."""

    def __init__(self, overlap_s: float) -> None:
        super().__init__(0, start=START, length_s=0.0, tickets=0, overlap_s=overlap_s)
        self.at = START

    def change(self, name: str, late: float) -> None:
        """The ticket changes now, and the desk shows it so many seconds later."""
        known = self._changes.setdefault(name, [])
        shown = max(self.at + late, known[-1].shown_at if known else 0.0)
        known.append(Change(at=float(int(self.at)), name=name, nth=len(known), shown_at=shown))


class Office(RuleBasedStateMachine):
    """Tickets change, time passes, and readers read, whole or not; in the end the store has what the desk has."""

    overlap_s = drifting.OVERLAP_S

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cx-model-", dir=MEMORY if MEMORY.is_dir() else None))
        shutil.copyfile(TEMPLATE[0], self.folder / "cx.db")
        self.store = open_store(f"sqlite:///{self.folder / 'cx.db'}")
        self.living = Living(self.overlap_s)

    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), late=st.sampled_from([0.0, 30.0, 59.0]))
    def change(self, names: str, late: float) -> None:
        for name in names:
            self.living.at += 1
            self.living.change(name, late)

    @rule(seconds=st.sampled_from([1.0, 40.0, 400.0, 900.0]))
    def wait(self, seconds: float) -> None:
        self.living.at += seconds

    @rule(
        dies=st.sampled_from(["", "in a page", "between pages"]),
        after=st.integers(0, 1),
        meanwhile=st.sampled_from(["", "a", "h"]),
    )
    def read(self, dies: str, after: int, meanwhile: str) -> None:
        RUNS["syncs"] += 1
        pages = [0]

        def look() -> float:
            """Each page is looked at a second later, and a ticket may change before."""
            self.living.at += 1
            if meanwhile:
                self.living.change(meanwhile, 0.0)
            return self.living.at

        def watch(_progress: Progress) -> None:
            pages[0] += 1
            if dies == "between pages" and pages[0] > after:
                raise Killed

        def storing(*args: Any, **named: Any) -> Any:
            if dies == "in a page" and pages[0] >= after:
                raise Killed
            return stored(*args, **named)

        stored = sync_reading.store_records
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
            patch.setattr(sync_reading, "store_records", storing)
            self.sync(look, watch)
            return
        RUNS["kills"] += 1
        self.living.at += sync_reading.LEASE_S + 1

    def sync(self, look: Callable[[], float], watch: Callable[[Progress], None] | None = None) -> None:
        sync(
            Reading(
                store=self.store, desk=self.living.desk(look), settings={}, now=datetime.fromtimestamp(self.living.at, UTC),
                profile="articles", watch=watch, clock=lambda: self.living.at,
            )
        )  # fmt: skip

    def teardown(self) -> None:
        try:
            for _ in range(2):
                self.living.at += 200
                self.sync(lambda: self.living.at)
            with self.store.reading() as session:
                stored = dict(session.exec(select(Ticket.external_id, Ticket.subject)).all())
            assert stored == {row.name: f"{row.name} change {row.nth}" for row in self.living.rows(float("inf"))}
        finally:
            self.store.close()
            shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def template(sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(drifting, "PAGE", 3)
    TEMPLATE.append(sqlite_template)
    yield
    TEMPLATE.clear()


def test_the_store_ends_as_the_desk_is(tell: Tell) -> None:
    RUNS.update(syncs=0, kills=0)
    run_state_machine_as_test(Office, settings=MODEL)  # type: ignore[no-untyped-call]
    tell("model of a sync", **RUNS, violations=0)


def cursor_before_its_page(patch: pytest.MonkeyPatch) -> None:
    """The place is kept before what it stands for."""
    store_page = sync_reading.store_page

    def page_after(session: Any, page: Any, progress: Any, *, now: Any, profile: str) -> Any:
        sync_reading._advance(session, progress, page, now)
        session.connection().exec_driver_sql("COMMIT")
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        return store_page(session, page, progress, now=now, profile=profile)

    patch.setattr(sync_reading, "store_page", page_after)


def no_overlap(patch: pytest.MonkeyPatch) -> None:
    """The next run begins where the last row was."""
    patch.setattr(Office, "overlap_s", 0.0)


@pytest.mark.parametrize("plant", [cursor_before_its_page, no_overlap], ids=lambda plant: plant.__name__)
def test_the_model_finds_a_remedy_missing(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Office, settings=HUNT)  # type: ignore[no-untyped-call]
