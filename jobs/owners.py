"""Hands what somebody asked for to an admin when that person has left the workspace, and tells the admin once."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlmodel import Session, select

from bot.store.ledger import write_audit
from bot.store.outbox import Letter, enqueue
from bot.store.subscriptions import cadence_of
from bot.store.tables import Alert, Subscription
from bot.store.workspace import Workspace, read_workspace
from bot.views.blocks import clip_mrkdwn, escape
from bot.views.subscribed import GONE, is_person, rhythm_words
from jobs.job import Job, Tick

log = logging.getLogger("cx.owners")

LONGEST = 2_500


def hand_over(tick: Tick) -> int:
    """How many subscriptions and alerts have another owner now. Who is gone, Slack says; while it cannot be asked nobody is."""
    with tick.store.reading() as session:
        owners = {*session.exec(select(Subscription.owner)), *session.exec(select(Alert.owner))}
        admins = {*tick.settings.admins, *read_workspace(session, Workspace()).admins}
    gone = [owner for owner in sorted(owners) if _is_gone(tick, owner)]
    if not gone:
        return 0
    heir = next((admin for admin in sorted(admins) if not tick.slack.user(admin).is_outsider), None)
    if heir is None:
        log.warning("owners have left and no admin is known: name one in CX_ADMINS", extra={"owners": len(gone)})
        return 0
    with tick.store.writing() as session:
        return sum(_hand_over(session, owner, heir, tick) for owner in gone)


def _is_gone(tick: Tick, user_id: str) -> bool:
    person = tick.slack.user(user_id)
    return person.is_gone or person.is_missing


def _hand_over(session: Session, owner: str, heir: str, tick: Tick) -> int:
    digests = session.exec(select(Subscription).where(Subscription.owner == owner).with_for_update()).all()
    alerts = session.exec(select(Alert).where(Alert.owner == owner).with_for_update()).all()
    rows: list[Subscription | Alert] = [*digests, *alerts]
    for row in rows:
        row.owner = heir
        if row.channel_id == owner:
            row.enabled, row.paused_reason = False, GONE
        session.add(row)
    count = len(digests) + len(alerts)
    if not count:
        return 0
    lines = [*map(_digest_line, digests), *map(_alert_line, alerts)]
    text = (
        f"<@{owner}> is not in this workspace any more. What they asked for is yours now, and goes on:\n"
        + "\n".join(lines)
        + "\nDigests you find, with *Edit* and *End*, on my Home tab and with `/cx list`, alerts with `/cx alerts`."
    )
    write_audit(session, "cx", "owner.left", {"owner": owner, "heir": heir, "count": count}, tick.now)
    payload = {"text": clip_mrkdwn(text, LONGEST)}
    once = f"owner-left:{owner}:{heir}:{int(tick.now.timestamp())}"
    enqueue(session, Letter(dedupe_key=once, kind="reply", channel_id=heir, payload=payload), tick.now)
    return count


def _digest_line(row: Subscription) -> str:
    ended = ", paused" if not row.enabled else ""
    return f"• {row.kind} {rhythm_words(cadence_of(row.cadence))}, {_place(row.channel_id)}{ended}"


def _alert_line(row: Alert) -> str:
    return f"• alert `{escape(row.text)}`, {_place(row.channel_id)}{'' if row.enabled else ', paused'}"


def _place(channel_id: str) -> str:
    return f"<@{channel_id}>" if is_person(channel_id) else f"<#{channel_id}>"


OWNERS = Job(
    slug="owners",
    says="Hands what people asked for to an admin when they have left the workspace.",
    every=timedelta(minutes=30),
    run=hand_over,
)
