"""A process ends at every named point once, and what it was about comes out right all the same."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path

from bot.sandbox.sandbox import Sandbox
from bot.slots import daily
from bot.store.engine import Store, damage
from bot.store.subscriptions import cadence_json
from bot.store.tables import Subscription
from tests.hard.conftest import Tell
from tests.hard.drifting import Drift
from tests.hard.faulty import Chance
from tests.hard.forking import Forks
from tests.hard.lapse import Lapse
from tests.hard.test_digest_kills import CHANNEL, drain, url_of
from tests.hard.test_sync_kills import wrong

POSTING = (
    "tests.hard.digest_worker:post_due_digests:before", "jobs.digest:claim_slot:before", "jobs.digest:claim_slot:after",
    "jobs.digest:enqueue:before", "jobs.digest:enqueue:after", "jobs.digest:_record:after", "jobs.digest:_post:after",
    "jobs.digest:_make:after", "bot.slack.sender:let_stand:after",
    "bot.store.outbox:claim_ready:before", "bot.store.outbox:claim_ready:after", "bot.slack.sender:Sender._send:before",
    "bot.slack.sender:Sender._upload:after", "bot.slack.sender:Sender._call:before", "bot.slack.port:Slack.post:before",
    "bot.slack.port:Slack.post:after", "bot.slack.sender:Sender._settle:before", "bot.store.outbox:settle_sent:before",
    "bot.store.outbox:settle_sent:after", "bot.slack.sender:Sender._settle:after",
)  # fmt: skip
DOUBTING = (
    "bot.store.outbox:settle_uncertain:before", "bot.store.outbox:settle_uncertain:after",
    "bot.store.outbox:claim_doubtful:after", "bot.slack.port:Slack.posted_copies:before",
    "bot.slack.port:Slack.posted_copies:after", "bot.slack.doubts:_settle:after",
)  # fmt: skip
READING = (
    "jobs.sync_reading:store_page:before", "jobs.sync_reading:store_records:before", "jobs.sync_reading:store_records:after",
    "jobs.sync_reading:refresh:after", "jobs.sync_reading:_advance:before", "jobs.sync_reading:_advance:after",
    "jobs.sync_reading:store_page:after", "jobs.sync_reading:release_lease:before",
)  # fmt: skip
REACHED_S = 20.0


def test_a_digest_survives_an_end_at_every_point(
    store: Store, busy_slack: tuple[Sandbox, Lapse, Chance], tmp_path: Path, tell: Tell
) -> None:
    sandbox, lapse, chance = busy_slack
    chance.only, chance.kinds = "chat.postMessage", (("lost_reply", {}),)
    points = (*POSTING, *DOUBTING)
    where = {"url": url_of(store), "token": sandbox.bot_token, "api_url": sandbox.api_url, "start": lapse.start}
    with Forks("tests.hard.crash_worker", tmp_path / "log") as forks:
        for number, point in enumerate(points):
            chance.share = 1.0 if point in DOUBTING else 0.0
            subscribe_one(store, lapse, number)
            end_at(forks, lambda point=point: forks.start("digests", point=point, **where), point)  # type: ignore[misc]
        chance.share = 0.0
        forks.start("digests", point="", **where)
        drain(store, lapse, len(points))

    posted = Counter(message["text"].split(",")[0] for message in sandbox.control.messages(CHANNEL))
    tell(f"crash points of a digest on {store.dialect}", points=len(points), posted_once=len(posted))
    assert posted == Counter(f"slot-{number}" for number in range(len(points)))
    assert damage(store) is None


def test_a_sync_survives_an_end_at_every_point(store: Store, tmp_path: Path, seed: int, tell: Tell) -> None:
    lapse = Lapse(start=time.time())  # noqa: TID251 - the beginning of a time of our own
    where = {"url": url_of(store), "start": lapse.start, "length_s": 60.0, "seeds": [seed]}
    drift = Drift(seed, start=lapse.start, length_s=60.0)
    with Forks("tests.hard.crash_worker", tmp_path / "log") as forks:
        for point in READING:
            end_at(forks, lambda point=point: forks.start("syncs", point=point, **where), point)  # type: ignore[misc]
        forks.start("syncs", point="", **where)
        until = time.monotonic() + 60
        while (missing := wrong(store, [drift], lapse.epoch)) and time.monotonic() < until:
            time.sleep(0.2)

    tell(
        f"crash points of a sync on {store.dialect}",
        points=len(READING),
        tickets=len(drift.rows(float("inf"))),
        wrong=len(missing),
    )
    assert not missing


def end_at(forks: Forks, start: Callable[[], int], point: str) -> None:
    """Start a worker and wait until it ended by itself."""
    pid, until = start(), time.monotonic() + REACHED_S
    while _lives(pid):
        assert time.monotonic() < until, f"{point} was never reached"
        time.sleep(0.02)
    forks.forget(pid)


def subscribe_one(store: Store, lapse: Lapse, number: int) -> None:
    """A subscription that fell due a minute ago."""
    due = (lapse.now() - timedelta(minutes=1)).replace(second=0, microsecond=0)
    with store.writing() as session:
        session.add(
            Subscription(
                kind="digest", channel_id=CHANNEL, spec_key=str(number), spec={"scope": f"slot-{number}"}, zone="UTC",
                cadence=cadence_json(daily(time_of_day(due.hour, due.minute))), owner="U0LENA",
                created_at=due, seen_until=due - timedelta(minutes=1),
            )
        )  # fmt: skip


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
