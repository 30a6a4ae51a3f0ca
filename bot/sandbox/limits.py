"""How often an app may call: tiers per method and minute, one message a second and channel, so many posts a minute in all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bot.sandbox.clock import Clock
from bot.sandbox.options import Options
from bot.sandbox.refusal import RateLimited

CHANNEL_BURST = {"generous": 40, "strict": 4}
STRICT_POSTS_PER_MINUTE = 300
TIER_BURST = 10
"""Calls that pass at once before a tier's even pace is asked for; unpublished, so a guess."""


@dataclass(slots=True)
class Bucket:
    """A token bucket in workspace time: `rate` a second, at most `burst` saved up."""

    rate: float
    burst: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """Take one; the answer is 0, or the seconds until one would be there."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass(slots=True, kw_only=True)
class Limits:
    """The buckets of one workspace and app."""

    clock: Clock
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def count_call(self, method: str, per_minute: int | None, options: Options) -> None:
        """One call of `method`; refuses with HTTP 429 when its tier is used up (strict only)."""
        if options.limits == "strict" and per_minute is not None:
            self._take(("method", method), per_minute / 60, TIER_BURST)

    def count_post(self, channel: str, options: Options) -> None:
        """One message into `channel`; refuses when the channel or the whole workspace is too busy."""
        if options.limits == "off":
            return
        posts = options.posts_per_minute or (STRICT_POSTS_PER_MINUTE if options.limits == "strict" else None)
        if posts is not None:
            self._take(("workspace", str(posts)), posts / 60, max(1.0, posts / 60))
        self._take(("channel", channel), 1.0, CHANNEL_BURST.get(options.limits, CHANNEL_BURST["strict"]))

    def _take(self, key: tuple[str, str], rate: float, burst: float) -> None:
        now = self.clock.now()
        bucket = self.buckets.setdefault(key, Bucket(rate, burst, burst, now))
        wait = bucket.take(now)
        if wait:
            raise RateLimited(max(1, math.ceil(wait)))
