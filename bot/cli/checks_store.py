"""What `cx doctor` looks at in the store: its file, what it holds, what waits in it, and its copies."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func
from sqlmodel import select

from bot import clock
from bot.cli.backing import folder_of
from bot.cli.check import Check
from bot.settings import Settings
from bot.store.backup import copies, newest_good
from bot.store.engine import Store, damage
from bot.store.outbox import oldest_due, waiting
from bot.store.room import LEAST_FREE, free_beside
from bot.store.tables import DeskCursor, Quarantine, Ticket, TicketFact

SAFE_SQLITE = (3, 51, 3)
STUCK = timedelta(minutes=10)
OLD_COPY = timedelta(days=2)
MOUNTS = Path("/proc/mounts")
OF_A_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"})


def store_checks(store: Store, settings: Settings) -> Iterator[Check]:
    """How the store is. Reads a SQLite file whole: about a second a gigabyte."""
    with store.reading() as session:
        tickets = session.exec(select(func.count()).select_from(Ticket)).one()
        aside = session.exec(select(func.count()).select_from(Quarantine)).one()
        cursors = session.exec(select(DeskCursor)).all()
        strays = session.exec(select(func.coalesce(func.sum(TicketFact.strays), 0))).one()
    yield Check(name="store", ok=True, says=f"{store.dialect}, {tickets:,} tickets")
    if store.dialect == "sqlite":
        yield from _file(store, settings)
    if aside:
        says = f"{aside:,} records were set aside; their reasons are in the table quarantine."
        yield Check(name="quarantine", ok=False, says=says)
    if strays:
        says = f"{strays:,} comments and logged times are dated before their ticket's creation and count nowhere."
        yield Check(name="strays", ok=False, says=says)
    for cursor in cursors:
        when = f"last read {cursor.synced_at:%Y-%m-%d %H:%M} UTC" if cursor.synced_at else "never read"
        yield Check(name=f"{cursor.source} {cursor.stream}", ok=cursor.last_error is None, says=cursor.last_error or when)
    yield _outbox(store)


def _file(store: Store, settings: Settings) -> Iterator[Check]:
    path = Path(str(store.engine.url.database)).absolute()
    # Versions before the fix can damage the file when a checkpoint races a commit; only our writer checkpoints.
    old = sqlite3.sqlite_version_info < SAFE_SQLITE
    note = " (older than 3.51.3: only one process may write)" if old else ""
    yield Check(name="sqlite", ok=True, says=f"{sqlite3.sqlite_version}{note}")
    wrong = damage(store)
    told = f"whole, {path}" if wrong is None else f"{wrong.rstrip('.')}. Stop cx and run: cx restore {_copy_to_restore(settings)}"
    yield Check(name="integrity", ok=wrong is None, says=told)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Check(name="rights", ok=False, says=f"others may read the tickets: chmod 600 {path}")
    kind = filesystem(path, MOUNTS.read_text("utf-8", "replace") if MOUNTS.exists() else "")
    if kind in OF_A_NETWORK:
        yield Check(
            name="filesystem", ok=False, says=f"{kind} loses SQLite's locks: put the file on a local disk, or use PostgreSQL."
        )
    free = free_beside(path)
    enough = free >= LEAST_FREE
    yield Check(name="disk", ok=enough, says=f"{free / 1e9:,.1f} GB free" + ("" if enough else f": make room in {path.parent}."))
    yield _copies(settings)


def _copy_to_restore(settings: Settings) -> str:
    copy = newest_good(folder_of(settings))
    return str(copy) if copy is not None else "FILE (no good copy is in the folder backups)"


def filesystem(path: Path, mounts: str) -> str:
    """The type of the filesystem a path lies on, from the lines of /proc/mounts; empty when unknown."""
    lines = [line.split() for line in mounts.splitlines()]
    under = [(parts[1], parts[2]) for parts in lines if len(parts) > 2 and path.is_relative_to(parts[1])]
    return max(under, key=lambda found: len(found[0]), default=("", ""))[1]


def _copies(settings: Settings) -> Check:
    known = copies(folder_of(settings))
    if not known:
        return Check(name="backup", ok=True, says="no copy in the folder backups yet: run cx backup every night")
    at, path = known[0]
    fresh = clock.now() - at <= OLD_COPY
    says = f"the newest is {path.name}, of {len(known)}" + ("" if fresh else ": run cx backup every night")
    return Check(name="backup", ok=fresh, says=says)


def _outbox(store: Store) -> Check:
    now = clock.now()
    with store.reading() as session:
        known, due = waiting(session), oldest_due(session, now)
    late = due is not None and now - due > STUCK
    says = f"{known.get('ready', 0):,} wait, {known.get('dead', 0):,} could not be sent"
    if due is not None and late:
        says += f"; the oldest has been due since {due:%Y-%m-%d %H:%M} UTC: is cx running, and does Slack take its token?"
    return Check(name="outbox", ok=not late, says=says)
