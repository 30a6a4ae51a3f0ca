"""What is told otherwise than on a card is shared like a card: asked again, with the rights of whoever shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import select

from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.store.tables import Ticket, TicketFact, table_of
from bot.views.blocks import TEXT
from bot.views.check import check_message
from bot.views.message import Message
from bot.views.shared import shared_message
from commands import ACTIONS, COMMANDS, dispatch
from tests.commands.room import ANA, LENA, READ_ALONG, STRANGER, Room, buttons, said
from tests.kpis.office import fresh_store
from tests.kpis.town import build_town
from tests.slack.running import Bot, running

MARCH = "1 Mar 2026 to 5 Apr 2026"
TOLD = (
    f"why volume {MARCH}",
    "why frt by priority last 14 days",
    "forecast volume",
    "forecast solved team:Billing next 5 days",
    "forecast staffing 2h 90%",
)


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest) -> Iterator[Room]:
    """The busy month, with the agent time that each ticket took."""
    with fresh_store(request, "sqlite") as store:
        build_town(store)
        with store.writing() as session:
            session.execute(update(table_of(TicketFact)).values(handling_s=900))
        yield Room(store=store)


def a_ticket(room: Room) -> str:
    with room.store.reading() as session:
        return session.exec(select(Ticket.external_id).where(Ticket.source == "other desk").limit(1)).one()


@pytest.mark.parametrize("question", TOLD)
def test_it_is_told_to_the_channel_as_it_was_told_and_not_offered_again(town: Room, question: str) -> None:
    alone = town.type(question)
    shared = town.press(alone, "share", ANA)

    assert shared.public
    assert said(shared) == f"{said(alone)}\nShared by <@U0ANA>"
    assert "share" not in {str(one["action_id"]).partition(":")[0] for one in buttons(shared)}
    assert [actor for actor, action, _ in town.audit() if action == "question.shared"][-1] == "U0ANA"


@pytest.mark.parametrize("question", TOLD)
def test_where_nobody_reads_along_it_says_what_to_type_and_that_tells_the_same(town: Room, question: str) -> None:
    lina = replace(LENA, user_id="U0LINA", channel_id="D0LINA")
    alone = town.type(question, lina)
    told = town.press(alone, "share", lina)
    (typed,) = re.findall(r"`@cx (.+)`", said(told))

    assert not told.public
    assert said(town.type(typed)).splitlines()[0] == said(alone).splitlines()[0]


def test_the_clock_of_a_ticket_is_shared_only_where_subjects_may_be_said(town: Room) -> None:
    number = a_ticket(town)
    alone = town.type(f"ticket {number} other desk")
    shared = town.press(alone, "share")

    assert shared.public
    assert shared.names_people
    assert said(shared) == f"{said(alone)}\nShared by <@U0LENA>"
    assert [detail for _, action, detail in town.audit() if action == "ticket.shared"][-1]["ticket"] == number


@pytest.mark.parametrize("asker", [STRANGER, READ_ALONG], ids=["a stranger", "another company reads along"])
@pytest.mark.parametrize("question", [*TOLD, "ticket"])
def test_strangers_and_shared_channels_get_nothing(town: Room, question: str, asker: object) -> None:
    question = f"ticket {a_ticket(town)} other desk" if question == "ticket" else question
    told = town.press(town.type(question), "share", asker)  # type: ignore[arg-type]

    assert not told.public
    assert "Shared by" not in said(told)


def test_why_of_one_agent_is_told_and_shared_with_the_rights_of_an_answer(town: Room) -> None:
    bo = town.type("why frt agent:bo last 14 days")

    assert bo.names_people
    assert "Numbers of single agents are shown to admins" in said(town.press(bo, "share", ANA))
    assert town.press(bo, "share", LENA).names_people


def test_a_ticket_that_is_gone_is_said(empty: Room) -> None:
    told = empty.click("share:ticket", "no-such-question")

    assert "no longer know the ticket behind this button" in said(told)
    assert not told.public


def test_the_longest_text_leaves_room_for_who_shared_it() -> None:
    message = shared_message(Message(text="x" * TEXT, blocks=()), "U0ANA")

    assert len(message.text) <= TEXT
    assert message.text.endswith("Shared by <@U0ANA>")
    assert check_message(message) == []


@pytest.fixture
def bot(town: Room) -> Iterator[Bot]:
    """The real commands in the sandbox, over real sockets."""
    options = Options(limits="off", file_seconds=0.0, ack_seconds=60)
    with (
        Sandbox.start(options=options) as sandbox,
        running(town.store, sandbox, commands=COMMANDS, actions=ACTIONS, dispatch=dispatch, now=lambda: town.now) as bot,
    ):
        yield bot


def test_a_press_in_slack_posts_it_for_everybody_and_keeps_the_rules_of_the_channel(bot: Bot, town: Room) -> None:
    sandbox = bot.sandbox
    for place, typed in (
        ("#support", f"why volume {MARCH}"),
        ("#support", f"ticket {a_ticket(town)} other desk"),
        ("#random", "forecast volume"),
    ):
        bot.control.slash(f"/cx {typed}", channel=place)
        bot.later.finish()
        message = bot.control.ephemerals("ana", channel=place)[-1]
        [share] = [
            element["action_id"]
            for block in message["blocks"] if block["type"] == "actions"
            for element in block["elements"] if element["action_id"].startswith("share")
        ]  # fmt: skip
        bot.control.click(message, share)
        bot.later.finish()
    bot.send()
    posted = [one["text"] for one in sandbox.control.messages("#support")]

    assert len(posted) == 1
    assert posted[0].startswith("Ticket volume: 0 → 1")
    assert posted[0].endswith("Shared by <@U0ANA>")
    assert sandbox.control.messages("#random") == []
    refusals = bot.ephemeral_texts()
    assert any("are not said to this channel" in one for one in refusals)
    assert any("`/invite @cx`" in one for one in refusals)
