"""`make hard`: everything at once but what measures time, that by itself, the whole of what `make test` samples, and then
one table of what was tried and found.

python -m tests.hard [FILE ...]"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.hard.forking import ROOT

TOGETHER = ("-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder", "-m", "not alone")
ALONE = ("-m", "alone")
WHOLE = ("-n", "3", "--dist", "loadfile", "-o", "timeout=900", "-m", "sampled")
NOTHING_TO_RUN = 5
TEXTS = "20000"
"""Texts for the language, unless CX_FUZZ_TEXTS says more: two million take seven minutes by themselves."""


def main(files: list[str]) -> int:
    """Run, print, and say by the exit code whether all of it held."""
    begun, codes = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="cx-hard-") as folder:
        told = Path(folder) / "found.jsonl"
        env = {"CX_FUZZ_TEXTS": TEXTS} | os.environ | {"CX_FOUND": str(told)}
        for how in (TOGETHER, ALONE):
            codes.append(_run([*how, *(files or ["tests/hard"])], env))
        if not files:
            codes.append(_run(WHOLE, env | {"CX_THOROUGH": "1"}))
        found = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
    for one in found:
        sys.stdout.write(f"| {one['tried']} | {one['found']} |\n")
    cores, load = os.cpu_count(), os.getloadavg()[2]
    sys.stdout.write(f"{len(found)} trials in {time.monotonic() - begun:.0f} s on {cores} cores, load {load:.1f}\n")
    return int(any(code not in (0, NOTHING_TO_RUN) for code in codes))


def _run(words: Sequence[str], env: Mapping[str, str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--durations=12", *words], cwd=ROOT, env=env, check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
