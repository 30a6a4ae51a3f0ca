"""Surveys under load: five thousand questions through a Slack that says 429, and five hundred clicks in a second.

The first runs on a clock that moves only when somebody waits: what counts is the share of the allowed rate that is used, and
that is the same by any clock. The second runs in real time."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import func, select

from bench.bench import Bench, Place, share
from bot import clock
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.slack.pacing import Pacer
from bot.slack.port import Slack
from bot.slack.sender import Sender
from bot.store.engine import Store, open_store
from bot.store.outbox import Letter, enqueue, waiting
from bot.store.schema import ensure_schema
from bot.store.tables import Customer, Invitation, Setting, SurveyAnswer
from bot.store.words import InvitationState
from bot.surveys import CSAT
from bot.surveys.sending import Invited
from bot.surveys.wire import hash_token
from bot.views.survey import RATE, invitation_message
from jobs.surveys import send

PEOPLE, LIMITS = 5_000, (60, 300, 525)
CLICKERS, CLICKS = 200, 500
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
    return [*lines, "", burst(place.folder)]


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


def burst(folder: Path) -> str:
    """Five hundred clicks within a second, from two hundred people, each by its own hand."""
    with Sandbox.start(seed=people(CLICKERS), options=Options(limits="off")) as sandbox:
        store = store_with(folder / "burst.db", 0, clock.now())
        ask_all(store, clock.now())
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
        env = plain | {"CX_SLACK_BOT_TOKEN": sandbox.bot_token, "CX_SLACK_APP_TOKEN": sandbox.app_token}
        env |= {"CX_SLACK_API_URL": sandbox.api_url, "CX_HTTP_PORT": "0", "PYTHONPATH": str(Path(__file__).parents[1])}
        env |= {"CX_DATABASE_URL": f"sqlite:///{folder / 'burst.db'}", "CX_HOME": str(folder)}
        with (folder / "log").open("w") as log:
            bot = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=env, cwd=folder, stdout=log, stderr=log)
        try:
            sandbox.control.wait_for(lambda: len(questions(sandbox)) == CLICKS, 400)
            time.sleep(3)
            acks, took = click_all(sandbox)
            with store.reading() as session:
                answered = session.exec(select(func.count()).select_from(SurveyAnswer)).one()
        finally:
            bot.terminate()
            bot.wait(30)
            store.close()
    return (
        f"{CLICKS} clicks by {CLICKERS} people in {took:.2f} s: acknowledged p50 {share(acks, 0.5):.0f} ms, "
        f"p99 {share(acks, 0.99):.0f} ms, slowest {max(acks):.0f} ms (promised: all under 1,000); "
        f"{answered} of {CLICKS} answers in the store."
    )


def ask_all(store: Store, now: datetime) -> None:
    """Two or three open questions a person, as if asked over months."""
    with store.writing() as session:
        for n in range(CLICKS):
            token = f"{n:022d}"
            asked = {"survey": "csat", "scale": "csat-1-5", "slack_team_id": "T0SANDBOX", "slack_user_id": f"UP{n % CLICKERS:05}"}
            open_ = {"state": InvitationState.SENT, "decided_at": now, "sent_at": now, "expires_at": now + timedelta(days=7)}
            session.add(Invitation(**asked, **open_, token_hash=hash_token(token)))
            invited = Invited(
                invitation_id=n,
                user_id=f"UP{n % CLICKERS:05}",
                survey=CSAT,
                scale=CSAT.default,
                token=token,
                language=None,
                subject=None,
            )
            message = invitation_message(invited)
            payload = {"text": message.text, "blocks": list(message.blocks)}
            enqueue(session, Letter(dedupe_key=f"bench:{n}", kind="survey", channel_id=invited.user_id, payload=payload), now)


def click_all(sandbox: Sandbox) -> tuple[list[float], float]:
    """Milliseconds of each acknowledgement, and the seconds in which the clicks were made."""
    asked = questions(sandbox)
    begun = time.perf_counter()

    def one(number: int) -> tuple[float, float]:
        time.sleep(max(0.0, begun + number / CLICKS - time.perf_counter()))
        made = time.perf_counter() - begun
        user, message = asked[number]
        ack = sandbox.control.click(message, f"{RATE}{1 + number % 5}", user=user)
        return float(ack["ack_ms"] if ack["state"] == "acked" else 99_999), made

    with ThreadPoolExecutor(100) as hands:
        done = list(hands.map(one, range(CLICKS)))
    return [ack for ack, _ in done], max(made for _, made in done)


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
