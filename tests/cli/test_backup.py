"""`cx backup` and `cx restore`: the store is copied, proved, and comes back; what cannot be right is refused."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.engine import open_store
from tests.cli.conftest import Terminal, fingerprint
from tests.store.test_backup import another_process


def answer(cx: Terminal) -> str:
    return cx("ask", "volume", "all", "time").out


def test_a_copy_made_today_answers_the_same_tomorrow(imported: Terminal) -> None:
    before = answer(imported)

    ran = imported("backup")

    [copy] = (imported.folder / "home" / "backups").iterdir()
    assert ran.code == 0
    assert ran.out == f"{copy}: 5 tickets, {copy.stat().st_size / 1e6:,.1f} MB, version 0001. Read back and found whole.\n"
    for tail in ("", "-wal", "-shm"):
        Path(f"{imported.database}{tail}").unlink(missing_ok=True)
    assert "5 tickets" not in answer(imported)
    assert imported("restore", copy).code == 0
    assert answer(imported) == before


def test_restoring_keeps_what_was_there(imported: Terminal) -> None:
    imported("backup", "copy.db")

    ran = imported("restore", "copy.db")

    [aside] = imported.database.parent.glob("cx.db.replaced-*")
    assert f"What was there before is in {aside}" in ran.out
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM ticket").fetchone() == (5,)


def test_an_older_copy_is_thinned_only_in_our_own_folder(imported: Terminal) -> None:
    for number in range(3):
        imported("backup", f"mine-{number}.db")
    assert len(list(imported.folder.glob("mine-*.db"))) == 3


def test_what_a_copy_that_was_cut_short_left_behind_goes_a_day_later(imported: Terminal) -> None:
    folder = imported.folder / "home" / "backups"
    folder.mkdir(parents=True)
    old, fresh = (folder / f"cx-2026110{day}T000000Z.db.unfinished" for day in (1, 2))
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))

    imported("backup")

    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_file_that_exists_is_not_overwritten(imported: Terminal) -> None:
    (imported.folder / "copy.db").write_text("precious")

    ran = imported("backup", "copy.db")

    assert (ran.code, ran.err) == (65, "copy.db exists. It was left alone. Name a file that does not.\n")
    assert (imported.folder / "copy.db").read_text() == "precious"


def test_without_a_store_there_is_nothing_to_copy(cx: Terminal) -> None:
    ran = cx("backup")

    assert ran.code == 3
    assert "There is no database at" in ran.err
    assert not cx.database.exists(), "asking makes none"


def test_a_folder_nobody_may_write_is_said(imported: Terminal) -> None:
    ran = imported("backup", "/proc/copy.db")

    assert ran.code == 74
    assert "could not be copied to /proc/copy.db" in ran.err
    assert "as it was" in ran.err


@pytest.mark.parametrize("content", [b"", b"tickets;5\n", b"SQLite format 3\0" + b"\1" * 4000])
def test_what_is_no_copy_is_not_restored(imported: Terminal, content: bytes) -> None:
    (imported.folder / "copy.db").write_bytes(content)
    before = fingerprint(imported.database)

    ran = imported("restore", "copy.db")

    assert ran.code == 65
    assert "Nothing was changed." in ran.err
    assert fingerprint(imported.database) == before


def test_a_copy_of_a_newer_cx_is_refused_in_a_sentence(imported: Terminal) -> None:
    imported("backup", "copy.db")
    copy = sqlite3.connect(imported.folder / "copy.db")
    copy.execute("UPDATE alembic_version SET version_num = '9999'")
    copy.commit()
    copy.close()
    before = fingerprint(imported.database)

    ran = imported("restore", "copy.db")

    assert ran.code == 74
    assert "made by a newer cx: it is at version 9999, and this one knows 0001. Nothing was changed." in ran.err
    assert fingerprint(imported.database) == before


def test_nothing_is_restored_while_cx_runs(imported: Terminal) -> None:
    imported("backup", "copy.db")

    with another_process(imported.database):
        ran = imported("restore", "copy.db")

    assert ran.code == 74
    assert "Another process has" in ran.err
    assert "Stop cx, then try again." in ran.err


def test_a_damaged_store_is_not_written_to_and_the_newest_good_copy_is_named(imported: Terminal) -> None:
    imported("backup")
    [copy] = (imported.folder / "home" / "backups").iterdir()
    (copy.parent / "cx-20990101T000000Z.db").write_bytes(b"newer, and cut")
    connection = sqlite3.connect(imported.database)
    [page] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'ticket_event'").fetchone()
    connection.close()
    with imported.database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    before = fingerprint(imported.database)

    ran = imported("run")

    assert ran.code == 74
    assert f"Put the newest good copy in its place: stop cx, then cx restore {copy}" in ran.err
    assert fingerprint(imported.database) == before
    assert imported("restore", copy).code == 0
    assert "CX_SLACK_BOT_TOKEN is missing" in imported("run").err, "then only the token is missing"


def test_a_store_in_use_can_be_copied(imported: Terminal) -> None:
    store = open_store(f"sqlite:///{imported.database}")
    with store.writing():
        ran = imported("backup", "copy.db")
    store.close()

    assert ran.code == 0


@pytest.mark.parametrize(("words", "program"), [(("backup",), "pg_dump --format=custom"), (("restore", "cx.dump"), "pg_restore")])
def test_postgresql_is_left_to_its_own_programs(cx: Terminal, words: tuple[str, ...], program: str) -> None:
    ran = cx(*words, CX_DATABASE_URL="postgresql://cx:s3cr3t@127.0.0.1:9/cx")

    assert ran.code == 2
    assert program in ran.err
    assert "s3cr3t" not in ran.err
