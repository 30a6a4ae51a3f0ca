"""Socket Mode's connections: single-use tickets, hello, pings, refresh, and who gets the next envelope."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from aiohttp import WSMsgType, web

from bot.sandbox.refusal import Json

CLOSED_BY_US = 1000


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One WebSocket to the app. A deaf one stays open and neither delivers nor answers pings."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    deaf: bool = False
    retiring: bool = False

    def drop(self) -> None:
        """Cut the TCP connection without a word."""
        transport = self.request.transport
        if transport is not None:
            transport.abort()


@dataclass(slots=True, kw_only=True)
class Sockets:
    """The app's connections, oldest first."""

    open: list[Connection] = field(default_factory=list)
    tickets: set[str] = field(default_factory=set)
    numbers: count[int] = field(default_factory=lambda: count(1))
    turn: int = 0

    def new_ticket(self) -> str:
        """A ticket that opens one connection once."""
        ticket = secrets.token_hex(16)
        self.tickets.add(ticket)
        return ticket

    def redeem(self, ticket: str) -> bool:
        """Use a ticket up; false when there is no such ticket (any more)."""
        if ticket not in self.tickets:
            return False
        self.tickets.remove(ticket)
        return True

    def next(self) -> Connection | None:
        """The connection that gets the next envelope, in turn; none when nobody listens."""
        usable = [c for c in self.open if not c.retiring and not c.socket.closed] or [c for c in self.open if not c.socket.closed]
        if not usable:
            return None
        self.turn += 1
        return usable[self.turn % len(usable)]


async def read_frames(connection: Connection, on_frame: Callable[[Json], None]) -> None:
    """Hand on each JSON frame until the connection ends; answer the app's pings unless deaf."""
    async for message in connection.socket:
        if message.type is WSMsgType.TEXT:
            on_frame(message.json())
        elif message.type is WSMsgType.PING and not connection.deaf:
            await connection.socket.pong(message.data)


async def keep_pinging(connection: Connection, seconds: float) -> None:
    """Ping as Slack does until the connection is closed."""
    while not connection.socket.closed:
        await asyncio.sleep(seconds)
        if not connection.deaf:
            await connection.socket.ping(b"Ping from the sandbox")


async def say_disconnect(connection: Connection, reason: str, host: str) -> None:
    """Tell the app that this connection ends: warning, refresh_requested, link_disabled, too_many_websockets."""
    await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": host}})


async def close(connection: Connection) -> None:
    """Close politely, without waiting for an app that does not answer."""
    try:
        await asyncio.wait_for(connection.socket.close(code=CLOSED_BY_US), 0.5)
    except TimeoutError:
        connection.drop()
