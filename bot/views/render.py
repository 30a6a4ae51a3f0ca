"""Charts without matplotlib in this process: one worker process draws, and is replaced when it fails."""

import logging
import os
import pickle
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path

from bot.views.chart_spec import ChartSpec, spec_key
from bot.views.palette import STYLE, Theme
from bot.views.pipe import receive, send

DEADLINE = 10.0
STARTING = 60.0
"""Seconds for the first start in a new home, where matplotlib builds its font cache."""
KEPT = 64
COMMAND = (sys.executable, "-m", "bot.views.chart.worker")

log = logging.getLogger(__name__)


class Renderer:
    """Draws charts for any number of threads. The worker starts with the first chart; `close` ends it."""

    def __init__(self, *, deadline: float = DEADLINE, kept: int = KEPT, command: tuple[str, ...] = COMMAND) -> None:
        self._deadline, self._kept, self._command = deadline, kept, command
        self._turn, self._shelf = threading.Lock(), threading.Lock()
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._worker: subprocess.Popen[bytes] | None = None

    def render(self, spec: ChartSpec, theme: Theme = "light") -> bytes | None:
        """The PNG, or None where it could not be drawn in time: the caller then shows the text table.

        Equal charts are drawn once. A chart that waits longer than the deadline for its turn is given up too.
        """
        key = spec_key(spec, theme, str(STYLE))
        if (known := self._known(key)) is not None:
            return known
        if not self._turn.acquire(timeout=self._deadline):
            log.warning("A chart waited %.0f s for its turn and was given up; its table is shown instead.", self._deadline)
            return None
        try:
            return self._known(key) or self._drawn(key, spec, theme)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the worker; the next chart would start another."""
        with self._turn:
            self._end()

    def _known(self, key: str) -> bytes | None:
        with self._shelf:
            if key in self._pictures:
                self._pictures.move_to_end(key)
            return self._pictures.get(key)

    def _drawn(self, key: str, spec: ChartSpec, theme: Theme) -> bytes | None:
        worker = self._running()
        if worker is None:
            return None
        picture = _exchange(worker, pickle.dumps((spec, theme)), self._deadline)
        if picture is None:
            log.warning("The chart worker failed or took over %.0f s; a fresh one draws the next chart.", self._deadline)
            self._end()
            return None
        with self._shelf:
            self._pictures[key] = picture
            while len(self._pictures) > self._kept:
                self._pictures.popitem(last=False)
        return picture

    def _running(self) -> subprocess.Popen[bytes] | None:
        """The worker, started if there is none or if it died in its sleep."""
        if self._worker is not None and self._worker.poll() is None:
            return self._worker
        self._end()
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        self._worker = subprocess.Popen(  # noqa: S603  our own module under our own interpreter
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
        )
        if _exchange(self._worker, None, STARTING) is None:
            log.warning("The chart worker did not start; charts are shown as tables. Run the doctor to see why.")
            self._end()
        return self._worker

    def _end(self) -> None:
        if self._worker is None:
            return
        self._worker.kill()
        self._worker.communicate()
        self._worker = None


def _exchange(worker: subprocess.Popen[bytes], message: bytes | None, seconds: float) -> bytes | None:
    """Send, then receive; a worker that takes longer is killed, which ends the wait like any other death."""
    if worker.stdin is None or worker.stdout is None:
        return None
    alarm = threading.Timer(seconds, worker.kill)
    alarm.start()
    try:
        if message is not None:
            send(worker.stdin, message)
        return receive(worker.stdout)
    except BrokenPipeError:
        return None
    finally:
        alarm.cancel()
