"""How fast we may write: each method finds Slack's limit by itself, and no channel gets more than a message a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

START_PER_MINUTE = 60.0
LEAST_PER_MINUTE = 6.0
MOST_PER_MINUTE = 1_200.0
GOOD_IN_A_ROW = 20
FASTER_PER_MINUTE = 10.0
FASTER_AT_FIRST = 1.5
SLOWER = 0.7
BURST = 5.0
CHANNEL_REST_S = 1.0


@dataclass(slots=True)
class Lane:
    """The pace of one method: a bucket of permits that fills at `per_minute`."""

    at: float
    per_minute: float = START_PER_MINUTE
    permits: float = BURST
    good: int = 0
    hit_the_limit: bool = False
    limits: int = 0
    closed_until: float = 0.0

    def fill(self, now: float) -> None:
        self.permits = min(BURST, self.permits + max(0.0, now - self.at) * self.per_minute / 60)
        self.at = now


class Pacer:
    """Paces writes by method and by channel; shared by all threads of the process.

    Up by half every 20 good calls until Slack first objects, then by 10 a minute; a 429 costs three tenths of the pace
    and closes the whole method for as long as Slack says."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self._rests: dict[str, float] = {}
        self._lock = threading.Lock()

    def delay(self, method: str) -> float:
        """Seconds until this method may be called; 0 is now."""
        with self._lock:
            lane = self._lane(method)
            until_open = lane.closed_until - self._clock()
            until_permit = (1 - lane.permits) * 60 / lane.per_minute
            return max(0.0, until_open, until_permit)

    def sent(self, method: str, channel: str) -> None:
        """A call is being made: it uses up a permit, and the channel rests for a second."""
        with self._lock:
            self._lane(method).permits -= 1
            now = self._clock()
            self._rests = {known: until for known, until in self._rests.items() if until > now}
            self._rests[channel] = now + CHANNEL_REST_S

    def resting(self) -> tuple[str, ...]:
        """The channels that had their message of this second."""
        with self._lock:
            now = self._clock()
            return tuple(channel for channel, until in self._rests.items() if until > now)

    def went_well(self, method: str) -> None:
        """Slack took it."""
        with self._lock:
            lane = self._lane(method)
            lane.good += 1
            if lane.good >= GOOD_IN_A_ROW:
                lane.good = 0
                faster = lane.per_minute + FASTER_PER_MINUTE if lane.hit_the_limit else lane.per_minute * FASTER_AT_FIRST
                lane.per_minute = min(MOST_PER_MINUTE, faster)

    def limited(self, method: str, retry_after_s: float) -> None:
        """Slack answered 429: nobody calls this method before it said so."""
        with self._lock:
            lane = self._lane(method)
            lane.good = 0
            lane.limits += 1
            lane.permits = min(lane.permits, 1.0)
            lane.hit_the_limit = True
            lane.per_minute = max(LEAST_PER_MINUTE, lane.per_minute * SLOWER)
            lane.closed_until = max(lane.closed_until, self._clock() + retry_after_s)

    def per_minute(self, method: str) -> float:
        """The pace of a method now, for metrics."""
        with self._lock:
            return self._lane(method).per_minute

    def limits(self) -> dict[str, int]:
        """How often Slack answered 429, by method, for metrics."""
        with self._lock:
            return {method: lane.limits for method, lane in self._lanes.items()}

    def _lane(self, method: str) -> Lane:
        lane = self._lanes.setdefault(method, Lane(at=self._clock()))
        lane.fill(self._clock())
        return lane
