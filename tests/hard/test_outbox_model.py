"""The outbox against every order of kills, sleeps, lost answers and other workers that a machine can think of.

The same machine finds each of its remedies missing: that is how it is known to look."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import bot.slack.sender
from bot.slack import doubts
from bot.slack.outcomes import Outcome
from bot.slack.sender import Sender
from bot.store import outbox
from bot.store.engine import Store, open_store
from bot.store.outbox import Claim, Letter
from tests.hard.conftest import MEMORY, Tell
from tests.hard.paper_slack import Fate, Killed, Paper, PaperSlack
from tests.hard.scale import scaled

STEPS = 30
MODEL = settings(max_examples=scaled(120, least=10), stateful_step_count=STEPS, deadline=None, database=None)
HUNT = settings(
    max_examples=2_000, stateful_step_count=STEPS, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
)  # fmt: skip
TEMPLATE: list[Path] = []
RUNS = {"steps": 0, "kills": 0}


class Office(RuleBasedStateMachine):
    """Letters go in, workers send, and things happen to them; each letter must end as exactly one message."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cx-model-", dir=MEMORY if MEMORY.is_dir() else None))
        shutil.copyfile(TEMPLATE[0], self.folder / "cx.db")
        self.store: Store = open_store(f"sqlite:///{self.folder / 'cx.db'}")
        self.paper = Paper()
        self.kept: list[str] = []
        self.windows = 0

    @rule()
    def keep(self) -> None:
        key = str(len(self.kept))
        letter = Letter(dedupe_key=key, kind="digest", channel_id="C1", payload={"text": key})
        with self.store.writing() as session:
            for _ in range(2):
                self.kept += [kept for kept in [outbox.enqueue(session, letter, self.now())] if kept]

    @rule(seconds=st.sampled_from([1, 5, 61, 121, 241]))
    def wait(self, seconds: int) -> None:
        self.paper.at += seconds

    @rule(fates=st.lists(st.sampled_from(list(Fate)), max_size=3), others=st.sampled_from([(), (Fate.LOST,), (Fate.GONE,)]))
    def send(self, fates: list[Fate], others: tuple[Fate, ...]) -> None:
        RUNS["steps"] += 1
        self.windows += fates.count(Fate.FROZEN) + fates[1:].count(Fate.ASLEEP)
        other = PaperSlack(self.paper, deque(others))
        worker = PaperSlack(self.paper, deque(fates), meanwhile=lambda: self.work(other))
        with contextlib.suppress(Killed):
            self.work(worker)
            return
        RUNS["kills"] += 1

    def work(self, slack: PaperSlack) -> None:
        Sender(store=self.store, slack=slack, started=self.now(), sleep=self.sleep).run()  # type: ignore[arg-type]

    def sleep(self, seconds: float) -> None:
        self.paper.at += seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.paper.at, UTC)

    @invariant()
    def no_copy_but_of_who_froze_in_the_last_window(self) -> None:
        """Also none that was taken away again: a person has seen it."""
        assert self.paper.doubled <= self.windows, f"{self.paper.doubled} copies, {self.windows} freezes"

    def teardown(self) -> None:
        try:
            for _ in range(4 * len(self.kept) + 8):
                self.paper.at += 121
                self.work(PaperSlack(self.paper))
            shown = {kept: len(self.paper.copies(kept)) for kept in self.kept}
            assert shown == dict.fromkeys(self.kept, 1), shown
            assert len(self.paper.shown) == len(self.kept)
        finally:
            self.store.close()
            shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def template(sqlite_template: Path) -> Iterator[None]:
    TEMPLATE.append(sqlite_template)
    yield
    TEMPLATE.clear()


def test_every_letter_ends_as_one_message(tell: Tell) -> None:
    RUNS.update(steps=0, kills=0)
    run_state_machine_as_test(Office, settings=MODEL)  # type: ignore[no-untyped-call]
    tell("model of the outbox", **RUNS, violations=0)


def no_reconciling(patch: pytest.MonkeyPatch) -> None:
    """Sends again without reading the channel."""
    patch.setattr(doubts, "_copies", lambda _slack, claim: (claim.channel_id, ()))


def no_self_fence(patch: pytest.MonkeyPatch) -> None:
    """Posts however long it slept since the claim."""
    patch.setattr(Sender, "_call", lambda self, claim, payload, _deadline: self.slack.post(claim.method, payload))


def no_sweep(patch: pytest.MonkeyPatch) -> None:
    """Never looks for copies."""
    patch.setattr(bot.slack.sender, "remove_copies", lambda *_: 0)


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """Whoever comes settles the row, however old its claim."""
    settle: Callable[..., bool] = outbox._settle

    def unfenced(session: Any, claim: Claim, changes: Any) -> bool:
        found = session.connection().execute(outbox.OUTBOX.select().where(outbox.row.id == claim.id)).mappings().one()
        return settle(session, _with_fence(claim, int(found["fence"])), changes)

    patch.setattr(outbox, "_settle", unfenced)


def lost_answers_taken_for_refusals(patch: pytest.MonkeyPatch) -> None:
    """A lost answer counts as certainly not posted."""
    written = Sender._written

    def hopeful(self: Sender, session: Any, claim: Claim, outcome: Outcome, now: datetime) -> bool:
        if outcome.kind.value == "unknown":
            return outbox.settle_unsent(session, claim, error="lost", again_at=now)
        return written(self, session, claim, outcome, now)

    patch.setattr(Sender, "_written", hopeful)


def marked_before_it_is_sent(patch: pytest.MonkeyPatch) -> None:
    """An abandoned message counts as sent."""
    patch.setattr(doubts, "_missing", lambda store, claim, now: _given_up(store, claim, now))


def no_key(patch: pytest.MonkeyPatch) -> None:
    """The same letter is kept as often as it comes."""
    enqueue, numbers = outbox.enqueue, iter(range(10_000))

    def careless(session: Any, letter: Letter, now: datetime) -> str | None:
        fresh = Letter(dedupe_key=str(next(numbers)), kind="digest", channel_id="C1", payload=letter.payload)
        kept = enqueue(session, fresh, now)
        return kept if fresh.dedupe_key == letter.dedupe_key else None

    patch.setattr(outbox, "enqueue", careless)


BUGS = (no_reconciling, no_self_fence, no_sweep, no_fence, lost_answers_taken_for_refusals, marked_before_it_is_sent, no_key)


@pytest.mark.parametrize("plant", BUGS, ids=lambda plant: plant.__name__)
def test_the_model_finds_a_remedy_missing(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Office, settings=HUNT)  # type: ignore[no-untyped-call]


def _with_fence(claim: Claim, fence: int) -> Claim:
    return replace(claim, fence=fence)


def _given_up(store: Store, claim: Claim, now: datetime) -> int:
    with store.writing() as session:
        return int(outbox.settle_sent(session, claim, ts=None, channel=None, now=now))
