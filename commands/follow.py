"""A follow-up in a conversation: `by agent` or `last month` is about the number before it, whatever else stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, or_, select

from bot.errors import BadRequest
from bot.kpis import KPIS
from bot.kpis.query import Query, from_json
from bot.store.ledger import load_query
from bot.store.tables import Outbox, SavedQuery
from commands.command import Asker
from commands.keeping import asked_before

REMEMBERED = timedelta(minutes=30)
"""How long a conversation outside any thread goes on: later words are a new question."""
LOOKED_AT = 5
"""What was kept last may be no question about a number: the clock of a ticket, the draft of an alert."""


def question_before(session: Session, asker: Asker, now: datetime) -> Query | None:
    """The last question of the thread, or of the message it hangs from; outside threads one's own of the last half hour."""
    here = (col(SavedQuery.channel_id) == asker.channel_id, col(SavedQuery.thread) == asker.thread)
    lately = () if asker.thread else (col(SavedQuery.asked_by) == asker.user_id, col(SavedQuery.at) >= now - REMEMBERED)
    last = session.exec(select(SavedQuery).where(*here, *lately).order_by(col(SavedQuery.at).desc()).limit(LOOKED_AT)).all()
    if last:
        return next((known for known in map(_known, last) if known is not None), None)
    return _hung_from(session, asker) if asker.thread else None


def _known(saved: SavedQuery) -> Query | None:
    return from_json(saved.query) if any(kpi.slug == saved.query.get("kpi") for kpi in KPIS) else None


def _hung_from(session: Session, asker: Asker) -> Query | None:
    """The question behind the first button of the message that the thread hangs from: a shared answer, a digest."""
    place = or_(col(Outbox.posted_channel) == asker.channel_id, col(Outbox.channel_id) == asker.channel_id)
    payload = session.exec(select(Outbox.payload).where(col(Outbox.ts) == asker.thread, place).limit(1)).first()
    for value in _values(payload or {}):
        if load_query(session, value) is not None:
            try:
                return asked_before(session, value)[1]
            except BadRequest:
                return None
    return None


def _values(payload: Mapping[str, Any]) -> list[str]:
    rows = (block for block in payload.get("blocks") or () if block.get("type") == "actions")
    return [value for row in rows for one in row["elements"] if 0 < len(value := str(one.get("value") or "")) <= 64]
