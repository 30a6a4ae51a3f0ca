"""Surveys under load: five thousand questions through a Slack that says 429, and five hundred clicks in a second.

The first runs on a clock that moves only when somebody waits: what counts is the share of the allowed rate that is used, and
that is the same by any clock. The second runs in real time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.bench import Bench, Place
from bench.clicks import bursts
from bot import clock
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.slack.pacing import Pacer
from bot.slack.port import Slack
from bot.slack.sender import Sender
from bot.store.engine import Store, open_store
from bot.store.outbox import waiting
from bot.store.schema import ensure_schema
from bot.store.tables import Customer, Invitation, Setting
from bot.store.words import InvitationState
from jobs.surveys import send

PEOPLE, LIMITS = 5_000, (60, 300, 525)
PROMISED = {60: 85, 300: 85}


def run(place: Place) -> list[str]:
    """What was seen: one line a limit, and one for the burst."""
    logging.disable(logging.CRITICAL)
    lines = [
        "| Slack allows a minute | questions | lost | twice | 429s | minutes | of the allowed rate | promised |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for limit in LIMITS:
        lines.append(asked_at(place.folder / f"{limit}.db", limit))
    return [*lines, "", *bursts(place.folder)]


def asked_at(file: Path, limit: int) -> str:
    """Five thousand questions at one limit."""
    with Sandbox.start(seed=people(PEOPLE), options=Options(limits="generous", posts_per_minute=limit)) as sandbox:
        desk = Desk(store=store_with(file, PEOPLE, clock.now()), sandbox=sandbox)
        minutes = desk.send_all()
        posted = Counter(user for user, _ in questions(sandbox))
        desk.store.close()
    used = 100 * PEOPLE / minutes / limit
    promised = f"{PROMISED[limit]} %" if limit in PROMISED else "-"
    twice = sum(count > 1 for count in posted.values())
    seen = (
        limit,
        f"{PEOPLE:,}",
        f"{PEOPLE - len(posted):,}",
        twice,
        desk.pacer.refusals,
        f"{minutes:.1f}",
        f"{used:.0f} %",
        promised,
    )
    return f"| {' | '.join(map(str, seen))} |"


class CountingPacer(Pacer):
    """A pacer that counts how often Slack said 429."""

    refusals = 0

    def limited(self, method: str, retry_after_s: float) -> None:
        self.refusals += 1
        super().limited(method, retry_after_s)


@dataclass(slots=True, kw_only=True)
class Desk:
    """The job and the sender, with a clock that moves when they wait."""

    store: Store
    sandbox: Sandbox
    at: float = 1_000.0
    now: datetime = field(default_factory=clock.now)
    slack: Slack = field(init=False)
    pacer: CountingPacer = field(init=False)

    def __post_init__(self) -> None:
        self.slack = Slack(self.sandbox.bot_token, self.sandbox.api_url, timeout_s=20, clock=lambda: self.at)
        self.pacer = self.slack.pacer = CountingPacer(lambda: self.at)

    def send_all(self) -> float:
        """Minutes until the last message was taken."""
        begun = self.at
        while send(self.store, now=self.now):
            pass
        while self._left():
            before = self.at
            Sender(store=self.store, slack=self.slack, started=self.now, sleep=self.sleep).run()
            self.now += timedelta(seconds=self.at - before)
            if self.at == before:
                self.sleep(1.0)
                self.now += timedelta(seconds=1)
        return (self.at - begun) / 60

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.sandbox.control.advance(seconds)

    def _left(self) -> bool:
        with self.store.reading() as session:
            states = waiting(session)
        return any(states.get(state) for state in ("ready", "sending", "uncertain"))


def questions(sandbox: Sandbox) -> list[tuple[str, Mapping[str, Any]]]:
    """The questions people got: who, and the message."""
    posted = sandbox._world.workspace.messages  # noqa: SLF001 - reading five thousand over HTTP would be another bench
    return [(f"U{one.channel[1:]}", {"channel": one.channel, "ts": one.ts}) for one in posted if one.channel.startswith("DP")]


def people(count: int) -> list[dict[str, str]]:
    return [
        {"id": f"UP{n:05}", "name": f"p{n}", "real_name": f"Person {n}", "email": f"p{n}@x.example", "tz": "UTC"}
        for n in range(count)
    ]


def store_with(file: Path, count: int, now: datetime) -> Store:
    """A store in which everybody is about to be asked."""
    store = open_store(f"sqlite:///{file}")
    ensure_schema(store)
    with store.writing() as session:
        value = {"csat": {"on": True, "hours": None}}
        session.add(Setting(key="surveys", value=value, changed_at=now, changed_by="bench"))
        session.add_all(
            Customer(id=n + 1, source="bench", external_id=str(n), name=f"P{n}", email=f"p{n}@x.example") for n in range(count)
        )
        session.flush()
        session.add_all(
            Invitation(
                survey="csat",
                scale="csat-1-5",
                customer_id=n + 1,
                slack_team_id="T0SANDBOX",
                slack_user_id=f"UP{n:05}",
                token_hash=f"none|{n}",
                state=InvitationState.WAITING,
                decided_at=now,
                send_at=now,
            )
            for n in range(count)
        )
    return store


SURVEYS = Bench(slug="surveys", says="Surveys under load", run=run)
