"""The door of response URLs."""

from __future__ import annotations

import json

from aiohttp import web

from bot.sandbox.refusal import RateLimited, Refusal
from bot.sandbox.respond import respond
from bot.sandbox.web_api import refuse_on_purpose, spoil_after, spoil_before
from bot.sandbox.world import World


async def answer(world: World, request: web.Request) -> web.StreamResponse:
    """POST `/commands/...` or `/actions/...`: `ok`, or 404 expired_url, or 400 with the reason."""
    fault = world.faults.take_call("response_url")
    entry = world.traffic.note("in", "response_url", note=f"fault: {fault.kind}" if fault else "")
    spoiled = await spoil_before(request, fault)
    if spoiled is not None:
        return spoiled
    try:
        refuse_on_purpose(fault)
        url = world.tickets.use_url(request.path, world.options)
        body = json.loads(await request.text())
        entry["sent"] = body
        respond(world, url, body)
        response = web.Response(text="ok")
    except RateLimited as limited:
        response = web.json_response(limited.body(), status=429, headers={"Retry-After": str(limited.retry_after)})
    except Refusal as refusal:
        response = web.json_response(refusal.body(), status=404 if refusal.code == "expired_url" else 400)
    except ValueError:
        response = web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    entry["answered"] = response.text
    world.workspace.touch()
    return await spoil_after(request, fault, response)
