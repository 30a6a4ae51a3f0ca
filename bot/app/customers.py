"""What customers press: known by what Slack signed, and many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from bot.app.payloads import Press, Where
from bot.app.wiring import Wiring
from bot.store.ledger import first_deliveries
from bot.store.workspace import Workspace
from commands.command import Action, Asker, Click, Reply

NOTHING = Reply()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressing:
    """One press of a customer on something that writes."""

    wiring: Wiring
    action: Action
    pressed: Press


def press_of_customer(wiring: Wiring, action: Action, pressed: Press) -> Reply:
    """Run what a customer's press is for, committed when this returns. What many press at once is kept together."""
    if action.writes:
        return wiring.store.all_together(Pressing(wiring=wiring, action=action, pressed=pressed), keep_all)
    with wiring.store.reading() as session:
        return action.run(clicked(wiring, pressed, session, wiring.workspace(), customer_of(pressed.where)))


def keep_all(session: Session, pressings: Sequence[Pressing]) -> list[Reply]:
    """The reply to each; nothing to a delivery that came before."""
    keys = [one.pressed.where.once for one in pressings]
    fresh = first_deliveries(session, keys, pressings[0].wiring.now())
    new = [one for one, first in zip(pressings, fresh, strict=True) if first]
    told = {
        id(one): reply
        for action in {id(each.action): each.action for each in new}.values()
        for one, reply in _kept(session, action, new)
    }
    return [told.get(id(one), NOTHING) for one in pressings]


def customer_of(where: Where) -> Asker:
    """Whoever answers a survey is known by the ids Slack signed: asking it more would hold up the answer while it is slow."""
    return Asker(user_id=where.user_id, team_id=where.team_id, channel_id=where.channel_id, is_outsider=True)


def clicked(wiring: Wiring, pressed: Press, session: Session, workspace: Workspace, asker: Asker) -> Click:
    """A press as a command knows it."""
    return Click(
        action=pressed.action,
        value=pressed.value,
        now=wiring.now(),
        session=session,
        workspace=workspace,
        asker=asker,
        action_ts=pressed.action_ts,
        message_ts=pressed.message_ts,
        state=pressed.state,
        metadata=pressed.metadata,
    )


def _kept(session: Session, action: Action, pressings: Sequence[Pressing]) -> list[tuple[Pressing, Reply]]:
    mine = [one for one in pressings if one.action is action]
    clicks = [clicked(one.wiring, one.pressed, session, one.wiring.workspace(), customer_of(one.pressed.where)) for one in mine]
    replies = action.run_all(clicks) if action.run_all is not None else [action.run(click) for click in clicks]
    return list(zip(mine, replies, strict=True))
