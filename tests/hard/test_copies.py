"""A hundred copies made under load are each one moment, and each, put back, is that moment again."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.store.backup import back_up, put_back
from bot.store.engine import Store, damage, open_store
from bot.store.ledger import write_audit
from bot.store.schema import ensure_schema
from bot.store.tables import Audit
from tests.hard.conftest import Tell
from tests.hard.test_power_loss import subscription
from tests.postgres import installed
from tests.world import NOW

COPIES = 100
WRITE = """
import sys, resource
from bot.store.engine import open_store
from bot.store.ledger import write_audit
from bot.errors import StoreError
from tests.world import NOW
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
store = open_store(sys.argv[1])
number = 0
try:
    while number < 3000:
        with store.writing() as session:
            write_audit(session, "ana", f"row {number}", {"text": "x" * 300}, NOW)
        number += 1
        print(number, flush=True)
except StoreError as error:
    print(error.sentence(), file=sys.stderr)
    sys.exit(error.exit_code)
"""


def rows(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [action for (action,) in connection.execute("SELECT action FROM audit ORDER BY id")]
    finally:
        connection.close()


def test_a_hundred_copies_under_load_come_back_equal(sqlite_store: Store, tmp_path: Path, tell: Tell) -> None:
    done, written = threading.Event(), [0]

    def busy() -> None:
        while not done.is_set():
            with sqlite_store.writing() as session:
                write_audit(session, "ana", f"row {written[0]}", {"text": "x" * 300}, NOW)
            written[0] += 1

    writers = [threading.Thread(target=busy)]
    for writer in writers:
        writer.start()
    seen = []
    try:
        for number in range(COPIES):
            before = written[0]
            proof = back_up(sqlite_store, tmp_path / f"copy-{number}.db")
            assert before <= proof.rows["audit"] <= written[0] + 1, "everything committed before it began is in it"
            seen.append(proof.rows["audit"])
    finally:
        done.set()
        for writer in writers:
            writer.join()
    target = tmp_path / "restored" / "cx.db"
    target.parent.mkdir()
    for number, count in enumerate(seen):
        put_back(tmp_path / f"copy-{number}.db", target, NOW + timedelta(seconds=number))
        assert rows(target) == [f"row {row}" for row in range(count)]
        store = open_store(f"sqlite:///{target}")
        assert damage(store) is None
        with store.writing() as session:
            session.add(subscription())  # As if cx ran between two restores, and left a log behind.
        store.close()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    tell("backup under load", copies=COPIES, writes_meanwhile=written[0], restores=COPIES, unequal=0)


@pytest.mark.parametrize("limit", [*range(420_000, 900_000, 80_000)])
def test_a_disk_that_fills_up_loses_no_committed_row(sqlite_url: str, tmp_path: Path, limit: int) -> None:
    """A process whose files may not grow beyond a limit sees what a full disk shows."""
    words = [sys.executable, "-c", WRITE, sqlite_url, str(limit)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    committed = int((ran.stdout.split() or ["0"])[-1])

    assert ran.returncode == 74, ran.stderr
    assert "Traceback" not in ran.stderr
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    store = open_store(sqlite_url)
    assert damage(store) is None
    with store.writing() as session:
        write_audit(session, "ana", "again", {}, NOW)
    store.close()
    found = rows(path)
    assert found[:committed] == [f"row {number}" for number in range(committed)]
    assert len(found) <= committed + 2, "at most the one that was being committed"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_postgresql_comes_back_from_its_own_dump(
    postgres_store: Store, empty_postgres_url: str, tmp_path: Path, tell: Tell
) -> None:
    """The two commands that docs/operations.md names, by the programs of the server's own version."""
    tree = installed()
    assert tree is not None
    with postgres_store.writing() as session:
        session.add(subscription())
        for number in range(500):
            write_audit(session, "ana", f"row {number}", {"text": "ü" * 300}, NOW)
    source = postgres_store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    target = empty_postgres_url.replace("+psycopg", "")
    dump, restore = (str(Path(tree) / "bin" / name) for name in ("pg_dump", "pg_restore"))

    ran = [
        subprocess.run(words, capture_output=True, text=True, check=False)
        for words in (
            [dump, "--format=custom", f"--file={tmp_path / 'cx.dump'}", source],
            [restore, "--clean", "--if-exists", "--single-transaction", f"--dbname={target}", str(tmp_path / "cx.dump")],
        )
    ]

    assert [(one.returncode, one.stderr) for one in ran] == [(0, "")] * 2
    restored = open_store(empty_postgres_url)
    ensure_schema(restored)
    with restored.reading() as session:
        found = [row.action for row in session.exec(select(Audit).order_by(col(Audit.id)))]
    with restored.writing() as session:
        write_audit(session, "ana", "again", {}, NOW)
    restored.close()
    assert found == [f"row {number}" for number in range(500)]
    tell("pg_dump and pg_restore", rows=500, unequal=0)
