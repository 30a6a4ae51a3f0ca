"""Threads for what follows an acknowledgement: they let those go first who still wait for theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from bot.clock import monotonic

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_S = 2.0


class Afterwards(ThreadPoolExecutor):
    """In a rush a thank-you takes the processor from somebody whose press is not kept yet: it waits until `calm` is set, but
    never longer than two seconds."""

    def __init__(self, threads: int, calm: threading.Event) -> None:
        super().__init__(threads, "cx-later")
        self._calm = calm

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run it in a thread, after the rush."""
        until = monotonic() + LONGEST_S

        def in_its_turn() -> T:
            self._calm.wait(max(0.0, until - monotonic()))
            return fn(*args, **kwargs)

        return super().submit(in_its_turn)
