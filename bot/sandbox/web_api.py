"""The Web API's door: arguments, faults, token, scopes, pace, then the method itself."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.sandbox.calls import Call, Method, arguments
from bot.sandbox.faults import Fault
from bot.sandbox.methods_chat import CHAT
from bot.sandbox.methods_conversations import CONVERSATIONS
from bot.sandbox.methods_files import FILES
from bot.sandbox.methods_team import TEAM
from bot.sandbox.methods_views import VIEWS
from bot.sandbox.refusal import Json, RateLimited, Refusal
from bot.sandbox.web_auth import bearer, check_token
from bot.sandbox.world import World

METHODS: dict[str, Method] = {**TEAM, **CONVERSATIONS, **CHAT, **VIEWS, **FILES}


async def api(world: World, request: web.Request) -> web.StreamResponse:
    """`/api/{method}`."""
    name = request.match_info["method"]
    fault = world.faults.take_call(name)
    entry = world.traffic.note("in", name, note=f"fault: {fault.kind}" if fault else "")
    spoiled = await spoil_before(request, fault)
    if spoiled is not None:
        return spoiled
    body, headers, status = await _answer(world, request, name, fault, entry)
    entry["answered"] = body if status == 200 else {"status": status, **body}
    world.workspace.touch()
    return await spoil_after(request, fault, web.json_response(body, headers=headers, status=status))


async def _answer(
    world: World, request: web.Request, name: str, fault: Fault | None, entry: Json
) -> tuple[Json, dict[str, str], int]:
    headers = {"x-oauth-scopes": ",".join(world.manifest.scopes)}
    try:
        args = await arguments(request)
        entry["sent"] = {key: value for key, value in args.items() if key != "token"}
        method = METHODS.get(name)
        if method is None:
            raise Refusal("unknown_method", req_method=name)
        headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
        check_token(world, method.caller, bearer(request) or str(args.get("token", "")))
        refuse_on_purpose(fault)
        call = Call(world=world, args=args)
        call.need_scope(*method.scopes)
        world.limits.count_call(name, method.per_minute, world.options)
        body = share_nothing(call) if fault and fault.kind == "share_nothing" else method.run(call)
        return {"ok": True, **body}, headers, 200
    except RateLimited as limited:
        return limited.body(), headers | {"Retry-After": str(limited.retry_after)}, 429
    except Refusal as refusal:
        return refusal.body(), headers, 200


def refuse_on_purpose(fault: Fault | None) -> None:
    """The faults that are an ordinary-looking refusal, nothing done."""
    if fault is None:
        return
    if fault.kind == "ratelimited":
        raise RateLimited(int(fault.fields.get("seconds", 1)))
    if fault.kind == "error":
        raise Refusal(str(fault.fields.get("code", "internal_error")))
    if fault.kind == "internal_error":
        raise Refusal("internal_error")


def share_nothing(call: Call) -> Json:
    """Files are completed, but no channel sees them, whatever was asked."""
    args = {key: value for key, value in call.args.items() if key not in ("channel_id", "channels")}
    return METHODS["files.completeUploadExternal"].run(Call(world=call.world, args=args))


async def spoil_before(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """Apply a fault that keeps the call from being done."""
    if fault is None:
        return None
    if fault.kind == "server_error":
        return web.Response(status=int(fault.fields.get("status", 503)), text="upstream connect error")
    if fault.kind == "hang":
        await asyncio.sleep(float(fault.fields.get("seconds", 30.0)))
    return cut(request) if fault.kind in ("drop", "hang") else None


async def spoil_after(request: web.Request, fault: Fault | None, response: web.StreamResponse) -> web.StreamResponse:
    """Apply a fault to the answer of a call that was done."""
    if fault is None:
        return response
    if fault.kind == "slow":
        await asyncio.sleep(float(fault.fields.get("seconds", 1.0)))
    spoiled: dict[str, Any] = {
        "lost_reply": lambda: cut(request),
        "garbled": lambda: web.Response(text="<html>not what you expected</html>", content_type="text/html"),
        "fatal_error": lambda: web.json_response({"ok": False, "error": "fatal_error"}),
    }
    make = spoiled.get(fault.kind)
    return make() if make else response


def cut(request: web.Request) -> web.StreamResponse:
    """Drop the connection; the response returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
