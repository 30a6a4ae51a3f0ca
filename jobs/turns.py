"""Takes turns over rows: what one of them raises stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

log = logging.getLogger("cx.turns")

T = TypeVar("T")


def take_turns(
    rows: Iterable[T], act: Callable[[T], int], *, name: str, failed: Callable[[T, Exception], None] | None = None
) -> int:
    """Act on each row and add up what was done. A row that raises is logged, told to `failed`, and keeps its next turn."""
    done = 0
    for row in rows:
        try:
            done += act(row)
        except Exception as error:
            log.error("%s: one failed and will have its next turn", name, exc_info=error)
            if failed is not None:
                failed(row, error)
    return done
