"""Every job is woken at its interval, one failure stops nobody, and a dead metronome is found and wound up again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import OperationalError

from bot.clock import monotonic, now
from bot.errors import StoreError
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.ledger import last_beat
from jobs.clockwork import BEAT, PULSE, Clockwork, steady_trigger
from jobs.job import Job, Tick

SOON = timedelta(seconds=0.05)


def job(slug: str, run: Callable[[Tick], int], every: timedelta = SOON) -> Job:
    return Job(slug=slug, says=f"Does {slug}.", every=every, run=run)


def wait_for(look: Callable[[], Any], within_s: float = 10.0) -> None:
    """Wait until it is so."""
    until = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


@contextmanager
def ticking(store: Store, *jobs: Job, **parts: Any) -> Iterator[Clockwork]:
    """A running clockwork that looks after itself every twentieth of a second."""
    slack = Slack("xoxb-1", "http://127.0.0.1:9/api/")
    wired: dict[str, Any] = {"now": now, "clock": monotonic, "look_every_s": 0.05}
    clockwork = Clockwork(jobs=jobs, store=store, settings=read_settings({}), slack=slack, instance="test", **(wired | parts))
    clockwork.start()
    try:
        yield clockwork
    finally:
        clockwork.stop()


def test_a_job_runs_at_once_and_again_and_again(sqlite_store: Store) -> None:
    ticks: list[Tick] = []

    def run(tick: Tick) -> int:
        ticks.append(tick)
        return 2

    with ticking(sqlite_store, job("send", run)) as clockwork:
        wait_for(lambda: len(ticks) >= 3)
        turn = clockwork.turns["send"]

    assert turn.done >= 4
    assert turn.failures == 0
    assert ticks[0].now.tzinfo is UTC
    assert ticks[0].store is sqlite_store


def test_a_job_with_a_long_interval_does_not_wait_for_it_first(sqlite_store: Store) -> None:
    ran = threading.Event()

    with ticking(sqlite_store, job("digest", lambda tick: _set(ran), every=timedelta(days=1))):
        assert ran.wait(5)


def test_one_failure_stops_neither_the_others_nor_its_own_next_turn(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    turns: list[str] = []

    def broken(tick: Tick) -> int:
        turns.append("broken")
        raise StoreError("The database is full of a customer's words.")

    caplog.set_level(logging.ERROR, "cx.clockwork")
    with ticking(sqlite_store, job("broken", broken), job("fine", lambda tick: turns.append("fine") or 1)) as clockwork:
        wait_for(lambda: turns.count("broken") >= 2 and turns.count("fine") >= 2)
        turn = clockwork.turns["broken"]

    assert turn.failures >= 2
    assert turn.last_error == "StoreError"
    assert turn.last_at is None, "a turn that failed is not a good one"
    assert "customer" not in "".join(record.getMessage() for record in caplog.records)


def test_what_fails_every_second_is_told_once_a_minute_in_words_of_ours(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    def away(tick: Tick) -> int:
        raise StoreError("The database does not answer.") from OperationalError("what carla wrote", {}, Exception())

    seconds, failing = [0.0], job("send", away, every=timedelta(days=1))
    caplog.set_level(logging.ERROR, "cx.clockwork")
    with ticking(sqlite_store, failing, clock=lambda: seconds[0]) as clockwork:
        wait_for(lambda: clockwork.turns["send"].failures)
        for second in range(119):
            seconds[0] = float(second)
            clockwork.take_turn(failing)

    told = [vars(record) for record in caplog.records if record.message.startswith("a job failed")]
    assert [(line["failures"], line["says"]) for line in told] == [(1, "The database does not answer."), (62, told[0]["says"])]


def test_a_job_never_runs_beside_itself(sqlite_store: Store) -> None:
    inside, most, gate = [0], [0], threading.Event()

    def slow(tick: Tick) -> int:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        gate.wait(0.3)
        inside[0] -= 1
        return 1

    with ticking(sqlite_store, job("slow", slow)) as clockwork:
        wait_for(lambda: clockwork.turns["slow"].skipped >= 2)
        gate.set()

    assert most == [1]


def test_a_slow_job_does_not_hold_up_the_others(sqlite_store: Store) -> None:
    gate, ran = threading.Event(), []

    with ticking(sqlite_store, job("slow", lambda tick: gate.wait(10) and 1), job("quick", lambda tick: ran.append(1) or 1)):
        wait_for(lambda: len(ran) >= 3)
        gate.set()


class BrokenTrigger(IntervalTrigger):  # type: ignore[misc]
    """A trigger with a mistake in it."""

    def get_next_fire_time(self, previous_fire_time: Any, now: Any) -> Any:
        raise RuntimeError("a trigger failed")


def test_a_metronome_whose_trigger_raised_is_found_and_wound_up_again(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    ran: list[int] = []
    with ticking(sqlite_store, job("send", lambda tick: ran.append(1) or 1)) as clockwork:
        wait_for(lambda: ran)
        assert clockwork.scheduler is not None
        clockwork.scheduler.modify_job("send", trigger=BrokenTrigger(seconds=1))
        wait_for(lambda: clockwork.rewound == 1)
        before = len(ran)
        wait_for(lambda: len(ran) > before)
        assert clockwork.is_alive()


def test_a_metronome_whose_store_raised_is_found_every_time(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    with ticking(sqlite_store, job("send", lambda tick: 1)) as clockwork:
        for death in range(1, 6):
            scheduler = clockwork.scheduler
            assert scheduler is not None
            scheduler._jobstores["default"].update_job = _broken
            scheduler.wakeup()
            wait_for(lambda death=death: clockwork.rewound == death and clockwork.is_alive())


def test_an_interval_goes_by_now_when_it_cannot_reckon() -> None:
    trigger, at = steady_trigger(15), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    assert trigger.get_next_fire_time(object(), at) == at + timedelta(seconds=15)


def test_a_metronome_that_hangs_is_replaced_too(sqlite_store: Store) -> None:
    gate, ran = threading.Event(), []
    with ticking(sqlite_store, job("send", lambda tick: ran.append(1) or 1), pulse_every_s=0.1, dead_after_s=1.0) as clockwork:
        wait_for(lambda: ran)
        hung = clockwork.scheduler
        assert hung is not None
        hung._jobstores["default"].get_due_jobs = lambda _now: gate.wait(20) and []
        wait_for(lambda: clockwork.rewound >= 1)
        assert clockwork.scheduler is not hung
        gate.set()


def test_the_beat_stands_in_the_store(sqlite_store: Store) -> None:
    with ticking(sqlite_store, job("send", lambda tick: 1)):
        wait_for(lambda: _beat(sqlite_store) is not None)


def test_jobs_are_kept_in_memory_under_their_own_names(sqlite_store: Store) -> None:
    with ticking(sqlite_store, job("send", lambda tick: 1), job("sync", lambda tick: 1)) as clockwork:
        assert clockwork.scheduler is not None
        kept = clockwork.scheduler.get_jobs()

    assert {one.id for one in kept} == {"send", "sync", PULSE, BEAT}
    assert all(one.coalesce and one.max_instances == 1 and one.misfire_grace_time is None for one in kept)


def test_stopping_lets_a_job_finish(sqlite_store: Store) -> None:
    begun, finished = threading.Event(), threading.Event()

    def run(tick: Tick) -> int:
        begun.set()
        time.sleep(0.2)
        finished.set()
        return 1

    with ticking(sqlite_store, job("send", run)):
        assert begun.wait(5)
    assert finished.is_set()


def test_lag_is_told_for_jobs_that_are_late(sqlite_store: Store) -> None:
    at = [datetime(2026, 11, 23, 9, 0, tzinfo=UTC)]
    minutely = job("sync", lambda tick: 1, every=timedelta(minutes=1))

    with ticking(sqlite_store, minutely, now=lambda: at[0]) as clockwork:
        wait_for(lambda: clockwork.turns["sync"].last_at is not None)
        assert clockwork.lag_s() == {"sync": 0.0}
        at[0] += timedelta(minutes=5)
        assert clockwork.lag_s() == {"sync": 240.0}


def _set(event: threading.Event) -> int:
    event.set()
    return 1


def _broken(*_args: object, **_named: object) -> Any:
    raise RuntimeError("a trigger or a store failed")


def _beat(store: Store) -> datetime | None:
    with store.reading() as session:
        return last_beat(session, "tick")


def test_replicas_tick_by_their_databases_clock_however_fast_their_own_is(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a lease of two minutes would be over as soon as somebody else took it, and a message be posted twice."""
    ticks: list[datetime] = []

    def run(tick: Tick) -> int:
        ticks.append(tick.now)
        return 0

    sends = job("send", run)
    monkeypatch.setattr("jobs.clockwork.machine_now", lambda: now() + timedelta(minutes=3))

    with ticking(postgres_store, sends, now=lambda: now() + timedelta(minutes=3)) as clockwork:
        clockwork.take_turn(sends)
        lag_s = clockwork.lag_s()["send"]

    assert abs(ticks[0] - now()) < timedelta(minutes=1)
    assert lag_s < 60
