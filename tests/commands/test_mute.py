"""A place is muted for a while by the word that comes to mind, and says how long and how to end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.kpis.quiet_hours import muted_until
from bot.store.engine import Store
from bot.store.workspace import read_workspace
from tests.commands.room import LENA, NOW, STRANGER, Room, said, typed

HOUR = timedelta(hours=1)


def until(room: Room, place: str = "C0SUPPORT") -> datetime | None:
    """Until when the place is muted."""
    with room.store.reading() as session:
        return muted_until(read_workspace(session, room.workspace).mutes, place, room.now)


def again(room: Room) -> Room:
    """The room with the workspace as it was left."""
    with room.store.reading() as session:
        return replace(room, workspace=read_workspace(session, room.workspace))


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("mute 2h", NOW + 2 * HOUR),
        ("snooze 30 min", NOW + HOUR / 2),
        ("pause alerts for 1d", NOW + 24 * HOUR),
        ("mute today", datetime(2026, 4, 6, 22, 0, tzinfo=UTC)),
        ("mute until tomorrow", datetime(2026, 4, 7, 22, 0, tzinfo=UTC)),
    ],
)
def test_the_usual_words_mute_the_channel(empty: Room, words: str, end: datetime) -> None:
    assert "No digest and no new alert comes here until" in said(empty.type(words))
    assert until(empty) == end
    assert empty.audit()[-1][1] == "place.muted"


def test_it_ends_by_itself_and_by_a_word(empty: Room) -> None:
    empty.type("mute 2h")

    assert until(replace(empty, now=NOW + 2 * HOUR)) is None
    assert "Muted here until" in said(again(empty).type("mute"))
    empty.type("subscribe daily 09:00 here")
    assert "Muted here until" in said(again(empty).type("list"))
    assert "come here again" in said(again(empty).type("unmute"))
    assert until(empty) is None
    assert "Nothing is muted here" in said(again(empty).type("mute off"))


def test_a_conversation_goes_by_the_person_too(empty: Room) -> None:
    empty.type("mute 2h", replace(LENA, channel_id="D0LENA"))

    assert until(empty, "U0LENA") == until(empty, "D0LENA") == NOW + 2 * HOUR
    assert until(empty) is None


@pytest.mark.parametrize("words", ["mute", "mute 400d", "mute loudly", "mute 0h"])
def test_what_cannot_be_says_how_to_go_on(empty: Room, words: str) -> None:
    told = empty.type(words)

    assert until(empty) is None
    assert "*mute 2h*" in said(told) or "unsubscribe" in said(told)


def test_strangers_mute_nothing(sqlite_store: Store) -> None:
    room = Room(store=sqlite_store)
    room.type("mute 2h", STRANGER)

    assert until(room) is None
    assert typed(room.type("unmute")) == ["alerts", "list"]
