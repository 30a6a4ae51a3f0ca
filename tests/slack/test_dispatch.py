"""An acknowledgement is given once: by the listener with its answer, or early by the door, never before a record is kept."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_bolt import BoltRequest, BoltResponse

from bot.logs import CONTEXT
from bot.slack.ack import AckOnce
from bot.slack.dispatch import A_RUSH, NOTHING, Dispatcher
from bot.slack.loop import LoopThread

ANSWER = BoltResponse(status=200, body='{"text": "ready"}')


def request() -> BoltRequest:
    return BoltRequest(mode="socket_mode", body={})


def test_whoever_comes_first_settles_it() -> None:
    listener_first, door_first = AckOnce(may_be_early=True), AckOnce(may_be_early=True)

    assert listener_first.take()
    assert not listener_first.give_up()
    assert door_first.give_up()
    assert not door_first.take()


def test_a_press_that_records_something_is_never_acknowledged_early() -> None:
    promise = AckOnce(may_be_early=False)

    assert not promise.give_up()
    assert promise.take()


def test_of_many_at_once_one_settles_it() -> None:
    for _ in range(50):
        promise, gate = AckOnce(may_be_early=True), threading.Barrier(4)

        def settle(number: int, promise: AckOnce = promise, gate: threading.Barrier = gate) -> bool:
            gate.wait(5)
            return promise.take() if number % 2 else promise.give_up()

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(settle, range(4))) == 1


def test_a_ready_answer_is_what_is_acknowledged() -> None:
    assert _answer(lambda request: ANSWER, {"command": "/cx"}) is ANSWER


def test_a_late_answer_to_a_command_is_acknowledged_empty_and_runs_on() -> None:
    done = threading.Event()

    def slow(request: BoltRequest) -> BoltResponse:
        threading.Event().wait(0.2)
        assert not request.context["promise"].take(), "the answer must go another way"
        done.set()
        return ANSWER

    assert _answer(slow, {"command": "/cx"}, early_after_s=0.05).body == ""
    assert done.is_set(), "it was waited for before leaving"


def test_a_late_press_is_waited_for() -> None:
    def slow(request: BoltRequest) -> BoltResponse:
        threading.Event().wait(0.2)
        assert request.context["promise"].take()
        return ANSWER

    assert _answer(slow, {"type": "block_actions"}, early_after_s=0.05) is ANSWER


def test_a_press_that_only_reads_may_be_acknowledged_early() -> None:
    def slow(request: BoltRequest) -> BoltResponse:
        request.context["promise"].may_be_early = True
        threading.Event().wait(0.2)
        return ANSWER

    assert _answer(slow, {"type": "block_actions"}, early_after_s=0.05).body == ""


def test_a_full_pool_delays_no_acknowledgement() -> None:
    gate = threading.Event()

    def stuck(request: BoltRequest) -> BoltResponse:
        gate.wait(10)
        return ANSWER

    async def five(dispatcher: Dispatcher) -> list[BoltResponse]:
        answers = await asyncio.gather(*(dispatcher.answer(request(), {"command": "/cx"}) for _ in range(5)))
        gate.set()
        await dispatcher.drain(5)
        return list(answers)

    with ThreadPoolExecutor(2) as pool:
        dispatcher = Dispatcher(app=stuck, pool=pool, early_after_s=0.05)
        answers = asyncio.run(five(dispatcher))

    assert [answer.body for answer in answers] == [""] * 5
    assert (dispatcher.handled, dispatcher.early) == (5, 5)


def test_every_delivery_has_a_name_in_the_log_and_its_time_is_told(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[dict[str, str]] = []
    measured: list[tuple[str, float]] = []

    def look(_request: BoltRequest) -> BoltResponse:
        seen.append(dict(CONTEXT.get()))
        return ANSWER

    bodies = [
        {"command": "/cx", "user_id": "U1"},
        {"type": "block_actions", "user": {"id": "U2"}},
        {"type": "event_callback", "event": {"type": "message", "user": "U3"}},
        {"type": "made up by somebody"},
    ]

    async def all_of_them(dispatcher: Dispatcher) -> None:
        for body in bodies:
            await dispatcher.answer(BoltRequest(mode="socket_mode", body=body), body)

    with ThreadPoolExecutor(2) as pool, caplog.at_level(logging.INFO, "cx.dispatch"):
        asyncio.run(all_of_them(Dispatcher(app=look, pool=pool, observe=lambda kind, took_s: measured.append((kind, took_s)))))

    assert [one["user"] for one in seen] == ["U1", "U2", "U3", ""]
    assert len({one["request"] for one in seen}) == 4
    assert [kind for kind, _ in measured] == ["command", "block_actions", "event_callback", "other"]
    assert all(0 <= took_s < 60 for _, took_s in measured)
    assert [record.getMessage() for record in caplog.records] == ["answered"] * 4


def test_a_rush_is_no_calm_and_ends() -> None:
    calm: list[bool] = []

    async def rush(dispatcher: Dispatcher, size: int) -> None:
        await asyncio.gather(*(dispatcher.answer(request(), {}) for _ in range(size)))

    for size in (A_RUSH - 1, A_RUSH):
        together = threading.Barrier(size)
        with ThreadPoolExecutor(size) as pool:
            dispatcher = Dispatcher(app=lambda _: NOTHING, pool=pool)

            def look(_: object, together: threading.Barrier = together, dispatcher: Dispatcher = dispatcher) -> BoltResponse:
                together.wait(20)
                calm.append(dispatcher.calm.is_set())
                together.wait(20)
                return NOTHING

            dispatcher.app = look
            asyncio.run(rush(dispatcher, size))
            assert dispatcher.calm.is_set()
            assert dispatcher.waiting == 0
    assert calm == [True] * (A_RUSH - 1) + [False] * A_RUSH


def test_a_loop_in_a_thread_runs_things_tells_errors_and_ends() -> None:
    doors = LoopThread()
    doors.start()

    async def seven() -> int:
        return 7

    async def wrong() -> None:
        raise ValueError("wrong")

    assert doors.run(seven(), 5) == 7
    with pytest.raises(ValueError, match="wrong"):
        doors.run(wrong(), 5)
    doors.loop.call_soon_threadsafe(lambda: asyncio.ensure_future(asyncio.sleep(60)))
    doors.stop()
    assert not doors.is_alive()


def _answer(app: object, body: dict[str, str], early_after_s: float = 5.0) -> BoltResponse:
    async def run(dispatcher: Dispatcher) -> BoltResponse:
        answer = await dispatcher.answer(request(), body)
        await dispatcher.drain(5)
        return answer

    with ThreadPoolExecutor(2) as pool:
        return asyncio.run(run(Dispatcher(app=app, pool=pool, early_after_s=early_after_s)))  # type: ignore[arg-type]
