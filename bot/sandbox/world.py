"""All parts of one running sandbox, in one place, so that functions can be handed a single thing."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.clock import Clock, Timers
from bot.sandbox.deliveries import Delivery
from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits
from bot.sandbox.manifest import Manifest
from bot.sandbox.options import Options
from bot.sandbox.refusal import Json
from bot.sandbox.seed import fresh_workspace
from bot.sandbox.sockets import Sockets
from bot.sandbox.tickets import ResponseUrl, Tickets
from bot.sandbox.traffic import Traffic
from bot.sandbox.workspace import Workspace

BOT_TOKEN = "xoxb-0000000000-sandbox-not-a-secret"  # noqa: S105 - a demo value, good on loopback only
APP_TOKEN = "xapp-1-A0SANDBOX-0000000000-not-a-secret"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105
KEPT = 10_000
CHART_BLOCKS = frozenset({"data_visualization", "data_table"})


@dataclass(slots=True, kw_only=True)
class World:
    """A workspace, its clock and its machinery. `url` has no trailing slash."""

    clock: Clock
    timers: Timers
    options: Options
    manifest: Manifest
    workspace: Workspace
    tickets: Tickets
    limits: Limits
    faults: Faults
    traffic: Traffic
    sockets: Sockets
    url: str = ""
    installed: bool = True
    closing: bool = False
    revoked: set[str] = field(default_factory=set)
    bot_token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    signing_secret: str = SIGNING_SECRET
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=KEPT))
    notices: list[Json] = field(default_factory=list)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    held: list[asyncio.Event] = field(default_factory=list)

    def change_options(self, **fields: Any) -> None:
        """Change how strict or fast things are. Raises TypeError for a setting that does not exist."""
        if isinstance(fields.get("redelivery_seconds"), list):
            fields["redelivery_seconds"] = tuple(fields["redelivery_seconds"])
        self.options = dataclasses.replace(self.options, **fields)

    def missing_blocks(self) -> frozenset[str]:
        """Block types that have not reached this workspace yet."""
        return frozenset() if self.options.charts else CHART_BLOCKS

    def response_url(self, kind: str, *, channel: str, user: str, message_ts: str = "", thread_ts: str = "") -> str:
        """A fresh response URL of kind commands or actions."""
        until = self.clock.now() + self.options.response_url_seconds
        url = ResponseUrl(kind=kind, channel=channel, user=user, expires=until, message_ts=message_ts, thread_ts=thread_ts)
        return self.url + self.tickets.response_path(url, self.workspace.team.id)

    def notify(self, kind: str, text: str, *, user: str = "", channel: str = "") -> None:
        """Tell a person (everyone, if `user` is empty) about something that failed, as Slack's client would."""
        number = len(self.notices) + 1
        self.notices.append({"id": number, "at": self.clock.now(), "kind": kind, "text": text, "user": user, "channel": channel})
        self.workspace.touch()


def new_world(
    *,
    manifest: Manifest,
    options: Options,
    starts_at: datetime | None = None,
    extra_users: Iterable[Mapping[str, Any]] = (),
) -> World:
    """A world at rest: nothing listens and nothing runs yet. Must be called on the loop that will run it."""
    clock = Clock(starts_at=starts_at)
    workspace = fresh_workspace(clock, bot_name=manifest.name, extra_users=extra_users)
    timers = Timers(clock)
    return World(
        clock=clock,
        timers=timers,
        options=options,
        manifest=manifest,
        workspace=workspace,
        tickets=Tickets(clock=clock),
        limits=Limits(clock=clock),
        faults=Faults(),
        traffic=Traffic(clock=clock, changed=workspace.touch),
        sockets=Sockets(),
    )
