"""Hands deliveries to the sync app in threads, and acknowledges in time whatever the app does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import BoltRequest, BoltResponse

from bot.slack.ack import EARLY_AFTER_S, AckOnce

App = Callable[[BoltRequest], BoltResponse]
NOTHING = BoltResponse(status=200, body="")


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    """The way from a door to the app. A pool of N threads is filled by N slow listeners: the doors acknowledge all the same."""

    app: App
    pool: Executor
    early_after_s: float = EARLY_AFTER_S
    running: set[asyncio.Task[Any]] = field(default_factory=set)
    handled: int = 0
    early: int = 0

    async def answer(self, request: BoltRequest, body: Mapping[str, Any]) -> BoltResponse:
        """What to acknowledge with: the app's answer, or nothing when that takes too long and will come another way."""
        promise = AckOnce(may_be_early="command" in body)
        request.context["promise"] = promise
        work = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(self.pool, self.app, request))
        self.handled += 1
        done, _ = await asyncio.wait({work}, timeout=self.early_after_s)
        if not done and promise.give_up():
            self.early += 1
            self.keep(work)
            return NOTHING
        return await work

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Hold on to what still runs: the loop itself would forget it."""
        holder = asyncio.ensure_future(_finish(task))
        self.running.add(holder)
        holder.add_done_callback(self.running.discard)

    async def drain(self, within_s: float) -> None:
        """Wait for what was begun, for so long."""
        if self.running:
            await asyncio.wait(set(self.running), timeout=within_s)


async def _finish(task: asyncio.Future[Any]) -> None:
    await asyncio.wait({task})
