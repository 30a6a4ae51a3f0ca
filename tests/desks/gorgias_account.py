"""An account of Gorgias, ready to be read in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.gorgias_standin import ANA, BO, CARLA, DEV, EMAIL, KEY, GorgiasStandIn


@contextmanager
def gorgias_account() -> Iterator[Account]:
    """Ten tickets, each answered by a rule and by an agent; one closed, opened again by its customer, passed on, closed and
    rated; one in the trash, one spam, one asleep."""
    with GorgiasStandIn() as desk:
        for number in range(10):
            desk.create(CARLA if number % 2 else DEV)
            desk.now += 600
        for number in range(1, 11):
            desk.say(number, ANA, agent=True, rule_id=9)
            desk.say(number, ANA, agent=True)
            desk.now += 600
        desk.say(1, BO, agent=True, public=False)
        desk.assign(1, ANA, ANA)
        desk.happen(1, "ticket-closed", ANA, status="closed")
        desk.now += 600
        desk.say(1, DEV, agent=False)
        desk.happen(1, "ticket-reopened", status="open")
        desk.assign(1, BO, ANA)
        desk.now += 600
        desk.happen(1, "ticket-closed", BO, status="closed")
        desk.rate(1, 5)
        desk.rate(2, None)
        desk.happen(2, "ticket-trashed", ANA, trashed_datetime=desk._stamp())
        desk.happen(3, "ticket-marked-spam", ANA, spam=True)
        desk.happen(4, "ticket-snoozed", ANA, status="closed", snooze_datetime="2030-01-01T00:00:00Z")

        def spoil() -> str:
            desk.tickets[5]["created_datetime"] = "yesterday"
            return "5"

        gone = {"1": Status.SOLVED, "2": Status.DELETED, "3": Status.SPAM, "4": Status.HOLD}
        yield Account(
            settings={"url": desk.url, "email": EMAIL, "key": KEY},
            now=datetime.fromtimestamp(desk.now + 3600, UTC),
            server=desk,
            spoil=spoil,
            statuses={**gone, **dict.fromkeys(map(str, range(5, 11)), Status.OPEN)},
            events=10 * 4 + 10,
            secrets=(KEY,),
            words=("canary-words",),
        )
