"""A workspace of Intercom for the tests that hold for every desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.intercom_standin import ANA, BILLING, BO, CARLA, DEV, FIN, TOKEN, IntercomStandIn


@contextmanager
def intercom_account() -> Iterator[Account]:
    """Twelve conversations: answered by Fin and by people, closed, reopened by a customer, snoozed; two rated."""
    with IntercomStandIn() as desk:
        for number in range(1, 13):
            desk.at(number * 10)
            desk.create(number, by=CARLA if number % 2 else DEV)
            desk.say(number, FIN, after=0.1)
            desk.assign(number, BILLING, after=1, team=True)
            desk.assign(number, ANA, after=1)
            desk.say(number, ANA, after=2)
        desk.do(1, "close", ANA, after=5, words=True)
        desk.say(1, CARLA, after=30)
        desk.do(1, "note", BO, after=1, words=True)
        desk.do(1, "close", BO, after=5)
        desk.do(2, "close", ANA, after=2)
        desk.do(3, "snoozed", ANA, after=2)
        desk.rate(1, 5, after=5)
        desk.rate(2, 1, after=5)
        desk.now += 3600

        def spoil() -> str:
            desk.talks["6"]["created_at"] = "yesterday"
            return "6"

        others = dict.fromkeys(map(str, (4, 5, 6, 7, 8, 9, 10, 11, 12)), Status.OPEN)
        yield Account(
            settings={"url": desk.url, "token": TOKEN},
            now=datetime.fromtimestamp(desk.now, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.SOLVED, "3": Status.PENDING, **others},
            events=68,
            secrets=(TOKEN,),
            words=("canary-words",),
        )
