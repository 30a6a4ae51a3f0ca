"""Reads the help desk like `cx sync rt`, in pages of twenty transactions, and is killed before its n-th request."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import bot.desks.rt_walk
from bot.desks.http import Answer, Http
from bot.desks.rt import RT
from bot.store.engine import open_store
from jobs.sync import Reading, sync
from tests.rt.month import END


def main(url: str, token: str, database: str, last: int) -> None:
    """Live for so many requests."""
    asked, left = Http.ask, iter(range(last - 1, -1, -1))

    def ask(self: Http, *args: Any, **more: Any) -> Answer:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return asked(self, *args, **more)

    bot.desks.rt_walk.LISTED = 20
    Http.ask = ask  # type: ignore[method-assign]
    settings = {"url": url, "token": token}
    sync(Reading(store=open_store(database), desk=RT, settings=settings, now=END, profile="articles"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
