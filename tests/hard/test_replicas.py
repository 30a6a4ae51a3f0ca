"""Three real `cx run` over one PostgreSQL: all see the same slots at once, are killed one after the other, answer on, and each
slot has one digest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import col, select

from bot.clock import now
from bot.sandbox.control import Control
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.slots import daily
from bot.store.engine import Store
from bot.store.subscriptions import cadence_json
from bot.store.tables import Heartbeat, Outbox, Run, SavedQuery, Subscription
from tests.hard.conftest import Tell
from tests.hard.forking import ROOT
from tests.kpis.office import keep
from tests.world import ticket

REPLICAS = 3
CHANNELS = ("C0DIGEST", "C0SUPPORT")
SLOTS = 24
POST_S = 2.0
"""Slack takes its time, so that whoever is killed had a message in hand."""
START_S = 120.0
LEASE_S = 45.0
"""In the place of 120: 15 are left to post in, the rest is for who hangs."""
LEASE_AND_MORE_S = 300.0
NOBODY_CLAIMS = ("SET LOCAL idle_in_transaction_session_timeout = 0", "LOCK TABLE run IN SHARE MODE")
WAIT = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@dataclass(slots=True)
class Replicas:
    """Processes of the real bot; `number` names their homes and logs."""

    sandbox: Sandbox
    url: str
    folder: Path
    alive: list[subprocess.Popen[bytes]] = field(default_factory=list)
    number: int = 0

    def start(self) -> None:
        """One more; returns when Slack hears it."""
        self.number += 1
        home = self.folder / f"replica-{self.number}"
        home.mkdir()
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
        env = plain | {
            "CX_SLACK_BOT_TOKEN": self.sandbox.bot_token, "CX_SLACK_APP_TOKEN": self.sandbox.app_token,
            "CX_SLACK_API_URL": self.sandbox.api_url, "CX_DATABASE_URL": self.url, "CX_HOME": str(home), "CX_HTTP_PORT": "0",
            "CX_SLACK_CONNECTIONS": "1", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        before = len(self.sandbox.control.connections())
        with (home / "log").open("wb") as log:
            words = [sys.executable, "-m", "tests.hard.replica", "run", str(LEASE_S)]
            process = subprocess.Popen(words, env=env, cwd=home, stdout=log, stderr=subprocess.STDOUT)
        self.alive.append(process)
        control = self.sandbox.control
        control.wait_for(lambda: len(control.connections()) > before or process.poll() is not None, START_S)
        assert process.poll() is None, (home / "log").read_text()

    def kill(self) -> None:
        """End the oldest without asking."""
        oldest = self.alive.pop(0)
        oldest.kill()
        oldest.wait()


@contextmanager
def replicas(sandbox: Sandbox, url: str, folder: Path) -> Iterator[Replicas]:
    running = Replicas(sandbox, url, folder)
    try:
        for _ in range(REPLICAS):
            running.start()
        yield running
    finally:
        for process in running.alive:
            process.kill()
            process.wait()


def test_replicas_that_are_killed_leave_one_digest_a_slot(postgres_store: Store, tmp_path: Path, tell: Tell) -> None:
    url = postgres_store.engine.url.render_as_string(hide_password=False)
    with Sandbox.start(options=Options(limits="off")) as sandbox, replicas(sandbox, url, tmp_path) as running:
        control = sandbox.control
        control.fault("slow", method="chat.postMessage", times=SLOTS, seconds=POST_S)
        due = seen_by_all_at_once(postgres_store, control)
        acked = 0
        for _ in range(3):
            control.wait_for(lambda: posted(sandbox).total() > 0, START_S)
            running.kill()
            acked += sum(control.slash(f"/cx define frt {number}")["state"] == "acked" for number in range(5))
            running.start()
        control.wait_for(lambda: posted(sandbox).total() >= SLOTS and settled(postgres_store), LEASE_AND_MORE_S)
        seen, found = replicas_seen(postgres_store), posted(sandbox)

    twice = sum(count - 1 for count in found.values())
    tell("replicas on postgresql", replicas=REPLICAS, kills=3, slots=SLOTS, lost=SLOTS - len(found), twice=twice,
         commands_acknowledged=f"{acked} of 15", instances_seen=seen)  # fmt: skip
    assert found == Counter(f"slot-{number}" for number in range(SLOTS))
    assert slots_in_ledger(postgres_store) == [due] * SLOTS
    assert set(questions_kept(postgres_store).values()) == {SLOTS // len(CHANNELS)}, "who has not got a slot keeps nothing of it"
    assert acked == 15


def seen_by_all_at_once(store: Store, control: Control) -> str:
    """Digests that fall due while nobody can claim a slot, until every replica has found them all and stands before the first."""
    with store.engine.begin() as held:
        for statement in NOBODY_CLAIMS:
            held.exec_driver_sql(statement)
        due = subscribe_all(store)
        control.wait_for(lambda: waiting(store) == REPLICAS, START_S)
    return due


def waiting(store: Store) -> int:
    with store.reading() as session:
        return int(session.connection().exec_driver_sql(WAIT).scalar_one())


def subscribe_all(store: Store) -> str:
    """Two dozen digests of one number that fall due a minute ago, all at once; the slot they have in common."""
    start = now()
    yesterday = start - timedelta(days=1)
    keep(store, ticket("1", created_at=yesterday, updated_at=yesterday), now=start)
    due = (start - timedelta(minutes=1)).replace(second=0, microsecond=0)
    with store.writing() as session:
        for number in range(SLOTS):
            session.add(
                Subscription(
                    kind="digest", channel_id=CHANNELS[number % len(CHANNELS)], spec_key=str(number), owner="U0LENA",
                    spec={"scope": f"slot-{number}", "kpis": ["volume"]}, cadence=cadence_json(daily(due.time())), zone="UTC",
                    created_at=start, seen_until=due - timedelta(minutes=1),
                )
            )  # fmt: skip
    return due.strftime("%Y-%m-%dT%H:%M")


def posted(sandbox: Sandbox) -> Counter[str]:
    said = (message["text"] for channel in CHANNELS for message in sandbox.control.messages(channel))
    return Counter(text.split(",")[0] for text in said if text.startswith("slot-"))


def settled(store: Store) -> bool:
    with store.reading() as session:
        rows = session.exec(select(Outbox.state).where(Outbox.kind == "digest")).all()
    return len(rows) >= SLOTS and {str(state) for state in rows} == {"sent"}


def slots_in_ledger(store: Store) -> list[str]:
    with store.reading() as session:
        return [run.slot for run in session.exec(select(Run))]


def questions_kept(store: Store) -> Counter[tuple[str, str]]:
    """How often the questions behind the numbers of a digest were kept, by channel: once with each."""
    with store.reading() as session:
        return Counter((saved.channel_id, json.dumps(saved.query, sort_keys=True)) for saved in session.exec(select(SavedQuery)))


def replicas_seen(store: Store) -> int:
    with store.reading() as session:
        beats: list[datetime] = list(session.exec(select(Heartbeat.at).where(col(Heartbeat.name).startswith("replica:"))))
    return len(beats)
