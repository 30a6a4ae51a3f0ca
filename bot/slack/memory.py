"""What Slack told us lately, so that not every command has to ask again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT = 5_000


class Memory(Generic[T]):
    """Values by key, each for as long as `keep_s` says of it; safe to use from many threads.

    Two threads that miss at once both ask: answers are equal, and a lock held over the network would line everybody up."""

    def __init__(self, clock: Callable[[], float], keep_s: Callable[[T], float]) -> None:
        self._clock = clock
        self._keep_s = keep_s
        self._kept: dict[str, tuple[float, T]] = {}
        self._lock = threading.Lock()

    def recall(self, key: str, ask: Callable[[], T]) -> T:
        """The value remembered for the key, or else the answer to `ask`, remembered from now on."""
        known = self.known(key)
        return known if known is not None else self.keep(key, ask())

    def known(self, key: str) -> T | None:
        """The value remembered for the key, if it still counts."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
        return value if self._clock() < until else None

    def keep(self, key: str, value: T) -> T:
        """Remember a value, and give it back."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (self._clock() + self._keep_s(value), value)
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return value

    def forget(self, key: str) -> None:
        """Ask anew next time."""
        with self._lock:
            self._kept.pop(key, None)
