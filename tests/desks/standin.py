"""A help desk over real sockets, for tests: what each stand-in shares. It keeps what it was asked, and fails when told to.

A stand-in is a subclass that gives `routes()`. `fail()` puts faults in line: each is spent by one request whose path fits.

```python
with ZendeskStandIn() as desk:
    desk.fail(Fault(status=429, headers={"Retry-After": "7"}), on="/users")
```
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.desks.desk import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One bad answer: a status, or a body where JSON should be; `cut` sends only so many bytes of the good answer, and
    `dropped` closes the connection without a word."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    content_type: str = "application/json"
    cut: int | None = None
    dropped: bool = False


TOO_MANY = Fault(status=429, headers={"Retry-After": "7"})
IN_TROUBLE = Fault(status=503)
WEB_PAGE = Fault(body="<html>Maintenance</html>", content_type="text/html")
TRUNCATED = Fault(cut=20)
UNAUTHORIZED = Fault(status=401, body='{"error":"Couldn\'t authenticate you"}')


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(slots=True)
class Naps:
    """Time for tests: sleeping takes none, and is counted."""

    taken: list[float] = field(default_factory=list)
    at: float = 0.0

    def pace(self) -> Pace:
        return Pace(clock=lambda: self.at, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.at += seconds


class StandIn:
    """Serves on loopback from a thread of its own while it is entered."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[tuple[str, Fault]] = []
        self.missing: set[str] = set()
        self.denied: set[str] = set()
        self.before: Callable[[str], None] | None = None
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def routes(self) -> Sequence[web.RouteDef]:
        """What it answers."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, *faults: Fault, on: str = "") -> None:
        """Spend these faults on the next requests whose path holds `on`."""
        self.faults += [(on, fault) for fault in faults]

    def paths(self) -> list[str]:
        """The paths asked for so far."""
        return [each.path for each in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self) -> None:
        app = web.Application(middlewares=[self._watched])
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = int(self._runner.addresses[0][1])

    @property
    def _watched(self) -> Any:
        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.asked.append(Asked(request.method, request.path, dict(request.query), headers))
            if self.before:
                self.before(request.path)
            if any(part in request.path for part in self.missing):
                return web.json_response({"error": "InvalidEndpoint"}, status=404)
            if any(part in request.path for part in self.denied):
                return web.Response(status=403, text="<html>Forbidden</html>", content_type="text/html")
            fault = self._next_fault(request.path)
            if fault is None:
                return await handler(request)
            return await self._fail(request, handler, fault)

        return watch

    def _next_fault(self, path: str) -> Fault | None:
        for index, (on, fault) in enumerate(self.faults):
            if on in path:
                del self.faults[index]
                return fault
        return None

    async def _fail(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
        if fault.dropped and request.transport is not None:
            request.transport.close()
            return web.Response()
        if fault.cut is not None:
            good = await handler(request)
            assert isinstance(good, web.Response)
            body = (good.body if isinstance(good.body, bytes) else b"")[: fault.cut]
            return web.Response(body=body, content_type="application/json")
        return web.Response(status=fault.status, headers=fault.headers, text=fault.body, content_type=fault.content_type)


def json_answer(body: Any, **headers: str) -> web.Response:
    """A JSON answer with these headers; `_` in a name stands for `-`."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=json.dumps(body).encode(), content_type="application/json", headers=told)
