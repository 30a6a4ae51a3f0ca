"""A Slack of which more than every fourth call goes wrong, in every way that calls can."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from bot.sandbox.faults import Fault, Faults

SHARE = 0.27
KINDS: tuple[tuple[str, dict[str, object]], ...] = (
    ("lost_reply", {}),
    ("lost_reply", {}),
    ("drop", {}),
    ("server_error", {"status": 503}),
    ("garbled", {}),
    ("fatal_error", {}),
    ("internal_error", {}),
    ("slow", {"seconds": 0.2}),
    ("hang", {"seconds": 0.8}),
    ("ratelimited", {"seconds": 1}),
)


@dataclass(slots=True, kw_only=True)
class Chance(Faults):
    """Faults by chance, the same for the same seed and order of calls; counted by kind, beside how many calls there were."""

    random: Random
    share: float = SHARE
    kinds: tuple[tuple[str, dict[str, object]], ...] = KINDS
    only: str = ""
    """A method, when all others are to go well."""
    calls: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def take_call(self, method: str) -> Fault | None:
        self.calls += 1
        if self.random.random() >= self.share or self.only not in ("", method):
            return None
        kind, fields = self.random.choice(self.kinds)
        self.seen[kind] += 1
        return Fault(kind=kind, method=method, fields=dict(fields))
