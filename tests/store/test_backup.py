"""A copy is made while the store is in use, is proved before it counts, and is put back whole or not at all."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput, StoreError
from bot.store.backup import back_up, copies, name_of, newest_good, nobody_else_in, prove, put_back, superfluous
from bot.store.engine import Store, damage, open_store
from bot.store.ledger import write_audit
from bot.store.schema import HEAD
from tests.world import NOW

TEXT = "x" * 500


def write(store: Store, count: int, *, since: int = 0) -> None:
    """So many rows, each in a transaction of its own."""
    for number in range(since, since + count):
        with store.writing() as session:
            write_audit(session, "ana", f"row {number}", {"text": TEXT}, NOW)


def rows(path: Path) -> list[str]:
    """What stands in a file, read by SQLite alone."""
    connection = sqlite3.connect(path)
    found = [action for (action,) in connection.execute("SELECT action FROM audit ORDER BY id")]
    connection.close()
    return found


def file_of(store: Store) -> Path:
    return Path(str(store.engine.url.database))


@contextmanager
def another_process(path: Path) -> Iterator[None]:
    """Another process that has the store open and does nothing."""
    code = (
        "import sys\nfrom bot.store.engine import open_store\n"
        f"store = open_store('sqlite:///{path}')\nprint('open', flush=True)\nsys.stdin.read()\n"
    )
    words = [sys.executable, "-c", code]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield


def test_a_copy_holds_everything_that_was_committed(sqlite_store: Store, tmp_path: Path) -> None:
    write(sqlite_store, 20)
    target = tmp_path / "new folder" / "copy.db"

    proof = back_up(sqlite_store, target)

    assert rows(target) == [f"row {number}" for number in range(20)]
    assert (proof.revision, proof.rows["audit"], proof.size) == (HEAD, 20, target.stat().st_size)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600, "customers' data is for its owner alone"
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]


def test_copies_made_under_load_are_each_one_moment(sqlite_store: Store, tmp_path: Path) -> None:
    done = threading.Event()

    def busy() -> None:
        since = 0
        while not done.is_set():
            write(sqlite_store, 1, since=since)
            since += 1

    writer = threading.Thread(target=busy)
    writer.start()
    try:
        for number in range(5):
            back_up(sqlite_store, tmp_path / f"copy-{number}.db")
    finally:
        done.set()
        writer.join()

    for number in range(5):
        found = rows(tmp_path / f"copy-{number}.db")
        assert found == [f"row {row}" for row in range(len(found))], "no hole in it"


def test_a_full_disk_leaves_the_store_and_no_half_copy(sqlite_store: Store, tmp_path: Path) -> None:
    """No file of ours may grow beyond a limit: SQLite and we see what a full disk shows."""
    write(sqlite_store, 200)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StoreError, match="could not be copied") as refused:
            back_up(sqlite_store, tmp_path / "copies" / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "as it was" in refused.value.sentence()
    assert list((tmp_path / "copies").iterdir()) == []
    assert damage(sqlite_store) is None
    write(sqlite_store, 1, since=200)


def test_a_store_that_is_full_says_so_and_writes_again_when_there_is_room(sqlite_store: Store) -> None:
    write(sqlite_store, 5)
    with sqlite_store.engine.connect() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StoreError, match="The disk is full") as refused:
        write(sqlite_store, 100, since=5)

    assert "still there" in refused.value.sentence()
    assert damage(sqlite_store) is None
    kept = len(rows(file_of(sqlite_store)))
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    write(sqlite_store, 1, since=kept)
    assert rows(file_of(sqlite_store)) == [f"row {number}" for number in range(kept + 1)], "no committed row is lost"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is no database of cx"), (b"no database at all" * 100, "is no database"), (b"SQLite format 3\0" + b"\0" * 5000, "is")],
)
def test_what_is_no_copy_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "copy.db").write_bytes(content)

    with pytest.raises(BadInput, match=said):
        prove(tmp_path / "copy.db")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        prove(tmp_path / "copy.db")


def test_a_copy_that_was_damaged_since_is_refused_and_nothing_is_changed(sqlite_store: Store, tmp_path: Path) -> None:
    write(sqlite_store, 200)
    back_up(sqlite_store, tmp_path / "copy.db")
    with (tmp_path / "copy.db").open("r+b") as file:
        file.seek(60_000)
        file.write(b"\xff" * 20_000)
    sqlite_store.close()
    before = file_of(sqlite_store).read_bytes()

    with pytest.raises(BadInput):
        put_back(tmp_path / "copy.db", file_of(sqlite_store), NOW)

    assert file_of(sqlite_store).read_bytes() == before
    assert not list(tmp_path.glob("cx.db.re*"))


def test_a_copy_with_a_reference_to_nothing_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    back_up(sqlite_store, tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    connection.execute("INSERT INTO run (subscription_id, slot, due_at, state, at) VALUES (99, 'x', 1, 'posted', 1)")
    connection.commit()
    connection.close()

    with pytest.raises(BadInput, match="without what they refer to"):
        prove(tmp_path / "copy.db")


def test_what_was_put_back_is_the_copy_and_what_was_there_is_kept_with_its_log(sqlite_store: Store, tmp_path: Path) -> None:
    target = file_of(sqlite_store)
    write(sqlite_store, 3)
    back_up(sqlite_store, tmp_path / "copy.db")
    write(sqlite_store, 2, since=3)
    left = tmp_path / "crashed"
    left.mkdir()
    for tail in ("", "-wal", "-shm"):  # As a crash leaves it: the last rows stand in the log alone.
        shutil.copyfile(f"{target}{tail}", left / f"cx.db{tail}")

    aside = put_back(tmp_path / "copy.db", left / "cx.db", NOW)

    assert aside is not None
    assert rows(left / "cx.db") == ["row 0", "row 1", "row 2"]
    assert rows(aside) == [f"row {number}" for number in range(5)]
    assert stat.S_IMODE((left / "cx.db").stat().st_mode) == 0o600
    assert prove(left / "cx.db").rows["audit"] == 3
    assert not (left / "cx.db.restoring").exists()


def test_what_root_puts_back_belongs_to_whom_it_belonged(sqlite_store: Store, tmp_path: Path) -> None:
    target, copy = Path(str(sqlite_store.engine.url.database)), tmp_path / "copy.db"
    back_up(sqlite_store, copy)
    sqlite_store.close()
    owner = 10_001 if os.geteuid() == 0 else os.geteuid()
    os.chown(target, owner, -1)

    aside = put_back(copy, target, NOW)

    assert aside is not None
    assert [path.stat().st_uid for path in (target, aside)] == [owner, owner]


def test_where_there_was_no_store_there_is_one_afterwards(sqlite_store: Store, tmp_path: Path) -> None:
    write(sqlite_store, 3)
    back_up(sqlite_store, tmp_path / "copy.db")

    assert put_back(tmp_path / "copy.db", tmp_path / "other.db", NOW) is None
    restored = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    write(restored, 1, since=3)
    restored.close()
    assert len(rows(tmp_path / "other.db")) == 4


def test_a_store_that_another_process_has_open_is_left_alone_however_idle(sqlite_store: Store, tmp_path: Path) -> None:
    write(sqlite_store, 3)
    back_up(sqlite_store, tmp_path / "copy.db")
    sqlite_store.close()
    target = file_of(sqlite_store)

    with another_process(target):
        before = target.read_bytes()
        with pytest.raises(StoreError, match="Another process") as refused:
            put_back(tmp_path / "copy.db", target, NOW)
        assert "Stop cx" in refused.value.sentence()
        assert target.read_bytes() == before
    assert put_back(tmp_path / "copy.db", target, NOW) is not None


def test_nobody_can_come_in_while_the_store_is_replaced(sqlite_store: Store) -> None:
    write(sqlite_store, 1)
    sqlite_store.close()
    code = f"import sqlite3; sqlite3.connect('{file_of(sqlite_store)}', timeout=0).execute('SELECT * FROM audit').fetchall()"

    with nobody_else_in(file_of(sqlite_store)):
        kept_out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    let_in = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "database is locked" in kept_out.stderr
    assert let_in.returncode == 0, let_in.stderr


def test_the_newest_whole_copy_is_the_one_to_restore(sqlite_store: Store, tmp_path: Path) -> None:
    assert newest_good(tmp_path / "none") is None
    for age in (3, 2, 1):
        back_up(sqlite_store, tmp_path / "copies" / name_of(NOW - timedelta(days=age)))
    (tmp_path / "copies" / name_of(NOW - timedelta(days=1))).write_bytes(b"cut")
    (tmp_path / "copies" / "cx-mine.db").write_bytes(b"not ours")

    assert [at for at, _ in copies(tmp_path / "copies")] == [NOW - timedelta(days=age) for age in (1, 2, 3)]
    assert newest_good(tmp_path / "copies") == tmp_path / "copies" / name_of(NOW - timedelta(days=2))


@given(st.lists(st.integers(0, 300 * 24), max_size=60))
def test_copies_are_thinned_to_days_and_weeks_and_the_newest_stays(ages_h: list[int]) -> None:
    stamps = [NOW - timedelta(hours=age) for age in ages_h]
    kept = set(stamps) - superfluous(stamps, NOW)

    assert len(kept) <= 7 + 4
    assert not stamps or max(stamps) in kept
    assert all(NOW - at <= timedelta(days=30) for at in kept - {max(stamps, default=NOW)})
    assert superfluous(kept, NOW) == set(), "thinning again changes nothing"


def test_a_copy_a_day_leaves_seven_days_and_the_weeks_before() -> None:
    daily = [NOW - timedelta(days=age) for age in range(60)]
    kept = sorted(set(daily) - superfluous(daily, NOW), reverse=True)

    assert kept[:7] == daily[:7]
    assert 2 <= len(kept[7:]) <= 3
    assert kept == sorted(kept, reverse=True)


def test_a_log_torn_anywhere_loses_no_row_before_the_tear(sqlite_store: Store, tmp_path: Path) -> None:
    """What a power cut leaves: the log cut in the middle of a frame, or its last pages never written."""
    write(sqlite_store, 12)
    target = file_of(sqlite_store)
    log = Path(f"{target}-wal").read_bytes()
    main = target.read_bytes()
    seen = set()
    for cut in range(0, len(log), len(log) // 6):
        for torn in (log[:cut], log[:cut] + b"\0" * 700, log[:cut] + bytes(byte ^ 0xFF for byte in log[cut : cut + 900])):
            case = tmp_path / "case.db"
            case.write_bytes(main)
            Path(f"{case}-wal").write_bytes(torn)
            store = open_store(f"sqlite:///{case}")
            assert damage(store) is None
            store.close()
            found = rows(case)
            assert found == [f"row {number}" for number in range(len(found))], "a beginning, without a hole"
            seen.add(len(found))
            case.unlink()
    assert len(seen) > 2
