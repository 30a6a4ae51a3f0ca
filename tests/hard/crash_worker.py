"""A worker that ends, without a word to anybody, at a named point: before or after a function of the product."""

from __future__ import annotations

import functools
import os
from importlib import import_module
from typing import Any

from tests.hard import digest_worker, sync_worker
from tests.hard.digest_worker import bare

__all__ = ["bare", "digests", "syncs"]


def digests(*, point: str, **where: Any) -> None:
    """Post digests until the point is reached."""
    arm(point)
    digest_worker.work(**where)


def syncs(*, point: str, **where: Any) -> None:
    """Read desks until the point is reached."""
    arm(point)
    sync_worker.work(**where)


def arm(point: str) -> None:
    """Make `module:name[.name]:before|after` the last thing this process does. No point, no end."""
    if not point:
        return
    module, path, when = point.split(":")
    holder: Any = import_module(module)
    *classes, name = path.split(".")
    for one in classes:
        holder = getattr(holder, one)
    whole = getattr(holder, name)

    @functools.wraps(whole)
    def ending(*args: Any, **named: Any) -> Any:
        if when == "after":
            whole(*args, **named)
        os._exit(1)

    setattr(holder, name, ending)
