"""A process that runs for months does not grow: what is given up leaves it. The hour itself is `make soak`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.memory import TUNABLES

ROOT = Path(__file__).resolve().parents[1]

SCRIPT = """
import gc, json, sys
from collections import deque
from pathlib import Path
from bot.memory import give_back, spare_the_collector

def megabytes():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line) / 1024

class Ring:
    alive = 0
    def __init__(self):
        self.itself = self
        Ring.alive += 1
    def __del__(self):
        Ring.alive -= 1

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


HOARD = """
import ctypes, json, os, sys, threading
from bot.memory import hoard_nothing

began = os.environ.setdefault("BEGAN_AS", str(os.getpid()))
if "hoard" not in sys.argv:
    hoard_nothing()

C = ctypes.CDLL(None)
C.malloc.restype, C.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
class Told(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena o s b bd us fs used free keep".split()]
C.mallinfo2.restype = Told

met, seen = threading.Barrier(25), threading.Barrier(25)
def come_and_go():
    for piece in [C.malloc(size) for size in range(24, 1032, 16) for _ in range(7)]:
        C.free(piece)
    met.wait()
    seen.wait()
before = C.mallinfo2().used
threads = [threading.Thread(target=come_and_go) for _ in range(24)]
for thread in threads:
    thread.start()
met.wait()
kept = C.mallinfo2().used - before
seen.wait()
print(json.dumps({"kept": kept, "same": began == str(os.getpid()), "words": sys.argv[1:]}))
"""


BEGINNINGS = """
import json, os, sys
from bot.memory import hoard_nothing

beginnings = os.environ["BEGINNINGS"] = os.environ.get("BEGINNINGS", "") + "I"
if "privileged" in sys.argv:
    begin = os.execve
    os.execve = lambda program, words, env: begin(program, words, {name: env[name] for name in env if name != "GLIBC_TUNABLES"})
if "forbidden" in sys.argv:
    def os_execve(*_): raise PermissionError
    os.execve = os_execve
if len(beginnings) < 4:
    hoard_nothing()
print(json.dumps(len(beginnings)))
"""


def told(*words: str, script: str = SCRIPT, called: str = sys.executable, path: str = "") -> Any:
    env = {name: value for name, value in os.environ.items() if name != TUNABLES} | {"PYTHONPATH": str(ROOT)}
    words = (called, "-c", script, *words)
    env["PATH"] = os.pathsep.join(filter(None, (path, os.environ["PATH"])))
    done = subprocess.run(words, executable=sys.executable, capture_output=True, text=True, timeout=60, check=True, env=env)
    return json.loads(done.stdout)


def test_garbage_does_not_wait_for_as_much_as_a_quarter_of_what_stays() -> None:
    spared = told("spared")
    assert spared["frozen"] > 800_000
    assert spared["waiting"] < 100_000  # of 141,000


def test_pages_between_what_stays_go_back_to_the_machine() -> None:
    found = told()
    assert found["before"] - found["after"] > 20


def test_threads_keep_nothing_at_hand_in_a_process_that_is_the_same_one_begun_anew() -> None:
    hoarding, shared = told("hoard", script=HOARD), told("some", "words", script=HOARD)
    assert hoarding["kept"] > 4_000_000
    assert shared["kept"] < 1_000_000
    assert (shared["same"], shared["words"]) == (True, ["some", "words"])


def test_it_is_begun_anew_once_even_where_the_system_drops_the_variable_each_time() -> None:
    """As it does for an interpreter that may take low ports, from the C library's version 2.39 on."""
    assert told(script=BEGINNINGS) == 2
    assert told("privileged", script=BEGINNINGS) == 2


def test_where_it_cannot_be_begun_anew_it_goes_on_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "cx").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "cx").chmod(0o755)

    assert told("forbidden", script=BEGINNINGS) == 1
    assert told(script=BEGINNINGS, called="cx", path=str(tmp_path)) == 1, "Python takes the script for itself"
    assert told(script=BEGINNINGS, called="nowhere") == 1, "Python does not know where it is"
