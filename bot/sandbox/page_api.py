"""The page's own door: its files, a stream of "something changed", and what one person sees now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from aiohttp import web

from bot.sandbox import snapshot
from bot.sandbox.refusal import Refusal
from bot.sandbox.world import World

PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
QUIET_SECONDS = 0.03
POLICY = "default-src 'self'; img-src 'self' data: http: https:; base-uri 'none'; form-action 'none'"


def routes(world: World) -> Iterable[web.RouteDef]:
    """Routes of the page."""
    return [
        web.get("/", page_file),
        web.get("/page/{file}", page_file),
        web.get("/changes", partial(changes, world)),
        web.get("/state", partial(state, world)),
        web.get("/files/{file}", partial(file, world)),
    ]


async def page_file(request: web.Request) -> web.StreamResponse:
    """One of the page's own files, by name only."""
    wanted = PAGE / Path(request.match_info.get("file", "index.html")).name
    if wanted.suffix not in TYPES or not wanted.is_file():
        raise web.HTTPNotFound
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=wanted.read_text(encoding="utf-8"), content_type=TYPES[wanted.suffix], headers=headers)


async def changes(world: World, request: web.Request) -> web.StreamResponse:
    """Server-sent events: one line whenever something changed, at most one every few hundredths of a second."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    bell = asyncio.Event()
    bell.set()
    world.workspace.watchers.append(bell.set)
    try:
        while not world.closing:
            await bell.wait()
            bell.clear()
            await response.write(b"data: changed\n\n")
            await asyncio.sleep(QUIET_SECONDS)
    except ConnectionError:
        return response
    finally:
        world.workspace.watchers.remove(bell.set)
    return response


async def state(world: World, request: web.Request) -> web.StreamResponse:
    """What one person sees: `?user=` (id or name) and, for the inspector, traffic after `?since=`."""
    try:
        user = world.workspace.user(request.query.get("user", ""))
    except Refusal:
        user = next(iter(world.workspace.users.values()))
    since = int(request.query.get("since", "0") or 0)
    return web.json_response(snapshot.seen_by(world, user, since))


async def file(world: World, request: web.Request) -> web.StreamResponse:
    """A file's bytes for the page, which needs no token; never as something a browser would run."""
    stored = world.workspace.files.get(request.match_info["file"])
    if stored is None or stored.content is None or stored.deleted:
        raise web.HTTPNotFound
    picture = stored.mimetype.startswith("image/") and stored.mimetype != "image/svg+xml"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    if not picture:
        headers["Content-Disposition"] = "attachment"
    return web.Response(
        body=stored.content, content_type=stored.mimetype if picture else "application/octet-stream", headers=headers
    )


def say_goodbye(world: World) -> None:
    """Let every stream of changes end."""
    world.closing = True
    world.workspace.touch()
