"""Who calls: the token in the request, and what Slack says to a wrong one."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox.refusal import Refusal
from bot.sandbox.world import World


def bearer(request: web.Request) -> str:
    """The token in the Authorization header, or nothing."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def check_token(world: World, kind: str, token: str) -> None:
    """Refuse without the right kind of token, in Slack's words."""
    if kind == "none":
        return
    if not token:
        raise Refusal("not_authed")
    if not world.installed:
        raise Refusal("account_inactive")
    wanted, other = (world.app_token, world.bot_token) if kind == "app" else (world.bot_token, world.app_token)
    if token == other:
        raise Refusal("not_allowed_token_type")
    if token in world.revoked:
        raise Refusal("token_revoked")
    if token != wanted:
        raise Refusal("invalid_auth")
