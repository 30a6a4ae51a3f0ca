"""Tells whoever asked for a digest, once, that it could not be posted, and pauses what will never be posted as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bot.store.ledger import write_audit
from bot.store.moments import is_part
from bot.store.outbox import Claim, Letter, enqueue
from bot.store.tables import Goal, Outbox, Subscription
from bot.store.workspace import Workspace, read_workspace
from bot.views.subscribed import paused_text, why_paused
from jobs.alerts_losses import pause_alert

VERDICT, LOST_VERDICT = "goal", "goallost"
TO_OWNERS = frozenset({"paused", "closed", "names", "alertpaused", LOST_VERDICT})


def mourn(session: Session, claim: Claim, error: str, now: datetime, *, admins: Sequence[str] = ()) -> None:
    """A message was given up, in this transaction. A subscription pauses and its owner hears why, or admins where the owner
    is gone; a detail in a thread is missed by nobody."""
    key = session.exec(select(Outbox.dedupe_key).where(Outbox.id == claim.id)).first() or ""
    _pass_on(session, key, claim, admins, now)
    subscription = subscription_of(session, key)
    if subscription is not None and subscription.enabled and not (claim.parent_ts and is_part(key)):
        _pause(session, subscription, error, f"paused:{claim.id}", now)
    if not claim.parent_ts:
        pause_alert(session, claim.id, why_paused(error), now)
        _tell_verdict(session, key, claim, error, now)


def stop_naming(session: Session, row: Subscription, now: datetime) -> None:
    """A digest names agents in a channel that is not, or no longer, on the list for that: it pauses, and its owner hears why."""
    stored = session.get(Subscription, row.id)
    if stored is not None and stored.enabled:
        _pause(session, stored, "names_not_allowed", f"names:{row.id}:{int(now.timestamp())}", now)


def close_channel(session: Session, channel_id: str, error: str, once: str, now: datetime) -> int:
    """A channel is gone, as an event says: what is posted there pauses before the first message fails, and its owners hear why;
    how many pauses. `once` is the event's own id."""
    there = select(Subscription).where(Subscription.channel_id == channel_id, col(Subscription.enabled))
    subscriptions = session.exec(there).all()
    for subscription in subscriptions:
        _pause(session, subscription, error, f"closed:{once}:{subscription.id}", now)
    return len(subscriptions)


def _pause(session: Session, subscription: Subscription, error: str, key: str, now: datetime) -> None:
    subscription.enabled, subscription.paused_reason = False, error
    session.add(subscription)
    write_audit(session, "cx", f"{subscription.kind}.paused", {"subscription": subscription.id, "error": error}, now)
    text = paused_text(subscription, error)
    letter = Letter(dedupe_key=key, kind="reply", channel_id=subscription.owner, payload={"text": text})
    enqueue(session, letter, now)


def _tell_verdict(session: Session, key: str, claim: Claim, error: str, now: datetime) -> None:
    """The verdict on a goal, which is told once only, goes to whoever set the goal where its channel cannot be told."""
    kind, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    goal = session.get(Goal, int(number)) if kind == VERDICT and number.isdecimal() else None
    if goal is None or goal.created_by == claim.channel_id:
        return
    text = f"In <#{claim.channel_id}> this could not be posted: {why_paused(error)}. {claim.payload.get('text', '')}"
    letter = Letter(dedupe_key=f"{LOST_VERDICT}:{claim.id}", kind="reply", channel_id=goal.created_by, payload={"text": text})
    enqueue(session, letter, now)


def _pass_on(session: Session, key: str, claim: Claim, admins: Sequence[str], now: datetime) -> None:
    """What an owner who is not there any more should have heard is told to admins, once."""
    if key.partition(":")[0] not in TO_OWNERS and ":paused:" not in key:
        return
    for admin in sorted({*admins, *read_workspace(session, Workspace()).admins} - {claim.channel_id}):
        text = f"<@{claim.channel_id}> cannot be reached, so you hear it: {claim.payload.get('text', '')}"
        once = f"passed-on:{claim.id}:{admin}"
        enqueue(session, Letter(dedupe_key=once, kind="reply", channel_id=admin, payload={"text": text}), now)


def subscription_of(session: Session, key: str) -> Subscription | None:
    """Whose message it is, by the key it is kept under (`digest:12:2026-11-23T09:00:0`)."""
    kind, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    found = session.get(Subscription, int(number)) if number.isdecimal() else None
    return found if found is not None and found.kind == kind else None
