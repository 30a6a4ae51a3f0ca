"""Forgets what is over: deliveries Slack will not repeat, messages long sent, questions, and who asked them long ago."""

from __future__ import annotations

from datetime import timedelta

from bot.store.audit import forget_asked, forget_changed
from bot.store.ledger import forget_deliveries, forget_queries, forget_replicas
from bot.store.outbox import forget_sent
from jobs.job import Job, Tick

# Slack repeats a delivery for a day at most.
DELIVERIES = timedelta(days=2)
MESSAGES = timedelta(days=30)
QUESTIONS = timedelta(days=180)
REPLICAS = timedelta(days=1)
CHANGES = timedelta(days=730)
FORGETTING = (
    (forget_deliveries, DELIVERIES),
    (forget_sent, MESSAGES),
    (forget_queries, QUESTIONS),
    (forget_replicas, REPLICAS),
    (forget_asked, QUESTIONS),
    (forget_changed, CHANGES),
)


def tidy(tick: Tick) -> int:
    """Forget; how many rows were let go. Each kind has its own short transaction, so that no click waits long."""
    forgotten = 0
    for forget, kept_for in FORGETTING:
        with tick.store.writing() as session:
            forgotten += forget(session, tick.now - kept_for)
    return forgotten


TIDY = Job(slug="tidy", says="Forgets deliveries, sent messages and questions that are over.", every=timedelta(hours=1), run=tidy)
