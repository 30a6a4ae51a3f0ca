"""Posts each channel's digest when its time comes: once a slot, whatever crashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.kpis.dimensions import AGENT, dimension
from bot.kpis.query import filters_of, to_json
from bot.kpis.quiet_hours import muted_until
from bot.kpis.restating import keep_published, published
from bot.slots import Cadence, Slot
from bot.store.ledger import claim_slot, mark_run, save_query
from bot.store.outbox import Letter, enqueue
from bot.store.subscriptions import Due, cadence_of, due_now, in_force, skipped_since_post
from bot.store.tables import Subscription
from bot.store.words import RunState
from bot.store.workspace import Workspace, read_workspace
from bot.views.digest import Digest, digest, quiet_digest
from bot.views.digest_page import page
from bot.views.digest_words import Edition, has_news
from bot.views.pictures import drawn
from jobs.edition import Order, edition
from jobs.job import Job, Tick
from jobs.losses import stop_naming
from jobs.turns import take_turns

KIND = "digest"
NOW = "now"
"""In a subscription's spec: when somebody wanted it at once."""
LATE = timedelta(minutes=10)
MOST_NAMED = 5


def post_due_digests(tick: Tick) -> int:
    """Post every digest that is due; says how many went out. One that fails stops no other, and gets its next turn."""
    with tick.store.reading() as session:
        rows = session.exec(select(Subscription).where(col(Subscription.kind) == KIND, col(Subscription.enabled))).all()
        session.expunge_all()
    return take_turns(rows, lambda row: _post(tick, row), name="digest")


def _post(tick: Tick, row: Subscription) -> int:
    """Everything slow happens before the transaction; in it, who claims the slot keeps the message too, or neither."""
    with tick.store.reading() as session:
        cadence = in_force(session, row)
    due = _due(tick, row, cadence)
    if due.post is not None and NOW not in row.spec and _is_muted(tick, row):
        due = replace(due, post=None, missed=(*due.missed, (due.post, "muted")))
    if due.post is None:
        _skip(tick, row, due)
        return 0
    if _names_people(tick, row):
        with tick.store.writing() as session:
            stop_naming(session, row, tick.now)
        return 0
    with tick.store.reading() as session:
        order = replace(_order(row, due.post, due, skipped_since_post(session, row.id or 0)), cadence=cadence)
        workspace = read_workspace(session, _defaults(tick))
        issue = edition(session, order, workspace)
        place = f"digest {row.id} of {due.post.key} in {row.channel_id}"
        said = [published(session, answer, workspace=workspace, where=place) for answer in issue.answers]
    queries = {answer.kpi.slug: answer.query for answer in issue.answers}
    plain = _told(issue, row)
    pictures = [drawn(message, tick.draw) for message in (plain.parent, *plain.details)]
    with tick.store.writing() as session:
        wanted = _record(session, row, due, tick.now)
        if not wanted or not claim_slot(session, row.id or 0, due.post.key, due.post.due_at, tick.now):
            return 0
        keep_published(session, said, tick.now)
        saved = {slug: save_query(session, to_json(q), row.owner, row.channel_id, tick.now) for slug, q in queries.items()}
        told = _told(replace(issue, query_ids=saved), row)
        return _enqueue(session, _letters(row, due.post.key, told, pictures), tick.now)


def _names_people(tick: Tick, row: Subscription) -> bool:
    """Whether it is about single agents and for a channel in which they may not be named: the list may have changed since."""
    about = any(dimension(one.dimension) is AGENT for one in filters_of(row.spec.get("filters") or ()) if not one.op)
    if not about or not row.channel_id.startswith(("C", "G")):
        return False
    with tick.store.reading() as session:
        return row.channel_id not in read_workspace(session, _defaults(tick)).named_channels


def _is_muted(tick: Tick, row: Subscription) -> bool:
    with tick.store.reading() as session:
        workspace = read_workspace(session, _defaults(tick))
    return muted_until(workspace.mutes, row.channel_id, tick.now) is not None


def _skip(tick: Tick, row: Subscription, due: Due) -> None:
    if due.missed:
        with tick.store.writing() as session:
            _record(session, row, due, tick.now)


def _due(tick: Tick, row: Subscription, cadence: Cadence) -> Due:
    """What the rhythm owes; ahead of it, what somebody wanted at once."""
    if NOW in row.spec:
        return Due(post=Slot(key=f"now {row.spec[NOW]}", due_at=tick.now), until=row.seen_until)
    return due_now(row, tick.now, cadence)


def _told(issue: Edition, row: Subscription) -> Digest:
    """Nothing new is one line, unless the channel wants the whole of it every day, or somebody wanted it now."""
    if row.spec.get("page") and issue.answers:
        return Digest(parent=page(issue))
    whole = row.spec.get("always") or NOW in row.spec or has_news(issue) or not issue.answers
    return digest(issue) if whole else Digest(parent=quiet_digest(issue))


def _letters(row: Subscription, slot: str, told: Digest, pictures: Sequence[Sequence[dict[str, Any]]]) -> list[Letter]:
    """The digest and its details; the same slot gives the same keys, so that nothing is kept twice."""
    return [
        Letter(
            dedupe_key=f"digest:{row.id}:{slot}:{number}",
            kind=KIND,
            channel_id=row.channel_id,
            payload={"text": message.text, "blocks": list(message.blocks)},
            files=files,
        )
        for number, (message, files) in enumerate(zip((told.parent, *told.details), pictures, strict=True))
    ]


def _enqueue(session: Session, letters: Sequence[Letter], now: datetime) -> int:
    parent = enqueue(session, letters[0], now)
    if parent is None:
        return 0
    for letter in letters[1:]:
        enqueue(session, replace(letter, parent_id=parent), now)
    return 1


def _record(session: Session, row: Subscription, due: Due, now: datetime) -> bool:
    """Missed slots go into the ledger with their reason, and all up to now was seen. False where it ended meanwhile."""
    stored = session.get(Subscription, row.id)
    if stored is None or not stored.enabled:
        return False
    for slot, reason in due.missed:
        if claim_slot(session, row.id or 0, slot.key, slot.due_at, now):
            mark_run(session, row.id or 0, slot.key, RunState.SKIPPED, now=now, reason=reason)
    stored.seen_until = max(stored.seen_until, due.until or now)
    stored.spec = {name: value for name, value in stored.spec.items() if name != NOW}
    session.add(stored)
    return True


def _order(row: Subscription, slot: Slot, due: Due, skipped: Sequence[str]) -> Order:
    """What went wrong is named once: slots missed now, and those skipped since the last digest that was posted."""
    late = due.late if due.late > LATE else None
    keys = [key for key in dict.fromkeys((*skipped, *(missed.key for missed, _ in due.missed))) if key != slot.key]
    named = [key.replace("T", " ") for key in keys[-MOST_NAMED:]]
    if len(keys) > MOST_NAMED:
        named.insert(0, f"{len(keys) - MOST_NAMED} earlier ones")
    return Order(slot=slot, cadence=cadence_of(row.cadence), zone=row.zone, spec=row.spec, late=late, missed=tuple(named))


def _defaults(tick: Tick) -> Workspace:
    own = tick.settings
    return Workspace(zone=own.zone, week_start=own.week_start, profile=own.profile, clock=own.clock, currency=own.currency)


DIGEST = Job(slug="digest", says="Posts digests.", every=timedelta(seconds=15), run=post_due_digests)
