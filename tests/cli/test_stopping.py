"""Whoever is asked to stop is gone in time, whatever hangs."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT

BEGIN = """
import os, re, signal, sys, time
from bot.cli import stopping
stopping.LATEST_S, stopping.AT_ANY_RATE_S = {latest}, {at_any_rate}
with stopping.stop_asked_in_time() as asked:
    os.kill(os.getpid(), signal.SIGTERM)
    {hangs}
"""


@pytest.mark.parametrize(
    ("latest", "at_any_rate", "hangs", "code"),
    [
        (0.1, 30, "time.sleep(60)", 0),
        # One step of Python that takes for ever: no thread of ours gets its turn, and the system ends us.
        (0.1, 0.5, "sys.setswitchinterval(90); re.match('(a+)+$', 'a' * 60 + 'b')", -signal.SIGALRM),
        (30, 60, "assert asked.is_set()", 0),
    ],
)
def test_whatever_hangs_when_asked_to_stop_is_left_behind(latest: float, at_any_rate: float, hangs: str, code: int) -> None:
    words = BEGIN.format(latest=latest, at_any_rate=at_any_rate, hangs=hangs)
    ran = subprocess.run([sys.executable, "-c", words], cwd=ROOT, timeout=60, capture_output=True, check=False)
    assert ran.returncode == code, ran.stderr.decode()
    assert (b"what was cut is begun anew" in ran.stderr) == (code == 0 and latest < 1)
