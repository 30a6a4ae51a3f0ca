"""`make bench`: how fast the house is, as ratios within one run: ours beside plain SQL over the same facts."""

from __future__ import annotations

import platform
import statistics
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bot import clock
from bot.desks.demo import DEMO
from bot.kpis import KPIS
from bot.kpis.measure import measure
from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema
from bot.store.workspace import Workspace
from commands.grammar import read
from jobs.sync import Reading, sync

RUNS = 9
WORKSPACE = Workspace(zone="Europe/Berlin")
BESIDE = {
    "volume last 30 days": "SELECT count(*) FROM ticket_fact WHERE excluded IS NULL AND created_at >= ? AND created_at < ?",
    "frt last 30 days": "SELECT first_response_business_s FROM ticket_fact WHERE excluded IS NULL"
    " AND first_response_at >= ? AND first_response_at < ? ORDER BY 1",
    "frt last 365 days by agent": "SELECT first_response_agent_id, first_response_business_s FROM ticket_fact"
    " WHERE excluded IS NULL AND first_response_at >= ? AND first_response_at < ? ORDER BY 1, 2",
    "csat last 365 days by agent": "SELECT agent_id, count(*), sum(box = 'positive') FROM survey_answer WHERE survey = 'csat'"
    " AND answered_at >= ? AND answered_at < ? GROUP BY 1",
}


def main() -> None:
    """Build two made-up years, then ask every KPI, and four questions beside plain SQL."""
    now = clock.now()
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'bench.db'}")
        ensure_schema(store)
        begun = perf_counter()
        [done] = sync(Reading(store=store, desk=DEMO, settings={}, now=now, profile="articles"))
        took = perf_counter() - begun
        print(f"{platform.python_version()} on {platform.machine()}, {now:%Y-%m-%d}; {done.tickets_changed:,} tickets")
        print(f"sync with facts: {done.records / took:,.0f} records a second ({took:.1f} s)\n")
        every_kpi(store, now)
        beside_sql(store, now)
        store.close()


def every_kpi(store: Store, now: datetime) -> None:
    """Median milliseconds of each KPI with its comparison and series, as `/cx` asks it."""
    print(f"{'kpi':26}{'ms':>8}")
    for kpi in KPIS:
        print(f"{kpi.slug:26}{1000 * median(lambda slug=kpi.slug: ask(store, slug, now)):8.1f}")


def beside_sql(store: Store, now: datetime) -> None:
    """The same questions in hand-written SQL that gives the rows only: no comparison, interval, labels or receipt."""
    print(f"\n{'question':32}{'ours ms':>9}{'sql ms':>9}{'ratio':>8}")
    for words, sql in BESIDE.items():
        days = int(words.split("last ")[1].split()[0])
        edges = (int(now.timestamp()) - days * 86_400, int(now.timestamp()))
        ours = median(lambda words=words: ask(store, f"{words} vs nothing", now))
        plain = median(lambda sql=sql, edges=edges: fetch(store, sql, edges))
        print(f"{words:32}{1000 * ours:9.1f}{1000 * plain:9.1f}{ours / plain:8.1f}")


def ask(store: Store, words: str, now: datetime) -> None:
    with store.reading() as session:
        understood = read(words, now=now, workspace=WORKSPACE, session=session)
        if understood.kpi is None or understood.query is None:
            sys.exit(f"{words}: {understood.says}")
        measure(session, understood.kpi, understood.query, workspace=WORKSPACE, now=now)


def fetch(store: Store, sql: str, edges: tuple[int, int]) -> None:
    with store.engine.connect() as connection:
        connection.exec_driver_sql(sql, edges).fetchall()


def median(run: Callable[[], None]) -> float:
    """Median seconds of several runs after one to warm up."""
    run()
    times = []
    for _ in range(RUNS):
        begun = perf_counter()
        run()
        times.append(perf_counter() - begun)
    return statistics.median(times)


if __name__ == "__main__":
    main()
