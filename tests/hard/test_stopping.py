"""Asked to stop at any moment of a long first reading, cx ends within ten seconds, in order, and loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.store.engine import damage, open_store
from tests.cli.test_run import environment
from tests.hard.conftest import Tell
from tests.hard.scale import idle_share

SLOWEST_S, LONGEST_S, QUIET = 10.0, 60.0, 0.6


@pytest.mark.alone
@pytest.mark.parametrize("after_s", [1.0, 5.0])
def test_a_long_reading_is_ended_in_time_without_an_error(tmp_path: Path, tell: Tell, after_s: float) -> None:
    idle = idle_share()
    with Sandbox.start() as sandbox:
        env = environment(sandbox, tmp_path) | {"CX_DEMO_SEED": "7"}
        log = tmp_path / "log"
        with log.open("w") as out:
            words = [sys.executable, "-m", "bot", "run"]
            process = subprocess.Popen(words, env=env, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT)
        sandbox.control.wait_for(lambda: sandbox.control.connections() or process.poll() is not None, 60)
        time.sleep(after_s)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(LONGEST_S)
        took_s = time.monotonic() - begun

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    # Where nothing is idle the system may have to end us: what is cut is as good as never begun.
    assert code == 0 or (code == -signal.SIGALRM and idle < QUIET)
    assert took_s < SLOWEST_S or idle < QUIET
    assert [line for line in lines if line["level"] in ("error", "critical")] == []
    store = open_store(f"sqlite:///{tmp_path / 'cx.db'}")
    assert damage(store) is None
    store.close()
    tell(f"SIGTERM {after_s:.0f} s into a first reading", exit_code=code, seconds=f"{took_s:.1f}", errors_logged=0,
         idle_before=f"{idle:.0%}")  # fmt: skip
