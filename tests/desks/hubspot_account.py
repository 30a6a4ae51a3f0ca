"""An account of HubSpot for the tests that hold for every desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.hubspot_standin import ANA, BO, BO_USER, CARLA, CLOSED, DEV, OURS, THEIRS, TOKEN, HubspotStandIn


@contextmanager
def hubspot_account() -> Iterator[Account]:
    """Twelve tickets: answered, closed, reopened, one archived; a CSAT, a CES and an NPS answer."""
    with HubspotStandIn() as desk:
        for number in range(1, 13):
            desk.at(number * 10)
            desk.create(number, by=CARLA if number % 2 else DEV)
            desk.set(number, after=2, hubspot_owner_id=ANA)
            desk.mail(number, ANA, after=2)
            desk.set(number, hs_pipeline_stage=THEIRS)
        desk.mail(1, None, after=30)
        desk.set(1, None, hs_pipeline_stage=OURS)
        desk.set(1, BO_USER, after=5, hs_pipeline_stage=CLOSED, hubspot_owner_id=BO)
        desk.set(2, after=60, hs_pipeline_stage=CLOSED)
        desk.archive(5)
        desk.answer("CSAT", 2, number=1)
        desk.answer("CES", 6, number=2)
        desk.answer("NPS", 9)
        desk.now += 3600

        def spoil() -> str:
            desk.objects["tickets"]["6"]["createdAt"] = "yesterday"
            return "6"

        others = dict.fromkeys(map(str, (3, 4, 6, 7, 8, 9, 10, 11, 12)), Status.PENDING)
        yield Account(
            settings={"url": desk.url, "token": TOKEN},
            now=datetime.fromtimestamp(desk.now, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.SOLVED, "5": Status.DELETED, **others},
            events=49,
            secrets=(TOKEN,),
            words=("canary-words",),
        )
