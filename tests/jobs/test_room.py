"""Before the disk is full cx stops what can wait, keeps what cannot, and tells who can mend it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.errors import StoreError
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store import room
from bot.store.engine import Store
from bot.store.room import is_short, require_room, room_left, room_word
from bot.store.tables import DeskCursor, Invitation, Outbox, SurveyAnswer, Ticket
from bot.surveys.answering import record_click
from jobs import sync as sync_job
from jobs.job import Tick
from jobs.room import tell_of_room
from jobs.sync import sync_due
from tests.jobs.test_sync import Shelf, numbered
from tests.surveys.cast import CARLA, NOW, action_ts, add_invitation, token

MB = 1_000_000


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """A disk with as much room as the test says."""
    left = {"bytes": 10_000 * MB}
    monkeypatch.setattr(room, "free_beside", lambda _: left["bytes"])
    return left


def beat(store: Store, folder: Path, days: int = 0) -> Tick:
    env = {"CX_HOME": str(folder), "CX_SHELF_URL": "x", "CX_ADMINS": "U1,U2"}
    settings = read_settings(env, folder / "cx.toml", ["shelf"])
    return Tick(now=NOW + timedelta(days=days), store=store, settings=settings, slack=Slack("xoxb-1", "http://127.0.0.1:9/api/"))


def test_the_room_is_told_in_a_word(sqlite_store: Store, free: dict[str, int]) -> None:
    words = []
    for left in (200 * MB, 199 * MB, MB - 1):
        free["bytes"] = left
        words.append((room_word(sqlite_store), is_short(sqlite_store)))
    assert words == [("ok", False), ("almost full", True), ("full", True)]
    with pytest.raises(StoreError, match="almost full: 0 MB") as refused:
        require_room(sqlite_store)
    assert "200 MB" in refused.value.next_step


def test_a_database_server_looks_after_its_own_disk(postgres_store: Store, free: dict[str, int]) -> None:
    free["bytes"] = 0
    assert (room_left(postgres_store), room_word(postgres_store)) == (None, "ok")
    require_room(postgres_store)


def test_the_room_of_the_real_disk_is_looked_at(sqlite_store: Store) -> None:
    left = room_left(sqlite_store)
    assert left is not None
    assert left > 0


def test_help_desks_wait_and_are_read_again_when_there_is_room(
    sqlite_store: Store, tmp_path: Path, free: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(pages=[numbered("1"), numbered("2"), numbered("3")])
    monkeypatch.setattr(sync_job, "DESKS", (shelf.desk(),))
    free["bytes"] = 150 * MB
    assert sync_due(beat(sqlite_store, tmp_path)) == 0
    with sqlite_store.reading() as session:
        [error] = {row.last_error for row in session.exec(select(DeskCursor))}
        assert error is not None
        assert error.startswith("The disk is almost full: 150 MB are left.")
        assert session.exec(select(Ticket)).all() == []
    free["bytes"] = 300 * MB
    assert sync_due(beat(sqlite_store, tmp_path)) == 3
    with sqlite_store.reading() as session:
        assert {row.last_error for row in session.exec(select(DeskCursor))} == {None}


def test_a_reading_ends_after_the_page_with_which_room_becomes_short(
    sqlite_store: Store, tmp_path: Path, free: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: int) -> None:
        free["bytes"] -= 100 * MB

    shelf = Shelf(pages=[numbered("1"), numbered("2"), numbered("3")], meanwhile=fill)
    free["bytes"] = 350 * MB
    monkeypatch.setattr(sync_job, "DESKS", (shelf.desk(),))
    assert sync_due(beat(sqlite_store, tmp_path)) == 2


def test_each_admin_is_told_once_a_day(sqlite_store: Store, tmp_path: Path, free: dict[str, int]) -> None:
    assert tell_of_room(beat(sqlite_store, tmp_path)) == 0
    free["bytes"] = 100 * MB
    assert [tell_of_room(beat(sqlite_store, tmp_path, days)) for days in (0, 0, 1)] == [2, 0, 2]
    with sqlite_store.reading() as session:
        letters = session.exec(select(Outbox)).all()
    assert {letter.channel_id for letter in letters} == {"U1", "U2"}
    assert "Make room for 200 MB" in str(letters[0].payload["text"])


def test_a_click_that_does_not_fit_is_said_and_can_be_pressed_again(sqlite_store: Store) -> None:
    add_invitation(sqlite_store)
    with sqlite_store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()

    def pressed() -> None:
        with sqlite_store.writing() as session:
            record_click(session, token(), 4, by=CARLA, action_ts=action_ts(1), now=NOW)
            session.connection().exec_driver_sql("CREATE TABLE filling AS SELECT zeroblob(2000000) AS room")

    with pytest.raises(StoreError, match="The disk is full"):
        pressed()
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        connection.rollback()
    with sqlite_store.reading() as session:
        assert session.exec(select(SurveyAnswer)).all() == []
        assert session.exec(select(Invitation)).one().state == "sent"
    pressed()
    with sqlite_store.reading() as session:
        assert session.exec(select(SurveyAnswer)).one().score == 4
