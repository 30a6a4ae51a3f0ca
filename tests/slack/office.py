"""An outbox, a sender and a Slack to send to, with a clock that only moves when the test says so."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from bot.clock import now
from bot.sandbox.sandbox import Sandbox
from bot.slack.port import Slack
from bot.slack.sender import Sender
from bot.store import outbox
from bot.store.engine import Store
from bot.store.outbox import Claim, Letter

DIGEST = "C0DIGEST"
SUPPORT = "C0SUPPORT"
SHARED = "C0ACME"
ANA = "U0ANA"
DEV = "U0DEV"


@dataclass(slots=True)
class HandClock:
    """Seconds that pass when told to."""

    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at


@dataclass(slots=True)
class Office:
    """Everything a sender needs; `later` lets time pass for it and for Slack alike."""

    store: Store
    sandbox: Sandbox
    clock: HandClock = field(default_factory=HandClock)
    now: datetime = field(default_factory=now)
    slack: Slack = field(init=False)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slack = self.port()

    def port(self) -> Slack:
        """A way to Slack of its own, as another process would have; an answer is awaited for two seconds."""
        return Slack(self.sandbox.bot_token, self.sandbox.api_url, timeout_s=2, clock=self.clock)

    def keep(self, text: str, channel_id: str = DIGEST, **letter: Any) -> str:
        """Put a message into the outbox."""
        wanted: dict[str, Any] = {"dedupe_key": text, "kind": "digest", "channel_id": channel_id, "payload": {"text": text}}
        with self.store.writing() as session:
            kept = outbox.enqueue(session, Letter(**(wanted | letter)), self.now)
        assert kept is not None
        return kept

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.at += seconds
        self.now += timedelta(seconds=seconds)
        self.sandbox.control.advance(seconds)

    def send(self, after: float = 0.0, slack: Slack | None = None) -> int:
        """One run of the sender, some seconds from now."""
        if after:
            self.later(after)
        begun = self.clock.at
        sent = Sender(store=self.store, slack=slack or self.slack, started=self.now, sleep=self._sleep).run()
        self.now += timedelta(seconds=self.clock.at - begun)
        return sent

    def claim(self) -> Claim:
        """Take one message as a worker would, and do nothing with it."""
        with self.store.writing() as session:
            [claim] = outbox.claim_ready(session, self.now, limit=1)
        return claim

    def states(self) -> dict[str, int]:
        """How many messages are in each state."""
        with self.store.reading() as session:
            return outbox.waiting(session)

    def row(self, message_id: str) -> Mapping[str, Any]:
        """One row of the outbox as it stands."""
        with self.store.reading() as session:
            found = session.connection().execute(outbox.OUTBOX.select().where(outbox.OUTBOX.c.id == message_id))
            return dict(found.mappings().one())

    def texts(self, channel: str = "#cx-digest") -> list[str]:
        """What stands in a channel."""
        return [str(message["text"]) for message in self.sandbox.control.messages(channel)]

    def calls(self, method: str) -> int:
        """How often a method of the Web API was called."""
        return sum(entry.get("what") == method or method in str(entry) for entry in self.sandbox.control.traffic())

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.at += seconds
        self.sandbox.control.advance(seconds)


def picture(alt: str = "Backlog by day: 12, 14, 9.") -> dict[str, str]:
    """A small drawing as the outbox keeps it."""
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(drawn, "PNG")
    return {
        "slot": "chart:0",
        "name": "chart-1.png",
        "alt": alt,
        "png": base64.b64encode(drawn.getvalue()).decode(),
        "file_id": "",
    }


def with_chart(text: str = "12 open tickets") -> dict[str, Any]:
    """A payload that shows the picture."""
    said = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    image = {"type": "image", "slack_file": {"id": "chart:0"}, "alt_text": "Backlog by day: 12, 14, 9."}
    return {"text": text, "blocks": [said, image]}


def block_types(message: Mapping[str, Any]) -> Sequence[str]:
    """The kinds of the blocks of a message."""
    return [str(block["type"]) for block in message.get("blocks") or ()]
