"""An account of Request Tracker, ready to be read in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.rt_standin import ANA, CARLA, DEV, TOKEN, RtStandIn


@contextmanager
def rt_account() -> Iterator[Account]:
    """Six tickets: one solved, reopened by its customer and rated, one merged away, one deleted; with holes in between."""
    with RtStandIn() as desk:
        play(desk)

        def spoil() -> str:
            desk.tickets["5"]["Created"] = "yesterday"
            return "5"

        yield Account(
            settings={"url": desk.url, "token": TOKEN},
            now=datetime.fromtimestamp(desk.now + 3600, UTC),
            server=desk,
            spoil=spoil,
            statuses={
                "1": Status.SOLVED, "2": Status.PENDING, "3": Status.MERGED, "4": Status.DELETED,
                "5": Status.OPEN, "6": Status.OPEN,
            },
            events=35,
            secrets=(TOKEN,),
        )  # fmt: skip


def play(desk: RtStandIn) -> None:
    """What happens to them; a customer's reply reopens a ticket in RT's own name."""
    desk.hide(45)
    for number in range(1, 7):
        ticket = desk.create(CARLA if number % 2 else DEV)
        desk.now += 60
        desk.own(ticket, ANA, "29")
        desk.now += 60
        desk.say(ticket, ANA, minutes=5)
        desk.status(ticket, "RT_System", "open")
    desk.promise("1", 3600)
    desk.now += 600
    desk.status("1", ANA, "resolved")
    desk.hide(30)
    desk.now += 600
    desk.say("1", CARLA)
    desk.status("1", "RT_System", "open")
    desk.now += 600
    desk.own("1", ANA, "31")
    desk.say("1", "bo", kind="Comment", minutes=3)
    desk.status("1", "bo", "resolved")
    desk.set_field("1", "bo", "4", "5")
    desk.set_field("1", "bo", "2", "invoice")
    desk.status("2", ANA, "stalled")
    desk.merge("3", "6", ANA)
    desk.status("4", ANA, "deleted")
    desk.hide(25)
