"""What is over is forgotten after its time, and nothing that still counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store import outbox
from bot.store.engine import Store
from bot.store.ledger import first_delivery
from bot.store.outbox import Letter
from jobs.job import Tick
from jobs.tidy import DELIVERIES, MESSAGES, tidy

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def run(store: Store, at: datetime) -> int:
    return tidy(Tick(now=at, store=store, settings=read_settings({}), slack=Slack("xoxb-1", "http://127.0.0.1:9/api/")))


def test_a_delivery_is_known_for_two_days(store: Store) -> None:
    with store.writing() as session:
        assert first_delivery(session, "event:Ev1", NOW)

    assert run(store, NOW + DELIVERIES - MINUTE) == 0
    with store.writing() as session:
        assert not first_delivery(session, "event:Ev1", NOW + DELIVERIES)
    assert run(store, NOW + DELIVERIES + MINUTE) == 1


def test_a_sent_message_is_forgotten_and_a_waiting_one_is_not(store: Store) -> None:
    with store.writing() as session:
        for key in ("sent", "waiting"):
            outbox.enqueue(session, Letter(dedupe_key=key, kind="digest", channel_id=key, payload={"text": key}), NOW)
        [claim] = outbox.claim_ready(session, NOW, limit=5, not_to=("waiting",))
        outbox.settle_sent(session, claim, ts="1.0", channel="C1", now=NOW)

    assert run(store, NOW + MESSAGES - MINUTE) == 0
    assert run(store, NOW + MESSAGES + MINUTE) == 1
    with store.reading() as session:
        assert outbox.waiting(session) == {"ready": 1}
