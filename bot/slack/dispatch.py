"""Hands deliveries to the sync app in threads, and acknowledges in time whatever the app does."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import BoltRequest, BoltResponse

from bot.clock import monotonic
from bot.logs import told_with
from bot.slack.ack import EARLY_AFTER_S, AckOnce

log = logging.getLogger("cx.dispatch")

App = Callable[[BoltRequest], BoltResponse]
Observe = Callable[[str, float], None]
NOTHING = BoltResponse(status=200, body="")
KINDS = frozenset({"block_actions", "view_submission", "view_closed", "event_callback", "shortcut", "message_action"})
OTHER = "other"
A_RUSH = 4


def unobserved(_kind: str, _seconds: float) -> None:
    """For those who measure nothing."""


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    """The way from a door to the app. A pool of N threads is filled by N slow listeners: the doors acknowledge all the same.

    `observe` is told the kind of each delivery and the seconds until it was acknowledged; `waiting` are not yet.
    `calm` is set but in a rush of them."""

    app: App
    pool: Executor
    early_after_s: float = EARLY_AFTER_S
    observe: Observe = unobserved
    running: set[asyncio.Future[Any]] = field(default_factory=set)
    handled: int = 0
    early: int = 0
    waiting: int = 0
    calm: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.calm.set()

    async def answer(self, request: BoltRequest, body: Mapping[str, Any]) -> BoltResponse:
        """What to acknowledge with: the app's answer, or nothing when that takes too long and will come another way."""
        begun = monotonic()
        promise = AckOnce(may_be_early="command" in body)
        request.context["promise"] = promise
        at_work = asyncio.get_running_loop().create_future()
        self.running.add(at_work)
        self._wait(1)
        try:
            return await self._answer(request, promise)
        finally:
            self._wait(-1)
            self.running.discard(at_work)
            at_work.set_result(None)
            self.observe(kind_of(request.body), monotonic() - begun)

    def _wait(self, more: int) -> None:
        self.waiting += more
        (self.calm.clear if self.waiting >= A_RUSH else self.calm.set)()

    async def _answer(self, request: BoltRequest, promise: AckOnce) -> BoltResponse:
        work = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(self.pool, self._ask, request))
        self.handled += 1
        done, _ = await asyncio.wait({work}, timeout=self.early_after_s)
        if not done and promise.give_up():
            self.early += 1
            self.keep(work)
            return NOTHING
        return await work

    def _ask(self, request: BoltRequest) -> BoltResponse:
        """Ask the app, in a thread; whatever is logged meanwhile carries the name of this request."""
        begun, kind = monotonic(), kind_of(request.body)
        with told_with(request=secrets.token_hex(4), kind=kind, user=who(request.body)):
            response = self.app(request)
            log.info("answered", extra={"status": response.status, "seconds": round(monotonic() - begun, 3)})
            return response

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Hold on to what still runs: the loop itself would forget it."""
        holder = asyncio.ensure_future(_finish(task))
        self.running.add(holder)
        holder.add_done_callback(self.running.discard)

    async def drain(self, within_s: float) -> None:
        """Wait for what was begun, for so long."""
        if self.running:
            await asyncio.wait(set(self.running), timeout=within_s)


def kind_of(body: Mapping[str, Any]) -> str:
    """What kind of delivery it is, in Slack's word; a word of ours for a command and for what we never heard of."""
    kind = str(body.get("type"))
    return "command" if "command" in body else kind if kind in KINDS else OTHER


def who(body: Mapping[str, Any]) -> str:
    """The id of the user it comes from; empty where there is none."""
    event = body.get("event")
    user = body.get("user") or (event.get("user") if isinstance(event, Mapping) else None) or body.get("user_id") or ""
    return str(user.get("id", "") if isinstance(user, Mapping) else user)


async def _finish(task: asyncio.Future[Any]) -> None:
    await asyncio.wait({task})
