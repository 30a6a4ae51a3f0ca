"""The scheduler never dies in silence: killed thread, broken store, broken trigger, hang; each is found within a minute."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import now
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store.engine import Store
from jobs.clockwork import DEAD_AFTER_S, LOOK_EVERY_S, Clockwork
from jobs.job import Job, Tick
from tests.hard.conftest import Tell
from tests.hard.scale import scaled

A_MINUTE = 60.0


class Hand:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@contextmanager
def wound_up(store: Store, hand: Hand, ran: list[int]) -> Iterator[Clockwork]:
    """A metronome by a clock that stands still, and nobody looking after it but the test."""
    job = Job(slug="send", says="Counts.", every=timedelta(seconds=0.02), run=lambda tick: _count(ran, tick))
    clockwork = Clockwork(
        jobs=(job,), store=store, settings=read_settings({}), slack=Slack("xoxb-1", "http://127.0.0.1:9/api/"), now=now,
        clock=hand, instance="test", look_every_s=3600.0, pulse_every_s=0.02,
    )  # fmt: skip
    clockwork.start()
    try:
        yield clockwork
    finally:
        clockwork.stopping.set()
        clockwork.look_every_s = 0.0
        clockwork.stop(within_s=2)


def broken_store(scheduler: Any, _gate: threading.Event) -> None:
    scheduler._jobstores["default"].update_job = _lightning
    scheduler.wakeup()


def broken_trigger(scheduler: Any, _gate: threading.Event) -> None:
    scheduler.modify_job("send", trigger=LostTrigger(seconds=1))


def killed_thread(scheduler: Any, _gate: threading.Event) -> None:
    scheduler._process_jobs = _lightning
    scheduler.wakeup()


def hanging_store(scheduler: Any, gate: threading.Event) -> None:
    scheduler._jobstores["default"].get_due_jobs = lambda _now: gate.wait(30) and []
    scheduler.wakeup()


class LostTrigger(IntervalTrigger):  # type: ignore[misc]
    """A trigger with a mistake in it that nothing caught."""

    def get_next_fire_time(self, previous_fire_time: Any, now: Any) -> Any:
        raise RuntimeError("a trigger failed")


DEATHS: tuple[Callable[[Any, threading.Event], None], ...] = (killed_thread, broken_store, broken_trigger, hanging_store)


def test_every_death_is_found_within_a_minute(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, tell: Tell) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    found: Counter[str] = Counter()
    slowest, ran, hand = 0.0, list[int](), Hand()
    with wound_up(sqlite_store, hand, ran) as clockwork:
        for turn in range(scaled(100, least=8)):
            die, gate = DEATHS[turn % len(DEATHS)], threading.Event()
            _until(lambda: clockwork.is_alive() and clockwork.pulse_at == hand.at)
            die(clockwork.scheduler, gate)
            _until_still(clockwork, die)
            slowest = max(slowest, _looked_for(clockwork, hand))
            found[die.__name__] += 1
            before = len(ran)
            _until(lambda before=before: len(ran) > before)  # type: ignore[misc]
            gate.set()

    tell("deaths of the scheduler", **found, found=found.total(), slowest_s=slowest)
    assert found.total() == clockwork.rewound
    assert slowest <= A_MINUTE


def _looked_for(clockwork: Clockwork, hand: Hand) -> float:
    """Let the supervisor look every few seconds of a clock of ours; seconds until it found the metronome dead."""
    begun = hand.at
    while not clockwork.look():
        hand.at += LOOK_EVERY_S
        assert hand.at - begun <= 2 * A_MINUTE, "it was never found"
    return hand.at - begun + LOOK_EVERY_S  # It may have died right after a look.


def _until_still(clockwork: Clockwork, die: Callable[..., None]) -> None:
    """Until the thread is dead; a hang shows in the pulse alone."""
    scheduler: Any = clockwork.scheduler
    if die is hanging_store:
        time.sleep(0.1)
    else:
        _until(lambda: not scheduler._thread.is_alive())
    assert clockwork.clock() - clockwork.pulse_at < DEAD_AFTER_S


def _until(look: Callable[[], Any]) -> None:
    until = time.monotonic() + 20
    while not look():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


def _count(ran: list[int], _tick: Tick) -> int:
    ran.append(1)
    return 1


def _lightning(*_args: object, **_named: object) -> Any:
    raise RuntimeError("lightning")
