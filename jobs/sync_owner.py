"""Tells the owner, once, that a help desk refuses us: nobody else can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from bot.desks.desk import Desk
from bot.errors import DeskRefused
from bot.store.outbox import Letter, enqueue
from bot.store.tables import DeskCursor
from bot.views.blocks import escape, section


def tell_owner(session: Session, desk: Desk, error: DeskRefused, *, admins: Sequence[str], now: datetime) -> int:
    """One message to each admin for each time the desk begins to refuse us; says how many. The caller commits."""
    row = session.get(DeskCursor, (desk.slug, "tickets"))
    since = int(row.synced_at.timestamp()) if row is not None and row.synced_at else 0
    text = f"{desk.name} cannot be read any more. {error.sentence()} Numbers stay as they were when it was last read."
    payload = {"text": text, "blocks": [section(escape(text), "sync:refused")]}
    letters = (
        Letter(dedupe_key=f"desk-refused:{desk.slug}:{since}:{admin}", kind="alert", channel_id=admin, payload=payload)
        for admin in admins
    )
    return sum(enqueue(session, letter, now) is not None for letter in letters)
