"""`by agent` or `last month` after an answer is about that answer's number; everything they do not say stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.kpis.query import Query, to_json
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.store.engine import Store
from bot.store.tables import Outbox, SavedQuery
from bot.store.words import OutboxState
from commands import ACTIONS, COMMANDS, dispatch, home
from commands.command import Ask, Asker
from commands.follow import REMEMBERED, question_before
from commands.grammar import read, read_on
from commands.keeping import keep
from tests.commands.room import ANA, LENA, NOW, Room, said
from tests.slack.running import running

IN_THREAD = replace(LENA, thread="1700000000.000100")
MARCH = "Mar 2026"


def question(room: Room, text: str) -> Query:
    with room.store.reading() as session:
        found = read(text, now=NOW, workspace=room.workspace, session=session).query
    assert found is not None
    return found


def further(room: Room, text: str, before: str) -> str | None:
    """The whole question meant by a follow-up, in words."""
    with room.store.reading() as session:
        found = read_on(text, question(room, before), now=NOW, workspace=room.workspace, session=session)
    return found.query.text() if found is not None and found.query is not None else None


@pytest.mark.parametrize(
    ("before", "text", "meant"),
    [
        (f"frt {MARCH}", "by agent", f"frt by agent {MARCH}"),
        (f"frt by team {MARCH}", "by channel", f"frt by channel {MARCH}"),
        ("frt by team last 7 days", "last month", "frt by team last month"),
        (f"frt {MARCH} channel:email", "urgent", f"frt {MARCH} channel:email priority:urgent"),
        (f"frt {MARCH} channel:email", "channel:chat", f"frt {MARCH} channel:chat"),
        (f"frt {MARCH}", "p90", f"frt p90 {MARCH}"),
        (f"frt p90 {MARCH}", "vs last year", f"frt p90 {MARCH} vs last year"),
        (f"frt {MARCH} vs last year", "by team", f"frt by team {MARCH} vs last year"),
        (f"frt {MARCH}", "and weekly please", f"frt {MARCH} weekly"),
        (f"frt {MARCH}", "calendar hours", f"frt {MARCH} calendar hours"),
        (f"frt {MARCH}", "as table", f"frt {MARCH} as table"),
        (f"frt {MARCH}", "only email", f"frt {MARCH} channel:email"),
        (f"frt p90 by team {MARCH} channel:email", "and csat?", f"csat by team {MARCH} channel:email"),
        (f"frt p90 {MARCH}", "what about resolution", f"resolution p90 {MARCH}"),
        (f"backlog by age {MARCH}", "same for volume by team", f"volume by team {MARCH}"),
    ],
)
def test_what_is_said_changes_and_the_rest_stays(town: Room, before: str, text: str, meant: str) -> None:
    assert further(town, text, before) == meant


@pytest.mark.parametrize("text", ["csat", "backlog by team", "thanks", "", "what?", "xyzzy", "by nonsense", "😀", "x" * 5_000])
def test_a_question_of_its_own_and_small_talk_follow_nothing(town: Room, text: str) -> None:
    assert further(town, text, f"frt {MARCH}") is None


def ask(room: Room, text: str, by: Asker, *, later: timedelta = timedelta()) -> str:
    """As a mention is asked: with the question before it."""
    now = room.now + later
    command, rest = dispatch(text)
    with room.store.reading() as session:
        before = question_before(session, by, now)
        reply = command.run(Ask(text=rest, now=now, session=session, workspace=room.workspace, asker=by, follows=before))
    with room.store.writing() as session:
        keep(session, reply, by, now)
    return said(reply)


def test_a_thread_remembers_its_last_question_and_no_other_thread_does(town: Room) -> None:
    ask(town, f"solved {MARCH}", IN_THREAD)
    by_team = ask(town, "by team", IN_THREAD, later=timedelta(days=3))
    elsewhere = ask(town, "by team", replace(LENA, thread="1700000000.000999"))

    assert "Billing" in by_team
    assert f"/cx solved by team {MARCH}" in by_team
    assert "Billing" not in elsewhere


def test_a_conversation_without_a_thread_is_ones_own_and_soon_over(town: Room) -> None:
    direct = replace(LENA, channel_id="D0LENA")
    ask(town, f"solved {MARCH}", direct)

    assert f"solved by team {MARCH}" in ask(town, "by team", direct, later=timedelta(minutes=5))
    assert "solved" not in ask(town, "by channel", direct, later=REMEMBERED + timedelta(minutes=6))
    with town.store.reading() as session:
        assert question_before(session, replace(direct, user_id="U0ANA"), NOW) is None


def test_a_follow_up_has_the_rights_of_whoever_asks_it(town: Room) -> None:
    thread = replace(IN_THREAD, thread="1700000000.000200")
    ask(town, f"solved {MARCH}", thread)

    assert ask(town, "by agent", replace(ANA, thread=thread.thread)).startswith("Numbers of single agents")


def test_a_thread_under_a_shared_answer_is_about_that_answer(empty: Room) -> None:
    stored = to_json(question(empty, "solved last month"))
    with empty.store.writing() as session:
        session.add(SavedQuery(id="known", query=stored, asked_by="U0ANA", channel_id="C0SUPPORT", at=NOW))
        session.add(_posted("known", "1700000000.000300"))
        session.add(_posted("no-such-query", "1700000000.000400"))
    with empty.store.reading() as session:
        found = question_before(session, replace(ANA, thread="1700000000.000300"), NOW)
        assert found is not None
        assert found.text() == "solved last month"
        assert question_before(session, replace(ANA, thread="1700000000.000300", channel_id="C0OTHER"), NOW) is None
        assert question_before(session, replace(ANA, thread="1700000000.000400"), NOW) is None


def test_the_clock_of_a_ticket_in_between_does_not_lose_the_thread(empty: Room) -> None:
    stored = to_json(question(empty, "solved last month"))
    with empty.store.writing() as session:
        asked = (("number", stored, 2), ("clock", {"ticket": "1", "source": "desk"}, 1), ("draft", {"alert": {}}, 0))
        for name, query, before in asked:
            at = NOW - timedelta(minutes=before)
            session.add(SavedQuery(id=name, query=query, asked_by="U0ANA", channel_id="C0SUPPORT", at=at))
    with empty.store.reading() as session:
        found = question_before(session, ANA, NOW)

    assert found is not None
    assert found.text() == "solved last month"


def _posted(value: str, ts: str) -> Outbox:
    button = {"type": "button", "action_id": "share", "value": value, "text": {"type": "plain_text", "text": "Share"}}
    return Outbox(
        id=f"row-{value}", dedupe_key=value, kind="reply", channel_id="C0SUPPORT", ts=ts, state=OutboxState.SENT,
        payload={"text": "12", "blocks": [{"type": "actions", "elements": [button]}]}, next_at=NOW, created_at=NOW,
    )  # fmt: skip


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off", file_seconds=0.0, ack_seconds=60, trigger_seconds=60)) as started:
        yield started


def test_mentions_direct_messages_and_home_over_real_sockets(town_store: Store, sandbox: Sandbox) -> None:
    def texts(**where: str) -> list[str]:
        bot.send()
        return [str(one["text"]) for one in bot.control.messages(**where)]

    with running(town_store, sandbox, commands=COMMANDS, actions=ACTIONS, dispatch=dispatch, home=home, now=lambda: NOW) as bot:
        us = bot.control.state()["bot"]["user_id"]
        asked = bot.control.mention(f"solved {MARCH}", user="lena")
        bot.control.wait_for(lambda: any("/cx solved Mar 2026" in text for text in texts(channel="#support")))
        bot.control.say(f"<@{us}> by team", user="lena", thread_ts=asked["ts"])
        bot.control.wait_for(lambda: any("/cx solved by team Mar 2026" in text for text in texts(channel="#support")))
        bot.control.direct(f"backlog {MARCH}", user="lena")
        bot.control.wait_for(lambda: any("/cx backlog Mar 2026" in text for text in texts(user="lena")))
        bot.control.open_home("lena")
        view = bot.control.wait_for(lambda: bot.control.home("lena"))
        bot.control.click_view("home_digest_new", user="lena", view_id=view["id"])
        form = bot.control.wait_for(lambda: bot.control.views("lena"))

    assert view["type"] == "home"
    assert form[-1]["callback_id"] == "digest_saved"
