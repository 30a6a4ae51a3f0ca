"""Subscriptions and their slots: the row is the schedule, and the ledger of runs says what became of every slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.slots import EVERY_DAY, Cadence, Slot, due_slots
from bot.store.tables import Run, Subscription
from bot.store.words import RunState

MOST_SLOTS = 400


def cadence_json(cadence: Cadence) -> dict[str, Any]:
    """A cadence as it is stored."""
    return {"at": cadence.at.strftime("%H:%M"), "weekdays": sorted(cadence.weekdays), "month_day": cadence.month_day}


def cadence_of(data: Mapping[str, Any]) -> Cadence:
    """The cadence of its stored form."""
    weekdays = frozenset(data.get("weekdays") or EVERY_DAY)
    return Cadence(at=time.fromisoformat(data["at"]), weekdays=weekdays, month_day=data.get("month_day"))


def subscribe(session: Session, new: Subscription) -> tuple[Subscription, bool]:
    """Keep a subscription, or find the one that says the same already (and wake it): (row, whether it is new)."""
    same = (
        col(Subscription.kind) == new.kind,
        col(Subscription.channel_id) == new.channel_id,
        col(Subscription.spec_key) == new.spec_key,
    )
    found = session.exec(select(Subscription).where(*same)).first()
    if found is None:
        session.add(new)
        session.flush()
        return new, True
    found.cadence, found.zone, found.enabled, found.paused_reason = new.cadence, new.zone, True, None
    session.add(found)
    return found, False


def unsubscribe(session: Session, kind: str, channel_id: str) -> int:
    """Remove what a channel subscribed to of one kind; says how many."""
    rows = session.exec(
        select(Subscription).where(col(Subscription.kind) == kind, col(Subscription.channel_id) == channel_id)
    ).all()
    for row in rows:
        session.delete(row)
    return len(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a subscription owes at an instant: the slot to post now, if any, and those that were missed, with the reason."""

    post: Slot | None
    missed: tuple[tuple[Slot, str], ...] = ()
    late: timedelta = timedelta()


def due_now(subscription: Subscription, now: datetime) -> Due:
    """The slots since the last look. Of several only the latest is posted, and only within its grace; the rest are named."""
    slots = due_slots(
        cadence_of(subscription.cadence),
        ZoneInfo(subscription.zone),
        after=subscription.seen_until,
        until=now,
        limit=MOST_SLOTS,
    )
    if not slots:
        return Due(post=None)
    *earlier, last = slots
    missed = [(slot, "missed while cx was not running; only the latest is posted") for slot in earlier]
    late = now - last.due_at
    if late > timedelta(seconds=subscription.grace_s) or subscription.catch_up == "skip":
        return Due(post=None, missed=(*missed, (last, f"{int(late.total_seconds() // 3600)} h late, past its grace")))
    return Due(post=last, missed=tuple(missed), late=late)


def skipped_since(session: Session, subscription_id: int, after: datetime) -> list[Run]:
    """Skipped slots a digest still has to name."""
    where = (col(Run.subscription_id) == subscription_id, col(Run.state) == RunState.SKIPPED, col(Run.due_at) > after)
    return list(session.exec(select(Run).where(*where).order_by(col(Run.due_at))))
