"""A sync loses no ticket and leaves none stale: readers are killed while twenty desks change under them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from sqlmodel import func, select

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


def test_no_ticket_is_lost_and_none_is_stale(store: Store, tmp_path: Path, seed: int, tell: Tell) -> None:
    seeds = [seed * 100 + number for number in range(DESKS)]
    where: dict[str, Any] = {"url": store.engine.url.render_as_string(hide_password=False)}

    with Forks("tests.hard.sync_worker", tmp_path / "log") as forks:
        killer = Killer(forks=forks, start=lambda: forks.start("work", **where), random=Random(seed))
        first = where | {"start": now_s(), "length_s": 1.0, "seeds": [seed * 100 + DESKS]}
        killer.learn_life(lambda: forks.start("work", **first), lambda: stored(store))
        before, lapse, length_s = stored(store), Lapse(start=now_s()), killer.rage_s(KILLS) * TIMES
        where |= {"start": lapse.start, "length_s": length_s, "seeds": seeds}
        drifts = [Drift(one, start=lapse.start, length_s=length_s) for one in seeds]
        killer.rage(KILLS)
        meanwhile = stored(store) - before
        killer.relent()
        until = time.monotonic() + PATIENCE_S
        while (missing := wrong(store, drifts, lapse.epoch)) and time.monotonic() < until:
            time.sleep(0.5)

    rows = sum(len(drift.rows(float("inf"))) for drift in drifts)
    lost, stale = (sum(found == kind for found in missing.values()) for kind in ("lost", "stale"))
    tell(f"syncs on {store.dialect}, seed {seed}", kills=killer.kills, freezes=killer.freezes, desks=DESKS, tickets=rows,
         read_while_killing=meanwhile, lost=lost, stale=stale)  # fmt: skip
    assert not missing
    assert meanwhile > KILLS, "whoever is killed before it reads anything proves nothing"


def now_s() -> float:
    return time.time()  # noqa: TID251 - the beginning of a time of our own


def stored(store: Store) -> int:
    with store.reading() as session:
        return session.exec(select(func.count()).select_from(Ticket)).one()


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
