"""Sends what waits in the outbox."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial

from bot.slack.sender import Sender
from jobs.job import Job, Tick
from jobs.losses import mourn


def send(tick: Tick) -> int:
    """Send what is due; how many messages Slack took. Rows are claimed, so that doing it twice at once sends once."""
    return Sender(
        store=tick.store, slack=tick.slack, started=tick.now, sleep=time.sleep, mourn=partial(mourn, admins=tick.settings.admins)
    ).run()


SEND = Job(slug="send", says="Sends what waits in the outbox.", every=timedelta(seconds=1), run=send)
