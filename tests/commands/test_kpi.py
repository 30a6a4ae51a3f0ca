"""A question about a number gets its card; what cannot be answered gets a sentence and a way on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.desks import DESKS
from bot.store.tables import DeskCursor, Invitation, SavedQuery, SlaFact
from bot.store.words import InvitationState, SurveyKind
from commands import knowing
from tests.commands.room import ANA, LENA, NOW, READ_ALONG, STRANGER, Room, buttons, said, typed
from tests.kpis.town import FIRST

MARCH = "1 Mar 2026 to 5 Apr 2026"


def test_a_number_comes_with_its_receipt_and_its_buttons(town: Room) -> None:
    answer = town.type(f"volume {MARCH}")

    assert said(answer).startswith("1")
    assert "Ticket volume" in said(answer)
    assert "Ask again: /cx volume 2026-03-01 to 2026-04-05" in said(answer)
    doors = ["share", "tickets", "compare", "why", "csv", "add_to_digest", "why_number", "run:alert"]
    assert [one["action_id"] for one in buttons(answer)] == doors
    assert not answer.public


def test_the_question_is_kept_for_the_buttons_and_nothing_else_is_written(town: Room) -> None:
    answer = town.type("volume last 7 days")

    (kept,) = answer.keeps
    kept_by = {str(one["value"]) for one in buttons(answer) if not str(one["action_id"]).startswith("run:")}
    assert kept_by == {kept.query_id}
    with town.store.reading() as session:
        row = session.get(SavedQuery, kept.query_id)
        assert row is not None
        assert (row.asked_by, row.channel_id, row.query["kpi"]) == ("U0LENA", "C0SUPPORT", "volume")
    assert [(one.action, one.detail, one.at_once) for one in answer.notes] == [
        ("question.asked", {"query": "volume last 7 days"}, False)
    ]


def test_the_command_of_numbers_writes_nothing_while_it_counts() -> None:
    from commands import COMMANDS

    assert not next(command for command in COMMANDS if command.word == "ask").writes


def test_a_typo_is_healed_by_a_button(town: Room) -> None:
    hint = town.type("baklog by taem")

    assert said(hint).startswith("I don't know *baklog*, *taem*. Did you mean *backlog by team*?")
    assert typed(hint)[0] == "backlog by team"
    assert "Backlog" in said(town.press(hint, "run"))


def test_a_command_that_is_asked_like_a_number_is_offered(town: Room) -> None:
    assert said(town.type("ask help frt")).startswith("*help* is a command of its own.")
    assert typed(town.type("ask help frt")) == ["help frt"]


def test_a_value_nobody_has_is_mended_by_a_button(town: Room) -> None:
    hint = town.type("frt team:biling last week")

    assert "I don't know a team called 'biling'" in said(hint)
    assert typed(hint)[0] == "frt last week team:Billing"


@pytest.mark.parametrize(
    ("asked", "says", "offered"),
    [
        ("backlog by hour", "Backlog cannot be split by hour.", "backlog last 14 days including today"),
        ("csat p90", "Customer satisfaction has no p90.", "csat last 30 days including today"),
        ("backlog hour:9", "Backlog cannot be filtered by hour.", "backlog last 14 days including today"),
        ("volume hour:25", "I don't know a hour called '25'.", "volume last 7 days"),
        ("volume hourly last 90 days", "are too many points for one chart.", "volume last 90 days"),
    ],
)
def test_what_a_number_cannot_do_is_said_with_what_it_can(town: Room, asked: str, says: str, offered: str) -> None:
    hint = town.type(asked)

    assert says in said(hint)
    assert offered in typed(hint)


def test_csv_is_shown_as_csv(town: Room) -> None:
    shown = town.type(f"volume by channel {MARCH} as csv")

    assert "kpi,from,to,channel,value,unit,n" in said(shown)
    assert shown.keeps


def test_nothing_of_what_is_typed_comes_back_as_markup(town: Room) -> None:
    for text in ("<!channel> <@U1> baklog", "&lt;!here&gt; xyzzy", "frt team:<!channel>", "frt <https://evil.example|backlog>x"):
        words = said(town.type(text))
        assert "<!" not in words
        assert "<http" not in words


def test_a_stranger_is_told_nothing(town: Room) -> None:
    for asker in (STRANGER, READ_ALONG):
        for text in ("backlog", "", "status", "list", "volume by team", "cost", "customers", "subscribe daily", "xyzzy"):
            answer = town.type(text, asker)
            assert said(answer).startswith(("This is for members", "This channel is shared")), text
            assert answer.keeps == ()


def test_help_is_for_everybody(town: Room) -> None:
    for asker in (STRANGER, READ_ALONG):
        assert "Numbers:" in said(town.type("help", asker))


def test_buttons_tell_a_stranger_nothing_either(town: Room) -> None:
    answer = town.type("volume last 7 days")

    for asker in (STRANGER, READ_ALONG):
        for button in ("share", "tickets", "compare", "why", "csv", "why_number"):
            reply = town.press(answer, button, asker)
            assert said(reply).startswith(("This is for members", "This channel is shared")), button
            assert not reply.public


def test_an_empty_store_says_so(empty: Room) -> None:
    answer = empty.type("backlog")

    assert "No tickets yet" in said(answer)
    assert said(empty.type("")).startswith("There are no numbers yet.")


def cursor(room: Room, source: str) -> None:
    with room.store.writing() as session:
        session.merge(DeskCursor(source=source, stream="tickets", synced_at=NOW))


def test_what_no_desk_can_know_is_not_called_nought(empty: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.desks.desk import Fact

    poor = replace(DESKS[0], slug="poor", name="Poor Desk", knows=frozenset({Fact.REPLIES}))
    monkeypatch.setattr(knowing, "DESKS", (poor, *DESKS))
    cursor(empty, "poor")

    assert said(empty.type("sla")).startswith("Poor Desk has no SLA policies, so there is no SLA compliance to show.")
    assert "status history" in said(empty.type("backlog"))
    assert "SLA policies and no status history" in said(empty.type("overdue"))
    assert "Poor Desk has no" not in said(empty.type("frt"))
    assert "customer ratings" in said(empty.type("csat"))
    cursor(empty, "a file somebody imported")
    assert "Poor Desk has no" not in said(empty.type("sla"))


def test_our_own_surveys_know_ratings_where_the_desk_does_not(empty: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    poor = replace(DESKS[0], slug="poor", name="Poor Desk", knows=frozenset())
    monkeypatch.setattr(knowing, "DESKS", (poor,))
    cursor(empty, "poor")
    assert "customer ratings" in said(empty.type("csat"))

    with empty.store.writing() as session:
        session.add(
            Invitation(
                survey=SurveyKind.CSAT, scale="csat-1-5", token_hash="x", state=InvitationState.SENT, decided_at=NOW, sent_at=NOW
            )
        )
    assert "customer ratings" not in said(empty.type("csat"))


def test_the_snapshot_shows_the_first_numbers_and_a_door_to_each(town: Room) -> None:
    shown = town.type("")

    assert [str(one["text"]["text"]) for one in buttons(shown)][:2] == ["Backlog", "Ticket volume"]
    assert len(shown.keeps) == len(buttons(shown)) == 6
    assert "Ticket volume" in said(town.press(shown, "show:1"))


def test_the_snapshot_takes_no_words(town: Room) -> None:
    assert typed(town.type("snapshot of csat")) == ["of csat"]


def test_a_day_with_tickets_counts_them_all(town: Room) -> None:
    later = replace(town, now=FIRST + timedelta(days=30))
    with town.store.reading() as session:
        assert session.exec(select(SlaFact)).first() is not None

    assert "n=" in said(later.type("sla last 30 days"))
    assert said(later.type("sla last 30 days", ANA)) == said(later.type("sla last 30 days", LENA))


def test_tickets_that_no_number_counts_are_not_said_to_be_none(town: Room) -> None:
    for words in ("merged tickets", "volume status:spam", "backlog status:deleted,spam"):
        assert "are in no number" in said(town.type(words)), words
    assert "are in no number" not in said(town.type("volume -status:spam last 30 days"))
