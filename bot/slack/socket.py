"""Socket Mode: several connections, each watched by its own pings, and every delivery handed to a thread."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError
from slack_bolt import BoltRequest, BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.dispatch import Dispatcher

log = logging.getLogger("cx.socket")

PING_S = 5.0
DEAF_AFTER_PINGS = 6  # Two later than the SDK's own check, which gets the first try.
LOOK_EVERY_S = 1.0
FINISH_S = 6.0
OVERLAP_S = 5.0
LINGER_S = 2.0
ACK_WITHIN_S = 2.5  # After three seconds Slack has told the person that we failed.
FAILURES = (ClientError, OSError, SlackApiError, asyncio.TimeoutError)


class Client(SocketModeClient):
    """The SDK's client, save that it does not close a connection to make a new one: the door makes the new one first."""

    on_leaving: Callable[[], None]

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the SDK's signature
        self.on_leaving()


@dataclass(slots=True, eq=False)
class Line:
    """One connection, and when it was last known to hear."""

    client: Client
    heard_at: float
    pong: float | None = None
    connecting: asyncio.Task[None] | None = None
    siblings: int = 0


class SocketDoor:
    """Slack's way in without a public address. All methods run in the event loop; the app never does."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        app_token: str,
        api_url: str,
        *,
        clock: Callable[[], float],
        connections: int = 2,
        ping_s: float = PING_S,
    ) -> None:
        self.dispatcher = dispatcher
        self.ping_s = ping_s
        self.rebuilt = 0
        self._token = app_token
        self._api_url = api_url
        self._clock = clock
        self._wanted = connections
        self._heard_at = clock()
        self._lines: list[Line] = []
        self._watching: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._left: list[Line] = []
        self._taking = True
        self._quiet = logging.getLogger("cx.socket.sdk")
        self._quiet.setLevel(logging.CRITICAL)  # The SDK's lines quote frames, and addresses with tickets in them.

    async def open(self) -> None:
        """Begin to connect, and to watch; returns at once, for Slack may be down while we start."""
        self._lines = [self._line() for _ in range(self._wanted)]
        self._watching = asyncio.ensure_future(self._watch())

    async def close(self) -> None:
        """Take nothing more, finish what was begun within a few seconds, and leave."""
        self._taking = False
        await self.dispatcher.drain(FINISH_S)
        if self._watching is not None:
            self._watching.cancel()
        for leaving in self._leaving:
            leaving.cancel()
        await asyncio.gather(*(self._hang_up(line) for line in (*self._lines, *self._left)))

    async def want(self, connections: int) -> None:
        """Hold so many from now on: others of us need the rest of those that Slack allows an app."""
        while len(self._lines) < connections:
            self._lines.append(self._line())
        while len(self._lines) > max(1, connections):
            self._let_go(self._lines.pop(), self._lines[0])

    def hearing(self) -> int:
        """How many connections hear Slack now."""
        return sum(line.pong is not None and not self._is_deaf(line) for line in self._lines)

    def silent_s(self) -> float:
        """Seconds since any connection last heard from Slack."""
        return self._clock() - self._heard_at

    def neighbours(self) -> int:
        """How many connections Slack counted for this app at the last hello, other installations of it included."""
        return max((line.siblings for line in self._lines), default=0)

    def _line(self) -> Line:
        web = AsyncWebClient(base_url=self._api_url, logger=self._quiet)
        client = Client(app_token=self._token, logger=self._quiet, web_client=web, ping_interval=self.ping_s)
        line = Line(client=client, heard_at=self._clock())
        client.on_leaving = lambda: self._replace(line)
        client.socket_mode_request_listeners.append(self._deliver)
        client.message_listeners.append(self._hello_to(line))
        line.connecting = asyncio.ensure_future(self._connect(line))
        return line

    async def _connect(self, line: Line) -> None:
        with suppress(*FAILURES):
            connect: Callable[[], Awaitable[None]] = line.client.connect
            await connect()

    def _hello_to(self, line: Line) -> Callable[[AsyncBaseSocketModeClient, dict[str, Any], str | None], Any]:
        async def hello(_client: AsyncBaseSocketModeClient, frame: dict[str, Any], _raw: str | None) -> None:
            line.heard_at = self._heard_at = self._clock()
            if frame.get("type") == "hello":
                line.pong = line.pong or 0.0
                line.siblings = int(frame.get("num_connections") or 0)
                log.info("connected to Slack", extra={"connections": line.siblings})

        return hello

    async def _deliver(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Answer one envelope. While stopping it is left unanswered: Slack then gives an event to somebody else."""
        if not self._taking:
            return
        task = asyncio.current_task()
        if task is not None:
            self.dispatcher.running.add(task)
            task.add_done_callback(self.dispatcher.running.discard)
        bolt = BoltRequest(mode="socket_mode", body=request.payload, headers=_retry_headers(request))
        response = await self.dispatcher.answer(bolt, request.payload)
        if response.status == 200:
            await self._acknowledge(client, _acknowledgement(request.envelope_id, response))

    async def _acknowledge(self, client: AsyncBaseSocketModeClient, answer: SocketModeResponse) -> None:
        """By the connection it came in by; when that is gone, by any that stands, or the next one to stand."""
        until = self._clock() + ACK_WITHIN_S
        while not await self._sent(client, answer):
            if self._clock() > until:
                log.warning("an acknowledgement could not be sent")
                return
            await asyncio.sleep(0.05)

    async def _sent(self, client: AsyncBaseSocketModeClient, answer: SocketModeResponse) -> bool:
        for one in (client, *(line.client for line in self._lines)):
            with suppress(*FAILURES, RuntimeError, AttributeError):
                await one.send_socket_mode_response(answer)
                return True
        return False

    async def _watch(self) -> None:
        """Replace every connection that no longer hears. The SDK's own check forgets a stale one and then trusts it."""
        while True:
            await asyncio.sleep(min(LOOK_EVERY_S, self.ping_s))
            for number, line in enumerate(self._lines):
                pong = line.client.last_ping_pong_time
                if pong is not None and pong != line.pong:
                    line.pong = pong
                    line.heard_at = self._heard_at = self._clock()
                if self._is_deaf(line):
                    log.warning("a connection went deaf and is replaced", extra={"connection": number})
                    self.rebuilt += 1
                    self._replace(line)

    def _replace(self, line: Line) -> None:
        """Open another connection, and leave the old one when the other hears: in between nothing is missed."""
        if self._taking and line in self._lines:
            fresh = self._line()
            self._lines[self._lines.index(line)] = fresh
            self._let_go(line, fresh)

    def _let_go(self, line: Line, other: Line) -> None:
        self._left.append(line)
        leaving = asyncio.ensure_future(self._leave(line, other))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _leave(self, line: Line, fresh: Line) -> None:
        until = self._clock() + OVERLAP_S
        while fresh.pong is None and self._clock() < until:
            await asyncio.sleep(0.01)
        await asyncio.sleep(LINGER_S)  # What came in by the old one is acknowledged by the old one.
        await self._hang_up(line)
        self._left.remove(line)

    def _is_deaf(self, line: Line) -> bool:
        return self._clock() - line.heard_at > self.ping_s * DEAF_AFTER_PINGS

    async def _hang_up(self, line: Line) -> None:
        if line.connecting is not None:
            line.connecting.cancel()
        with suppress(*FAILURES):
            close: Callable[[], Awaitable[None]] = line.client.close
            await asyncio.wait_for(close(), timeout=2)
        session = line.client.aiohttp_client_session
        if not session.closed:
            await session.close()


def _retry_headers(request: SocketModeRequest) -> dict[str, str | Sequence[str]] | None:
    headers: dict[str, str | Sequence[str]] = {}
    if request.retry_attempt is not None:
        headers["x-slack-retry-num"] = str(request.retry_attempt)
    if request.retry_reason is not None:
        headers["x-slack-retry-reason"] = request.retry_reason
    return headers or None


def _acknowledgement(envelope_id: str, response: BoltResponse) -> SocketModeResponse:
    body: Mapping[str, Any] | None = json.loads(response.body) if response.body and response.body.startswith("{") else None
    return SocketModeResponse(envelope_id=envelope_id, payload=dict(body) if body else None)
