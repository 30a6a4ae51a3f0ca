"""An account of Mojo Helpdesk for the tests that hold for every desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.mojo_standin import ANA, ASKED, BO, CARLA, CLOSED, DEV, KEY, PROGRESS, SOLVED, MojoStandIn


@contextmanager
def mojo_account() -> Iterator[Account]:
    """Twelve tickets: answered, solved, reopened, closed, deleted; one rated well and one badly."""
    with MojoStandIn() as desk:
        for number in range(1, 13):
            desk.at(number * 10)
            desk.create(number, by=CARLA if number % 2 else DEV)
            desk.do(number, after=3, assigned_to_id=ANA, status_id=PROGRESS)
            desk.say(number, ANA, after=4, minutes=5, status_id=ASKED)
        desk.say(1, CARLA, after=30, status_id=PROGRESS)
        desk.note(1, BO, after=1, minutes=2)
        desk.say(1, BO, after=5, status_id=SOLVED, assigned_to_id=BO)
        desk.do(2, after=2, status_id=SOLVED)
        desk.do(2, after=60, status_id=CLOSED)
        desk.do(5, after=1, deleted_at=desk.tickets[5]["updated_on"])
        desk.rate(1, 100, after=5, comment="quick")
        desk.rate(2, 20, after=5)
        desk.now += 3600

        def spoil() -> str:
            desk.tickets[6]["created_on"] = "yesterday"
            return "6"

        others = dict.fromkeys(map(str, (3, 4, 6, 7, 8, 9, 10, 11, 12)), Status.PENDING)
        yield Account(
            settings={"url": desk.url, "key": KEY},
            now=datetime.fromtimestamp(desk.now, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.CLOSED, "5": Status.DELETED, **others},
            events=48,
            secrets=(KEY, "canary-of-Ana"),
            words=("canary-words",),
        )
