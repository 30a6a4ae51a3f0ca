"""A sandbox and a tiny Bolt app on the production transport: sync App, asyncio Socket Mode client, listeners in a pool."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_sdk import WebClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Control, Options, Sandbox

QUICK = Options(ack_seconds=1.0, file_seconds=0.1, redelivery_seconds=(0.1, 0.2, 0.4))


class RunningApp:
    """A Bolt app connected to a sandbox, on its own thread."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client = WebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
        self.pool = ThreadPoolExecutor(16)
        self.bolt = App(client=self.client, token_verification_enabled=False, listener_executor=self.pool)
        self.heard: list[dict[str, Any]] = []
        self.socket: SocketModeClient | None = None

    def connect(self) -> None:
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def close(self) -> None:
        if self.socket is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
        self.pool.shutdown()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        web = AsyncWebClient(base_url=self.sandbox.api_url)
        self.socket = SocketModeClient(self.sandbox.app_token, web_client=web, ping_interval=1)
        self.socket.socket_mode_request_listeners.append(self._on_request)
        await self.socket.connect()
        self._ready.set()
        await self._stop.wait()
        await self.socket.close()

    async def _on_request(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append({"type": request.type, "payload": request.payload, "retry": request.retry_attempt})
        task = asyncio.ensure_future(self._answer(client, request))
        self._tasks = {*getattr(self, "_tasks", set()), task}

    async def _answer(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = await self._loop.run_in_executor(self.pool, run_bolt_app, self.bolt, request)
        if response.status == 200:
            content_type = response.headers.get("content-type", [""])[0]
            body = response.body if content_type.startswith("application/json") else None
            import json

            payload = json.loads(body) if body else ({"text": response.body} if response.body else None)
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(options=QUICK) as running:
        yield running


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    return sandbox.control


@pytest.fixture
def client(sandbox: Sandbox) -> WebClient:
    return WebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[RunningApp]:
    running = RunningApp(sandbox)
    yield running
    running.close()
