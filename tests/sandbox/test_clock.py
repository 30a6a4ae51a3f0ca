"""The workspace's time: real, ahead on request, never backwards, and stamping each message once."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from bot.sandbox import Control, ControlRefused, Sandbox
from bot.sandbox.clock import Clock, Timers


def test_the_clock_starts_where_it_is_told_and_runs_on() -> None:
    start = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
    clock = Clock(starts_at=start)
    assert 0 <= clock.now() - start.timestamp() < 5


def test_it_moves_ahead_and_never_back() -> None:
    clock = Clock()
    before = clock.now()
    clock.advance(3600)
    assert clock.now() - before >= 3600
    assert clock.now() - clock.machine() >= 3599
    with pytest.raises(ValueError, match="ahead"):
        clock.advance(-1)


def test_no_two_stamps_are_alike_and_they_increase() -> None:
    clock = Clock()
    stamps = [clock.stamp() for _ in range(1000)]
    assert stamps == sorted(set(stamps), key=float)
    assert all(len(stamp.partition(".")[2]) == 6 for stamp in stamps)


def test_timers_run_in_order_once_due_and_not_before() -> None:
    async def scenario() -> None:
        clock, ran = Clock(), list[str]()
        timers = Timers(clock)
        timers.after(20, lambda: ran.append("second"))
        timers.after(10, lambda: ran.append("first"))
        timers.after(3600, lambda: ran.append("not yet"))
        turning = asyncio.create_task(timers.turn())
        await asyncio.sleep(0.01)
        assert ran == []
        clock.advance(30)
        timers.look_again()
        assert ran == ["first", "second"]
        timers.after(0.02, lambda: ran.append("by itself"))
        await asyncio.sleep(0.1)
        assert ran[-1] == "by itself"
        turning.cancel()

    asyncio.run(scenario())


def test_a_workspace_can_open_on_any_day() -> None:
    with Sandbox.start(starts_at=datetime(2026, 11, 1, 6, 30, tzinfo=UTC)) as sandbox:
        said = sandbox.control.say("hello")
        assert datetime.fromtimestamp(float(said["ts"]), UTC).date().isoformat() == "2026-11-01"


def test_advancing_takes_no_time(control: Control) -> None:
    started = time.monotonic()
    control.advance(365 * 86_400)
    assert time.monotonic() - started < 60
    with pytest.raises(ControlRefused, match="ahead"):
        control.advance(-5)
