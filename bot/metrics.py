"""What `/metrics` tells: how old the data is, whether the clock keeps up, what waits for Slack, how fast Slack is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, select

from bot.errors import StoreError
from bot.slack.dispatch import Dispatcher, Observe
from bot.slack.port import Slack
from bot.slack.socket import SocketDoor
from bot.store.engine import Store
from bot.store.outbox import oldest_due, waiting
from bot.store.room import room_left
from bot.store.tables import DeskCursor
from bot.store.words import OutboxState
from jobs.clockwork import Clockwork

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Seconds; behind the last one Slack has told the person that we did not answer."""


def latency(registry: CollectorRegistry) -> Observe:
    """Measures how long Slack waited for each acknowledgement, by kind of delivery."""
    seconds = Histogram(
        "cx_request_seconds",
        "Seconds from a delivery of Slack's to its acknowledgement.",
        ["kind"],
        buckets=BUCKETS,
        registry=registry,
    )

    def observe(kind: str, took_s: float) -> None:
        seconds.labels(kind).observe(took_s)

    return observe


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings(Collector):
    """Reads every gauge when somebody looks; nothing is counted twice and nothing is kept."""

    store: Store
    clockwork: Clockwork
    slack: Slack
    dispatcher: Dispatcher
    socket: SocketDoor | None
    now: Callable[[], datetime]

    def collect(self) -> Iterable[Metric]:
        """Everything. A store that does not answer hides only what stands in it."""
        yield from self._stored()
        yield from self._clock()
        yield from self._slack()
        yield from self._socket()

    def _stored(self) -> Iterator[Metric]:
        now = self.now()
        try:
            with self.store.reading() as session:
                found = [*_desks(session, now), *_outbox(session, now)]
        except StoreError:
            yield _gauge("cx_store_up", "Whether the database answers.", 0)
            return
        yield _gauge("cx_store_up", "Whether the database answers.", 1)
        left = room_left(self.store)
        if left is not None:
            yield _gauge("cx_store_free_bytes", "Room left on the disk of the database file.", left)
        yield from found

    def _clock(self) -> Iterator[Metric]:
        yield _gauge("cx_clock_up", "Whether the clock beats.", self.clockwork.is_alive())
        yield _counter("cx_clock_rewound", "How often the clock was found stopped and wound up again.", self.clockwork.rewound)
        lag = GaugeMetricFamily("cx_job_lag_seconds", "Seconds by which a job is overdue.", labels=["job"])
        for job, seconds in self.clockwork.lag_s().items():
            lag.add_metric([job], seconds)
        yield lag
        runs = CounterMetricFamily("cx_job_runs", "Turns a job has had.", labels=["job"])
        failures = CounterMetricFamily("cx_job_failures", "Turns of a job that failed.", labels=["job"])
        for job, turn in dict(self.clockwork.turns).items():
            runs.add_metric([job], turn.runs)
            failures.add_metric([job], turn.failures)
        yield from (runs, failures)

    def _slack(self) -> Iterator[Metric]:
        limited = CounterMetricFamily("cx_slack_rate_limited", "Answers of Slack's with status 429.", labels=["method"])
        pace = GaugeMetricFamily("cx_slack_pace_per_minute", "Calls a minute that a method is paced at.", labels=["method"])
        for method, times in self.slack.pacer.limits().items():
            limited.add_metric([method], times)
            pace.add_metric([method], self.slack.pacer.per_minute(method))
        yield from (limited, pace)
        yield _gauge("cx_slack_refused", "Whether Slack refuses our token.", self.slack.refused is not None)
        yield _counter("cx_requests_early", "Deliveries acknowledged before their answer was ready.", self.dispatcher.early)

    def _socket(self) -> Iterator[Metric]:
        if self.socket is None:
            return
        yield _gauge("cx_sockets_open", "Socket Mode connections that hear Slack.", self.socket.hearing())
        yield _counter("cx_sockets_replaced", "Connections that went deaf and were replaced.", self.socket.rebuilt)
        yield _gauge(
            "cx_sockets_of_app", "Connections Slack counts for this app, other installations included.", self.socket.neighbours()
        )


def _desks(session: Session, now: datetime) -> Iterator[Metric]:
    age = GaugeMetricFamily("cx_desk_age_seconds", "Seconds since a help desk was last read well.", labels=["desk", "stream"])
    failing = GaugeMetricFamily("cx_desk_failing", "Whether the last reading of a help desk failed.", labels=["desk", "stream"])
    for cursor in session.exec(select(DeskCursor)):
        if cursor.synced_at is not None:
            age.add_metric([cursor.source, cursor.stream], (now - cursor.synced_at).total_seconds())
        failing.add_metric([cursor.source, cursor.stream], cursor.last_error is not None)
    yield from (age, failing)


def _outbox(session: Session, now: datetime) -> Iterator[Metric]:
    known = waiting(session)
    messages = GaugeMetricFamily("cx_outbox_messages", "Messages to Slack by state; dead ones are never sent.", labels=["state"])
    for state in OutboxState:
        messages.add_metric([state.value], known.get(state.value, 0))
    due = oldest_due(session, now)
    yield messages
    yield _gauge("cx_outbox_lag_seconds", "Seconds the oldest message has been due.", (now - due).total_seconds() if due else 0)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=float(value))


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(name, says, value=float(value))
