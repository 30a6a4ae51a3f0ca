"""An account of Freshdesk for the tests that hold for every desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.freshdesk_standin import ANA, BO, CARLA, CLOSED, DEV, KEY, OPEN, PENDING, RESOLVED, FreshdeskStandIn


@contextmanager
def freshdesk_account() -> Iterator[Account]:
    """Twelve tickets: answered, resolved, reopened, closed, deleted, spam; one rated well and one badly."""
    with FreshdeskStandIn() as desk:
        for number in range(1, 13):
            desk.at(number * 10)
            desk.create(number, by=CARLA if number % 2 else DEV)
            desk.say(number, ANA, after=4, status=PENDING, responder_id=ANA)
        desk.say(1, CARLA, after=30, status=OPEN)
        desk.say(1, BO, after=5, private=True)
        desk.say(1, BO, after=5, status=RESOLVED, responder_id=BO)
        desk.work(1, BO, "00:15")
        desk.do(2, after=2, status=RESOLVED)
        desk.do(2, after=60, status=CLOSED)
        desk.do(5, after=1)
        desk.do(7, after=1)
        desk.gone = {"deleted": {5}, "spam": {7}}
        desk.rate(1, 103)
        desk.rate(2, -103)
        desk.now += 3600

        def spoil() -> str:
            desk.tickets[6]["created_at"] = "yesterday"
            return "6"

        others = dict.fromkeys(map(str, (3, 4, 6, 8, 9, 10, 11, 12)), Status.PENDING)
        yield Account(
            settings={"url": desk.url, "key": KEY},
            now=datetime.fromtimestamp(desk.now, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.CLOSED, "5": Status.DELETED, "7": Status.SPAM, **others},
            events=35,
            secrets=(KEY,),
            words=("canary-words",),
        )
