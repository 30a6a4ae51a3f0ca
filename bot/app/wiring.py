"""All that the app is made of, handed in by whoever builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.app.unkept import Unkept
from bot.settings import Settings
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.workspace import Workspace
from bot.views.chart_spec import ChartSpec
from bot.views.message import Message
from bot.views.survey import CHANGE, COMMENT, RATE, SAID, STOP
from commands.command import Action, Ask, Command

# What a customer may press or say; all else is for people of the workspace. The questions are asked of outsiders.
OPEN_TO_OUTSIDERS = frozenset({RATE, CHANGE, COMMENT, SAID, STOP, "optout", "help"})

Dispatch = Callable[[str], tuple[Command, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """`dispatch` finds the command for what was typed and the words left for it; it always finds one.

    `draw` gives a chart's PNG, or None where it cannot; `home` the view of a person's Home tab; `greeting` what to say in a
    channel we were invited to. `later` runs what may happen after an acknowledgement."""

    commands: Sequence[Command]
    actions: Sequence[Action]
    dispatch: Dispatch
    store: Store
    settings: Settings
    slack: Slack
    now: Callable[[], datetime]
    later: Executor
    sleep: Callable[[float], None]
    draw: Callable[[ChartSpec], bytes | None] = lambda chart: None
    home: Callable[[Ask], Mapping[str, Any]] | None = None
    greeting: Message | None = None
    open_to_outsiders: frozenset[str] = OPEN_TO_OUTSIDERS
    unkept: Unkept = field(default_factory=Unkept)

    def workspace(self) -> Workspace:
        """What holds until the workspace decides otherwise."""
        own = self.settings
        return Workspace(
            zone=own.zone,
            week_start=own.week_start,
            profile=own.profile,
            clock=own.clock,
            currency=own.currency,
            admins=own.admins,
            public_url=own.public_url,
        )

    def action(self, action_id: str) -> Action | None:
        """The action of a button or view: its id is the action's name, alone or followed by a colon and anything."""
        return next((one for one in self.actions if f"{action_id}:".startswith(f"{one.action.rstrip(':')}:")), None)


def by_first_word(commands: Sequence[Command]) -> Dispatch:
    """Finds a command by the first word typed; anything else goes, whole, to the first command of the tuple."""
    known = {word.lower(): command for command in reversed(commands) for word in (*command.also, command.word)}

    def find(text: str) -> tuple[Command, str]:
        first, _, rest = text.strip().partition(" ")
        command = known.get(first.lower())
        return (command, rest.strip()) if command else (commands[0], text.strip())

    return find
