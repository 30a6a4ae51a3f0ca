"""Hints from outside that a ticket may have changed: noted where the next sync looks first, never believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from bot.desks.desk import Delivery, Desk, Hint
from bot.store.engine import Store
from bot.store.ledger import first_delivery
from bot.store.tables import DeskCursor

STREAM = "hints"
MOST = 500
"""Tickets waiting to be looked at; whoever sends more is only told again what the next sync reads anyway."""


def take_hint(store: Store, desk: Desk, settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
    """What a genuine delivery says, else None. Its tickets are read at the next sync; one that comes twice is noted once."""
    hint = desk.hints(settings, delivery) if desk.hints else None
    if hint is None:
        return None
    with store.writing() as session:
        if first_delivery(session, hint.key, delivery.now):
            note(session, desk, hint.tickets, delivery.now)
    return hint


def note(session: Session, desk: Desk, tickets: Sequence[str], now: datetime) -> None:
    """Put tickets on the list of those to look at. The caller commits."""
    row = session.get(DeskCursor, (desk.slug, STREAM)) or DeskCursor(source=desk.slug, stream=STREAM)
    waiting = dict.fromkeys([*row.data.get("tickets", ()), *tickets])
    row.version, row.data = desk.cursor_version, {"tickets": list(waiting)[:MOST]}
    row.synced_at = row.synced_at or now
    session.add(row)
