"""Says in our words what a database refused: the driver's own words may name hosts, users and values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bot.errors import StoreError

WRITTEN = "Everything that was stored before is still there."
UNREACHABLE = ("The database does not answer.", "Start it, or mend CX_DATABASE_URL; cx goes on by itself as soon as it answers.")

# By the beginning of SQLite's error name or PostgreSQL's SQLSTATE; the first that fits counts.
SAID: dict[str, tuple[str, str]] = {
    "SQLITE_NOTADB": ("The database file is not a cx database.", "Move it away, or name another file in CX_DATABASE_URL."),
    "SQLITE_CORRUPT": ("The database file is damaged.", "Stop cx and put the newest good copy in its place: cx restore FILE."),
    "SQLITE_FULL": ("The disk is full.", "Make room; cx goes on by itself."),
    "SQLITE_READONLY": ("The database file cannot be written.", "Let the user that runs cx write it and its folder."),
    "SQLITE_CANTOPEN": ("The database file cannot be opened.", "Check its folder and who owns it."),
    "SQLITE_PERM": ("The database file cannot be opened.", "Check its folder and who owns it."),
    "SQLITE_BUSY": ("Another process is writing to the database file.", "Let it finish, then try again."),
    "SQLITE_IOERR": ("The disk under the database failed.", "Check the disk, then the file with: cx doctor."),
    "28": ("The database refused our user or password.", "Mend CX_DATABASE_URL."),
    "3D000": ("The database server has no database of that name.", "Create it, or mend CX_DATABASE_URL."),
    "42501": ("The database user may not do that.", "Make it the owner of the database."),
    "53100": ("The database server's disk is full.", "Make room; cx goes on by itself."),
    "53300": ("The database server takes no more connections.", "Raise its max_connections, or run fewer replicas."),
    "53": ("The database server has not enough memory or disk.", "Look at the server; cx goes on by itself."),
    "55P03": ("Another process holds a lock in the database.", "Let it finish, then try again."),
    "57014": ("The database took longer than it may.", "Ask for a shorter time, or look at the server's load."),
    "25006": ("The database server is read-only.", "Name the primary server in CX_DATABASE_URL."),
    "25P03": ("The database did not wait for cx any longer.", "Try again."),
    "40": ("Two changes came at the same moment.", "Try again."),
    "08": UNREACHABLE,
    "57P": UNREACHABLE,
    "XX001": ("The database is damaged.", "Restore it from a backup."),
}

REFUSED_AT_THE_DOOR = {"authentication failed": "28P01", "too many clients": "53300", '" does not exist': "3D000"}


@contextmanager
def plainly() -> Iterator[None]:
    """Whatever the database refuses inside comes out as a StoreError, except what can only be a mistake of ours."""
    try:
        yield
    except DBAPIError as error:
        told = refusal(error)
        if told is None:
            raise
        raise told from error
    except NoConnectionFree as error:
        raise StoreError("All connections to the database are in use.", next_step="Try again in a minute.") from error


def refusal(error: DBAPIError) -> StoreError | None:
    """What a person can be told about it; None for what only we can mend."""
    code = code_of(error)
    for beginning, (what, next_step) in SAID.items():
        if code.startswith(beginning):
            return StoreError(what, next_step=next_step, still_true=WRITTEN)
    return None


def is_damage(error: StoreError) -> bool:
    """Whether this is what SQLite says of a file whose pages are not what it wrote."""
    cause = error.__cause__
    if isinstance(cause, StoreError):
        return is_damage(cause)
    return isinstance(cause, DBAPIError) and code_of(cause).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def code_of(error: DBAPIError) -> str:
    """SQLite's name of the error or PostgreSQL's SQLSTATE. A connection that never came about has only words: 08 if unknown."""
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    if code is not None or not isinstance(error, OperationalError):
        return str(code or "")
    words = str(error.orig)
    return next((known for said, known in REFUSED_AT_THE_DOOR.items() if said in words), "08")
