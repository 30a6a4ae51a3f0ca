"""Subscriptions and their slots: the row is the schedule, and the ledger of runs says what became of every slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from bot.slots import BUSINESS_DAYS, EVERY_DAY, Cadence, Slot, due_slots
from bot.store.tables import Run, Schedule, Subscription
from bot.store.words import RunState

MOST_SLOTS = 400
MOST_CAUGHT_UP = 3
RARELY = timedelta(hours=24)
"""How late a weekly or monthly one may still be posted: nobody waits a week for the next because of an afternoon."""
MINUTE = timedelta(minutes=1)
ON_TIME = 5 * MINUTE
"""The clock wakes the job every few seconds; a beat or a restart in between makes nothing late."""


def cadence_json(cadence: Cadence) -> dict[str, Any]:
    """A cadence as it is stored."""
    return {"at": cadence.at.strftime("%H:%M"), "weekdays": sorted(cadence.weekdays), "month_day": cadence.month_day}


def cadence_of(data: Mapping[str, Any]) -> Cadence:
    """The cadence of its stored form."""
    weekdays = frozenset(data.get("weekdays") or EVERY_DAY)
    return Cadence(at=time.fromisoformat(data["at"]), weekdays=weekdays, month_day=data.get("month_day"))


def in_force(session: Session, subscription: Subscription) -> Cadence:
    """The cadence with its holidays: what is due on working days only is not due on those of the default schedules."""
    cadence = cadence_of(subscription.cadence)
    if cadence.month_day is not None or cadence.weekdays != BUSINESS_DAYS:
        return cadence
    told = session.exec(select(Schedule.holidays).where(col(Schedule.is_default))).all()
    return replace(cadence, skipping=frozenset(date.fromisoformat(day) for days in told for day in days))


def subscribe(session: Session, new: Subscription) -> tuple[Subscription, bool]:
    """Keep a subscription, or bring the one with the same key up to date and wake it: (row, whether it is new)."""
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
    if not found.enabled:  # What fell due while it was paused was not missed.
        found.seen_until = max(found.seen_until, new.seen_until)
    found.cadence, found.zone, found.spec = new.cadence, new.zone, new.spec
    found.enabled, found.paused_reason = True, None
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
    until: datetime | None = None
    """Up to when this looked, where that is not now: what fell due after it is still owed."""


def due_now(subscription: Subscription, now: datetime, cadence: Cadence | None = None) -> Due:
    """The slots since the last look. Of several only the latest is posted, and only within its grace; the rest are named.

    `cadence` is the one in force, by default the subscription's own. Who wants `all` gets the latest three, however late,
    one at a time: the next look finds the next."""
    cadence, where = cadence or cadence_of(subscription.cadence), ZoneInfo(subscription.zone)
    slots = due_slots(cadence, where, after=subscription.seen_until, until=now, limit=MOST_SLOTS)
    if not slots:
        return Due(post=None)
    if subscription.catch_up == "all":
        return _next_of(slots, now)
    *earlier, last = slots
    late = now - last.due_at
    if late > _grace(subscription, cadence):
        return Due(post=None, missed=(*_named(earlier), (last, f"{late // MINUTE} min late, past its grace")))
    return Due(post=last, missed=_named(earlier), late=late)


def _next_of(slots: Sequence[Slot], now: datetime) -> Due:
    post, *rest = slots[-MOST_CAUGHT_UP:]
    until = post.due_at if rest else None
    return Due(post=post, missed=_named(slots[:-MOST_CAUGHT_UP]), late=now - post.due_at, until=until)


def _named(slots: Sequence[Slot]) -> tuple[tuple[Slot, str], ...]:
    return tuple((slot, "missed while cx was not running; only the latest is posted") for slot in slots)


def _grace(subscription: Subscription, cadence: Cadence) -> timedelta:
    """How late it may be: as long as the subscription says, longer for what comes once a week or a month."""
    if subscription.catch_up == "skip":
        return ON_TIME
    rarely = cadence.month_day is not None or len(cadence.weekdays) == 1
    return max(timedelta(seconds=subscription.grace_s), RARELY if rarely else timedelta())


def skipped_since_post(session: Session, subscription_id: int) -> list[str]:
    """The keys of the slots skipped since the last one that was posted, oldest first: the next digest has to name them."""
    mine = col(Run.subscription_id) == subscription_id
    posted = select(func.max(Run.due_at)).where(mine, col(Run.state) == RunState.POSTED).scalar_subquery()
    unnamed = or_(posted.is_(None), col(Run.due_at) > posted)
    skipped = select(Run.slot).where(mine, col(Run.state) == RunState.SKIPPED, unnamed)
    return list(session.exec(skipped.order_by(col(Run.due_at))))
