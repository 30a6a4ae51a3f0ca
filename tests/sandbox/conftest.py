"""A sandbox and a tiny Bolt app on the production transport: sync App, asyncio Socket Mode client, listeners in a pool."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

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

QUICK = Options(ack_seconds=1.0, file_seconds=0.05, redelivery_seconds=(0.1, 0.2, 0.4))


class RunningApp:
    """A Bolt app connected to a sandbox, on its own thread. `heard` holds every envelope as it came."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client = WebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
        # Two pools: a dispatcher waits for its listener's ack, so in one pool a burst of dispatchers starves the listeners.
        self.pool, self.listeners = ThreadPoolExecutor(16), ThreadPoolExecutor(16)
        self.bolt = App(client=self.client, token_verification_enabled=False, listener_executor=self.listeners)
        self.heard: list[SocketModeRequest] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None

    def connect(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def close(self) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
        self.pool.shutdown()
        self.listeners.shutdown()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        web = AsyncWebClient(base_url=self.sandbox.api_url)
        socket = SocketModeClient(self.sandbox.app_token, web_client=web, ping_interval=0.5)
        socket.socket_mode_request_listeners.append(self._on_request)
        await socket.connect()  # type: ignore[no-untyped-call]
        self._ready.set()
        await self._stop.wait()
        await socket.close()  # type: ignore[no-untyped-call]

    async def _on_request(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        task = asyncio.ensure_future(self._answer(client, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = await self._loop.run_in_executor(self.pool, run_bolt_app, self.bolt, request)
        if response.status == 200:
            is_json = response.headers.get("content-type", [""])[0].startswith("application/json")
            said = json.loads(response.body) if is_json else ({"text": response.body} if response.body else None)
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, said))


def raw(
    sandbox: Sandbox, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """One HTTP request without any SDK: status, headers (lower case), body."""
    address = urlsplit(sandbox.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


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


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(action_id: str = "press", value: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Press"), "action_id": action_id, "value": value, **fields}


def actions(*elements: dict[str, Any], block_id: str = "row") -> dict[str, Any]:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def modal(*blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **fields}


def ask(block_id: str = "comment", **fields: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "text"}
    return {"type": "input", "block_id": block_id, "label": plain("Comment"), "element": element, **fields}
