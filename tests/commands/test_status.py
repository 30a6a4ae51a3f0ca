"""Status: how fresh the numbers are, what waits, and what went wrong; its words only for admins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from bot.errors import DeskRefused
from bot.store.outbox import Letter, enqueue
from bot.store.tables import DeskCursor, Outbox, Quarantine
from bot.store.words import OutboxState
from tests.commands.room import ANA, LENA, NOW, Room, said


def add(room: Room, *rows: object) -> None:
    with room.store.writing() as session:
        for row in rows:
            session.add(row)


def letters(session: Session, count: int) -> None:
    for number in range(count):
        enqueue(session, Letter(dedupe_key=f"k{number}", kind="digest", channel_id="C0", payload={"text": "x"}), NOW)


def test_nothing_read_yet_says_what_to_do(empty: Room) -> None:
    told = said(empty.type("status"))

    assert "No help desk has been synced and no file imported yet." in told
    assert "Queue: 0 messages waiting." in told
    assert "0 subscriptions on." in told


def test_each_source_says_its_age_and_reach(empty: Room) -> None:
    hour = NOW - timedelta(hours=1)
    add(
        empty,
        DeskCursor(source="zendesk", stream="tickets", synced_at=hour, covered_from=NOW - timedelta(days=90)),
        DeskCursor(source="zendesk", stream="ratings", synced_at=NOW - timedelta(hours=5)),
        DeskCursor(source="<!channel>", stream="tickets"),
    )
    told = said(empty.type("status"))

    assert "*zendesk* synced Mon 6 Apr 2026, 10:00 (1 h ago), known from Tue 6 Jan 2026, 10:00." in told
    assert "*zendesk ratings* ⚠ synced Mon 6 Apr 2026, 06:00 (5 h ago)." in told
    assert "*&lt;!channel&gt;* never synced." in told


def test_the_words_of_an_error_are_for_admins(empty: Room) -> None:
    add(empty, DeskCursor(source="zendesk", stream="tickets", synced_at=NOW, last_error="Zendesk refused acme.example (401)."))

    assert "Last error: Zendesk refused acme.example (401)." in said(empty.type("status", LENA))
    assert "acme" not in said(empty.type("status", ANA))
    assert "The last sync failed: an admin sees" in said(empty.type("status", ANA))


def test_what_waits_and_what_was_given_up_is_counted(empty: Room) -> None:
    with empty.store.writing() as session:
        letters(session, 3)
    with empty.store.writing() as session:
        dead = session.get(Outbox, session.connection().exec_driver_sql("SELECT id FROM outbox").scalars().first())
        assert dead is not None
        dead.state = OutboxState.DEAD
    empty.type("subscribe daily")
    told = said(empty.type("status"))

    assert "Queue: 2 messages waiting, 1 given up." in told
    assert "1 subscription on." in told


def test_records_set_aside_are_owned_up_to(empty: Room) -> None:
    add(
        empty,
        DeskCursor(source="a", stream="tickets", synced_at=NOW),
        *(Quarantine(source="a", stream="tickets", external_id=str(n), reason="no date", at=NOW) for n in range(2)),
    )

    assert "2 records set aside because they could not be read." in said(empty.type("status"))


def test_many_sources_are_cut(empty: Room) -> None:
    add(empty, *(DeskCursor(source=f"source {n:02}", stream="tickets", last_error="x" * 5_000) for n in range(30)))

    assert "and 18 more" in said(empty.type("status"))


def test_it_takes_no_words(empty: Room) -> None:
    assert said(empty.type("status please")).startswith("*status* takes no words.")


def test_a_refused_token_is_said_with_what_to_do(empty: Room) -> None:
    told = said(empty.type("status", replace(LENA, slack_refuses="token_revoked"))).splitlines()

    assert told[1].startswith(":warning: *Slack refuses my token* (token_revoked): nothing is posted")
    assert "OAuth & Permissions" in told[1].replace("&amp;", "&")
    assert "Slack" not in said(empty.type("status", LENA))


def test_the_next_step_of_a_refused_key_is_not_cut_off(empty: Room) -> None:
    refused = DeskRefused(
        "Zendesk does not accept the key (401).", next_step=f"{'Make a new one in the admin centre. ' * 5}Then restart."
    )
    add(empty, DeskCursor(source="zendesk", stream="tickets", synced_at=NOW, last_error=refused.sentence()))

    assert said(empty.type("status", LENA)).count("Then restart.") == 1
    assert "an admin sees with `/cx status` why" in said(empty.type("status", ANA))
