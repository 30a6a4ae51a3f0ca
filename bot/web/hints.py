"""The web door of help desks at `/desks/<slug>/hint`: a signed delivery is noted and answered at once, anything else refused.

A desk that signs nothing sends a secret instead, in a header or at the end of the address: our own log tells no address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.desks.desk import Delivery
from bot.errors import StoreError
from bot.settings import Settings
from bot.store.engine import Store
from jobs.sync import configured, settings_of
from jobs.sync_hints import take_hint

NOTED, REFUSED, UNKNOWN, LATER = 204, 401, 404, 503


@dataclass(frozen=True, slots=True, kw_only=True)
class HintDoor:
    """Takes deliveries of the help desks that have settings here; the database is asked in the pool."""

    store: Store
    settings: Settings
    pool: Executor
    now: Callable[[], datetime]

    def routes(self) -> Sequence[web.RouteDef]:
        """What the HTTP door is to serve."""
        return (web.post("/desks/{slug}/hint", self._post), web.post("/desks/{slug}/hint/{secret}", self._post))

    def take(self, slug: str, delivery: Delivery) -> web.Response:
        """The answer; whoever cannot prove it learns nothing more."""
        desk = next((each for each in configured(self.settings.desks) if each.slug == slug and each.hints), None)
        if desk is None:
            return web.Response(status=UNKNOWN)
        try:
            hint = take_hint(self.store, desk, settings_of(self.settings, slug), delivery)
        except StoreError:
            return web.Response(status=LATER)
        if hint is None:
            return web.Response(status=REFUSED)
        return web.Response(text=hint.reply) if hint.reply else web.Response(status=NOTED)

    async def _post(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        secret = request.match_info.get("secret", "")
        delivery = Delivery(headers=headers, body=await request.read(), now=self.now(), secret=secret)
        slug = request.match_info["slug"]
        return await asyncio.get_running_loop().run_in_executor(self.pool, self.take, slug, delivery)
