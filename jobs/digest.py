"""Posts each channel's digest when its time comes: once a slot, whatever crashes, and one message a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.clock import iso, read_instant
from bot.kpis.dimensions import AGENT, dimension
from bot.kpis.query import filters_of, to_json
from bot.kpis.quiet_hours import muted_until
from bot.kpis.restating import keep_published, published
from bot.slots import Cadence, Slot
from bot.store.ledger import claim_slot, mark_run, save_query
from bot.store.moments import AT_ONCE, message_of, take_place
from bot.store.outbox import Letter, enqueue
from bot.store.subscriptions import Due, due_now, in_force, skipped_since_post
from bot.store.tables import Subscription
from bot.store.words import RunState
from bot.store.workspace import Workspace, read_workspace
from bot.views.pictures import drawn
from jobs.edition import edition
from jobs.issue import KIND, NOW, PATIENCE, WAITS, Issue, Owed, at_one_moment, leading_first, letters, order, sentence, told
from jobs.job import Job, Tick
from jobs.losses import stop_naming
from jobs.turns import take_turns

AFTER = timedelta(seconds=30)
"""So long the details of a digest let those go first that stand whole in its thread."""


def post_due_digests(tick: Tick) -> int:
    """Post every digest that is due; says how many went out. One that fails stops no other, and gets its next turn."""
    with tick.store.reading() as session:
        rows = session.exec(select(Subscription).where(col(Subscription.kind) == KIND, col(Subscription.enabled))).all()
        session.expunge_all()
    owed: list[Owed] = []
    take_turns(rows, lambda row: _look(tick, row, owed), name="digest")
    return sum(_post(tick, group) for group in at_one_moment(owed))


def _post(tick: Tick, group: Sequence[Owed]) -> int:
    """What is due at one moment in one place, the digest that leads first."""
    issues: list[Issue] = []
    take_turns(group, lambda owed: _make(tick, owed, issues), name="digest")
    ordered = leading_first(issues)
    below = [tuple(map(sentence, ordered[place + 1 :])) for place in range(len(ordered))]
    return take_turns(zip(ordered, below, strict=True), lambda one: _keep(tick, *one), name="digest")


def _look(tick: Tick, row: Subscription, owed: list[Owed]) -> int:
    """Find what a subscription owes; how many it does."""
    with tick.store.reading() as session:
        cadence = in_force(session, row)
    due = _due(tick, row, cadence)
    if due.post is not None and NOW not in row.spec and _is_muted(tick, row):
        due = replace(due, post=None, missed=(*due.missed, (due.post, "muted")))
    if due.post is not None and not _names_people(tick, row):
        owed.append(Owed(row=row, cadence=cadence, due=due, slot=due.post))
        return 1
    if due.post is not None or due.missed:
        with tick.store.writing() as session:
            stop_naming(session, row, tick.now) if due.post is not None else _record(session, row, due, tick.now)
    return 0


def _make(tick: Tick, owed: Owed, issues: list[Issue]) -> int:
    """Ask for its numbers."""
    row = owed.row
    with tick.store.reading() as session:
        workspace = read_workspace(session, _defaults(tick))
        made = edition(session, order(owed, skipped_since_post(session, row.id or 0)), workspace)
        place = f"digest {row.id} of {owed.slot.key} in {row.channel_id}"
        said = tuple(published(session, answer, workspace=workspace, where=place) for answer in made.answers)
    if made.stale and _waits(tick, row):
        return 0
    issues.append(Issue(owed=owed, edition=made, said=said))
    return 1


def _keep(tick: Tick, issue: Issue, below: tuple[str, ...]) -> int:
    """Everything slow happens before the transaction; in it, who claims the slot keeps the message too, or neither.

    Of all that is due at one moment in one place the first that is kept is the message; the others go into its thread."""
    row, slot, now, made = issue.owed.row, issue.owed.slot, tick.now, issue.edition
    with tick.store.reading() as session:
        above = _above(session, issue.owed)
    plain = told(made, row)
    pictures = [drawn(message, tick.draw) for message in (plain.parent, *(() if above else plain.details))]
    with tick.store.writing() as session:
        take_place(session, row)
        above = _above(session, issue.owed)
        wanted = _record(session, row, issue.owed.due, now)
        if not wanted or not claim_slot(session, row.id or 0, slot.key, slot.due_at, now):
            return 0
        keep_published(session, issue.said, now)
        saved = {
            answer.kpi.slug: save_query(session, to_json(answer.query), row.owner, row.channel_id, now) for answer in made.answers
        }
        final = told(replace(made, query_ids=saved, below=() if above else below), row)
        kept = letters(row, slot.key, (final.parent, *final.details), pictures)
        return _enqueue(session, kept, above, now, after=AFTER if below else timedelta())


def _waits(tick: Tick, row: Subscription) -> bool:
    """After a start or an outage the help desk is read any minute: so long a digest waits for the days that it is about."""
    if NOW in row.spec:
        return False
    if WAITS in row.spec:
        return tick.now - read_instant(row.spec[WAITS]) < PATIENCE
    with tick.store.writing() as session:
        stored = session.get(Subscription, row.id)
        if stored is not None:
            stored.spec = {**stored.spec, WAITS: iso(tick.now)}
            session.add(stored)
    return True


def _above(session: Session, owed: Owed) -> str | None:
    """The message in whose thread it goes."""
    return None if NOW in owed.row.spec else message_of(session, owed.row, owed.slot.due_at)


def _enqueue(session: Session, kept: Sequence[Letter], above: str | None, now: datetime, after: timedelta) -> int:
    """A message with its details in its thread; in the thread of another, the message alone, for threads have no threads."""
    parent = enqueue(session, replace(kept[0], parent_id=above, stands_alone=above is not None), now)
    if parent is None:
        return 0
    for letter in kept[1:] if above is None else ():
        enqueue(session, replace(letter, parent_id=parent, not_before=now + after), now)
    return 1


def _due(tick: Tick, row: Subscription, cadence: Cadence) -> Due:
    """What the rhythm owes; ahead of it, what somebody wanted at once."""
    if NOW in row.spec:
        return Due(post=Slot(key=f"{AT_ONCE}{row.spec[NOW]}", due_at=tick.now), until=row.seen_until)
    return due_now(row, tick.now, cadence)


def _is_muted(tick: Tick, row: Subscription) -> bool:
    with tick.store.reading() as session:
        workspace = read_workspace(session, _defaults(tick))
    return muted_until(workspace.mutes, row.channel_id, tick.now) is not None


def _names_people(tick: Tick, row: Subscription) -> bool:
    """Whether it is about single agents and for a channel in which they may not be named: the list may have changed since."""
    about = any(dimension(one.dimension) is AGENT for one in filters_of(row.spec.get("filters") or ()) if not one.op)
    if not about or not row.channel_id.startswith(("C", "G")):
        return False
    with tick.store.reading() as session:
        return row.channel_id not in read_workspace(session, _defaults(tick)).named_channels


def _record(session: Session, row: Subscription, due: Due, now: datetime) -> bool:
    """Missed slots go into the ledger with their reason, and all up to now was seen. False where it ended meanwhile."""
    stored = session.get(Subscription, row.id)
    if stored is None or not stored.enabled:
        return False
    for slot, reason in due.missed:
        if claim_slot(session, row.id or 0, slot.key, slot.due_at, now):
            mark_run(session, row.id or 0, slot.key, RunState.SKIPPED, now=now, reason=reason)
    stored.seen_until = max(stored.seen_until, due.until or now)
    stored.spec = {name: value for name, value in stored.spec.items() if name not in (NOW, WAITS)}
    session.add(stored)
    return True


def _defaults(tick: Tick) -> Workspace:
    own = tick.settings
    return Workspace(zone=own.zone, week_start=own.week_start, profile=own.profile, clock=own.clock, currency=own.currency)


DIGEST = Job(slug="digest", says="Posts digests.", every=timedelta(seconds=15), run=post_due_digests)
