"""One digest a slot: three workers on one database are killed and frozen while more than every fourth call to Slack fails."""

from __future__ import annotations

import time as real_time
from collections import Counter
from datetime import time, timedelta
from pathlib import Path
from random import Random

from sqlmodel import func, select

from bot.sandbox.sandbox import Sandbox
from bot.slots import daily
from bot.store.engine import Store, damage
from bot.store.outbox import waiting
from bot.store.subscriptions import cadence_json
from bot.store.tables import Outbox, Run, Subscription
from bot.store.words import RunState
from tests.hard.conftest import Tell
from tests.hard.faulty import Chance
from tests.hard.forking import Forks
from tests.hard.killing import Killer
from tests.hard.lapse import TIMES, Lapse
from tests.hard.scale import scaled

CHANNEL = "C0DIGEST"
KILLS = scaled(500, least=20)
DRAIN_S = 300.0


def test_every_slot_has_one_digest_whoever_is_killed(
    store: Store, busy_slack: tuple[Sandbox, Lapse, Chance], tmp_path: Path, seed: int, tell: Tell
) -> None:
    sandbox, lapse, chance = busy_slack
    slots = max(24, KILLS * 3 // 2)
    where = {"url": url_of(store), "token": sandbox.bot_token, "api_url": sandbox.api_url, "start": lapse.start}

    with Forks("tests.hard.digest_worker", tmp_path / "log") as forks:
        killer = Killer(forks=forks, start=lambda: forks.start("work", **where), random=Random(seed))
        subscribe(store, lapse, range(1), a_minute=1)
        killer.learn_life(killer.start, lambda: chance.calls)
        subscribe(store, lapse, range(1, slots), a_minute=slots * 60 / TIMES / (killer.rage_s(KILLS) + 4))
        begun = real_time.monotonic()
        killer.rage(KILLS)
        took = real_time.monotonic() - begun
        meanwhile, share = chance.calls, sum(chance.seen.values()) / max(1, chance.calls)
        killer.relent()
        chance.share = 0.0
        drain(store, lapse, slots)

    posted = Counter(message["text"].split(",")[0] for message in sandbox.control.messages(CHANNEL))
    wanted = {f"slot-{number}" for number in range(slots)}
    copies = sum(message.deleted for message in sandbox._world.workspace.messages)
    tell(
        f"digests on {store.dialect}, seed {seed}",
        kills=killer.kills, freezes=killer.freezes, slots=slots, lost=len(wanted - set(posted)),
        twice=sum(count - 1 for count in posted.values()), copies_removed=copies,
        calls_meanwhile=meanwhile, faulty=f"{share:.0%}", seconds=round(took),
    )  # fmt: skip
    assert posted == Counter(wanted)
    assert meanwhile > KILLS / 10, "whoever is killed before it says anything proves nothing"
    assert copies <= killer.freezes, "only who froze in the last window may have posted a copy"
    assert ledger(store) == {RunState.POSTED: slots}
    assert damage(store) is None


def subscribe(store: Store, lapse: Lapse, numbers: range, *, a_minute: float) -> None:
    """One subscription a slot, due so many a minute (of this time) from now on."""
    start = lapse.now()
    with store.writing() as session:
        for number in numbers:
            due = start + timedelta(minutes=number / a_minute)
            session.add(
                Subscription(
                    kind="digest",
                    channel_id=CHANNEL,
                    spec_key=str(number),
                    spec={"scope": f"slot-{number}"},
                    cadence=cadence_json(daily(time(due.hour, due.minute))),
                    zone="UTC",
                    owner="U0LENA",
                    created_at=start,
                    seen_until=start - timedelta(minutes=1),
                )
            )


def drain(store: Store, lapse: Lapse, slots: int) -> None:
    """Until every slot has its row, every row is settled and every doubt was looked at twice."""
    until = real_time.monotonic() + DRAIN_S
    while real_time.monotonic() < until:
        with store.reading() as session:
            kept = session.exec(select(func.count()).select_from(Outbox)).one()
            unproved = session.exec(select(func.count()).where(Outbox.verify_at.is_not(None))).one()  # type: ignore[union-attr]
            states = waiting(session)
        if kept == slots and states == {"sent": slots} and not unproved:
            return
        real_time.sleep(0.2)
    raise AssertionError(f"not settled: {kept} rows of {slots} slots, {states}, {unproved} unproved, at {lapse.now()}")


def ledger(store: Store) -> dict[RunState, int]:
    with store.reading() as session:
        return Counter(run.state for run in session.exec(select(Run)))


def url_of(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)
