"""What becomes of everything when the app was removed from its workspace: kept for thirty days, then erased."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session

from bot.store.ledger import write_audit
from bot.store.tables import METADATA, FactChange, Setting

KEPT_FOR = timedelta(days=30)
REMOVED_AT = "removed_at"


def note_removal(session: Session, now: datetime) -> None:
    """Slack said that the app is gone; the first time counts."""
    if session.get(Setting, REMOVED_AT) is None:
        session.add(Setting(key=REMOVED_AT, value=now.isoformat(), changed_at=now, changed_by="slack"))


def removed_since(session: Session) -> datetime | None:
    """Since when the app is gone; None while it is there."""
    row = session.get(Setting, REMOVED_AT)
    return None if row is None else datetime.fromisoformat(str(row.value))


def note_return(session: Session) -> None:
    """It was installed again: nothing will be erased."""
    row = session.get(Setting, REMOVED_AT)
    if row is not None:
        session.delete(row)


def erase_everything(session: Session, now: datetime) -> int:
    """Delete every row of every table, and note that; how many rows. Compact the store afterwards, or a SQLite file still
    holds them. Only the log of changed rows stays, which holds no more than their numbers."""
    erased = 0
    for table in reversed(METADATA.sorted_tables):
        if table.name != FactChange.__tablename__:
            erased += session.connection().execute(delete(table)).rowcount
    write_audit(session, "cx", "workspace.erased", {"rows": erased}, now)
    return erased
