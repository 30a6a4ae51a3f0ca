"""What the owner of a doubtful message can press: it arrived, or send it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, select

from bot.errors import CxError, NotAllowed
from bot.store.ledger import write_audit
from bot.store.outbox import settle_again, settle_arrived
from bot.store.tables import Outbox
from bot.views.doubt import AGAIN, ARRIVED, settled_message
from commands.command import Action, Click, Reply
from commands.hints import refused
from commands.rights import admit

Settle = Callable[[Session, str, datetime], bool]
SETTLED = "That was settled before."


def arrived(click: Click) -> Reply:
    """It stands there: it is not sent again."""
    return _settle(click, settle_arrived, "message.arrived", "Noted: it arrived, and is not sent again.")


def again(click: Click) -> Reply:
    """It does not stand there: send it."""
    return _settle(click, settle_again, "message.again", "Thanks: it is sent again now.")


def _settle(click: Click, settle: Settle, what: str, says: str) -> Reply:
    try:
        admit(click.asker)
        _admit_asked(click)
    except CxError as error:
        return refused(error)
    if not settle(click.session, click.value, click.now):
        return Reply(message=settled_message(SETTLED), replaces=True)
    write_audit(click.session, click.asker.user_id, what, {"message": click.value}, click.now)
    return Reply(message=settled_message(says), replaces=True)


def _admit_asked(click: Click) -> None:
    """Whoever was asked decides, and any admin."""
    asked = select(Outbox.id).where(Outbox.dedupe_key == f"doubt:{click.value}:{click.asker.user_id}")
    if not click.asker.is_admin and click.session.exec(asked).first() is None:
        raise NotAllowed("Only who was asked, or an admin, can decide this.", next_step="Ask an admin of the workspace.")


ACTIONS: tuple[Action, ...] = (
    Action(action=ARRIVED, says="Says that a doubtful message arrived.", run=arrived, writes=True),
    Action(action=AGAIN, says="Sends a doubtful message again.", run=again, writes=True),
)
