"""The sandbox's time: the machine's clock, moved ahead as far as a test or a demo asks."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import datetime
from itertools import count


class Clock:
    """Epoch seconds (UTC) as this workspace sees them; never goes back."""

    def __init__(self, *, starts_at: datetime | None = None) -> None:
        self._ahead = 0.0 if starts_at is None else starts_at.timestamp() - self.machine()
        self._last_stamp = 0

    def machine(self) -> float:
        """The machine's own epoch seconds: what a signature is checked against on the other side."""
        return time.time()  # noqa: TID251 - a stranger to the product's clock, so it asks for itself

    def now(self) -> float:
        """Epoch seconds in the workspace."""
        return self.machine() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the workspace ahead. Slack's time does not run backwards, so a negative step is refused."""
        if seconds < 0:
            raise ValueError("the workspace's clock only moves ahead")
        self._ahead += seconds

    def stamp(self) -> str:
        """A message `ts`: epoch seconds with six places, unique and increasing in the workspace."""
        micros = max(int(self.now() * 1_000_000), self._last_stamp + 1)
        self._last_stamp = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


class Timers:
    """Things that happen later in workspace time; advancing the clock brings them forward."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._wake = asyncio.Event()

    def after(self, seconds: float, run: Callable[[], None]) -> None:
        """Call `run` on the loop once the workspace's clock is `seconds` further on."""
        self.at(self._clock.now() + seconds, run)

    def at(self, due: float, run: Callable[[], None]) -> None:
        """Call `run` on the loop once the workspace's clock reads `due` (epoch seconds)."""
        heapq.heappush(self._heap, (due, next(self._order), run))
        self._wake.set()

    def look_again(self) -> None:
        """The clock was advanced: run at once what has come due, in order."""
        self._run_due()
        self._wake.set()

    async def turn(self) -> None:
        """Run due things until cancelled."""
        while True:
            self._run_due()
            self._wake.clear()
            wait = max(0.0, self._heap[0][0] - self._clock.now()) if self._heap else None
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue

    def _run_due(self) -> None:
        while self._heap and self._heap[0][0] <= self._clock.now():
            heapq.heappop(self._heap)[2]()
