"""Copies of a SQLite store: made while it is in use, proved before they count, and put back whole."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from bot.errors import BadInput, StoreError
from bot.store.engine import Store

STAMP = "cx-%Y%m%dT%H%M%SZ.db"
UNFINISHED = ".unfinished"
DAYS, WEEKS = 7, 4
LONGEST = timedelta(days=30)
"""So long a copy may hold somebody whom the store has forgotten since."""
SHARED_FIRST, SHARED_SIZE = 0x40000002, 510
"""The bytes of its file on which SQLite holds a shared lock for as long as a connection is open in WAL mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a copy was found to hold: the revision of its schema, the rows of each table, its size in bytes."""

    revision: str | None
    rows: Mapping[str, int]
    size: int


def back_up(store: Store, target: Path) -> Proof:
    """Copy the store as it is now, while others read and write it; the file appears only when it was proved whole.

    Raises StoreError when there is no room or no right to write, and leaves nothing behind then. SQLite only."""
    unfinished = target.with_name(f"{target.name}{UNFINISHED}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _vacuum_into(store, unfinished)
        proof = prove(unfinished)
        unfinished.replace(target)
        _sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"The database could not be copied to {target}: {_reason(error)}.",
            still_true="The database itself is as it was.",
            next_step=f"Make room for a second copy of it in {target.parent}, and let the user that runs cx write there.",
        ) from error
    finally:
        for left in (unfinished, unfinished.with_name(f"{unfinished.name}-journal")):
            with suppress(OSError):
                left.unlink()  # the disk may be full of it
    return proof


def prove(path: Path) -> Proof:
    """Read a copy from its first page to its last and check every reference in it. Raises BadInput when anything is wrong."""
    try:
        size = path.stat().st_size
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)) as copy:
            [(found,)] = copy.execute("PRAGMA integrity_check(1)").fetchall()
            if found != "ok":
                raise _bad(path, "is damaged")
            if copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise _bad(path, "holds rows without what they refer to")
            tables = [name for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            if "alembic_version" not in tables:
                raise _bad(path, "is no database of cx")
            [revision] = copy.execute("SELECT max(version_num) FROM alembic_version").fetchone()
            rows = {name: _count(copy, name) for name in sorted(tables) if not name.startswith("sqlite_")}
    except sqlite3.Error as error:
        raise _bad(path, "is damaged, or is no database") from error
    except OSError as error:
        raise _bad(path, f"cannot be read ({error.strerror})") from error
    return Proof(revision=revision, rows=rows, size=size)


def put_back(copy: Path, target: Path, now: datetime) -> Path | None:
    """Put a copy in the place of the store; gives where that was moved, None when there was none.

    Nobody may have the store open. Raises StoreError when somebody does, and BadInput when the copy is not whole: in both
    cases nothing was changed. A cut in the middle leaves the old store or the new one, and never the log of the one beside
    the other, which would damage it."""
    prove(copy)
    fresh = target.with_name(f"{target.name}.restoring")
    aside = target.with_name(f"{target.name}.replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    try:
        with nobody_else_in(target):
            had = target.exists()
            _copy_file(copy, fresh)
            _give_to_owner_of(target if had else target.parent, fresh)
            prove(fresh)
            if had:
                shutil.copyfile(target, aside)
                aside.chmod(0o600)
                _give_to_owner_of(target, aside)
            for tail in ("-wal", "-shm"):
                _move(target.with_name(target.name + tail), aside.with_name(aside.name + tail))
            fresh.replace(target)
            _sync_folder(target.parent)
    except OSError as error:
        raise StoreError(
            f"The copy could not be put in the place of {target}: {error.strerror}.",
            next_step="Make room on the disk, and let the user that runs cx write there.",
        ) from error
    finally:
        with suppress(OSError):
            fresh.unlink()
    return aside if had else None


@contextmanager
def nobody_else_in(path: Path) -> Iterator[None]:
    """Keep everybody out of a SQLite file. Raises StoreError when another process has it open, however idle it is."""
    if not path.exists():
        yield
        return
    with path.open("r+b") as held:
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
        except OSError as error:
            raise StoreError(
                f"Another process has {path} open.", still_true="Nothing was changed.", next_step="Stop cx, then try again."
            ) from error
        yield


def copies(folder: Path) -> list[tuple[datetime, Path]]:
    """The copies that `cx backup` left in a folder, newest first."""
    found = [(at, path) for path in folder.glob("cx-*.db") if (at := _stamp(path.name)) is not None]
    return sorted(found, reverse=True)


def newest_good(folder: Path) -> Path | None:
    """The newest copy that is whole; None when there is none."""
    for _, path in copies(folder):
        with suppress(BadInput):
            prove(path)
            return path
    return None


def superfluous(stamps: Iterable[datetime], now: datetime) -> set[datetime]:
    """Of copies made at these instants, those not worth keeping: all but the newest of each of the last seven days that have
    one, and of each of the last four weeks; nothing older than thirty days, save the newest of all."""
    newest_first = sorted(stamps, reverse=True)
    by_day: dict[object, datetime] = {}
    by_week: dict[object, datetime] = {}
    for at in newest_first:
        by_day.setdefault(at.date(), at)
        by_week.setdefault(at.isocalendar()[:2], at)
    kept = {*list(by_day.values())[:DAYS], *list(by_week.values())[:WEEKS]}
    fresh = {at for at in kept if now - at <= LONGEST} | set(newest_first[:1])
    return set(newest_first) - fresh


def name_of(now: datetime) -> str:
    """What a copy made now is called: its UTC instant, so that names sort by age."""
    return now.astimezone(UTC).strftime(STAMP)


def _vacuum_into(store: Store, target: Path) -> None:
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    with store.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("VACUUM INTO ?", (str(target),))
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _copy_file(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    with source.open("rb") as read, target.open("wb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
        written.flush()
        os.fsync(written.fileno())


def _give_to_owner_of(known: Path, file: Path) -> None:
    """Root restores for whoever runs cx, who could not write a file of root's."""
    if os.geteuid() == 0:
        owner = known.stat()
        os.chown(file, owner.st_uid, owner.st_gid)


def _move(source: Path, target: Path) -> None:
    if source.exists():
        source.replace(target)


def _sync_folder(folder: Path) -> None:
    """A rename is kept by the folder, not by the file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _count(copy: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    [n] = copy.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - a name out of the schema itself
    return int(n)


def _stamp(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"The copy {path} {what}.", still_true="Nothing was changed.", next_step="Take another copy.")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
