"""How fast facts are derived: from lives in memory, on one core, and from the store and back."""

from __future__ import annotations

from sqlalchemy import select

from bench.bench import Bench, Place, worked
from bot import clock
from bot.desks.demo import DEMO
from bot.facts.derive import derive
from bot.facts.refresh import read_lives, refresh
from bot.facts.rules import names_of, rules_of
from bot.store.engine import open_store
from bot.store.schema import ensure_schema
from bot.store.tables import Ticket, table_of
from jobs.sync import Reading, sync

PROFILE = "articles"
RUNS = 5
PAGE = 1_000


def run(place: Place) -> list[str]:
    """Two made-up years with several schedules, holidays and policies: derive them all, and one page with its rows."""
    store = open_store(f"sqlite:///{place.folder / 'facts.db'}")
    ensure_schema(store)
    sync(Reading(store=store, desk=DEMO, settings={}, now=clock.now(), profile=PROFILE))
    ticket = table_of(Ticket).c
    with store.reading() as session:
        ids = list(session.scalars(select(ticket.id).order_by(ticket.id)))
        source = session.scalars(select(ticket.source).limit(1)).one()
        rules, names = rules_of(session, source, PROFILE), names_of(session, source)
        lives = [life for start in range(0, len(ids), PAGE) for _, life in read_lives(session, ids[start : start + PAGE], names)]
    events = sum(len(life.moments) for life in lives)
    derived = min(worked(lambda: [derive(life, rules) for life in lives]) for _ in range(RUNS))

    def page() -> None:
        with store.writing() as session:
            refresh(session, source, ids[-PAGE:], profile=PROFILE)

    page()
    refreshed = min(worked(page) for _ in range(RUNS))
    store.close()
    return [
        f"| {len(lives):,} tickets with {events:,} events, both clocks, service-level targets | |",
        "|---|---|",
        f"| derive, in memory, on one core | {1000 * events / derived:,.0f} events a second |",
        f"| read, derive and write {PAGE:,} tickets in one transaction | {refreshed:.0f} ms of one core |",
    ]


FACTS = Bench(slug="facts", says="How fast facts are derived", run=run)
