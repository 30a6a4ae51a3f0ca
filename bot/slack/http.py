"""The HTTP door: health and metrics always, Slack's requests when they do not come through a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, generate_latest
from slack_bolt import BoltRequest

from bot.slack.dispatch import Dispatcher
from bot.slack.signature import SignatureCheck

LARGEST_BODY = 1 << 20
SLOWEST_BODY_S = 10.0
"""A body comes in one piece from Slack and from browsers; who sends it drop by drop would hold a connection for ever."""
SLOWEST_LOOK_S = 4.0
FINISH_S = 3.0
"""Longer than that nobody of Slack's waits for an answer."""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether all is well, and each thing looked at by name with a word for how it is."""

    ok: bool
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class HttpDoor:
    """Serves on loopback unless told otherwise. `ready` and the registry are asked in the pool, for they ask the database;
    `alive` knows by itself, so that a database that hangs does not make us look dead."""

    host: str
    port: int
    pool: Executor
    alive: Callable[[], Health]
    ready: Callable[[], Health]
    registry: CollectorRegistry
    now_s: Callable[[], float]
    dispatcher: Dispatcher | None = None
    signatures: SignatureCheck | None = None
    routes: Sequence[web.RouteDef] = ()
    runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_whole])
        app.on_response_prepare.append(_careful)
        app.add_routes([web.get("/healthz", self._healthz), web.get("/readyz", self._readyz), web.get("/metrics", self._metrics)])
        if self.dispatcher is not None and self.signatures is not None:
            app.add_routes([web.post("/slack/events", self._slack)])
        app.add_routes(self.routes)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=FINISH_S)
        await self.runner.setup()
        site = web.TCPSite(self.runner, self.host, self.port)
        await site.start()
        self.port = int(self.runner.addresses[0][1])

    async def close(self) -> None:
        """Stop listening, after finishing what was begun."""
        if self.runner is not None:
            await self.runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        return _told(self.alive())

    async def _readyz(self, _request: web.Request) -> web.Response:
        return _told(await self._look(self.ready))

    async def _metrics(self, _request: web.Request) -> web.Response:
        text = await self._look(lambda: generate_latest(self.registry))
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _look(self, look: Callable[[], T]) -> T:
        """What it finds; whoever asks is not kept waiting with it."""
        try:
            async with asyncio.timeout(SLOWEST_LOOK_S):
                return await asyncio.get_running_loop().run_in_executor(self.pool, look)
        except TimeoutError:
            raise web.HTTPServiceUnavailable(text=json.dumps({"ok": False, "looking": "too long"}), content_type=JSON) from None

    async def _slack(self, request: web.Request) -> web.Response:
        """A request of Slack's, once it has proved to be one; whoever cannot prove it learns nothing more."""
        body = await request.read()
        if (
            self.signatures is None
            or self.dispatcher is None
            or not self.signatures.is_genuine(request.headers, body, self.now_s())
        ):
            return web.Response(status=401)
        text = body.decode("utf-8", "replace")
        bolt = bolt_request(text, dict(request.headers.items())) if is_of_slack(text, request.content_type) else None
        if bolt is None:
            return web.Response(status=400)
        response = await self.dispatcher.answer(bolt, body_fields(text, request.content_type))
        return web.Response(status=response.status, text=response.body, content_type=_media_type(response.body))


async def _careful(_request: web.Request, response: web.StreamResponse) -> None:
    """Nothing of ours is framed, guessed at or kept by a browser, and nobody learns which versions run here, not even of what
    broke."""
    response.headers["Server"] = "cx"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def _whole(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No handler is begun before the body is there; what was read is remembered by the request."""
    try:
        async with asyncio.timeout(SLOWEST_BODY_S):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return await handler(request)


def _told(health: Health) -> web.Response:
    return web.json_response({"ok": health.ok, **health.parts}, status=200 if health.ok else 503)


def is_of_slack(text: str, content_type: str) -> bool:
    """Whether a body is of one of the two kinds that Slack sends: a form, or an object of JSON."""
    if content_type == FORM:
        return True
    try:
        return content_type == JSON and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def bolt_request(text: str, headers: Mapping[str, str]) -> BoltRequest | None:
    """The request as Bolt knows it; None where Bolt, which reads it at once, stumbles over its shape."""
    try:
        return BoltRequest(body=text, headers=dict(headers))
    except (AttributeError, TypeError, ValueError, RecursionError):
        return None


def body_fields(text: str, content_type: str) -> dict[str, Any]:
    """The names in a body, as far as the dispatcher must know them: whether it is a command."""
    return dict(parse_qs(text)) if content_type == FORM else {}


def _media_type(body: str) -> str:
    try:
        json.loads(body)
    except ValueError:
        return "text/plain"
    return "application/json"
