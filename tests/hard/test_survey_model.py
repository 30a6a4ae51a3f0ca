"""Answers against every order of presses, repeats, strangers and lost units of work; the same machine finds planted bugs."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from bot.store.engine import open_store
from bot.surveys import admitting, answering
from tests.hard.conftest import MEMORY, Tell
from tests.hard.paper_slack import Killed
from tests.hard.scale import scaled
from tests.surveys.cast import CARLA, NOW, action_ts, add_invitation, token
from tests.surveys.test_hostile_deliveries import ELSEWHERE, LATE, STRANGER, Sent, check, deliver, score_of

STEPS = 25
MODEL = settings(max_examples=scaled(40, least=6), stateful_step_count=STEPS, deadline=None, database=None)
HUNT = settings(
    max_examples=2_000, stateful_step_count=STEPS, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
)  # fmt: skip
NUMBERS = (1, 2, 3)
TEMPLATE: list[Path] = []
RUNS = {"deliveries": 0, "lost": 0}
which, when = st.sampled_from(NUMBERS), st.integers(0, 9)


class Office(RuleBasedStateMachine):
    """Three invitations and everybody's presses; each answer must be the newest one that its own person pressed in time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cx-model-", dir=MEMORY if MEMORY.is_dir() else None))
        shutil.copyfile(TEMPLATE[0], self.folder / "cx.db")
        self.store = open_store(f"sqlite:///{self.folder / 'cx.db'}")
        self.came: list[Sent] = []
        for number in NUMBERS:
            add_invitation(self.store, number)

    @rule(number=which, pressed=when)
    def press(self, number: int, pressed: int) -> None:
        self.come(Sent(number=number, score=score_of(number, pressed), pressed=pressed))

    @rule(nth=st.integers(0, 20))
    def come_again(self, nth: int) -> None:
        if self.came:
            self.come(self.came[nth % len(self.came)])

    @rule(number=which, pressed=when, by=st.sampled_from([STRANGER, ELSEWHERE]))
    def meddle(self, number: int, pressed: int, by: object) -> None:
        self.come(Sent(number=number, score=5, pressed=pressed, by=by))  # type: ignore[arg-type]

    @rule(number=which, pressed=when, wrong=st.sampled_from(["late", "scale", "token"]))
    def press_wrongly(self, number: int, pressed: int, wrong: str) -> None:
        facts = {"late": {"now": LATE}, "scale": {"score": 9}, "token": {"number": -number}}[wrong]
        self.come(Sent(**({"number": number, "score": 5, "pressed": pressed} | facts)))  # type: ignore[arg-type]

    @rule(number=which, pressed=when)
    def die_before_the_commit(self, number: int, pressed: int) -> None:
        RUNS["lost"] += 1
        with contextlib.suppress(Killed), self.store.writing() as session:
            answering.record_click(session, token(number), 5, by=CARLA, action_ts=action_ts(pressed + 50), now=NOW)
            raise Killed

    def come(self, sent: Sent) -> None:
        RUNS["deliveries"] += 1
        deliver(self.store, sent)
        self.came.append(sent)

    def teardown(self) -> None:
        try:
            check(self.store, self.came, NUMBERS)
        finally:
            self.store.close()
            shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def template(sqlite_template: Path) -> Iterator[None]:
    TEMPLATE.append(sqlite_template)
    yield
    TEMPLATE.clear()


def test_the_newest_honest_press_counts(tell: Tell) -> None:
    RUNS.update(deliveries=0, lost=0)
    run_state_machine_as_test(Office, settings=MODEL)  # type: ignore[no-untyped-call]
    tell("model of a survey", **RUNS, violations=0)


def last_to_come_counts(patch: pytest.MonkeyPatch) -> None:
    """Whatever comes later counts, whenever it was pressed."""
    numbers = iter(range(1_000_000))
    patch.setattr(answering, "read_action_ts", lambda _: f"{next(numbers):010d}.000000")


def anybody_may_answer(patch: pytest.MonkeyPatch) -> None:
    """Who holds the token may use it."""
    patch.setattr(answering, "admit", lambda session, found, *, by, now: admitting.admit(session, found, by=CARLA, now=now))


@pytest.mark.parametrize("plant", [last_to_come_counts, anybody_may_answer], ids=lambda plant: plant.__name__)
def test_the_model_finds_a_remedy_missing(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Office, settings=HUNT)  # type: ignore[no-untyped-call]
