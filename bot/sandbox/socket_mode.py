"""The WebSocket door of Socket Mode: who may come in, and what is told to whom."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from bot.sandbox import delivery, sockets
from bot.sandbox.refusal import Json
from bot.sandbox.sockets import Connection
from bot.sandbox.world import World

HOST = "sandbox"
DEBUG_SECONDS = 360.0


async def link(world: World, request: web.Request) -> web.StreamResponse:
    """`/link/?ticket=...`: one connection for one ticket; the eleventh is told so and closed."""
    if not world.sockets.redeem(request.query.get("ticket", "")):
        return web.Response(status=404, text="no such ticket")
    socket = web.WebSocketResponse(autoping=False, timeout=1.0)
    try:
        await socket.prepare(request)
    except ConnectionResetError:
        return web.Response(text="whoever asked has hung up")
    connection = Connection(number=next(world.sockets.numbers), socket=socket, request=request)
    if len(world.sockets.open) >= world.options.max_connections:
        await sockets.say_disconnect(connection, "too_many_websockets", HOST)
        await sockets.close(connection)
        return socket
    world.sockets.open.append(connection)
    try:
        await _serve(world, connection, seconds=_lifetime(world, request))
    finally:
        world.sockets.open.remove(connection)
        world.traffic.note("out", "socket closed", note=f"connection {connection.number}")
    return socket


def _lifetime(world: World, request: web.Request) -> float:
    return DEBUG_SECONDS if request.query.get("debug_reconnects") == "true" else world.options.connection_seconds


async def _serve(world: World, connection: Connection, *, seconds: float) -> None:
    hello = {
        "type": "hello",
        "num_connections": len(world.sockets.open),
        "connection_info": {"app_id": world.workspace.app_id},
        "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": int(seconds)},
    }
    await connection.socket.send_json(hello)
    world.traffic.note("out", "hello", sent=hello, note=f"connection {connection.number}")
    plan_refresh(world, connection, seconds)
    pinging = asyncio.create_task(sockets.keep_pinging(connection, world.options.ping_seconds))
    try:
        await sockets.read_frames(connection, lambda frame: _heard(world, connection, frame))
    finally:
        pinging.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await pinging


def _heard(world: World, connection: Connection, frame: Json) -> None:
    if not connection.deaf:
        delivery.acked(world, str(frame.get("envelope_id", "")), frame.get("payload"))


def plan_refresh(world: World, connection: Connection, seconds: float) -> None:
    """Warn shortly before the end of the connection's life, then ask for a refresh and close."""
    tasks: set[asyncio.Task[None]] = set()

    def start(reason: str) -> None:
        if connection in world.sockets.open:
            tasks.add(asyncio.get_running_loop().create_task(retire(world, connection, reason)))

    world.timers.after(max(0.0, seconds - world.options.warning_seconds), lambda: start("warning"))
    world.timers.after(seconds, lambda: start("refresh_requested"))


async def retire(world: World, connection: Connection, reason: str) -> None:
    """Say `disconnect`; after anything but a warning the connection is closed."""
    if connection.socket.closed:
        return
    connection.retiring = True
    with suppress(ConnectionError):
        world.traffic.note("out", "disconnect", sent={"type": "disconnect", "reason": reason})
        await sockets.say_disconnect(connection, reason, HOST)
        if reason != "warning":
            await sockets.close(connection)
