"""The store loses no update, shows no half-done work, and says in words what a database refuses."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bot.errors import StoreError
from bot.store import engine
from bot.store.engine import Store, damage, open_store, reachable
from bot.store.refusals import is_damage
from bot.store.tables import Heartbeat, Setting, TicketEvent, table_of
from bot.store.words import Kind
from tests.postgres import Postgres
from tests.world import NOW

THREADS, TIMES = 8, 100


def put(store: Store, name: str, value: int) -> None:
    with store.writing() as session:
        session.merge(Setting(key=name, value=value, changed_at=NOW, changed_by="test"))


def value(store: Store, name: str) -> object:
    with store.reading() as session:
        row = session.get(Setting, name)
        return row.value if row else None


def in_threads(work: Callable[[int], object], threads: int = THREADS) -> None:
    together = threading.Barrier(threads)

    def one(number: int) -> None:
        together.wait(10)
        work(number)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(threads)))


def counted_up(session: Session) -> None:
    row = session.get(Setting, "counter", with_for_update=True)
    assert row is not None
    row.value = row.value + 1


def counted_up_unlocked(session: Session) -> None:
    row = session.get(Setting, "counter")
    assert row is not None
    row.value = row.value + 1
    session.flush()


def test_what_was_written_can_be_read(store: Store) -> None:
    with store.writing() as session:
        session.add(Heartbeat(name="tick", instance="a", at=NOW))

    with store.reading() as session:
        assert session.exec(select(Heartbeat)).one().at == NOW


def test_what_was_read_stays_readable_after_the_reading(store: Store) -> None:
    put(store, "zone", 1)
    with store.reading() as session:
        row = session.get(Setting, "zone")
    assert row is not None
    assert row.value == 1


def test_whatever_is_changed_while_reading_is_thrown_away(store: Store) -> None:
    with store.reading() as session:
        session.add(Heartbeat(name="tick", instance="a", at=NOW))
        session.flush()
    with store.reading() as session:
        assert session.exec(select(Heartbeat)).all() == []


def test_a_transaction_that_fails_changes_nothing(store: Store) -> None:
    def failing() -> None:
        with store.writing() as session:
            session.add(Heartbeat(name="tick", instance="a", at=NOW))
            session.flush()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        failing()
    with store.reading() as session:
        assert session.exec(select(Heartbeat)).all() == []


def test_a_writer_who_failed_does_not_keep_the_turn(store: Store) -> None:
    with pytest.raises(IntegrityError), store.writing() as session:
        session.execute(table_of(TicketEvent).insert(), {"ticket_id": 404, "key": "1", "at": NOW, "kind": Kind.NOTE})
    put(store, "after", 1)
    assert value(store, "after") == 1


def test_eight_threads_that_read_then_write_a_hundred_times_lose_no_update(store: Store) -> None:
    put(store, "counter", 0)

    def hundred_times(_: int) -> None:
        for _ in range(TIMES):
            with store.writing() as session:
                counted_up(session)

    in_threads(hundred_times)
    assert value(store, "counter") == THREADS * TIMES


def test_two_processes_that_share_a_sqlite_file_lose_no_update(sqlite_url: str) -> None:
    # Two stores share no lock, as two processes do: what keeps them apart is that a writer begins as one.
    stores = [open_store(sqlite_url) for _ in range(2)]
    put(stores[0], "counter", 0)

    def often(number: int) -> None:
        for _ in range(25):
            with stores[number % 2].writing() as session:
                counted_up(session)

    in_threads(often, threads=6)
    assert value(stores[0], "counter") == 150
    for store in stores:
        store.close()


def test_a_reader_sees_one_moment_however_often_it_looks(store: Store) -> None:
    put(store, "counter", 1)
    with store.reading() as session:
        assert session.scalar(select(Setting.value)) == 1
        put(store, "counter", 2)
        session.expire_all()
        assert session.scalar(select(Setting.value)) == 1
    assert value(store, "counter") == 2


def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    put(store, "counter", 1)
    with store.writing() as session:
        session.get(Setting, "counter", with_for_update=True)
        assert value(store, "counter") == 1
        assert reachable(store)


def test_work_that_the_database_undid_is_done_again_from_its_start(postgres_store: Store) -> None:
    put(postgres_store, "counter", 0)
    tries = []

    def work(session: Session) -> str:
        tries.append(1)
        session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        counted_up_unlocked(session)
        return "done"

    in_threads(lambda _: [postgres_store.retrying(work) for _ in range(5)], threads=3)

    assert value(postgres_store, "counter") == 15
    assert len(tries) > 15


def test_work_that_fails_for_another_reason_is_not_repeated(store: Store) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        session.execute(table_of(TicketEvent).insert(), {"ticket_id": 404, "key": "1", "at": NOW, "kind": Kind.NOTE})

    with pytest.raises(IntegrityError):
        store.retrying(work)
    assert len(tries) == 1


def test_retrying_gives_back_what_the_work_found(store: Store) -> None:
    assert store.retrying(lambda session: session.scalar(text("SELECT 42"))) == 42


def test_whoever_waits_too_long_for_a_turn_is_told_so(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LONGEST_TURN_S", 0.01)
    with sqlite_store.writing(), pytest.raises(StoreError, match="busy writing"):
        put(sqlite_store, "counter", 1)


def test_sqlite_commits_survive_a_power_cut_and_keep_their_references(sqlite_store: Store) -> None:
    with sqlite_store.writing() as session:
        assert _pragmas(session, "journal_mode", "synchronous", "foreign_keys") == ["wal", 2, 1]


def test_only_the_writer_checkpoints(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session:
        assert _pragmas(session, "wal_autocheckpoint") == [0]
    with sqlite_store.writing() as session:
        assert _pragmas(session, "wal_autocheckpoint") == [1000]


def _pragmas(session: Session, *names: str) -> list[object]:
    return [session.scalar(text(f"PRAGMA {name}")) for name in names]


def test_closing_leaves_one_file_that_can_be_copied(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'cx.db'}")
    with store.writing() as session:
        session.execute(text("CREATE TABLE one (it INTEGER)"))
    with store.reading() as session:
        session.execute(text("SELECT * FROM one"))
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["cx.db"]


def test_the_database_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(f"sqlite:///{tmp_path / 'new' / 'cx.db'}")
        with store.writing() as session:
            session.execute(text("CREATE TABLE one (it INTEGER)"))
        modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == {".db": 0o600, ".db-wal": 0o600, ".db-shm": 0o600}


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "cx.db"
    file.write_text("id,subject,created\n1,Charged twice,2026-11-16\n" * 100)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"not a cx database: .*cx\.db") as refused:
        open_store(f"sqlite:///{file}")
    assert refused.value.next_step
    assert file.read_bytes() == before


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("place", ["/proc/cx.db", "/proc/version/cx.db", "/dev/null/cx.db"])
def test_a_place_that_nobody_may_write_is_refused(place: str) -> None:
    with pytest.raises(StoreError, match="cannot be made") as refused:
        open_store(f"sqlite:///{place}")
    assert "folder" in refused.value.next_step


def test_a_file_that_may_only_be_read_is_refused_when_it_is_written(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    _set(store, "query_only=ON")
    with pytest.raises(StoreError, match="cannot be written"):
        put(store, "counter", 1)
    store.close()


def test_a_file_damaged_in_the_middle_is_found_out(tmp_path: Path) -> None:
    file = tmp_path / "cx.db"
    store = open_store(f"sqlite:///{file}")
    with store.writing() as session:
        session.execute(text("CREATE TABLE one (it TEXT)"))
        session.execute(text("CREATE INDEX by_it ON one (it)"))
        session.connection().exec_driver_sql("INSERT INTO one VALUES (?)", [(f"word {n}",) for n in range(2000)])
    assert damage(store) is None
    store.close()

    content = bytearray(file.read_bytes())
    content[8192 : 3 * 8192] = b"\xa5" * (2 * 8192)
    file.write_bytes(content)

    store = open_store(f"sqlite:///{file}")
    assert damage(store) is not None
    assert not store.broken
    with pytest.raises(StoreError, match="damaged") as refused, store.reading() as session:
        session.execute(text("SELECT it FROM one ORDER BY rowid")).all()
    assert is_damage(refused.value)
    assert store.broken, "whoever runs over it hears of it, though only somebody's question met the damage"
    store.close()


def test_a_store_that_refuses_writing_can_be_read(sqlite_store: Store) -> None:
    sqlite_store.refusal = StoreError("The database file is damaged.", next_step="Restore a copy.")
    for _ in range(2):
        with pytest.raises(StoreError, match="damaged"), sqlite_store.writing():
            raise AssertionError("nobody gets here")
        with pytest.raises(StoreError, match="damaged"):
            sqlite_store.together(lambda _: None)
    with sqlite_store.reading() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1


def test_postgresql_is_not_asked_about_the_damage_of_a_file(postgres_store: Store) -> None:
    assert damage(postgres_store) is None


def test_another_process_that_writes_is_named(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    _set(store, "busy_timeout=1")
    with pytest.raises(StoreError, match="Another process is writing"):
        put(store, "counter", 1)
    other.execute("ROLLBACK")
    other.close()
    store.close()


def _set(store: Store, pragma: str) -> None:
    connection = store.engine.raw_connection()
    connection.cursor().execute(f"PRAGMA {pragma}")
    connection.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://root@localhost/cx",
        "oracle://x",
        "sqlite+aiosqlite:///cx.db",
        "postgresql+asyncpg://x/y",
        "http://x",
    ],
)
def test_a_url_of_no_database_of_ours_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(StoreError, match="CX_DATABASE_URL") as refused:
        open_store(url)
    assert "sqlite:////" in refused.value.next_step


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="in-memory"):
        open_store(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_url_opens_the_same(postgres_url: str, scheme: str) -> None:
    store = open_store(postgres_url.replace("postgresql+psycopg", scheme))
    assert store.dialect == "postgresql"
    assert reachable(store)
    store.close()


def test_a_server_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    store = open_store(f"postgresql+psycopg://cx:hunter2@/cx?host={tmp_path}")
    with pytest.raises(StoreError, match="does not answer") as refused, store.reading() as session:
        session.execute(text("SELECT 1"))
    assert "hunter2" not in refused.value.sentence()
    assert not reachable(store)
    store.close()


def test_a_database_that_does_not_exist_is_named_as_such(postgres: Postgres) -> None:
    store = open_store(postgres.url("nowhere"))
    with pytest.raises(StoreError, match="no database of that name"), store.reading() as session:
        session.execute(text("SELECT 1"))
    store.close()


def test_a_statement_that_takes_too_long_is_ended(postgres_store: Store) -> None:
    def sleeping() -> None:
        with postgres_store.reading() as session:
            session.execute(text("SET LOCAL statement_timeout = '20ms'"))
            session.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(StoreError, match="longer than it may"):
        sleeping()


def test_values_never_show_in_an_error(store: Store) -> None:
    words = {"value": "carla@customer.example", "changed_at": NOW, "changed_by": "x"}
    with pytest.raises(IntegrityError) as failed, store.writing() as session:
        session.execute(table_of(Setting).insert(), [{**words, "key": "one"}, {**words, "key": "one"}])
    assert "carla@customer.example" not in str(failed.value)


def test_a_naive_instant_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="time zone"), store.writing() as session:
        session.add(Heartbeat(name="tick", instance="a", at=NOW.replace(tzinfo=None) + timedelta(seconds=1)))
