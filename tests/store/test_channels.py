"""A channel whose id changed takes everything along that names it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.store.channels import move_channel, naming
from bot.store.engine import Store
from bot.store.ledger import save_query
from bot.store.outbox import Letter, claim_ready, enqueue, settle_sent
from bot.store.tables import METADATA, Subscription
from tests.world import NOW

OLD, NEW = "G0OLD", "C0NEW"


def subscription(channel: str, **fields: Any) -> Subscription:
    wanted: dict[str, Any] = {"kind": "digest", "channel_id": channel, "cadence": {"at": "09:00"}, "zone": "UTC", "owner": "U1"}
    return Subscription(**(wanted | {"created_at": NOW, "seen_until": NOW} | fields))


def ids(store: Store) -> list[str]:
    """Every channel that anything names."""
    with store.reading() as session:
        return sorted(str(one) for _, column in naming() for one in session.connection().scalars(select(column)) if one)


def test_everything_that_names_it_follows(store: Store) -> None:
    with store.writing() as session:
        session.add(subscription(OLD))
        session.add(subscription("C0OTHER"))
        enqueue(session, Letter(dedupe_key="1", kind="digest", channel_id=OLD, payload={}), NOW)
        save_query(session, {}, "U1", OLD, NOW)
        [claim] = claim_ready(session, NOW, limit=1)
        settle_sent(session, claim, ts="1.0", channel=OLD, now=NOW)

    with store.writing() as session:
        assert move_channel(session, OLD, NEW) == 4
    assert ids(store) == [NEW] * 4 + ["C0OTHER"]
    with store.writing() as session:
        assert move_channel(session, OLD, NEW) == 0, "the event may come twice"


def test_a_subscription_that_both_have_is_kept_once(store: Store) -> None:
    with store.writing() as session:
        session.add_all([subscription(OLD), subscription(NEW), subscription(OLD, spec_key="other")])

    with store.writing() as session:
        move_channel(session, OLD, NEW)

    assert ids(store) == [NEW, NEW]


def test_no_column_with_a_channel_has_another_name() -> None:
    """A table that calls it otherwise would be forgotten; a ticket's channel is e-mail or chat."""
    named = {
        f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.columns if "channel" in column.name
    }
    known = {f"{table.name}.{column.name}" for table, column in naming()}

    assert {one for one in named - known if not one.endswith(".channel")} == set()
