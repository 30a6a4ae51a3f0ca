"""Sends what waits in the outbox; while Slack refuses our token, keeps a word about it for whoever can mend that."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from functools import partial

from bot.slack.no_charts import tell_admins
from bot.slack.sender import Sender
from bot.store.outbox import Letter, enqueue
from bot.store.workspace import Workspace, read_workspace
from jobs.job import Job, Tick
from jobs.losses import mourn

log = logging.getLogger("cx.send")


def send(tick: Tick) -> int:
    """Send what is due; how many messages Slack took. Rows are claimed, so that doing it twice at once sends once."""
    admins = tick.settings.admins
    sent = Sender(
        store=tick.store,
        slack=tick.slack,
        started=tick.now,
        sleep=time.sleep,
        mourn=partial(mourn, admins=admins),
        no_charts=lambda session, now: tell_admins(session, {*admins, *read_workspace(session, Workspace()).admins}, now),
    ).run()
    if (tick.slack.refused is None) != (tick.slack.refusal_told is None):
        tick.slack.refusal_told = tick.slack.refused
        if tick.slack.refused is not None:
            _note_refusal(tick, tick.slack.refused)
    return sent


def _note_refusal(tick: Tick, word: str) -> None:
    """The log says it at once. A message to admins, one a day, is the first to leave when Slack takes us again."""
    log.error("slack refuses our token; nothing is sent and everything is kept", extra={"error": word})
    text = (
        f"Slack refused my token ({word}) from {tick.now:%Y-%m-%d %H:%M} UTC until now. Nothing was lost: what had to wait is "
        "being sent. Where digests were due meanwhile, they say how late they are."
    )
    with tick.store.writing() as session:
        for admin in sorted({*tick.settings.admins, *read_workspace(session, Workspace()).admins}):
            once = f"token-refused:{tick.now:%Y-%m-%d}:{admin}"
            enqueue(session, Letter(dedupe_key=once, kind="reply", channel_id=admin, payload={"text": text}), tick.now)


SEND = Job(slug="send", says="Sends what waits in the outbox.", every=timedelta(seconds=1), run=send)
