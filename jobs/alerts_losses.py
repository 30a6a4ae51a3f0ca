"""Pauses an alert whose message could not be told, and tells whoever set it, once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from bot.store.incidents import KIND, find_alert
from bot.store.ledger import write_audit
from bot.store.outbox import Letter, enqueue
from bot.store.tables import Outbox


def pause_alert(session: Session, message_id: str, reason: str, now: datetime) -> bool:
    """Pause the alert that a lost message belonged to, in this transaction; False where it belonged to none that is on."""
    key = session.exec(select(Outbox.dedupe_key).where(Outbox.id == message_id)).first() or ""
    kind, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    alert = find_alert(session, int(number)) if kind == KIND and number.isdecimal() else None
    if alert is None or not alert.enabled:
        return False
    alert.enabled, alert.paused_reason = False, reason[:200]
    session.add(alert)
    write_audit(session, "cx", "alert.paused", {"alert": alert.id, "reason": reason[:200]}, now)
    text = f"The alert you set in <#{alert.channel_id}> could not be told: {reason}. It is paused; `/cx alerts` resumes it."
    enqueue(
        session, Letter(dedupe_key=f"alertpaused:{message_id}", kind="reply", channel_id=alert.owner, payload={"text": text}), now
    )
    return True
