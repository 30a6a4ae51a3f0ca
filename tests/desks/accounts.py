"""One account of each help desk, ready to be read in a test. Whoever adds a desk adds its account to ACCOUNTS.

An account over HTTP brings its stand-in; `spoil` makes exactly one ticket unreadable and gives its id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.chatwoot_account import chatwoot_account
from tests.desks.freshdesk_account import freshdesk_account
from tests.desks.front_account import front_account
from tests.desks.gorgias_account import gorgias_account
from tests.desks.helpscout_account import helpscout_account
from tests.desks.hubspot_account import hubspot_account
from tests.desks.intercom_account import intercom_account
from tests.desks.jira_account import jira_account
from tests.desks.mojo_account import mojo_account
from tests.desks.rt_account import rt_account
from tests.desks.zammad_account import zammad_account
from tests.desks.zendesk_standin import ANA, BO, CARLA, DEV, EMAIL, TOKEN, ZendeskStandIn

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@contextmanager
def demo_account() -> Iterator[Account]:
    yield Account(settings={})


@contextmanager
def csv_account() -> Iterator[Account]:
    yield Account(settings={"path": str(EXAMPLES / "tickets.csv"), "map": str(EXAMPLES / "tickets.toml")})


@contextmanager
def zendesk_account() -> Iterator[Account]:
    """Eight tickets that were answered, one merged, one deleted, one closed by Zendesk itself, and three ratings."""
    with ZendeskStandIn() as desk:
        for number in range(1, 9):
            desk.at(number * 10)
            desk.create(number, by=CARLA if number % 2 else DEV)
            desk.do(number, by=ANA, after=3, assignee_id=ANA, status="open")
            desk.do(number, by=ANA, after=4, say=True, status="pending")
        desk.do(1, by=CARLA, after=30, say=True, status="open")
        desk.do(1, by=BO, after=5, say=True, status="solved", assignee_id=BO)
        desk.do(2, by=ANA, after=2, status="solved")
        desk.close_by_itself(2, after=60)
        desk.merge(3, 4, after=1)
        desk.do(5, by=ANA, after=1, status="deleted")
        desk.rate(1, "offered", rating=7001)
        desk.rate(1, "good", rating=7001, after=5)
        desk.rate(2, "bad", rating=7002)
        desk.now += 3600

        def spoil() -> str:
            desk.tickets[6]["created_at"] = "yesterday"
            return "6"

        others = dict.fromkeys(("4", "6", "7", "8"), Status.PENDING)
        yield Account(
            settings={"url": desk.url, "email": EMAIL, "token": TOKEN},
            now=datetime.fromtimestamp(desk.now, UTC),
            server=desk,
            spoil=spoil,
            statuses={"1": Status.SOLVED, "2": Status.CLOSED, "3": Status.MERGED, "5": Status.DELETED, **others},
            events=60,
            secrets=(TOKEN,),
            words=("canary-words",),
        )


ACCOUNTS: dict[str, Callable[[], AbstractContextManager[Account]]] = {
    "demo": demo_account,
    "csv": csv_account,
    "mojo": mojo_account,
    "freshdesk": freshdesk_account,
    "intercom": intercom_account,
    "hubspot": hubspot_account,
    "rt": rt_account,
    "chatwoot": chatwoot_account,
    "jira": jira_account,
    "front": front_account,
    "gorgias": gorgias_account,
    "helpscout": helpscout_account,
    "zammad": zammad_account,
    "zendesk": zendesk_account,
}
SERVED = frozenset(ACCOUNTS) - {"demo", "csv"}
"""Those that are asked over HTTP."""
