"""One Web API call: its arguments in any of the forms clients send them, and the vocabulary of methods."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.workspace import Channel, User
from bot.sandbox.world import World

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
POSTING = None
"""chat.postMessage and its kin are limited by channel and workspace instead of a tier."""

READ = {"public": "channels:read", "private": "groups:read", "im": "im:read", "mpim": "mpim:read"}
HISTORY = {"public": "channels:history", "private": "groups:history", "im": "im:history", "mpim": "mpim:history"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who calls is always the bot; what it wants is in `args`."""

    world: World
    args: Mapping[str, Any]

    def need(self, name: str) -> Any:
        """An argument that must be there. Refuses with invalid_arguments."""
        value = self.args.get(name)
        if value in (None, ""):
            message = f"[ERROR] missing required field: {name}"
            raise Refusal("invalid_arguments", response_metadata={"messages": [message]})
        return value

    def flag(self, name: str) -> bool:
        """A boolean argument in any of its spellings."""
        return str(self.args.get(name, "")).lower() in ("true", "1")

    def number(self, name: str, default: int) -> int:
        """A whole number. Refuses with invalid_arguments when it is not one."""
        try:
            return int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {name} must be a number"]}) from None

    def channel(self) -> Channel:
        """The channel meant; one the bot may not see does not exist for it."""
        found = self.world.workspace.channel(str(self.need("channel")))
        if found.kind != "public" and self.world.workspace.bot.id not in found.members:
            raise Refusal("channel_not_found")
        return found

    def user(self, name: str = "user") -> User:
        """The person meant. Refuses with user_not_found."""
        found = self.world.workspace.users.get(str(self.need(name)))
        if found is None:
            raise Refusal("user_not_found")
        return found

    def need_scope(self, *scopes: str) -> None:
        """Refuse with missing_scope unless one of these was granted."""
        if scopes and not set(scopes) & set(self.world.manifest.scopes):
            raise Refusal("missing_scope", needed=",".join(scopes), provided=",".join(self.world.manifest.scopes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A Web API method: what runs, which scopes (any one of them) and token it needs, how often it may be called."""

    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    per_minute: int | None = TIER_3
    caller: str = "bot"
    """Whose token: bot, app, or none needed."""


async def arguments(request: web.Request) -> Json:
    """Query, form and JSON arguments together; JSON written into form fields is read."""
    args: Json = {name: _unwrapped(value) for name, value in request.query.items()}
    if request.content_type == "application/json":
        args |= _json_object(await request.text())
    elif request.can_read_body:
        form = await request.post()
        args |= {name: _unwrapped(value) for name, value in form.items() if isinstance(value, str)}
    return args


def _json_object(text: str) -> Json:
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(found, dict):
        raise Refusal("json_not_object")
    return found


def _unwrapped(value: str) -> Any:
    if value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
