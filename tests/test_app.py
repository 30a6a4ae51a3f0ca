"""What is typed, pressed and submitted in Slack is answered, once, in time, to the right person."""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from PIL import Image
from sqlmodel import col, select

from bot.app.payloads import value_of
from bot.app.unkept import MOST, Unkept
from bot.app.wiring import by_first_word
from bot.clock import now
from bot.errors import BadRequest, StoreError
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.slack.ack import EARLY_AFTER_S
from bot.store.audit import ASKED
from bot.store.departure import removed_since
from bot.store.engine import Store
from bot.store.ledger import load_query, new_query_id, write_audit
from bot.store.tables import Agent, Audit, Outbox, SavedQuery, Subscription
from bot.store.words import Role
from bot.surveys import CSAT
from bot.surveys.sending import Invited
from bot.surveys.wire import new_token
from bot.views.message import Message
from bot.views.survey import invitation_message
from bot.views.survey_phrases import PHRASES
from commands.command import Ask, Click, Kept, Reply
from jobs.job import Tick
from jobs.send import send
from tests.slack.running import ECHO, Bot, action, buttons, command, modal, running, saying


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off", file_seconds=0.0, ack_seconds=60, trigger_seconds=60)) as started:
        yield started


Start = Callable[..., AbstractContextManager[Bot]]


@pytest.fixture
def start(sqlite_store: Store, sandbox: Sandbox) -> Start:
    """Start the bot with these commands and actions."""
    return partial(running, sqlite_store, sandbox)


def audits(store: Store, *, questions: bool = False) -> list[str]:
    """What was written down: what was changed, or what was asked."""
    with store.reading() as session:
        rows = session.exec(select(Audit).order_by(Audit.id)).all()  # type: ignore[arg-type]
    return [row.action for row in rows if row.action.startswith(ASKED) == questions]


def note(asked: Ask | Click, what: str) -> None:
    """Write something down in the unit of work of the question."""
    write_audit(asked.session, asked.asker.user_id, what, {}, asked.now)


def gone_since(store: Store) -> datetime | None:
    with store.reading() as session:
        return removed_since(session)


def test_the_answer_travels_in_the_acknowledgement(start: Start) -> None:
    with start() as bot:
        delivery = bot.control.slash("/cx echo hello there")

        assert delivery["state"] == "acked"
        assert delivery["answer"]["text"] == "you said: hello there"
        assert delivery["answer"]["response_type"] == "ephemeral"
        assert bot.ephemeral_texts() == ["you said: hello there"]


def test_building_the_app_calls_nobody(start: Start, sandbox: Sandbox) -> None:
    sandbox.control.fault("drop", times=100)
    with start(connections=0):
        assert sandbox.control.traffic() == []


def test_a_command_knows_who_asks_and_where(start: Start, sqlite_store: Store) -> None:
    asked: list[Ask] = []

    def who(ask: Ask) -> Reply:
        asked.append(ask)
        return Reply(message=Message(text="known"))

    with sqlite_store.writing() as session:
        session.add(Agent(source="demo", external_id="7", name="Ana", slack_user_id="U0ANA"))
    with start(commands=[command("who", who)], env={"CX_ADMINS": "U0ANA", "CX_ZONE": "Europe/Berlin"}) as bot:
        bot.control.slash("/cx who")
        bot.control.slash("/cx who", user="lena", channel="#acme-shared")
        bot.control.slash("/cx who", user="bo", channel="#leads")

    ana, lena, bo = (ask.asker for ask in asked)
    assert (ana.user_id, ana.channel_id, ana.is_admin, ana.is_outsider, ana.shared_channel) == (
        "U0ANA",
        "C0SUPPORT",
        True,
        False,
        False,
    )
    assert ana.agent_id is not None
    assert asked[0].workspace.zone == "Europe/Berlin"
    assert (lena.shared_channel, lena.agent_id) == (True, None)
    assert (bo.shared_channel, bo.team_id) == (False, "T0SANDBOX")


def test_when_slack_cannot_say_who_asks_nothing_is_told(start: Start, sandbox: Sandbox) -> None:
    with start() as bot:
        sandbox.control.fault("error", method="users.info", code="internal_error")
        said = bot.control.slash("/cx echo secret number")["answer"]["text"]

    assert "secret" not in said
    assert "members of the workspace" in said


def test_when_slack_cannot_say_who_reads_along_the_channel_counts_as_shared(start: Start, sandbox: Sandbox) -> None:
    with start(commands=[command("share", saying("numbers", public=True))]) as bot:
        sandbox.control.fault("error", method="conversations.info", code="internal_error")
        said = bot.control.slash("/cx share")["answer"]["text"]
        bot.send()

    assert "shared with another company, or may be" in said
    assert sandbox.control.messages("#support") == []


def test_only_a_command_that_writes_can_change_anything(start: Start, sqlite_store: Store) -> None:
    def scribble(ask: Ask) -> Reply:
        note(ask, ask.text or "written")
        return Reply(message=Message(text="done"))

    both = [command("read", scribble), command("write", scribble, writes=True)]
    with start(commands=both) as bot:
        bot.control.slash("/cx read")
        bot.control.slash("/cx write kept")

    assert audits(sqlite_store) == ["kept"]


def test_what_was_asked_is_noted_after_the_answer_and_nothing_of_words_nobody_understood(
    start: Start, sqlite_store: Store, sandbox: Sandbox
) -> None:
    with start(commands=[command("ask", saying("what?"))]) as bot:
        bot.control.slash("/cx why is Carla so angry")
        sandbox.control.wait_for(lambda: audits(sqlite_store, questions=True))

    with sqlite_store.reading() as session:
        [line] = session.exec(select(Audit)).all()
    assert (line.actor, line.action) == ("U0ANA", "question.unanswered")
    assert line.detail == {"characters": 21, "channel": "C0SUPPORT"}


def test_a_command_delivered_twice_writes_once(start: Start, sqlite_store: Store, sandbox: Sandbox) -> None:
    def write(ask: Ask) -> Reply:
        note(ask, "written")
        return Reply(message=Message(text="done"))

    with start(commands=[command("write", write, writes=True)]) as bot:
        sandbox.control.fault("duplicate", method="slash_commands")
        bot.control.slash("/cx write")
        bot.settle(2)
        bot.later.finish()

    assert audits(sqlite_store) == ["written"]


def test_a_public_answer_is_posted_once_for_everybody(start: Start, sandbox: Sandbox) -> None:
    with start(commands=[command("share", saying("12 open", public=True))]) as bot:
        sandbox.control.fault("duplicate", method="slash_commands")
        bot.control.slash("/cx share")
        bot.settle(2)
        bot.send()

    assert [message["text"] for message in sandbox.control.messages("#support")] == ["12 open"]


def test_a_public_answer_in_a_shared_channel_is_refused(start: Start, sandbox: Sandbox) -> None:
    with start(commands=[command("share", saying("12 open", public=True))]) as bot:
        said = bot.control.slash("/cx share", channel="#acme-shared")["answer"]["text"]
        bot.send()

    assert "shared with another company" in said
    assert sandbox.control.messages("#acme-shared") == []


def test_a_public_answer_where_the_bot_is_not_says_how_to_invite_it(start: Start) -> None:
    with start(commands=[command("share", saying("12 open", public=True))]) as bot:
        said = bot.control.slash("/cx share", channel="#random")["answer"]["text"]

    assert "`/invite @cx`" in said


def test_a_command_knows_whether_the_bot_is_in_the_channel(start: Start) -> None:
    def here(ask: Ask) -> Reply:
        return Reply(message=Message(text="here" if ask.asker.bot_is_here else "not here"))

    with start(commands=[command("here", here)]) as bot:
        said = [bot.control.slash("/cx here", channel=channel)["answer"]["text"] for channel in ("#support", "#random")]

    assert said == ["here", "not here"]


def test_while_slack_refuses_our_token_an_answer_says_so_and_what_to_do(start: Start, sandbox: Sandbox) -> None:
    with start(commands=[command("share", saying("12 open"))]) as bot:
        sandbox.control.revoke()
        said = bot.control.slash("/cx share")["answer"]["text"]

    assert said.startswith(
        "Slack refuses my token (token_revoked), so I cannot tell who asks. Nothing is lost. An admin takes it anew"
    )


def test_what_is_shared_while_slack_refuses_our_token_says_that_it_waits(start: Start, sandbox: Sandbox) -> None:
    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("share")))]}
    with start(actions=[action("share", saying("12 open", public=True))], **parts) as bot:
        bot.control.slash("/cx ask")
        sandbox.control.revoke()
        bot.slack.post("auth.test", {})
        bot.control.click(bot.control.ephemerals("ana")[0], "share")
        told = bot.ephemeral_texts()[-1]
        sandbox.control.restore()
        bot.slack.post("auth.test", {})
        assert bot.send() == 1

    assert told.startswith("Slack refuses my token, so this is kept, and posted as soon as it takes it again.")
    assert [message["text"] for message in sandbox.control.messages("#support")] == ["12 open"]


def test_a_slow_answer_is_acknowledged_before_it_is_there_and_follows(start: Start) -> None:
    acknowledged = threading.Event()

    def slow(ask: Ask) -> Reply:
        assert acknowledged.wait(10), "the acknowledgement waited for the answer"
        return Reply(message=Message(text="took a while"))

    with start(commands=[command("slow", slow)], early_after_s=EARLY_AFTER_S) as bot:
        delivery = bot.control.slash("/cx slow")
        assert (delivery["state"], delivery["answer"]) == ("acked", None)
        acknowledged.set()
        bot.control.wait_for(lambda: bot.ephemeral_texts() == ["took a while"])


def test_twelve_commands_at_once_are_each_answered_once(start: Start) -> None:
    typed = [f"{turn}-{number}" for turn in range(3) for number in range(12)]
    with start(early_after_s=EARLY_AFTER_S) as bot, ThreadPoolExecutor(12) as people:
        deliveries = list(people.map(lambda words: bot.control.slash(f"/cx echo {words}"), typed))
        assert {delivery["state"] for delivery in deliveries} == {"acked"}
        bot.control.wait_for(lambda: len(bot.ephemeral_texts()) == len(typed))
        bot.later.finish()
        assert sorted(bot.ephemeral_texts()) == sorted(f"you said: {words}" for words in typed)


def test_more_slow_commands_than_threads_lose_none(start: Start) -> None:
    gate = threading.Event()

    def stuck(ask: Ask) -> Reply:
        gate.wait(10)
        return Reply(message=Message(text=f"free {ask.text}"))

    with start(commands=[command("stuck", stuck), ECHO], threads=4, early_after_s=EARLY_AFTER_S) as bot:
        with ThreadPoolExecutor(8) as people:
            deliveries = list(people.map(lambda number: bot.control.slash(f"/cx stuck {number}"), range(8)))
        assert {delivery["state"] for delivery in deliveries} == {"acked"}
        gate.set()
        bot.control.wait_for(lambda: len(bot.ephemeral_texts()) == 8)
        assert sorted(bot.ephemeral_texts()) == sorted(f"free {number}" for number in range(8))


def test_an_error_we_know_is_told_in_its_own_words_without_markup(start: Start) -> None:
    def refuse(ask: Ask) -> Reply:
        raise BadRequest(f"{ask.text} is no period.", next_step="Try *last week*.")

    with start(commands=[command("frt", refuse)]) as bot:
        said = bot.control.slash("/cx frt <!channel> & co")["answer"]["text"]

    assert said == "&lt;!channel&gt; &amp; co is no period. Try *last week*."


def test_an_error_nobody_expected_is_told_with_a_reference_that_stands_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(ask: Ask) -> Reply:
        raise RuntimeError(ask.text)

    with start(commands=[command("boom", explode)]) as bot, caplog.at_level(logging.ERROR, "cx.app"):
        delivery = bot.control.slash("/cx boom customer's words")

    assert delivery["state"] == "acked"
    said = delivery["answer"]["text"]
    [record] = [record for record in caplog.records if record.name == "cx.app"]
    assert record.__dict__["reference"] in said
    assert "customer's words" not in said + record.getMessage()


def test_answering_leaves_our_own_logs_as_loud_as_they_were(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    """With each request Bolt copies the level of the logger it is given to the logger of the app's name."""
    before = logging.getLogger("cx").level
    with start() as bot:
        bot.control.slash("/cx echo once")
        bot.control.slash("/cx echo twice")

    assert logging.getLogger("cx").level == before
    logging.getLogger("cx.after").error("heard")
    assert "heard" in caplog.text


def test_an_error_of_the_store_changes_nothing_and_says_so(start: Start, sqlite_store: Store) -> None:
    def half(ask: Ask) -> Reply:
        note(ask, "half")
        raise StoreError("The database is full.", still_true="Nothing was changed.", next_step="Make room.")

    with start(commands=[command("write", half, writes=True)]) as bot:
        said = bot.control.slash("/cx write")["answer"]["text"]

    assert said.startswith("The database is full. Nothing was changed. Make room. (Reference E-")
    assert audits(sqlite_store) == []


def test_a_press_is_committed_before_it_is_acknowledged_and_replaces_its_message(start: Start, sqlite_store: Store) -> None:
    clicks: list[Click] = []

    def push(click: Click) -> Reply:
        clicks.append(click)
        note(click, f"pushed {click.value}")
        return Reply(message=Message(text="Thanks."), replaces=True)

    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("push:1", "push:2")))]}
    with start(actions=[action("push", push, writes=True)], **parts) as bot:
        bot.control.slash("/cx ask")
        [message] = bot.control.ephemerals("ana")
        delivery = bot.control.click(message, "push:2")
        assert delivery["state"] == "acked"
        assert audits(sqlite_store) == ["pushed v"], "what was acknowledged is kept"
        assert bot.ephemeral_texts() == ["Thanks."]

    [click] = clicks
    assert (click.action, click.value, click.message_ts) == ("push:2", "v", message["ts"])
    assert (click.asker.user_id, click.asker.channel_id) == ("U0ANA", "C0SUPPORT")
    assert click.action_ts


def test_a_press_that_could_not_be_kept_says_so(start: Start) -> None:
    def push(click: Click) -> Reply:
        raise StoreError("The database is full.", still_true="Your answer was not kept.", next_step="Press again in a minute.")

    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("push:1")))]}
    with start(actions=[action("push", push, writes=True)], **parts) as bot:
        bot.control.slash("/cx ask")
        bot.control.click(bot.control.ephemerals("ana")[0], "push:1")
        question, refusal = bot.ephemeral_texts()

    assert question == "Press one."
    assert refusal.startswith("The database is full. Your answer was not kept.")


def test_a_press_delivered_twice_counts_once(start: Start, sqlite_store: Store, sandbox: Sandbox) -> None:
    def push(click: Click) -> Reply:
        note(click, "pushed")
        return Reply(message=Message(text="Thanks."), replaces=True)

    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("push:1")))]}
    with start(actions=[action("push", push, writes=True)], **parts) as bot:
        bot.control.slash("/cx ask")
        sandbox.control.fault("duplicate", method="interactive")
        bot.control.click(bot.control.ephemerals("ana")[0], "push:1")
        bot.settle(3)
        assert bot.ephemeral_texts() == ["Thanks."]

    assert audits(sqlite_store) == ["pushed"]


def test_a_button_nobody_knows_any_more_says_so_and_a_link_says_nothing(start: Start) -> None:
    with start(commands=[command("ask", lambda ask: Reply(message=buttons("gone:1", "link:help")))]) as bot:
        bot.control.slash("/cx ask")
        [message] = bot.control.ephemerals("ana")
        assert bot.control.click(message, "link:help")["state"] == "acked"
        assert len(bot.ephemeral_texts()) == 1
        assert bot.control.click(message, "gone:1")["state"] == "acked"
        assert "belongs to an older message" in bot.ephemeral_texts()[1]


def test_a_public_press_posts_for_everybody(start: Start, sandbox: Sandbox) -> None:
    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("share")))]}
    with start(actions=[action("share", saying("12 open", public=True))], **parts) as bot:
        bot.control.slash("/cx ask")
        bot.control.click(bot.control.ephemerals("ana")[0], "share")
        bot.send()

    assert [message["text"] for message in sandbox.control.messages("#support")] == ["12 open"]


def test_a_press_can_take_its_message_away(start: Start) -> None:
    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("close")))]}
    with start(actions=[action("close", lambda click: Reply(deletes=True))], **parts) as bot:
        bot.control.slash("/cx ask")
        bot.control.click(bot.control.ephemerals("ana")[0], "close")
        assert bot.ephemeral_texts() == []


def test_an_expired_response_url_falls_back_to_an_ephemeral_message(start: Start, sandbox: Sandbox) -> None:
    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("push")))]}
    with start(actions=[action("push", saying("still here"))], **parts) as bot:
        sandbox.control.options(response_url_uses=0)
        bot.control.slash("/cx ask")
        [message] = bot.control.ephemerals("ana")
        bot.control.click(message, "push")
        assert bot.ephemeral_texts() == ["Press one.", "still here"]


@pytest.mark.parametrize(
    ("told", "charts", "drawn", "shown"),
    [
        ("ours", True, True, ["section", "image"]),
        ("theirs", True, True, ["section", "data_visualization"]),
        ("theirs", False, True, ["section", "image"]),
        ("ours", True, False, ["section", "context"]),
        ("theirs", False, False, ["section", "context"]),
    ],
)
def test_an_expired_response_url_loses_no_chart(
    start: Start, sandbox: Sandbox, told: str, charts: bool, drawn: bool, shown: list[str]
) -> None:
    message = _charted() if told == "ours" else replace(_native(), instead={"chart": _Chart()})  # type: ignore[dict-item]
    sandbox.control.options(response_url_uses=0, charts=charts, file_seconds=0.2)
    draw = _png if drawn else (lambda chart: None)
    with start(commands=[command("trend", lambda ask: Reply(message=message))], draw=draw) as bot:
        bot.control.slash("/cx trend")
        bot.later.finish()
        [seen] = bot.control.ephemerals("ana")

    assert [block["type"] for block in seen["blocks"]] == shown
    assert ("The chart could not be shown here. Type the question again" in str(seen)) is ("context" in shown)


def test_where_no_ephemeral_can_be_shown_the_answer_comes_in_private_with_its_chart(start: Start, sandbox: Sandbox) -> None:
    sandbox.control.options(response_url_uses=0)
    with start(commands=[command("trend", lambda ask: Reply(message=_charted()))], draw=_png) as bot:
        bot.control.slash("/cx trend", user="lena", channel="#finance")
        bot.send()
        [seen] = bot.control.messages(user="lena")

    assert [block["type"] for block in seen["blocks"]] == ["section", "image"]


def test_a_lost_answer_of_a_response_url_is_not_said_twice(start: Start, sandbox: Sandbox) -> None:
    parts = {"commands": [command("ask", lambda ask: Reply(message=buttons("push")))]}
    with start(actions=[action("push", saying("once"))], **parts) as bot:
        bot.control.slash("/cx ask")
        sandbox.control.fault("lost_reply", method="response_url")
        bot.control.click(bot.control.ephemerals("ana")[0], "push")
        assert bot.ephemeral_texts() == ["Press one.", "once"]


def test_a_press_opens_a_form_and_its_submit_replaces_the_message(start: Start, sqlite_store: Store) -> None:
    submits: list[Click] = []

    def said(click: Click) -> Reply:
        submits.append(click)
        note(click, click.state["words"]["words"]["value"])
        return Reply(message=Message(text="Kept."), replaces=True)

    acts = [action("open", lambda click: Reply(modal=modal("said"))), action("said", said, writes=True)]
    with start(commands=[command("ask", lambda ask: Reply(message=buttons("open")))], actions=acts) as bot:
        bot.control.slash("/cx ask")
        bot.control.click(bot.control.ephemerals("ana")[0], "open")
        bot.control.submit({"words": {"words": "very good"}})
        assert bot.ephemeral_texts() == ["Kept."]
        assert bot.control.views("ana") == []

    assert audits(sqlite_store) == ["very good"]
    assert (submits[0].metadata, submits[0].asker.channel_id) == ("about-42", "C0SUPPORT")


def test_a_form_marks_its_fields_or_is_replaced(start: Start) -> None:
    def said(click: Click) -> Reply:
        if click.state["words"]["words"]["value"] == "no":
            return Reply(errors={"words": "Say more."})
        return Reply(modal=modal("said", title="Thanks"))

    with start(commands=[command("form", lambda ask: Reply(modal=modal("said")))],
                 actions=[action("said", said)]) as bot:  # fmt: skip
        bot.control.slash("/cx form")
        answer = bot.control.submit({"words": {"words": "no"}})
        assert answer["answer"]["errors"] == {"words": "Say more."}
        bot.control.submit({"words": {"words": "yes"}})
        assert bot.control.views("ana")[-1]["title"]["text"] == "Thanks"


def test_a_form_that_writes_can_be_sent_again_after_its_fields_were_marked(start: Start, sqlite_store: Store) -> None:
    def said(click: Click) -> Reply:
        given = click.state["words"]["words"]["value"]
        note(click, f"said {given}")
        return Reply(errors={"words": "Say more."}) if given == "no" else Reply(modal=modal("said", title="Thanks"))

    with start(commands=[command("form", lambda ask: Reply(modal=modal("said")))],
               actions=[action("said", said, writes=True)]) as bot:  # fmt: skip
        bot.control.slash("/cx form")
        assert bot.control.submit({"words": {"words": "no"}})["answer"]["errors"] == {"words": "Say more."}
        bot.control.submit({"words": {"words": "yes"}})
        assert bot.control.views("ana")[-1]["title"]["text"] == "Thanks"

    assert audits(sqlite_store) == ["said yes"]


def test_a_form_that_could_not_be_kept_stays_open_and_says_why(start: Start) -> None:
    def said(click: Click) -> Reply:
        raise StoreError("The database is full.", next_step="Send it again in a minute.")

    with start(commands=[command("form", lambda ask: Reply(modal=modal("said")))],
                 actions=[action("said", said, writes=True)]) as bot:  # fmt: skip
        bot.control.slash("/cx form")
        answer = bot.control.submit({"words": {"words": "long text"}})

    assert answer["answer"]["errors"]["words"].startswith("The database is full. Send it again")


def test_a_mention_is_answered_in_its_thread_once(start: Start, sandbox: Sandbox) -> None:
    with start() as bot:
        sandbox.control.fault("duplicate", method="events_api")
        asked = bot.control.mention("echo hello")
        bot.settle(2)
        bot.send()
        _, answer = bot.control.messages("#support")

    assert (answer["text"], answer["thread_ts"]) == ("you said: hello", asked["ts"])


def test_a_direct_message_is_a_question(start: Start) -> None:
    with start() as bot:
        bot.control.direct("echo hello")
        bot.settle(1)
        bot.send()
        texts = [message["text"] for message in bot.control.messages(user="ana")]

    assert texts == ["echo hello", "you said: hello"]


def test_a_mention_in_a_shared_channel_is_refused_to_the_asker_alone(start: Start, sandbox: Sandbox) -> None:
    with start() as bot:
        bot.control.mention("echo our numbers", channel="#acme-shared")
        bot.control.wait_for(lambda: bot.ephemeral_texts())
        bot.send()

    assert len(sandbox.control.messages("#acme-shared")) == 1
    assert "our numbers" not in bot.ephemeral_texts()[0]


def test_a_guest_who_mentions_it_in_our_own_channel_hears_whom_it_is_for(start: Start, sandbox: Sandbox) -> None:
    with start() as bot:
        bot.control.mention("echo our numbers", user="gita")
        told = bot.control.wait_for(lambda: bot.control.ephemerals("gita"))[0]["text"]

    assert told.startswith("This is for members of the workspace")
    assert "shared" not in told


def test_a_colleague_who_is_mentioned_is_found_by_the_address_of_the_help_desk(start: Start, sqlite_store: Store) -> None:
    asked: list[str] = []

    def who(ask: Ask) -> Reply:
        asked.append(ask.text)
        return Reply(message=Message(text="known"))

    with sqlite_store.writing() as session:
        session.add(Agent(source="demo", external_id="1", name="Bo", email="Bo@example.com", role=Role.AGENT))
        session.add(Agent(source="demo", external_id="2", name="Bo the bot", email="bo@example.com", role=Role.BOT))
        session.add(Agent(source="demo", external_id="3", name="Gita", email="gita@contractor.example", role=Role.AGENT))
    with start(commands=[command("who", who)]) as bot:
        bot.control.slash("/cx who <@U0BO|bo> <@U0GITA> <@U0NOBODY> <@U0BOT>")
        bot.control.mention("who <@U0BOT> <@U0BO>")
        bot.control.wait_for(lambda: len(asked) == 2)

    assert asked == ["<@U0BO|bo> <@U0GITA> <@U0NOBODY>", "<@U0BO>"]
    with sqlite_store.reading() as session:
        assert session.exec(select(Agent.name, Agent.slack_user_id).order_by(col(Agent.name))).all() == [
            ("Bo", "U0BO"),
            ("Bo the bot", None),
            ("Gita", None),
        ]


def test_people_of_other_companies_get_no_numbers_but_may_answer_a_survey(start: Start, sqlite_store: Store) -> None:
    def rate(click: Click) -> Reply:
        note(click, f"rated by {click.asker.user_id}")
        return Reply(message=Message(text="Thanks."), replaces=True)

    with start(actions=[action("rate:", rate, writes=True), action("share", saying("12 open"))]) as bot:
        said = buttons("rate:1:5", "share")
        bot.slack.post("chat.postMessage", {"channel": "U0STEN", "text": said.text, "blocks": list(said.blocks)})
        [message] = bot.control.messages(user="sten")
        bot.control.click(message, "share", user="sten")
        assert "members of the workspace" in bot.ephemeral_texts("sten")[0]
        bot.control.click(message, "rate:1:5", user="sten")
        bot.later.finish()
        assert bot.control.messages(user="sten")[0]["text"] == "Thanks."

    assert audits(sqlite_store) == ["rated by U0STEN"]


def test_the_home_tab_is_published_for_members_and_again_after_a_press_that_wrote(start: Start, sandbox: Sandbox) -> None:
    def home(ask: Ask) -> dict[str, Any]:
        count = len(ask.session.exec(select(Audit)).all())
        return {"type": "home", "blocks": [_section(f"{count} presses"), *buttons("push").blocks[1:]]}

    def push(click: Click) -> Reply:
        note(click, "pushed")
        return Reply()

    def shown() -> str:
        view = sandbox.control.home("ana")
        return view["blocks"][0]["text"]["text"] if view else ""

    with start(home=home, actions=[action("push", push, writes=True)]) as bot:
        bot.control.open_home("ana")
        bot.control.wait_for(lambda: shown() == "0 presses")
        view = bot.control.home("ana")
        assert view is not None
        bot.control.click_view("push", view_id=view["id"])
        bot.control.wait_for(lambda: shown() == "1 presses")


def test_being_invited_is_answered_with_a_greeting_where_nobody_else_reads(start: Start, sandbox: Sandbox) -> None:
    with start(greeting=Message(text="Hello, type /cx.")) as bot:
        bot.control.join("cx", "#random")
        bot.settle(1)
        bot.send()

    assert [message["text"] for message in sandbox.control.messages("#random") if "Hello" in message["text"]] == [
        "Hello, type /cx."
    ]


def subscription(channel: str) -> Subscription:
    return Subscription(
        kind="digest",
        channel_id=channel,
        cadence={"at": "09:00"},
        zone="UTC",
        owner="U0ANA",
        created_at=now(),
        seen_until=now(),
    )


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("channel_archive", "the channel is archived"),
        ("group_deleted", "I cannot see the channel any more"),
        ("channel_left", "I am not in the channel"),
    ],
)
def test_a_channel_that_closes_pauses_what_is_posted_there_and_its_owner_hears_once(
    start: Start, sqlite_store: Store, event: str, said: str
) -> None:
    with sqlite_store.writing() as session:
        session.add_all([subscription("C0DIGEST"), subscription("C0SUPPORT")])
    with start() as bot:
        bot.control.fault("duplicate", method="events_api")
        bot.control.send_event({"type": event, "channel": "C0DIGEST", "user": "U0ANA"})
        bot.settle(2)
        bot.send()
        bot.send()
        [told] = [one for one in bot.control.state()["messages"] if "It is paused" in one["text"]]

    assert said in told["text"]
    with sqlite_store.reading() as session:
        paused = {row.channel_id: row.enabled for row in session.exec(select(Subscription))}
    assert paused == {"C0DIGEST": False, "C0SUPPORT": True}


def test_a_channel_with_a_new_id_takes_its_subscriptions_along(start: Start, sqlite_store: Store) -> None:
    with sqlite_store.writing() as session:
        session.add(subscription("G0OLD"))
    with start() as bot:
        bot.control.send_event({"type": "channel_id_changed", "old_channel_id": "G0OLD", "new_channel_id": "C0DIGEST"})
        bot.settle(1)

    with sqlite_store.reading() as session:
        assert [row.channel_id for row in session.exec(select(Subscription))] == ["C0DIGEST"]


def test_a_channel_that_others_begin_to_read_is_asked_about_anew(start: Start, sandbox: Sandbox) -> None:
    with start(commands=[command("share", saying("numbers", public=True))]) as bot:
        assert bot.slack.conversation("C0SUPPORT").shared is False
        sandbox.control.change_channel("#support", is_ext_shared=True)
        bot.control.send_event({"type": "channel_shared", "channel": "C0SUPPORT"})
        bot.settle(1)

        assert bot.slack.conversation("C0SUPPORT").shared is True


def test_losing_access_is_noticed_and_nothing_is_thrown_away(start: Start) -> None:
    with start() as bot:
        bot.control.uninstall()
        bot.control.wait_for(lambda: bot.slack.refused in ("app_uninstalled", "tokens_revoked"))
        bot.control.wait_for(lambda: gone_since(bot.store) is not None)


def test_events_nobody_asked_for_are_acknowledged(start: Start) -> None:
    with start() as bot:
        bot.control.send_event({"type": "team_join", "user": {"id": "U0NEW"}})
        bot.control.wait_for(lambda: [one for one in bot.control.deliveries() if one["state"] == "acked"])


def test_an_answer_with_a_chart_follows_the_acknowledgement_with_its_picture(start: Start, sandbox: Sandbox) -> None:
    sandbox.control.options(file_seconds=0.5)
    with start(commands=[command("trend", lambda ask: Reply(message=_charted()))], draw=_png) as bot:
        delivery = bot.control.slash("/cx trend")
        assert (delivery["state"], delivery["answer"]) == ("acked", None)
        bot.later.finish()
        [message] = bot.control.ephemerals("ana")

    assert [block["type"] for block in message["blocks"]] == ["section", "image"]
    assert sandbox.control.files()[0]["alt_txt"] == "Backlog by day."


def test_a_workspace_that_no_longer_draws_charts_loses_no_answer(start: Start, sandbox: Sandbox) -> None:
    """Of an acknowledgement no refusal comes back: whoever asked would see nothing, and nobody would learn of it."""
    with start(commands=[command("trend", lambda ask: Reply(message=_native()))]) as bot:
        answers = [bot.control.slash("/cx trend")["answer"]]
        bot.later.finish()
        sandbox.control.options(charts=False)
        answers += [bot.control.slash("/cx trend")["answer"]]
        bot.later.finish()
        shown = [(one["text"], [block["type"] for block in one.get("blocks", ())]) for one in bot.control.ephemerals("ana")]

    assert answers == [None, None]
    assert shown == [("Backlog 12.", ["section", "data_visualization"]), ("Backlog 12.", [])]


def test_where_slack_draws_no_charts_the_words_arrive(start: Start, sandbox: Sandbox) -> None:
    sandbox.control.options(charts=False)
    with start(commands=[command("trend", lambda ask: Reply(message=_native()))]) as bot:
        for _ in range(2):
            bot.control.slash("/cx trend")
        texts = bot.ephemeral_texts()

    assert texts == ["Backlog 12."] * 2


def test_where_slack_draws_no_charts_our_picture_stands_in_their_place_and_admins_hear_of_it_once(
    start: Start, sandbox: Sandbox
) -> None:
    sandbox.control.options(charts=False, file_seconds=0.1)
    native = _native()
    message = replace(native, instead={"chart": _Chart()})  # type: ignore[dict-item]
    with start(commands=[command("trend", lambda ask: Reply(message=message))], draw=_png, env={"CX_ADMINS": "U0LENA"}) as bot:
        for _ in range(2):
            bot.control.slash("/cx trend")
            bot.later.finish()
        shown = [[block["type"] for block in one["blocks"]] for one in bot.control.ephemerals("ana")]
        with bot.store.reading() as session:
            told = [row.payload["text"] for row in session.exec(select(Outbox)) if row.dedupe_key.startswith("no-charts:")]

    assert shown == [["section", "image"]] * 2
    assert len(told) == 1
    assert told[0].startswith("This workspace does not take Slack's own charts")


def test_what_is_shared_where_slack_draws_no_charts_says_so_and_admins_hear_of_it_once(start: Start, sandbox: Sandbox) -> None:
    """Until it was refused once nobody knows, and a message for everybody is not drawn for nothing."""
    sandbox.control.options(charts=False)
    with start(commands=[command("share", lambda ask: Reply(message=_native(), public=True))]) as bot:
        settings = read_settings({"CX_ADMINS": "U0LENA"})
        for _ in range(2):
            bot.control.slash("/cx share")
        bot.later.finish()

        def sent(channel: str = "", user: str = "") -> list[Any]:
            send(Tick(store=bot.store, slack=bot.slack, settings=settings, now=now()))
            return bot.control.messages(channel, user=user)

        bot.control.wait_for(lambda: len(sent("#support")) == 2)
        bot.control.wait_for(lambda: len(sent(user="lena")) == 1)
        shown, told = bot.control.messages("#support"), [one["text"] for one in sent(user="lena")]

    assert [[block["type"] for block in one["blocks"]] for one in shown] == [["section", "context"]] * 2
    assert "Type the question again" in str(shown[0]["blocks"])
    assert len(told) == 1
    assert told[0].startswith("This workspace does not take Slack's own charts")


def test_a_chart_that_cannot_be_drawn_leaves_the_words(start: Start) -> None:
    with start(commands=[command("trend", lambda ask: Reply(message=_charted()))]) as bot:
        bot.control.slash("/cx trend")
        bot.later.finish()
        [message] = bot.control.ephemerals("ana")

    assert (message["text"], [block["type"] for block in message["blocks"]]) == ("12 open", ["section"])


def test_a_shared_chart_goes_through_the_outbox(start: Start) -> None:
    reply = Reply(message=_charted(), public=True)
    with start(commands=[command("trend", lambda ask: reply)], draw=_png) as bot:
        bot.control.slash("/cx trend")
        assert bot.send() == 1
        [message] = bot.control.messages("#support")

    assert [block["type"] for block in message["blocks"]] == ["section", "image"]


@pytest.mark.parametrize(
    ("chosen", "value"),
    [
        ({"value": "v1|csat"}, "v1|csat"),
        ({"selected_option": {"value": "week"}}, "week"),
        ({"selected_options": [{"value": "a"}, {"value": "b"}]}, "a,b"),
        ({"selected_users": ["U1", "U2"]}, "U1,U2"),
        ({"selected_conversation": "C1"}, "C1"),
        ({"selected_date": "2026-11-23"}, "2026-11-23"),
        ({"selected_option": None}, ""),
        ({}, ""),
    ],
)
def test_whatever_was_chosen_becomes_one_word(chosen: dict[str, Any], value: str) -> None:
    assert value_of(chosen) == value


def test_the_first_word_finds_the_command_and_anything_else_goes_whole_to_the_first() -> None:
    first, second = command("help", saying("")), command("backlog", saying(""), also=("open",))
    find = by_first_word([first, second])

    assert find("backlog last week") == (second, "last week")
    assert find("OPEN") == (second, "")
    assert find("what is this") == (first, "what is this")
    assert find("") == (first, "")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _payload(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}


def _native() -> Message:
    """An answer with a chart that Slack draws itself."""
    points = [{"label": label, "value": value} for label, value in (("Mon", 11), ("Tue", 12))]
    chart = {"type": "line", "series": [{"name": "Backlog", "data": points}], "axis_config": {"categories": ["Mon", "Tue"]}}
    block = {"type": "data_visualization", "block_id": "chart", "title": "Backlog", "chart": chart}
    return Message(text="Backlog 12.", blocks=(_section("Backlog 12."), block))


def _charted() -> Message:
    image = {"type": "image", "slack_file": {"id": "chart:0"}, "alt_text": "Backlog by day."}
    return Message(text="12 open", blocks=(_section("12 open"), image), charts=(_Chart(),))  # type: ignore[arg-type]


def _png(chart: Any) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(drawn, "PNG")
    return drawn.getvalue()


class _Chart:
    """What the app asks of a chart."""

    alt = "Backlog by day."


DAMAGED = StoreError("The database file is damaged.", still_true="Questions are still answered.", next_step="Restore a copy.")


def asking_again(click: Click) -> Reply:
    saved = load_query(click.session, click.value)
    return Reply(message=Message(text=f"again: {saved.query['kpi']}" if saved is not None else "I no longer know the question."))


def numbered(ask: Ask) -> Reply:
    kept = Kept(query_id=new_query_id(), query={"kpi": ask.text})
    return Reply(message=buttons("again", value=kept.query_id), keeps=(kept,))


def test_buttons_of_answers_given_over_a_damaged_file_find_their_question(start: Start, sqlite_store: Store) -> None:
    with start(commands=[command("ask", numbered)], actions=[action("again", asking_again)]) as bot:
        bot.control.slash("/cx ask backlog")
        sqlite_store.refusal = DAMAGED
        bot.control.slash("/cx ask volume")
        for message in bot.control.ephemerals("ana"):
            bot.control.click(message, "again")

        assert bot.ephemeral_texts()[2:] == ["again: backlog", "again: volume"]
        with sqlite_store.reading() as session:
            assert [saved.query for saved in session.exec(select(SavedQuery))] == [{"kpi": "backlog"}]


def test_of_questions_over_a_damaged_file_the_oldest_are_forgotten(sqlite_store: Store) -> None:
    unkept = Unkept()
    like = SavedQuery(id="", query={}, asked_by="U0ANA", channel_id="", at=now())
    for number in range(MOST + 1):
        unkept.remember(Reply(keeps=(Kept(query_id=str(number), query={}),)), like)
    with sqlite_store.reading() as session:
        unkept.lay_beside(session)

        assert load_query(session, "0") is None
        assert load_query(session, "1") is not None


def test_whoever_asks_aloud_over_a_damaged_file_is_answered_alone(start: Start, sqlite_store: Store) -> None:
    sqlite_store.refusal = DAMAGED
    with start() as bot:
        before = len(bot.control.messages("#support"))
        bot.control.mention("echo hello", channel="#support")
        bot.settle(1)

        assert bot.ephemeral_texts() == ["you said: hello"]
        assert len(bot.control.messages("#support")) == before + 1, "the mention alone"


def test_whoever_shares_what_cannot_be_kept_hears_why(start: Start, sqlite_store: Store) -> None:
    sqlite_store.refusal = DAMAGED
    with start(commands=[command("tell", saying("for all", public=True))]) as bot:
        bot.control.slash("/cx tell")
        [told] = bot.ephemeral_texts()

    assert told.startswith("The database file is damaged. Questions are still answered. Restore a copy.")


def test_a_customer_hears_nothing_of_our_database_and_that_in_the_language_of_the_question(
    start: Start, sqlite_store: Store
) -> None:
    sqlite_store.refusal = DAMAGED
    thanked = saying("Thanks.")
    with start(actions=[action("rate:", thanked, writes=True)]) as bot:
        channel = bot.slack.direct_channel("U0CARLA")
        told: dict[str, str] = {}
        survey = Invited(
            invitation_id=1, user_id="U0CARLA", survey=CSAT, scale=CSAT.default, token="", language="en", subject=None
        )
        for language in PHRASES:
            asked = replace(survey, language=language, token=new_token())
            asked_of = {"channel": channel, **_payload(invitation_message(asked))}
            bot.slack.post("chat.postMessage", asked_of)
            bot.control.click(bot.control.messages(user="carla")[-1], "rate:4", user="carla")
            told[language] = bot.ephemeral_texts("carla")[-1]

    for language, said in told.items():
        assert re.fullmatch(rf"{re.escape(PHRASES[language].later)} \(E-[0-9a-f]{{6}}\)", said)


def test_a_form_of_a_customer_that_cannot_be_kept_says_so_in_its_language(start: Start, sqlite_store: Store) -> None:
    form = {**modal("rating-said", title=PHRASES["ja"].title), "callback_id": "rating-said"}
    opened, kept = action("open", lambda click: Reply(modal=form)), action("rating-said", saying("Thanks."), writes=True)
    with start(commands=[command("ask", lambda ask: Reply(message=buttons("open")))], actions=[opened, kept]) as bot:
        bot.control.slash("/cx ask")
        bot.control.click(bot.control.ephemerals("ana")[0], "open")
        sqlite_store.refusal = DAMAGED
        told = bot.control.submit({"words": {"words": {"value": "good"}}})

    assert PHRASES["ja"].later in str(told["answer"])
