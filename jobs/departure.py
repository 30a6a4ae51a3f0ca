"""Erases what is kept of a workspace thirty days after the app was removed from it; until then a new install finds it all."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.slack.outcomes import OutcomeKind
from bot.slack.port import Slack
from bot.store.departure import KEPT_FOR, erase_everything, note_return, removed_since
from bot.store.engine import Store
from jobs.job import Job, Tick

log = logging.getLogger("cx.departure")


def settle_departure(store: Store, slack: Slack, now: datetime) -> int:
    """How many rows were erased. Nothing is, unless Slack still refuses our token: whoever is back is no longer gone."""
    with store.reading() as session:
        since = removed_since(session)
    if since is None:
        return 0
    outcome = slack.post("auth.test", {})
    if outcome.ok:
        with store.writing() as session:
            note_return(session)
        log.info("the app is installed again: what was kept stays")
    if outcome.kind is not OutcomeKind.AUTH or now - since < KEPT_FOR:
        return 0
    with store.writing() as session:
        erased = erase_everything(session, now)
    store.compact()
    log.warning("the app was removed thirty days ago: everything was erased, except for copies in the backup folder")
    return erased


def run(tick: Tick) -> int:
    """The same, by the clock."""
    return settle_departure(tick.store, tick.slack, tick.now)


DEPARTURE = Job(
    slug="departure",
    says="Erases what is kept of a workspace thirty days after the app was removed from it.",
    every=timedelta(hours=1),
    run=run,
)
