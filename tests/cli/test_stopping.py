"""Whoever is asked to stop is gone in time, whatever hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

BEGIN = """
import importlib.util, os, re, signal, sqlite3, sys, threading, time
found = importlib.util.spec_from_file_location("stopping", "bot/cli/stopping.py")  # the rest of cx takes a second to import
stopping = importlib.util.module_from_spec(found)
found.loader.exec_module(stopping)
stopping.LATEST_S, stopping.AT_ANY_RATE_S = {latest}, {at_any_rate}
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
with stopping.stop_asked_in_time() as asked:
    def ask(): os.kill(os.getpid(), signal.SIGTERM)
    {hangs}
"""


@pytest.mark.parametrize(
    ("latest", "at_any_rate", "hangs", "code"),
    [
        (0.1, 30, "ask(); time.sleep(60)", 0),
        # One step of Python that takes for ever: no thread of ours gets its turn, and the system ends us.
        (0.1, 0.5, "ask(); sys.setswitchinterval(90); re.match('(a+)+$', 'a' * 60 + 'b')", -signal.SIGALRM),
        # One long step of SQLite's, during which no handler has its turn.
        (0.1, 30, "threading.Timer(0.2, ask).start(); sqlite3.connect('').execute(ENDLESS).fetchone()", 0),
        (30, 60, "ask(); assert asked.is_set()", 0),
    ],
)
def test_whatever_hangs_when_asked_to_stop_is_left_behind(latest: float, at_any_rate: float, hangs: str, code: int) -> None:
    words = BEGIN.format(latest=latest, at_any_rate=at_any_rate, hangs=hangs)
    ran = subprocess.run([sys.executable, "-c", words], cwd=ROOT, timeout=60, capture_output=True, check=False)
    assert ran.returncode == code, ran.stderr.decode()
    assert (b"what was cut is begun anew" in ran.stderr) == (code == 0 and latest < 1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_who_is_asked_before_everything_is_read_ends_at_once(tmp_path: Path, number: int, code: int) -> None:
    """The first process of a container would not be ended by a signal that it does not handle yet."""
    (tmp_path / "typer.py").write_text("import time; print('reading', flush=True); time.sleep(60)")
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    words = [sys.executable, "-m", "bot", "run"]
    with subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"reading\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=30)

    assert (process.returncode, said) == (code, b"")
