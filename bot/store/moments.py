"""One moment in one place: which of the digests due there and then is the message that the others go below."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from bot.store.tables import Outbox, Run, Subscription
from bot.store.words import OutboxState, RunState

AT_ONCE = "now "
"""How the slot of what somebody wanted at once begins: it belongs to no moment."""
NEVER = (OutboxState.DEAD, OutboxState.CANCELLED)


def take_place(session: Session, row: Subscription) -> None:
    """Let nobody else keep a digest for this place before the caller commits, so that two cannot both be the first: who wants
    to holds the oldest subscription of the place."""
    same = (col(Subscription.kind) == row.kind, col(Subscription.channel_id) == row.channel_id)
    session.exec(select(Subscription.id).where(*same).order_by(col(Subscription.id)).limit(1).with_for_update()).all()


def message_of(session: Session, row: Subscription, due_at: datetime) -> str | None:
    """The outbox row of the message that was kept for the place of a subscription and this moment; None when there is none,
    or it will never be posted."""
    runs = select(Run.subscription_id, Run.slot).join(Subscription, col(Subscription.id) == Run.subscription_id)
    runs = runs.where(Subscription.kind == row.kind, Subscription.channel_id == row.channel_id)
    runs = runs.where(Run.due_at == due_at, Run.state == RunState.POSTED, ~col(Run.slot).startswith(AT_ONCE))
    keys = [letter_key(row.kind, number, slot) for number, slot in session.exec(runs)]
    kept = select(Outbox.id).where(col(Outbox.dedupe_key).in_(keys), col(Outbox.parent_id).is_(None))
    return session.exec(kept.where(col(Outbox.state).not_in(NEVER)).order_by(col(Outbox.id))).first()


def letter_key(kind: str, subscription_id: int, slot: str, number: int = 0) -> str:
    """The key of a slot's messages in the outbox (`digest:12:2026-11-23T09:00:0`); number 0 is the digest itself."""
    return f"{kind}:{subscription_id}:{slot}:{number}"


def is_part(key: str) -> bool:
    """Whether this is the key of a detail, which nobody misses as they would miss the digest."""
    return not key.endswith(":0")
