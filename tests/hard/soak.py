"""`make soak`: one real `cx run` for an hour under commands and charts; how its memory and its descriptors grow.

CX_SOAK_MINUTES says for how long. What is kept on purpose is filled before; the first fifth is warming up and does not count."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import linear_regression

from bot.sandbox import Options, Sandbox
from bot.store.engine import open_store
from bot.store.schema import ensure_schema
from bot.views.render import KEPT
from tests.cli.test_run import running

MINUTES = float(os.environ.get("CX_SOAK_MINUTES", "60"))
LOOK_EVERY_S, PATIENCE_S = 2.0, 120.0
FILLING, AT_ONCE = 2_500, 12
"""Commands, and how many people ask them at a time, until each connection that is kept has met what it will be asked."""
LENGTHS = 360
"""Of windows, and so that many different pictures: a shelf that forgot none would grow to the end of the hour."""
MOST_MB_AN_HOUR = 1.0
WORDS = (
    "volume last {n} days by day chart",
    "define frt",
    "status",
    "backlog",
    "frt last {n} days by agent",
    "help",
    "csat last {n} days",
)


def main() -> int:
    """Ask for so long, print the slopes, and say by the exit code whether they are flat."""
    with tempfile.TemporaryDirectory(prefix="cx-soak-") as folder, Sandbox.start(options=Options(limits="off")) as sandbox:
        template = Path(folder) / "template.db"
        store = open_store(f"sqlite:///{template}")
        ensure_schema(store)
        store.close()
        with running(sandbox, Path(folder) / "home", template) as bot:
            _fill(sandbox)
            samples = _asked(sandbox, bot.process.pid)
    counted = samples[len(samples) // 5 :]
    hours = [at / 3600 for at, _, _ in counted]
    memory = linear_regression(hours, [mb for _, mb, _ in counted]).slope
    descriptors = linear_regression(hours, [float(count) for _, _, count in counted]).slope
    sys.stdout.write(
        f"{len(samples)} commands in {MINUTES:.0f} min: RSS {counted[0][1]:.1f} to {counted[-1][1]:.1f} MB, "
        f"{memory:+.2f} MB an hour; "
        f"descriptors {counted[0][2]} to {counted[-1][2]}, {descriptors:+.1f} an hour\n"
    )
    return int(memory >= MOST_MB_AN_HOUR or abs(descriptors) >= 1)


def _fill(sandbox: Sandbox) -> None:
    """Draw more different pictures than are kept, and ask everything else in every length: until the shelf of pictures, the
    compiled statements, and the pages and statements that each connection to the store keeps are full, they only grow."""
    for number in range(KEPT + 8):
        assert sandbox.control.slash(f"/cx {WORDS[0].format(n=100 + number)}")["state"] == "acked"
        sandbox.control.wait_for(lambda number=number: len(sandbox.control.files()) > number, PATIENCE_S)
    questions = (f"/cx {WORDS[1 + number % 6].format(n=7 + number % LENGTHS)}" for number in range(FILLING))
    with ThreadPoolExecutor(AT_ONCE) as people:
        for said in people.map(sandbox.control.slash, questions):
            assert said["state"] == "acked"


def _asked(sandbox: Sandbox, pid: int) -> list[tuple[float, float, int]]:
    """Seconds, megabytes and open descriptors after each command."""
    begun, samples = time.monotonic(), []
    while (at := time.monotonic() - begun) < MINUTES * 60:
        words = WORDS[len(samples) % len(WORDS)].format(n=7 + len(samples) % LENGTHS)
        assert sandbox.control.slash(f"/cx {words}")["state"] == "acked"
        samples.append((at, _megabytes(pid), len(os.listdir(f"/proc/{pid}/fd"))))  # noqa: PTH208 - /proc has no directory of ours
        time.sleep(max(0.0, begun + (len(samples)) * LOOK_EVERY_S - time.monotonic()))
    return samples


def _megabytes(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    raise SystemExit(main())
