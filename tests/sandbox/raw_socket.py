"""A Socket Mode client of bare frames, for what no SDK would show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.sandbox import Sandbox


async def socket_url(sandbox: Sandbox) -> str:
    headers = {"Authorization": f"Bearer {sandbox.app_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(sandbox.api_url + "apps.connections.open", headers=headers) as answer,
    ):
        return str((await answer.json())["url"])


@asynccontextmanager
async def connected(sandbox: Sandbox, extra: str = "") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket whose hello was not read yet. Pings are not answered by themselves."""
    url = await socket_url(sandbox) + extra
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=False) as socket:
        yield socket


async def frame(socket: aiohttp.ClientWebSocketResponse, timeout: float = 2.0) -> dict[str, Any]:
    return dict(await socket.receive_json(timeout=timeout))


async def ack(socket: aiohttp.ClientWebSocketResponse, envelope: dict[str, Any], payload: Any = None) -> None:
    await socket.send_json({"envelope_id": envelope["envelope_id"], **({} if payload is None else {"payload": payload})})


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario to its end, within ten seconds."""

    async def bounded() -> None:
        await asyncio.wait_for(scenario(), 10)

    asyncio.run(bounded())


async def doing(work: Callable[..., Any], *args: Any, **fields: Any) -> Any:
    """Run a blocking call of the control client beside the scenario."""
    return await asyncio.to_thread(work, *args, **fields)
