"""A worker that posts digests as `cx run` does, for the rig to kill: the jobs, the ledger, the outbox and the sender are real."""

from __future__ import annotations

import logging

import jobs.digest
from bot.clock import local_date, zone
from bot.errors import CxError
from bot.settings import read_settings
from bot.slack.sender import Sender
from bot.store.engine import open_store
from bot.views.digest_words import Edition
from jobs.digest import post_due_digests
from jobs.edition import Order
from jobs.job import Tick
from jobs.losses import mourn
from tests.hard.lapse import Lapse

LOOK_EVERY_S = 15.0


def work(*, url: str, token: str, api_url: str, start: float) -> None:
    """Post what is due and send what waits, for ever."""
    logging.disable(logging.CRITICAL)
    jobs.digest.edition = bare  # type: ignore[attr-defined] - what the numbers are is no matter here, and costs most of the time
    lapse, settings = Lapse(start=start), read_settings({})
    store, slack = open_store(url), Lapse(start=start).port(token, api_url)
    looked = 0.0
    while True:
        try:
            if lapse.clock() - looked >= LOOK_EVERY_S:
                looked = lapse.clock()
                post_due_digests(Tick(now=lapse.now(), store=store, settings=settings, slack=slack))
            Sender(store=store, slack=slack, started=lapse.now(), sleep=lapse.sleep, mourn=mourn).run()
        except CxError:
            pass
        lapse.sleep(1.0)


def bare(_session: object, order: Order, _workspace: object) -> Edition:
    """An edition with its name alone."""
    return Edition(scope=str(order.spec["scope"]), day=local_date(order.slot.due_at, zone(order.zone)), answers=())
