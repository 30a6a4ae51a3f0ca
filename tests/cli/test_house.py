"""The running bot as a whole: either door, no thread that starves another, and an end that comes in time."""

from __future__ import annotations

import gc
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import house as house_module
from bot.cli.house import House
from bot.errors import BadConfig
from bot.sandbox import Sandbox
from bot.sandbox.options import Options
from bot.settings import Settings, read_settings
from bot.slack.loop import LoopThread
from bot.slack.socket import SocketDoor
from bot.store.engine import Store
from bot.store.ledger import beat
from jobs.job import Job, Tick


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off", file_seconds=0.0)) as started:
        yield started


def settings(sandbox: Sandbox, home: Path, **more: str) -> Settings:
    env = {
        "CX_SLACK_BOT_TOKEN": sandbox.bot_token,
        "CX_SLACK_APP_TOKEN": sandbox.app_token,
        "CX_SLACK_SIGNING_SECRET": sandbox.signing_secret,
        "CX_SLACK_API_URL": sandbox.api_url,
        "CX_HOME": str(home),
        "CX_HTTP_PORT": "0",
    }
    return read_settings(env | more)


def test_slack_comes_by_http_where_the_setting_says_so(sandbox: Sandbox, sqlite_store: Store, tmp_path: Path) -> None:
    house = House(settings=settings(sandbox, tmp_path, CX_SLACK_DOOR="http"), store=sqlite_store)
    house.open()
    try:
        sandbox.control.options(request_url=f"http://127.0.0.1:{house.http.port}/slack/events")
        delivery = sandbox.control.slash("/cx help")
        assert delivery["state"] == "acked"
        assert sandbox.control.connections() == []
        assert house._ready().ok
    finally:
        assert house.close()


@pytest.mark.parametrize(
    ("missing", "door"),
    [("CX_SLACK_BOT_TOKEN", "socket"), ("CX_SLACK_APP_TOKEN", "socket"), ("CX_SLACK_SIGNING_SECRET", "http")],
)
def test_a_missing_token_is_named_and_leaves_nothing_open(
    sandbox: Sandbox, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, door: str
) -> None:
    opened: list[LoopThread] = []
    monkeypatch.setattr(house_module, "LoopThread", lambda: opened.append(LoopThread()) or opened[-1])
    before = set(threading.enumerate())

    with pytest.raises(BadConfig, match=f"{missing} is missing"):
        House(settings=settings(sandbox, tmp_path, CX_SLACK_DOOR=door, **{missing: ""}), store=sqlite_store)
    gc.collect()

    assert opened == [], "a loop that is never closed is a warning at the end"
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("cx-")]
    assert left == [], "others may begin and end meanwhile"


def test_a_port_that_is_taken_is_said_with_the_way_out(sandbox: Sandbox, sqlite_store: Store, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        house = House(settings=settings(sandbox, tmp_path, CX_HTTP_PORT=port), store=sqlite_store)
        with pytest.raises(BadConfig, match=f"Port {port} on 127.0.0.1 cannot be used") as refused:
            house.open()

    assert "CX_HTTP_PORT" in refused.value.sentence()


def test_replicas_share_the_connections_that_slack_allows_an_app(
    sandbox: Sandbox, postgres_store: Store, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[int] = []

    async def want(_self: SocketDoor, connections: int) -> None:
        wanted.append(connections)

    monkeypatch.setattr(SocketDoor, "want", want)
    for store in (postgres_store, sqlite_store):
        house = House(settings=settings(sandbox, tmp_path), store=store)
        house.doors.start()
        try:
            for others in (1, 4, 5, 12):
                with store.writing() as session:
                    for number in range(others):
                        beat(session, f"replica:{number}", "other", house.now())
                    beat(session, "replica:long gone", "other", house.now() - timedelta(minutes=2))
                house.share_sockets()
        finally:
            house.close()
    assert wanted == [2, 2, 1, 1], "and over a SQLite file nobody shares"


def test_deliveries_what_follows_them_and_health_have_threads_of_their_own(
    sandbox: Sandbox, sqlite_store: Store, tmp_path: Path
) -> None:
    house = House(settings=settings(sandbox, tmp_path), store=sqlite_store)

    assert len({id(house.pool), id(house.later), id(house.watchers)}) == 3
    assert house.http.pool is house.watchers
    assert house.pool._max_workers >= 16
    house.doors.loop.close()


def test_a_job_that_takes_long_is_asked_to_end_and_the_house_closes_in_time(
    sandbox: Sandbox, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, told = threading.Event(), threading.Event()

    def long(tick: Tick) -> int:
        begun.set()
        while not tick.stopping():
            told.wait(0.01)
        told.set()
        return 1

    monkeypatch.setattr(house_module, "JOBS", (Job(slug="long", says="Takes long.", every=timedelta(minutes=1), run=long),))
    house = House(settings=settings(sandbox, tmp_path), store=sqlite_store)
    house.open()
    assert begun.wait(20)

    assert house.close()
    assert told.is_set()


def test_a_job_that_does_not_listen_is_left_behind_and_said(
    sandbox: Sandbox, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun, gate = threading.Event(), threading.Event()

    def deaf(_tick: Tick) -> int:
        begun.set()
        gate.wait(30)
        return 1

    monkeypatch.setattr(house_module, "JOBS", (Job(slug="deaf", says="Does not listen.", every=timedelta(minutes=1), run=deaf),))
    house = House(settings=settings(sandbox, tmp_path), store=sqlite_store)
    house.open()
    assert begun.wait(20)
    with caplog.at_level(logging.WARNING):
        ended = house.close(within_s=0.5)
    gate.set()

    assert not ended
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_the_bot_leaves_drawing_and_its_memory_to_another_process() -> None:
    told = "import bot.cli.house, sys; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
