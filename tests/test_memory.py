"""A process that runs for months does not grow: what is given up leaves it. The hour itself is `make soak`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

SCRIPT = """
import gc, json, sys
from collections import deque
from pathlib import Path
from bot.memory import give_back, share_one_heap, spare_the_collector

def megabytes():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line) / 1024

class Ring:
    alive = 0
    def __init__(self):
        self.itself = self
        Ring.alive += 1
    def __del__(self):
        Ring.alive -= 1

share_one_heap()
lasting = [[] for _ in range(800_000)]
gc.collect()
if "spared" in sys.argv:
    spare_the_collector()
young = deque(maxlen=9_000)  # old enough to be looked at only when everything is
for _ in range(150_000):
    young.append(Ring())
waiting = Ring.alive - len(young)

rows = [bytes(2_000) for _ in range(20_000)]
stays = rows[::40]
del rows
before = megabytes()
give_back()
print(json.dumps({"waiting": waiting, "before": before, "after": megabytes(), "frozen": gc.get_freeze_count()}))
"""


def told(*words: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_garbage_does_not_wait_for_as_much_as_a_quarter_of_what_stays():
    spared = told("spared")
    assert spared["frozen"] > 800_000
    assert spared["waiting"] < 100_000  # of 141,000


def test_pages_between_what_stays_go_back_to_the_machine():
    found = told()
    assert found["before"] - found["after"] > 20
