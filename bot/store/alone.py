"""One process a file: whoever runs the bot over a SQLite database holds it, and a second one is told so."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import BadConfig
from bot.store.engine import Store


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """Hold the database as the one process that runs the bot over it; ends with the process, however that ends.

    On PostgreSQL any number may run. Raises BadConfig, naming who holds it. The lock lies beside the database: to open and
    close SQLite's own file would drop the locks that SQLite holds on it."""
    if store.dialect != "sqlite":
        yield
        return
    path = Path(f"{store.engine.url.database}.lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.geteuid() == 0:  # Root upgrades for whoever runs cx, who could not open a file of root's.
            owner = Path(str(store.engine.url.database)).stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _taken(handle, path) from error
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _taken(handle: int, path: Path) -> BadConfig:
    said = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
    return BadConfig(
        f"Another cx (process {said or 'unknown'}) is running over {path.with_suffix('')}. A SQLite file carries one.",
        still_true="It goes on undisturbed.",
        next_step="Stop it first, or name a PostgreSQL database in CX_DATABASE_URL: any number of cx may share one.",
    )
