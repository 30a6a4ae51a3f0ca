"""An account of Help Scout, ready to be read in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.helpscout_standin import ANA, APP, BO, CARLA, DEV, SECRET, HelpScoutStandIn


@contextmanager
def helpscout_account() -> Iterator[Account]:
    """Fifteen answered conversations; one closed, opened again by its customer, passed on, closed and rated; one is spam, one was
    opened by an agent, and of one a draft is not yet sent."""
    with HelpScoutStandIn() as desk:
        for number in range(1, 15):
            desk.create(CARLA if number % 2 else DEV)
        desk.create(ANA)
        desk.now += 60
        for number in range(1, 16):
            desk.thread(number, "message", ANA, status="pending", assignedTo={"id": ANA, "first": "Ana"})
        desk.now += 600
        desk.thread(1, "note", BO)
        desk.thread(1, "lineitem", ANA, status="closed")
        desk.now += 600
        desk.thread(1, "customer", CARLA, status="active")
        desk.thread(1, "lineitem", ANA, assignedTo={"id": BO, "first": "Bo"})
        desk.now += 600
        desk.thread(1, "message", BO, status="closed")
        desk.now += 60
        desk.rate(1, 1)
        desk.thread(2, "lineitem", ANA, status="spam")
        desk.thread(3, "message", ANA, state="draft")

        def spoil() -> str:
            desk.talks[5]["createdAt"] = "yesterday"
            return "5"

        others = dict.fromkeys(map(str, range(3, 16)), Status.PENDING)
        yield Account(
            settings={"url": desk.url, "app_id": APP, "app_secret": SECRET},
            now=datetime.fromtimestamp(desk.now + 3600, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.SPAM, **others},
            events=15 * 5 + 8,
            secrets=(SECRET, "canary-access"),
            words=("canary-words",),
        )
