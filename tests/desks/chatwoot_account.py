"""An account of Chatwoot, ready to be read in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.chatwoot_standin import ANA, BO, CARLA, ROBOT, TOKEN, ChatwootStandIn


@contextmanager
def chatwoot_account() -> Iterator[Account]:
    """Ten answered conversations; one resolved, opened again by its customer, resolved again and rated."""
    with ChatwootStandIn() as desk:
        for _ in range(10):
            number = desk.create()
            desk.now += 60
            desk.say(number, "AgentBot", ROBOT)
            desk.now += 60
            desk.say(number, "User", ANA)
        desk.say(1, "User", BO, private=True)
        desk.turn(1, "resolved", ANA)
        desk.now += 600
        desk.say(1, "Contact", CARLA)
        desk.turn(1, "open")
        desk.now += 600
        desk.turn(1, "resolved", BO)
        answer = {"submitted_values": {"csat_survey_response": {"rating": 4, "feedback_message": "good"}}}
        desk.say(1, "User", BO, message_type=3, content_type="input_csat", content_attributes=answer)
        desk.turn(2, "pending")
        desk.turn(3, "snoozed")

        def spoil() -> str:
            desk.talks[5]["created_at"] = "yesterday"
            return "5"

        others = dict.fromkeys(map(str, range(4, 11)), Status.OPEN)
        yield Account(
            settings={"url": desk.url, "account": "3", "token": TOKEN},
            now=datetime.fromtimestamp(desk.now + 3600, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.PENDING, "3": Status.HOLD, **others},
            events=10 * 4 + 5,
            secrets=(TOKEN,),
            words=("canary-words",),
        )
