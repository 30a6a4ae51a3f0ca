"""Being asked to stop: SIGTERM and Ctrl+C end what was begun instead of cutting it, and nothing makes the end late."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

LATEST_S = 8.0
"""From being asked to stop until we are gone, whatever still hangs: whoever asked kills after ten seconds."""
AT_ANY_RATE_S = 9.0
"""The system itself ends us then, should no thread of ours get the processor in time to do so, or Python not come to its end."""

log = logging.getLogger("cx.run")


@contextmanager
def stop_asked() -> Iterator[threading.Event]:
    """An event that is set when the process is asked to stop; a second Ctrl+C stops at once."""
    with _asked(lambda: None) as asked:
        yield asked


@contextmanager
def stop_asked_in_time() -> Iterator[threading.Event]:
    """The same; and what has not ended eight seconds after it was set is cut, be it opening, closing or hanging.

    What is cut is as good as never begun: the database undoes it, and its turn comes again."""
    over = threading.Event()
    with _asked(_end_at_any_rate) as asked, _signals() as heard:

        def watch() -> None:
            os.read(heard, 1)
            os.close(heard)
            if not over.is_set():
                _end_at_any_rate()
            if not over.wait(LATEST_S):
                leave_the_rest()

        watching = threading.Thread(target=watch, name="cx-last", daemon=True)
        watching.start()
        try:
            yield asked
        finally:
            over.set()


def leave_the_rest() -> NoReturn:
    """End now: Python would wait for every thread, and a store closed under one makes it fail aloud."""
    log.warning("stopped before everything had ended; what was cut is begun anew at the next start")
    logging.shutdown()
    os._exit(0)


def _end_at_any_rate() -> None:
    signal.setitimer(signal.ITIMER_REAL, AT_ANY_RATE_S)


@contextmanager
def _signals() -> Iterator[int]:
    """A file that says something with each signal, and that it is over at the end; whoever reads it closes it.

    A handler has its turn between two steps of Python only: a long step of SQLite's, such as the check of a large file at the
    start, would let nobody hear of the signal."""
    hears, tells = os.pipe()
    os.set_blocking(tells, False)
    before = signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    try:
        yield hears
    finally:
        signal.set_wakeup_fd(before)
        os.close(tells)


@contextmanager
def _asked(then: Callable[[], object]) -> Iterator[threading.Event]:
    """`then` is run where the signal is handled, between two steps of anything: it must take no lock."""
    asked = threading.Event()

    def ask(number: int, _: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        then()
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
