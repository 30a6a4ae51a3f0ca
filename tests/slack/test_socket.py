"""Slack is heard through refreshes, cuts and silence, and what was begun is finished before we leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.store.engine import Store
from bot.views.message import Message
from commands.command import Ask, Reply
from tests.slack.running import ECHO, Bot, command, running, saying


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off", ping_seconds=0.2)) as started:
        yield started


def test_no_command_is_lost_while_every_connection_is_replaced(sqlite_store: Store, sandbox: Sandbox) -> None:
    with running(sqlite_store, sandbox, ping_s=5.0) as bot:
        before = set(bot.control.connections())
        bot.control.disconnect("warning")
        deliveries = list(_asked_until(bot, lambda: not before & set(bot.control.connections())))
        deliveries.append(bot.control.slash("/cx echo and there"))

    assert len(deliveries) > 5
    assert {(delivery["state"], delivery["failure"]) for delivery in deliveries} == {("acked", "")}


def _asked_until(bot: Bot, replaced: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    until = time.monotonic() + 60
    while not replaced():
        assert time.monotonic() < until, "every connection is replaced"
        yield bot.control.slash("/cx echo still here?")
        time.sleep(0.02)


def test_an_answer_that_finds_no_connection_waits_for_the_next(sqlite_store: Store, sandbox: Sandbox) -> None:
    cutting = command("cut", lambda ask: saying(f"cut {sandbox.control.drop_sockets()}")(ask))
    with running(sqlite_store, sandbox, commands=(cutting,)) as bot:
        delivery = bot.control.slash("/cx cut")
        assert (delivery["state"], delivery["answer"]["text"]) == ("acked", "cut 2")


def test_a_refresh_without_warning_is_followed_at_once(sqlite_store: Store, sandbox: Sandbox) -> None:
    with running(sqlite_store, sandbox) as bot:
        bot.control.disconnect("refresh_requested")
        bot.control.wait_for(lambda: len(bot.control.connections()) == 2)
        assert bot.control.slash("/cx echo back")["state"] == "acked"


def test_cut_connections_come_back(sqlite_store: Store, sandbox: Sandbox) -> None:
    with running(sqlite_store, sandbox) as bot:
        assert bot.control.drop_sockets() == 2
        bot.control.wait_for(lambda: len(bot.control.connections()) == 2)
        assert bot.control.slash("/cx echo back")["answer"]["text"] == "you said: back"


def test_connections_that_went_deaf_are_replaced(sqlite_store: Store, sandbox: Sandbox) -> None:
    with running(sqlite_store, sandbox) as bot:
        before = set(bot.control.connections())
        bot.control.deafen_sockets()
        bot.control.wait_for(lambda: len(set(bot.control.connections()) - before) == 2)
        assert bot.control.slash("/cx echo back")["state"] == "acked"


def test_the_watchdog_replaces_a_connection_the_sdk_forgot(
    sqlite_store: Store, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(sqlite_store, sandbox, connections=1) as bot:
        [line] = bot.door._lines
        for task in (line.client.current_session_monitor, line.client.message_receiver):
            assert task is not None
            bot.doors.loop.call_soon_threadsafe(task.cancel)
        bot.control.wait_for(lambda: bot.door.rebuilt == 1)
        bot.control.wait_for(lambda: bot.door.hearing() == 1)
        assert bot.control.slash("/cx echo back")["state"] == "acked"


def test_slack_being_down_at_the_start_is_no_reason_to_fail(sqlite_store: Store, sandbox: Sandbox) -> None:
    sandbox.control.fault("drop", method="apps.connections.open", times=2)
    with running(sqlite_store, sandbox) as bot:
        assert bot.control.slash("/cx echo up")["state"] == "acked"


def test_it_tells_how_many_share_the_token(sqlite_store: Store, sandbox: Sandbox) -> None:
    with running(sqlite_store, sandbox, connections=3) as bot:
        assert bot.door.neighbours() == 3


def test_connections_are_given_up_for_others_and_taken_again(sqlite_store: Store, sandbox: Sandbox) -> None:
    with running(sqlite_store, sandbox) as bot:
        bot.doors.run(bot.door.want(1), 5)
        bot.control.wait_for(lambda: len(bot.control.connections()) == 1)
        assert bot.control.slash("/cx echo alone")["state"] == "acked"
        bot.doors.run(bot.door.want(0), 5)
        assert len(bot.door._lines) == 1, "one is kept, whoever wants none"
        bot.doors.run(bot.door.want(3), 5)
        bot.control.wait_for(lambda: len(bot.control.connections()) == 3)
        assert bot.control.slash("/cx echo three")["state"] == "acked"


def test_leaving_finishes_what_was_begun(sqlite_store: Store, sandbox: Sandbox) -> None:
    begun, gate = threading.Event(), threading.Event()

    def slow(ask: Ask) -> Reply:
        begun.set()
        gate.wait(10)
        return Reply(message=Message(text="finished"))

    with running(sqlite_store, sandbox, commands=[command("slow", slow), ECHO]) as bot, ThreadPoolExecutor(1) as person:
        typed = person.submit(bot.control.slash, "/cx slow")
        assert begun.wait(5)
        closing = threading.Thread(target=lambda: bot.doors.run(bot.door.close(), 15))
        closing.start()
        gate.set()
        closing.join(15)
        assert typed.result(5)["state"] == "acked"
        bot.control.wait_for(lambda: not bot.control.connections())
