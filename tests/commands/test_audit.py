"""Admins read who asked what and who changed what; nobody else does, and nothing in it is a customer's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.store.audit import ASKED, forget_actors, forget_asked, forget_changed, forget_questions_about, of_actors
from bot.store.engine import Store
from bot.store.ledger import load_query, save_query, write_audit
from tests.commands.room import ANA, LENA, NOW, Room, said, typed

MINUTE = timedelta(minutes=1)


def test_every_question_is_noted_as_it_was_understood(empty: Room) -> None:
    empty.type("volume by team", ANA)
    empty.type("frt by agent")

    assert empty.audit() == [
        ("U0ANA", "question.asked", {"query": "volume by team last 7 days", "channel": "C0SUPPORT"}),
        ("U0LENA", "agents.asked", {"query": "frt by agent last 7 days", "channel": "C0SUPPORT"}),
    ]


def test_a_customer_is_never_named(town: Room) -> None:
    (noted,) = town.type('volume customer:"Carla" last 30 days').notes

    assert "Carla" not in str(noted.detail)
    assert "customer:" in str(noted.detail)


def test_a_press_is_a_question_too(town: Room) -> None:
    answer = town.type("volume last 30 days")

    assert [one.action for one in town.press(answer, "tickets").notes] == ["question.listed"]
    assert [one.action for one in town.press(answer, "csv").notes] == ["question.exported"]


def test_an_admin_reads_it_by_kind_person_and_days(sqlite_store: Store) -> None:
    room = Room(store=sqlite_store, now=NOW)
    with sqlite_store.writing() as session:
        write_audit(session, "U0ANA", "question.asked", {"query": "csat last 30 days", "channel": "C0SUPPORT"}, NOW - MINUTE)
        write_audit(session, "U0LENA", "goal.set", {"goal": "csat"}, NOW - 2 * MINUTE)
        write_audit(session, "cx", "alert.paused", {"alert": 3}, NOW - timedelta(days=20))

    told = said(room.type("audit"))
    assert "<@U0ANA> *question.asked*: csat last 30 days in <#C0SUPPORT>" in told
    assert told.index("question.asked") < told.index("<@U0LENA> *goal.set*: goal csat")
    assert "alert.paused" not in told
    assert "alert.paused" in said(room.type("audit changes last 30 days"))
    assert "question.asked" not in said(room.type("audit changes last 30 days"))
    assert "goal.set" not in said(room.type("audit questions"))
    assert "goal.set" not in said(room.type("audit by <@U0ANA|ana>"))
    assert room.audit()[-1][1] == "audit.read"


def test_nobody_else_reads_it_and_odd_words_are_answered(empty: Room) -> None:
    assert "Only admins" in said(empty.type("audit", ANA))
    assert "I don't know *everything*" in said(empty.type("audit everything"))
    assert typed(empty.type("audit yesterday")) == ["audit last 30 days"]


def test_a_line_that_somebody_wrote_markup_into_is_plain_text(sqlite_store: Store) -> None:
    with sqlite_store.writing() as session:
        write_audit(session, "<!channel>", "question.asked", {"query": "<!here> *x*" * 400}, NOW - MINUTE)

    assert "<!" not in said(Room(store=sqlite_store, now=NOW).type("audit"))


def test_questions_are_forgotten_before_changes_are(store: Store) -> None:
    with store.writing() as session:
        for kind in (*ASKED, "goal."):
            write_audit(session, "U0ANA", f"{kind}x", {}, NOW - timedelta(days=200))
        assert forget_asked(session, NOW - timedelta(days=180)) == len(ASKED)
        assert [line.action for line in of_actors(session, {"U0ANA"})] == ["goal.x"]
        assert forget_changed(session, NOW - timedelta(days=180)) == 1


@pytest.mark.parametrize("name", ["Carla Ruiz", "carla@customer.example"])
def test_who_is_forgotten_leaves_no_name_behind(store: Store, name: str) -> None:
    about = {"kpi": "volume", "filters": [{"dimension": "customer", "values": [name], "negated": False, "op": ""}]}
    with store.writing() as session:
        write_audit(session, "U0CARLA", "question.asked", {"query": "csat"}, NOW)
        theirs = save_query(session, {"kpi": "csat", "filters": []}, "U0CARLA", "C0", NOW)
        named = save_query(session, about, LENA.user_id, "C0", NOW)
        forget_actors(session, {"U0CARLA"})
        forget_questions_about(session, ["carla@customer.example", "Carla Ruiz"])
    with store.reading() as session:
        assert of_actors(session, {"U0CARLA"}) == []
        kept = load_query(session, theirs)
        assert kept is not None
        assert kept.asked_by == "erased"
        assert load_query(session, named) is None
