"""`/metrics` says how old the data is, whether the clock keeps up, what waits for Slack, and how fast Slack was answered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bot.clock import monotonic
from bot.errors import StoreError
from bot.metrics import Readings, latency
from bot.settings import read_settings
from bot.slack.dispatch import Dispatcher
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.outbox import Letter, claim_ready, enqueue, settle_dead
from bot.store.tables import DeskCursor
from jobs.clockwork import Clockwork, Turn
from jobs.job import Job
from tests.world import NOW

NOTHING = Job(slug="sync", says="Does nothing.", every=timedelta(minutes=1), run=lambda tick: 0)


@pytest.fixture
def readings(store: Store) -> Readings:
    """A bot at rest: nothing runs, and everything can be read."""
    slack = Slack("xoxb-1", "http://127.0.0.1:9/api/")
    clockwork = Clockwork(
        jobs=(NOTHING,), store=store, settings=read_settings({}), slack=slack, now=lambda: NOW, clock=monotonic, instance="test"
    )
    dispatcher = Dispatcher(app=_unasked, pool=ThreadPoolExecutor(1))
    return Readings(store=store, clockwork=clockwork, slack=slack, dispatcher=dispatcher, socket=None, now=lambda: NOW)


def _unasked(_request: Any) -> Any:
    raise AssertionError("nobody asks")


def told(readings: Readings) -> dict[str, float]:
    """Every line of the page by its name with labels."""
    registry = CollectorRegistry()
    registry.register(readings)
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}


def letter(key: str, *, not_before: Any = None) -> Letter:
    return Letter(dedupe_key=key, kind="digest", channel_id="C1", payload={"text": key}, not_before=not_before)


def test_registering_asks_nobody(readings: Readings) -> None:
    def refuse() -> Any:
        raise AssertionError("the store was asked")

    CollectorRegistry().register(replace(readings, now=refuse))


def test_the_age_of_each_stream_counts_from_its_last_good_reading(readings: Readings, store: Store) -> None:
    with store.writing() as session:
        session.add(DeskCursor(source="demo", stream="tickets", synced_at=NOW - timedelta(minutes=5)))
        session.add(DeskCursor(source="mojo", stream="tickets", last_error="Mojo refused the key."))

    found = told(readings)

    assert found['cx_desk_age_seconds{desk="demo",stream="tickets"}'] == 300
    assert 'cx_desk_age_seconds{desk="mojo",stream="tickets"}' not in found, "never read is no age"
    assert found['cx_desk_failing{desk="mojo",stream="tickets"}'] == 1
    assert found['cx_desk_failing{desk="demo",stream="tickets"}'] == 0


def test_messages_are_counted_by_state_and_the_oldest_due_one_has_an_age(readings: Readings, store: Store) -> None:
    with store.writing() as session:
        enqueue(session, letter("lost"), NOW - timedelta(minutes=9))
        [claim] = claim_ready(session, NOW, limit=1)
        settle_dead(session, claim, error="channel_not_found")
        enqueue(session, letter("due"), NOW - timedelta(seconds=40))
        enqueue(session, letter("later", not_before=NOW + timedelta(hours=1)), NOW)

    found = told(readings)

    assert found['cx_outbox_messages{state="dead"}'] == 1
    assert found['cx_outbox_messages{state="ready"}'] == 2
    assert found['cx_outbox_messages{state="sent"}'] == 0, "a state nobody is in is said too"
    assert found["cx_outbox_lag_seconds"] == 40


def test_an_empty_outbox_has_no_lag(readings: Readings) -> None:
    assert told(readings)["cx_outbox_lag_seconds"] == 0


def test_jobs_say_how_late_they_are_and_how_they_did(readings: Readings) -> None:
    readings.clockwork.turns["sync"] = Turn(runs=7, failures=2, last_at=NOW - timedelta(minutes=3))

    found = told(readings)

    assert found['cx_job_lag_seconds{job="sync"}'] == 120
    assert found['cx_job_runs_total{job="sync"}'] == 7
    assert found['cx_job_failures_total{job="sync"}'] == 2
    assert found["cx_clock_up"] == 0, "this clock was never started"


def test_every_429_is_counted_by_its_method(readings: Readings) -> None:
    for _ in range(3):
        readings.slack.pacer.limited("chat.postMessage", 1.0)

    found = told(readings)

    assert found['cx_slack_rate_limited_total{method="chat.postMessage"}'] == 3
    assert found['cx_slack_pace_per_minute{method="chat.postMessage"}'] < 60


def test_a_refused_token_shows(readings: Readings) -> None:
    assert told(readings)["cx_slack_refused"] == 0
    readings.slack.refused = "token_revoked"
    assert told(readings)["cx_slack_refused"] == 1


def test_without_socket_mode_no_socket_is_missed(readings: Readings) -> None:
    assert not [name for name in told(readings) if name.startswith("cx_sockets")]


def test_a_store_that_does_not_answer_hides_only_what_stands_in_it(readings: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: Store) -> Any:
        raise StoreError("The database does not answer.")

    assert told(readings)["cx_store_up"] == 1
    monkeypatch.setattr(Store, "reading", refused)

    found = told(readings)

    assert found["cx_store_up"] == 0
    assert "cx_slack_refused" in found
    assert not [name for name in found if name.startswith(("cx_desk", "cx_outbox"))]


def test_acknowledgements_are_measured_by_kind() -> None:
    registry = CollectorRegistry()
    observe: Callable[[str, float], None] = latency(registry)
    observe("command", 0.02)
    observe("command", 2.5)
    page = generate_latest(registry).decode()

    assert 'cx_request_seconds_bucket{kind="command",le="0.025"} 1.0' in page
    assert 'cx_request_seconds_bucket{kind="command",le="3.0"} 2.0' in page
    assert 'cx_request_seconds_count{kind="command"} 2.0' in page
