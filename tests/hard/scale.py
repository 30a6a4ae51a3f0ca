"""How hard: CX_HARD=1.0 is what `make hard` runs, 0.1 a quick look, 10 a night."""

from __future__ import annotations

import os

HARD = float(os.environ.get("CX_HARD", "1.0"))


def scaled(number: int, *, least: int = 1) -> int:
    """So many of something, by how hard this run is."""
    return max(least, round(number * HARD))
