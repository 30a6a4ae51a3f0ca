"""How much room the disk has left for the store: reading help desks stops before it is full, so that answers still fit."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.errors import StoreError
from bot.store.engine import Store

LEAST_FREE = 200_000_000
"""Bytes; with less a long import may fill the disk under everything else."""
FULL = 1_000_000
"""Bytes; with less not even an answer is sure to fit."""


def room_left(store: Store) -> int | None:
    """Bytes free where a SQLite file lies; None for a database server, which looks after its own disk."""
    if store.dialect != "sqlite":
        return None
    return free_beside(Path(str(store.engine.url.database)))


def free_beside(path: Path) -> int:
    """Bytes free on the disk of a file."""
    return shutil.disk_usage(path.absolute().parent).free


def room_word(store: Store) -> str:
    """`ok`, `almost full` or `full`."""
    left = room_left(store)
    return "ok" if left is None or left >= LEAST_FREE else "almost full" if left >= FULL else "full"


def is_short(store: Store) -> bool:
    """Whether too little room is left for what may be put off."""
    return room_word(store) != "ok"


def require_room(store: Store) -> None:
    """Raises StoreError when there is too little room for what may be put off: a help desk keeps its tickets for us."""
    left = room_left(store)
    if left is not None and left < LEAST_FREE:
        raise StoreError(
            f"The disk is almost full: {left // 1_000_000} MB are left.",
            still_true="Answers of customers and messages to Slack are still kept; help desks wait.",
            next_step=f"Make room for {LEAST_FREE // 1_000_000} MB; cx goes on by itself.",
        )
