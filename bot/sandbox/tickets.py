"""Short-lived permissions: trigger ids for opening modals, and response URLs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from bot.sandbox.clock import Clock
from bot.sandbox.options import Options
from bot.sandbox.refusal import Refusal

KEPT = 5_000
MEMORY_SECONDS = 600


@dataclass(slots=True, kw_only=True)
class Trigger:
    """Someone did something a moment ago, so the app may show them a modal: once, and soon."""

    user: str
    expires: float
    view: str = ""
    used: bool = False


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """A way to answer in a conversation without a token: a few times, for half an hour."""

    kind: str
    channel: str
    user: str
    expires: float
    message_ts: str = ""
    thread_ts: str = ""
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Tickets:
    """Those given out."""

    clock: Clock
    triggers: dict[str, Trigger] = field(default_factory=dict)
    urls: dict[str, ResponseUrl] = field(default_factory=dict)

    def trigger(self, user: str, options: Options, *, view: str = "") -> str:
        """A fresh trigger_id."""
        self._forget()
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(user=user, view=view, expires=self.clock.now() + options.trigger_seconds)
        return trigger_id

    def _forget(self) -> None:
        """Drop what expired long ago, so that a workspace can be used for days."""
        if len(self.triggers) + len(self.urls) < KEPT:
            return
        now = self.clock.now()
        self.triggers = {name: one for name, one in self.triggers.items() if one.expires > now - MEMORY_SECONDS}
        self.urls = {path: one for path, one in self.urls.items() if one.expires > now}

    def redeem(self, trigger_id: str) -> Trigger:
        """Use a trigger_id up. Refuses unknown, used and expired ones in Slack's words."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self.clock.now() > trigger.expires:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_path(self, url: ResponseUrl, team_id: str) -> str:
        """The path part of a fresh response URL; `kind` is commands or actions."""
        path = f"/{url.kind}/{team_id}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        self.urls[path] = url
        return path

    def use_url(self, path: str, options: Options) -> ResponseUrl:
        """Count one use. Refuses with `expired_url` after the last use, after the time, or when never given out."""
        url = self.urls.get(path)
        if url is None or url.uses >= options.response_url_uses or self.clock.now() > url.expires:
            raise Refusal("expired_url")
        url.uses += 1
        return url
