"""A room in which commands are typed and buttons pressed, without Slack: what the tests of commands have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlmodel import select

from bot.store.engine import Store
from bot.store.tables import Audit
from bot.store.workspace import Workspace
from bot.views.check import check_message
from bot.views.message import Message
from commands import ACTIONS, dispatch
from commands.command import Action, Ask, Asker, Click, Reply
from commands.keeping import keep

NOW = datetime(2026, 4, 6, 9, 0, tzinfo=UTC)
ZONE = "Europe/Berlin"
LENA = Asker(user_id="U0LENA", team_id="T0", channel_id="C0SUPPORT", is_admin=True)
ANA = Asker(user_id="U0ANA", team_id="T0", channel_id="C0SUPPORT")
STRANGER = Asker(user_id="U0STRANGER", team_id="T9", channel_id="C0SUPPORT", is_outsider=True)
READ_ALONG = replace(LENA, shared_channel=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Types and presses as the app does: in one unit of work, what is left behind kept after it."""

    store: Store
    now: datetime = NOW
    workspace: Workspace = field(default_factory=lambda: Workspace(zone=ZONE))

    def type(self, text: str, by: Asker = LENA) -> Reply:
        """Everything after `/cx`."""
        command, rest = dispatch(text)
        unit = self.store.writing if command.writes else self.store.reading
        with unit() as session:
            reply = command.run(Ask(text=rest, now=self.now, session=session, workspace=self.workspace, asker=by))
        return self._kept(reply, by)

    def press(self, on: Reply | Message, button: str, by: Asker = LENA) -> Reply:
        """A button, by the beginning of its action_id."""
        found = next(one for one in buttons(on) if str(one["action_id"]).split(":")[0] == button or one["action_id"] == button)
        return self.click(str(found["action_id"]), str(found["value"]), by)

    def click(self, action_id: str, value: str, by: Asker = LENA) -> Reply:
        """Whatever may come from Slack."""
        action = action_of(action_id)
        unit = self.store.writing if action.writes else self.store.reading
        with unit() as session:
            click = Click(
                action=action_id, value=value, now=self.now, session=session, workspace=self.workspace, asker=by, action_ts="1.0"
            )
            reply = action.run(click)
        return self._kept(reply, by)

    def audit(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Who did what, with the details."""
        with self.store.reading() as session:
            return [(row.actor, row.action, row.detail) for row in session.exec(select(Audit))]

    def _kept(self, reply: Reply, by: Asker) -> Reply:
        if reply.message is not None:
            assert check_message(reply.message) == [], reply.message.text
        if reply.keeps or reply.notes or reply.published:
            with self.store.writing() as session:
                keep(session, reply, by, self.now)
        return reply


def action_of(action_id: str) -> Action:
    """The action behind an action_id, as the app finds it."""
    return next(one for one in ACTIONS if f"{action_id}:".startswith(f"{one.action.rstrip(':')}:"))


def said(reply: Reply) -> str:
    """The words of a reply."""
    assert reply.message is not None
    return reply.message.text


def buttons(on: Reply | Message) -> list[Mapping[str, Any]]:
    """The buttons of a reply."""
    message = on.message if isinstance(on, Reply) else on
    assert message is not None
    return [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


def typed(reply: Reply) -> list[str]:
    """The commands that the buttons of a hint type."""
    return [str(one["value"]).removeprefix("v1|run|") for one in buttons(reply) if str(one["value"]).startswith("v1|run|")]
