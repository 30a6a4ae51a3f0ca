"""Settles what nobody knows: reads the channel before anything is sent again, and removes a copy that slipped through."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import SlackRefused
from bot.slack.port import Slack
from bot.store import outbox
from bot.store.engine import Store
from bot.store.outbox import LEASE, Claim

AT_ONCE = 5
BEFORE_FIRST_TRY = timedelta(seconds=5)
UNREADABLE = timedelta(seconds=30)
LONGEST = timedelta(minutes=10)
REPEATABLE = frozenset({"chat.update", "chat.delete"})


def settle_doubts(store: Store, slack: Slack, now: datetime) -> int:
    """Look for messages that may have been posted; how many were found to be there."""
    with store.writing() as session:
        doubtful = outbox.claim_doubtful(session, now, limit=AT_ONCE)
    return sum(_settle(store, slack, claim, now) for claim in doubtful)


def remove_copies(store: Store, slack: Slack, now: datetime) -> int:
    """Look again for messages that were sent after a doubt; how many copies were deleted.

    A worker frozen between its last check and the socket may have posted after another one did."""
    with store.writing() as session:
        suspects = outbox.due_for_proof(session, now, limit=AT_ONCE)
    return sum(_prove(store, slack, claim, now) for claim in suspects)


def _settle(store: Store, slack: Slack, claim: Claim, now: datetime) -> int:
    if claim.method in REPEATABLE:
        return _missing(store, claim, now)
    try:
        channel, copies = _copies(slack, claim)
    except SlackRefused as refused:
        # Unreadable is not absent: a guess here is a second digest in somebody's channel.
        with store.writing() as session:
            again_at = now + min(LONGEST, UNREADABLE * claim.fence)
            outbox.settle_uncertain(session, claim, error=f"history: {refused.code}", again_at=again_at)
        return 0
    if not copies:
        return _missing(store, claim, now)
    with store.writing() as session:
        return int(outbox.settle_sent(session, claim, ts=copies[0], channel=channel, now=now))


def _missing(store: Store, claim: Claim, now: datetime) -> int:
    with store.writing() as session:
        outbox.settle_missing(session, claim, now)
    return 0


def _prove(store: Store, slack: Slack, claim: Claim, now: datetime) -> int:
    deleted = 0
    kept, again_at = claim.ts, None
    try:
        channel, copies = _copies(slack, claim)
        kept = claim.ts if claim.ts in copies or not copies else copies[0]
        extra = [ts for ts in copies if ts != kept]
        deleted = sum(slack.post("chat.delete", {"channel": channel, "ts": ts}).ok for ts in extra)
        again_at = None if deleted == len(extra) else now + LEASE
    except SlackRefused as refused:
        again_at = None if refused.code == "missing_scope" else now + 2 * LEASE
    with store.writing() as session:
        outbox.settle_proved(session, claim, ts=kept, again_at=again_at)
    return deleted


def _copies(slack: Slack, claim: Claim) -> tuple[str, tuple[str, ...]]:
    """The conversation it was meant for, and the `ts` of each copy in it. Raises SlackRefused."""
    channel = claim.posted_channel or claim.channel_id
    if channel.startswith(("U", "W")):
        channel = slack.direct_channel(channel)
    thread_ts = claim.parent_ts or claim.payload.get("thread_ts")
    oldest = (claim.first_try_at - BEFORE_FIRST_TRY).timestamp()
    return channel, slack.posted_copies(channel, claim.id, oldest=oldest, thread_ts=thread_ts)
