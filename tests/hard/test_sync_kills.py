"""A sync loses no ticket and leaves none stale: readers are killed while twenty desks change under them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from sqlmodel import select

from bot.store.engine import Store
from bot.store.tables import Ticket
from tests.hard.conftest import Tell
from tests.hard.drifting import Drift
from tests.hard.forking import Forks
from tests.hard.killing import Killer
from tests.hard.lapse import TIMES, Lapse
from tests.hard.scale import scaled

DESKS = 20
KILLS = scaled(150, least=10)
"""On each database."""
PATIENCE_S = 300.0
LENGTH_S = KILLS * 0.13 * TIMES


def test_no_ticket_is_lost_and_none_is_stale(store: Store, tmp_path: Path, seed: int, tell: Tell) -> None:
    lapse = Lapse(start=time.time())  # noqa: TID251 - the beginning of a time of our own
    seeds = [seed * 100 + number for number in range(DESKS)]
    drifts = [Drift(one, start=lapse.start, length_s=LENGTH_S) for one in seeds]
    url = store.engine.url.render_as_string(hide_password=False)
    where = {"url": url, "start": lapse.start, "length_s": LENGTH_S, "seeds": seeds}

    with Forks("tests.hard.sync_worker", tmp_path / "log") as forks:
        killer = Killer(forks=forks, start=lambda: forks.start("work", **where), random=Random(seed))
        killer.rage(KILLS)
        killer.relent()
        until = time.monotonic() + PATIENCE_S
        while (missing := wrong(store, drifts, lapse.epoch)) and time.monotonic() < until:
            time.sleep(0.5)

    rows = sum(len(drift.rows(float("inf"))) for drift in drifts)
    lost, stale = (sum(found == kind for found in missing.values()) for kind in ("lost", "stale"))
    tell(f"syncs on {store.dialect}, seed {seed}", kills=killer.kills, freezes=killer.freezes, desks=DESKS, tickets=rows,
         lost=lost, stale=stale)  # fmt: skip
    assert not missing


def wrong(store: Store, drifts: list[Drift], epoch: Callable[[], float]) -> dict[str, str]:
    """The tickets that the store does not have, or not as their desk shows them now and for good."""
    with store.reading() as session:
        stored = dict(session.exec(select(Ticket.external_id, Ticket.subject)).all())
    found = {}
    for drift in drifts:
        if not drift.is_over(epoch()):
            return {drift.slug: "still changing"}
        for row in drift.rows(float("inf")):
            if stored.get(row.name) != f"{row.name} change {row.nth}":
                found[row.name] = "stale" if row.name in stored else "lost"
    return found
