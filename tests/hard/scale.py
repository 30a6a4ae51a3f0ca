"""How hard: CX_HARD=1.0 is what `make hard` runs, 0.1 a quick look, 10 a night."""

from __future__ import annotations

import os
import time
from pathlib import Path

HARD = float(os.environ.get("CX_HARD", "1.0"))


def scaled(number: int, *, least: int = 1) -> int:
    """So many of something, by how hard this run is."""
    return max(least, round(number * HARD))


def idle_share(*, over_s: float = 1.0) -> float:
    """How much of the processors nobody uses: what a promise of milliseconds can be asked of. 1 where it cannot be told."""
    before = _ticks()
    time.sleep(over_s)
    spent = [after - was for was, after in zip(before, _ticks(), strict=True)]
    return sum(spent[3:5]) / sum(spent) if sum(spent) else 1.0


def _ticks() -> list[int]:
    """What all processors did since they started: user, nice, system, idle, waiting for disks, and so on."""
    stat = Path("/proc/stat")
    return [int(count) for count in stat.read_text().split("\n", 1)[0].split()[1:]] if stat.exists() else []
