"""The promise to answer Slack within three seconds, whoever keeps it: the listener with its answer, or the door without."""

from __future__ import annotations

import threading

EARLY_AFTER_S = 0.25
"""Half of what we promise: on a busy machine the way back to Slack takes its time too."""


class AckOnce:
    """Who acknowledges a delivery. The listener takes it when its answer is ready; before Slack's patience ends the door
    gives up waiting, if that loses nothing, and the answer then goes another way. A press that records something is never
    acknowledged early: who pressed must see an error rather than believe it was kept."""

    def __init__(self, *, may_be_early: bool) -> None:
        self.may_be_early = may_be_early
        self._settled = False
        self._lock = threading.Lock()

    def take(self) -> bool:
        """For the listener: whether the answer can still travel in the acknowledgement."""
        return self._settle()

    def give_up(self) -> bool:
        """For the door: whether to acknowledge now with nothing in it."""
        return self.may_be_early and self._settle()

    def _settle(self) -> bool:
        with self._lock:
            if self._settled:
                return False
            self._settled = True
            return True
