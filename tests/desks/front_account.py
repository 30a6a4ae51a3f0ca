"""An account of Front, ready to be read in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.front_standin import ANA, BO, TOKEN, FrontStandIn


@contextmanager
def front_account() -> Iterator[Account]:
    """Ten answered conversations; one archived, opened again by its customer, passed on and archived; one in the trash, and one
    merged into another, which only an event tells."""
    with FrontStandIn() as desk:
        for number in range(10):
            desk.create(f"c{number % 2}@example.com")
        desk.now += 60
        for name in list(desk.talks):
            desk.assign(name, ANA, ANA)
            desk.happen(name, "out_reply", ANA)
        desk.now += 600
        desk.happen("cnv_1", "comment", BO)
        desk.turn("cnv_1", "archive", ANA)
        desk.now += 600
        desk.happen("cnv_1", "inbound")
        desk.turn("cnv_1", "reopen")
        desk.assign("cnv_1", BO, ANA)
        desk.turn("cnv_1", "archive", BO)
        desk.turn("cnv_2", "trash", ANA)
        desk.merge("cnv_3", "cnv_4", ANA)

        def spoil() -> str:
            desk.talks["cnv_5"]["created_at"] = "yesterday"
            return "cnv_5"

        others = {f"cnv_{number}": Status.OPEN for number in range(3, 11)}
        yield Account(
            settings={"url": desk.url, "token": TOKEN},
            now=datetime.fromtimestamp(int(desk.now) + 3600, UTC),
            server=desk,
            spoil=spoil,
            statuses={"cnv_1": Status.SOLVED, "cnv_2": Status.DELETED, **others},
            events=10 * 4 + 8,
            secrets=(TOKEN,),
            words=("canary-words",),
        )
