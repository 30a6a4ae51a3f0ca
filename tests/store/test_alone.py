"""One bot a SQLite file: the second is refused in words, and the lock ends with whoever held it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import BadConfig
from bot.store.alone import alone
from bot.store.engine import Store

HOLD = """
import sys
from bot.store.alone import alone
from bot.store.engine import open_store
with alone(open_store(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_refused_and_told_who_is_there(sqlite_store: Store) -> None:
    with alone(sqlite_store), pytest.raises(BadConfig) as refused, alone(sqlite_store):
        pass

    sentence = refused.value.sentence()
    assert f"Another cx (process {os.getpid()}) is running over" in sentence
    assert "cx.db. A SQLite file carries one." in sentence
    assert "PostgreSQL" in sentence
    assert refused.value.exit_code == 78


def test_who_leaves_makes_room(sqlite_store: Store) -> None:
    for _ in range(2):
        with alone(sqlite_store):
            pass


def test_who_is_killed_makes_room(sqlite_store: Store, sqlite_url: str) -> None:
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", HOLD, sqlite_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, env=os.environ | {"PYTHONPATH": root}, text=True) as other:  # type: ignore[call-overload]
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BadConfig, match=f"process {other.pid}"), alone(sqlite_store):
            pass
        other.kill()
        other.wait(10)
    with alone(sqlite_store):
        pass


def test_any_number_may_share_a_server(postgres_store: Store) -> None:
    with alone(postgres_store), alone(postgres_store):
        pass
