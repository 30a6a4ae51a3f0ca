"""`/cx sync`: a first reading tells how far it is and how long the rest takes; troubles are told in words to admins only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.store.tables import DeskCursor, Quarantine
from tests.commands.room import ANA, LENA, NOW, Room, said


def add(room: Room, *rows: object) -> None:
    with room.store.writing() as session:
        for row in rows:
            session.add(row)


def cursor(stream: str = "tickets", **more: Any) -> DeskCursor:
    return DeskCursor(source="zendesk", stream=stream, **{"synced_at": NOW, "finished_at": NOW, **more})


def test_nothing_read_says_what_to_do(empty: Room) -> None:
    assert "No help desk has been read yet." in said(empty.type("sync"))


def test_a_first_reading_says_how_far_it_is_and_how_long_the_rest_takes(empty: Room) -> None:
    back = NOW - timedelta(days=90)
    add(empty, cursor(finished_at=None, seen=41_200, estimated_total=96_000, reading_s=540, covered_from=back))
    told = said(empty.type("sync"))
    assert "*zendesk* is being read for the first time: 41,200 of about 96,000 tickets, back to Tue 6 Jan 2026, 10:00" in told
    assert "11 min left" in told or "12 min left" in told


def test_without_a_total_nobody_guesses(empty: Room) -> None:
    add(empty, cursor(finished_at=None, seen=41_200, reading_s=540))
    told = said(empty.type("sync"))
    assert "first time: 41,200 tickets." in told
    assert "left" not in told


def test_what_was_read_says_when_and_what_else_was(empty: Room) -> None:
    add(empty, cursor(synced_at=NOW - timedelta(minutes=5)), cursor("people"), cursor("sla"))
    told = said(empty.type("sync"))
    assert "*zendesk* was last read" in told
    assert "5 min ago" in told
    assert "also read: people, sla" in told


def test_what_cannot_be_read_is_told_in_words_to_admins_only(empty: Room) -> None:
    add(empty, cursor(), cursor("sla", last_error="Zendesk (acme) may not be read with this key (403)."))
    assert "sla cannot be read: Zendesk (acme) may not be read" in said(empty.type("sync", LENA))
    assert "sla cannot be read" in said(empty.type("sync", ANA))
    assert "acme" not in said(empty.type("sync", ANA))


def test_records_set_aside_are_counted(empty: Room) -> None:
    add(empty, cursor(), Quarantine(source="zendesk", stream="tickets", external_id="7", reason="x", at=NOW))
    assert "set aside" in said(empty.type("sync"))


def test_words_after_it_are_not_guessed_at(empty: Room) -> None:
    assert "takes no words" in said(empty.type("sync now"))
