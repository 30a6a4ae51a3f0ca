"""Kills: so many workers, each ended or frozen after a moment by chance and replaced at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.hard.forking import Forks

WORKERS = 3
FROZEN_SHARE = 0.06
SHORTEST_LIFE_S, LONGEST_LIFE_S, PATIENCE_S = 0.5, 1.2, 60.0
FROZEN_S = (0.5, 5.0)
"""Real seconds: up to well beyond a lease of three."""


@dataclass(slots=True, kw_only=True)
class Killer:
    """Keeps `WORKERS` at work and ends them; `start` forks one."""

    forks: Forks
    start: Callable[[], int]
    random: Random
    life_s: float = SHORTEST_LIFE_S
    kills: int = 0
    freezes: int = 0
    at_work: list[int] = field(default_factory=list)
    frozen: list[tuple[float, int]] = field(default_factory=list)

    def learn_life(self, start: Callable[[], int], done: Callable[[], object]) -> None:
        """Let them live twice as long as one needs to get something done here: on a busy machine all would die before, and prove
        nothing."""
        self.forks.kill(start())  # the first also waits for what the server of forks imports, which is no worker's time
        begun, worker = time.monotonic(), start()
        while not done() and time.monotonic() < begun + PATIENCE_S:
            time.sleep(0.01)
        self.forks.kill(worker)
        self.life_s = min(LONGEST_LIFE_S, max(SHORTEST_LIFE_S, 2 * (time.monotonic() - begun)))

    def rage(self, kills: int) -> None:
        """End so many, one about every third of a life."""
        self.at_work = [self.start() for _ in range(WORKERS)]
        while self.kills < kills:
            time.sleep(self.random.expovariate(WORKERS / self.life_s))
            self._thaw()
            victim = self.at_work.pop(self.random.randrange(len(self.at_work)))
            if self.random.random() < FROZEN_SHARE:
                self.forks.freeze(victim)
                self.frozen.append((time.monotonic() + self.random.uniform(*FROZEN_S), victim))
                self.freezes += 1
            else:
                self.forks.kill(victim)
                self.kills += 1
            if len(self.at_work) < WORKERS:  # Who thaws is one too many for a while.
                self.at_work.append(self.start())

    def rage_s(self, kills: int) -> float:
        """About how many seconds so many take."""
        return kills * self.life_s / WORKERS

    def relent(self) -> None:
        """No more of it: the frozen wake, and those at work go on."""
        self._thaw(everyone=True)

    def _thaw(self, *, everyone: bool = False) -> None:
        for due, pid in list(self.frozen):
            if everyone or due <= time.monotonic():
                self.forks.thaw(pid)
                self.frozen.remove((due, pid))
                self.at_work.append(pid)
