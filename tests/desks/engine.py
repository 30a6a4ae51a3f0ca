"""Runs a desk through the engine in tests, and sums up what the store then holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.desks.desk import Desk
from bot.store.engine import Store
from bot.store.tables import Agent, Customer, Schedule, SlaPolicy, SurveyAnswer, Team, Ticket, TicketEvent, TicketFact, table_of
from jobs.sync_reading import Progress, Reading, sync
from tests.desks.accounts import Account
from tests.desks.standin import Naps

KEPT = (Team, Agent, Customer, Schedule, SlaPolicy, Ticket, TicketEvent, SurveyAnswer, TicketFact)


def read(store: Store, desk: Desk, account: Account, **more: Any) -> list[Progress]:
    """One sync, in which waiting takes no time."""
    naps = more.pop("naps", Naps())
    facts = {"settings": account.settings, "now": account.now, "profile": "articles", "pace": naps.pace()}
    return sync(Reading(**{"store": store, "desk": desk, **facts, **more}))


def digest(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that was told and derived, without our own ids, in an order that depends on nothing else."""
    with store.reading() as session:
        found = {}
        for model in KEPT:
            table = table_of(model)
            columns = [column for column in table.c if column.name not in ("id", "order_key") and not column.name.endswith("_id")]
            columns += [column for column in table.c if column.name == "external_id"]
            found[table.name] = sorted(tuple(map(repr, row)) for row in session.execute(select(*columns)))
    return found
