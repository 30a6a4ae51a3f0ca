"""What was to stand in a thread and says enough by itself: it is posted all the same where the thread never comes to be."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session

from bot.store.outbox import OUTBOX, PARENT, row
from bot.store.words import OutboxState

PATIENCE = timedelta(minutes=10)
"""So long it waits for a parent of which nobody knows whether it was posted; by then a person was asked."""


def let_stand(session: Session, now: datetime) -> int:
    """Free what stands alone from parents that never come; how many. The first of several gets the others into its thread.

    None of them was ever tried: they wait for their parent's `ts`, so that nobody looks for them in a thread."""
    never = PARENT.c.state.in_((OutboxState.DEAD, OutboxState.CANCELLED))
    in_doubt = and_(PARENT.c.state == OutboxState.UNCERTAIN, PARENT.c.first_try_at <= now - PATIENCE)
    nowhere = and_(PARENT.c.state == OutboxState.SENT, PARENT.c.ts.is_(None))
    waiting = select(row.id, row.parent_id).join(PARENT, PARENT.c.id == row.parent_id)
    waiting = waiting.where(row.state == OutboxState.READY, row.stands_alone, or_(never, in_doubt, nowhere))
    heirs: dict[str, str] = {}
    freed = session.connection().execute(waiting.order_by(row.created_at, row.id)).all()
    for message_id, lost in freed:
        heir = heirs.setdefault(lost, message_id)
        mine = update(OUTBOX).where(row.id == message_id, row.state == OutboxState.READY)
        session.connection().execute(mine.values(parent_id=None if heir == message_id else heir))
    return len(freed)
