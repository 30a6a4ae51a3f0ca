"""A worker that reads twenty drifting desks as `cx run` reads help desks, for the rig to kill."""

from __future__ import annotations

import logging

import jobs.sync_reading
from bot.errors import CxError
from bot.store.engine import open_store
from jobs.sync import Reading, sync
from tests.hard.drifting import Drift
from tests.hard.lapse import Lapse

LEASE_S = 12
"""Shorter than the product's, so that a killed reader's desk is not left alone for most of the run."""


def work(*, url: str, start: float, length_s: float, seeds: list[int]) -> None:
    """Read each desk in turn, for ever."""
    logging.disable(logging.CRITICAL)
    jobs.sync_reading.LEASE_S = LEASE_S
    lapse, store = Lapse(start=start), open_store(url)
    desks = [Drift(seed, start=start, length_s=length_s).desk(lapse.epoch) for seed in seeds]
    while True:
        for desk in desks:
            try:
                sync(Reading(store=store, desk=desk, settings={}, now=lapse.now(), profile="articles", clock=lapse.clock))
            except CxError:
                lapse.sleep(1.0)
