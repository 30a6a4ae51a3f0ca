"""One thing the app is told: what it is, when it went out, whether and how it was answered."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.refusal import Json


@dataclass(slots=True, kw_only=True)
class Delivery:
    """A slash command, an interaction or an event on its way to the app.

    `state` is waiting, acked, failed or lost; `failure` is Slack's word for it (operation_timeout, dispatch_failed).
    """

    type: str
    payload: Json
    accepts_response: bool
    user: str = ""
    channel: str = ""
    label: str = ""
    envelope_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempt: int = 0
    retry_reason: str = ""
    sent_at: float = 0.0
    ack_ms: float | None = None
    answer: Any = None
    state: str = "waiting"
    failure: str = ""
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def envelope(self) -> Json:
        """The Socket Mode frame."""
        frame: Json = {
            "envelope_id": self.envelope_id,
            "type": self.type,
            "accepts_response_payload": self.accepts_response,
            "payload": self.payload,
        }
        if self.type == "events_api":
            frame |= {"retry_attempt": self.attempt, "retry_reason": self.retry_reason}
        return frame

    def summary(self) -> Json:
        """What a test or the page wants to know of it; `ack_ms` are real milliseconds."""
        return {
            "envelope_id": self.envelope_id,
            "type": self.type,
            "label": self.label,
            "state": self.state,
            "failure": self.failure,
            "ack_ms": self.ack_ms,
            "attempt": self.attempt,
            "answer": self.answer,
            "user": self.user,
            "channel": self.channel,
            "event_id": self.payload.get("event_id", ""),
        }
