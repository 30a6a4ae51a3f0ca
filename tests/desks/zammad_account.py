"""An account of Zammad, ready to be read in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.zammad_standin import ANA, BO, CARLA, DEV, TOKEN, ZammadStandIn


@contextmanager
def zammad_account() -> Iterator[Account]:
    """Fifteen answered tickets, more than a page in one second; one solved, reopened and passed on, one merged away."""
    with ZammadStandIn() as desk:
        for number in range(1, 16):
            desk.create(CARLA if number % 2 else DEV)
        desk.now += 60
        for number in range(1, 16):
            desk.move(number, ANA, "owner", "Ana", ids=(1, ANA))
            desk.say(number, ANA, minutes="5.0")
            desk.move(number, ANA, "state", "open")
        desk.now += 600
        desk.say(1, BO, internal=True)
        desk.move(1, ANA, "state", "done")
        desk.now += 600
        desk.say(1, CARLA)
        desk.move(1, CARLA, "state", "open")
        desk.move(1, ANA, "owner", "Bo", ids=(ANA, BO))
        desk.move(1, ANA, "group", "Second line", ids=(1, 2))
        desk.move(1, ANA, "priority", "3 high")
        desk.move(2, ANA, "state", "pending reminder")
        desk.now += 600
        desk.move(1, BO, "state", "done")
        desk.merge(3, 4, ANA)

        def spoil() -> str:
            desk.tickets[5]["created_at"] = "yesterday"
            return "5"

        others = dict.fromkeys(map(str, range(4, 16)), Status.OPEN)
        yield Account(
            settings={"url": desk.url, "token": TOKEN},
            now=datetime.fromtimestamp(desk.now + 3600, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.PENDING, "3": Status.MERGED, **others},
            events=15 * 5 + 10,
            secrets=(TOKEN,),
            words=("canary-words",),
        )
