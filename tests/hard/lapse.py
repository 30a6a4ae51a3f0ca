"""Time-lapse: forty seconds in one, so that leases of two minutes can be lost and won again before the tea is cold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.clock import monotonic
from bot.sandbox.sandbox import Sandbox
from bot.slack.port import Slack

TIMES = 40.0
HTTP_S = 0.5
"""Real seconds a worker waits for Slack: the product's twenty, at this speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Time that began at `start` (epoch seconds) and has been running faster ever since, for all processes alike."""

    start: float

    def epoch(self) -> float:
        return self.start + (time.time() - self.start) * TIMES  # noqa: TID251 - this is the clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.epoch(), UTC)

    def clock(self) -> float:
        return monotonic() * TIMES

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / TIMES)

    def port(self, token: str, api_url: str) -> Slack:
        """A way to Slack by this time. Its patience is real, and reckoned as what it would be at this speed."""
        slack = Slack(token, api_url, timeout_s=HTTP_S, clock=self.clock)  # type: ignore[arg-type]
        slack.timeout_s = round(HTTP_S * TIMES)
        return slack

    def govern(self, sandbox: Sandbox) -> None:
        """Let a sandbox live by this time too."""
        sandbox._world.clock.machine = self.epoch  # type: ignore[method-assign]
