"""The aiohttp application: routes, and who may knock (only this machine, only by its own name)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from aiohttp import web

from bot.sandbox import control_api, methods_files, page_api, response_urls, socket_mode, sockets, web_api
from bot.sandbox.world import World

HOSTS = ("127.0.0.1", "localhost")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(world: World) -> web.Application:
    """All routes of one sandbox."""
    app = web.Application(middlewares=[only_this_machine], client_max_size=methods_files.MOST_BYTES)
    app.add_routes(
        [
            web.route("*", "/api/{method}", partial(web_api.api, world)),
            web.get("/link/", partial(socket_mode.link, world)),
            web.post("/upload/v1/{file}", partial(methods_files.upload, world)),
            web.get("/files-pri/{file}/{name}", partial(methods_files.download, world)),
            web.post("/{kind:commands|actions}/{rest:.+}", partial(response_urls.answer, world)),
            web.post("/control/{name}", partial(control_api.control, world)),
            *page_api.routes(world),
        ]
    )
    return app


@web.middleware
async def only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse names other than loopback's (DNS rebinding) and writes from pages of other origins."""
    host = request.host.rpartition(":")[0] or request.host
    if host not in HOSTS:
        return web.Response(status=403, text="the sandbox answers on loopback only")
    origin = request.headers.get("Origin")
    if origin and origin != f"http://{request.host}":
        return web.Response(status=403, text="the sandbox takes no requests from other pages")
    return await handler(request)


async def serve(world: World, port: int, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Listen on 127.0.0.1 until `stop`; `ready` is told the URL. Raises OSError when the port is taken."""
    runner = web.AppRunner(application(world), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    turning = asyncio.create_task(world.timers.turn())
    ready(world.url)
    try:
        await stop.wait()
    finally:
        await _close(world, runner, turning)


async def _close(world: World, runner: web.AppRunner, turning: asyncio.Task[None]) -> None:
    page_api.say_goodbye(world)
    await asyncio.gather(*(sockets.close(one) for one in list(world.sockets.open)), return_exceptions=True)
    for task in [turning, *world.tasks]:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await runner.cleanup()
