"""Messages to Slack that must arrive once: kept before they are sent, claimed with a lease, settled under a fence."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.clock import now as machine_now
from bot.store.columns import Instant
from bot.store.tables import METADATA
from bot.store.words import OutboxState

LEASE = timedelta(seconds=120)
SETTLE = timedelta(seconds=60)
PRIORITY = {"reply": 1, "update": 2, "alert": 3, "case": 3, "digest": 5, "survey": 7}
EDIT = "chat.update"
LIVE = (OutboxState.READY, OutboxState.SENDING, OutboxState.UNCERTAIN)

OUTBOX = METADATA.tables["outbox"]
PARENT = OUTBOX.alias("parent")
OTHER = OUTBOX.alias("other")
row = OUTBOX.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What to send. The same `dedupe_key` is only ever kept once; `method` may be chat.update of the row `parent_id`.

    What `stands_alone` is more than a part of `parent_id`: where that is never posted, it is posted by itself."""

    dedupe_key: str
    kind: str
    channel_id: str
    payload: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]] = ()
    method: str = "chat.postMessage"
    parent_id: str | None = None
    stands_alone: bool = False
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row, ours until the lease ends; `fence` makes every later write of an earlier owner fail."""

    id: str
    fence: int
    kind: str
    method: str
    channel_id: str
    payload: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    attempts: int
    first_try_at: datetime
    posted_channel: str | None
    ts: str | None
    parent_channel: str | None = None
    parent_ts: str | None = None


def enqueue(session: Session, letter: Letter, now: datetime) -> str | None:
    """Keep a message for sending and give its id; None when one with this key was kept before. The caller commits.

    Two callers may come with the same key at once: the database lets one of them win."""
    values = {
        "id": _new_id(),
        "dedupe_key": letter.dedupe_key,
        "kind": letter.kind,
        "method": letter.method,
        "channel_id": letter.channel_id,
        "payload": dict(letter.payload),
        "files": [dict(file) for file in letter.files],
        "parent_id": letter.parent_id,
        "stands_alone": letter.stands_alone,
        "priority": PRIORITY.get(letter.kind, 5),
        "state": OutboxState.READY,
        "attempts": 0,
        "fence": 0,
        "next_at": letter.not_before or now,
        "created_at": now,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    kept = session.connection().execute(insert(OUTBOX).values(**values).on_conflict_do_nothing(index_elements=["dedupe_key"]))
    return str(values["id"]) if kept.rowcount else None


def something_due(session: Session, now: datetime) -> bool:
    """Whether there is anything to send, to settle or to prove, so that an idle second costs one read."""
    waits = and_(row.state.in_((OutboxState.READY, OutboxState.UNCERTAIN)), row.next_at <= now)
    left = and_(row.state == OutboxState.SENDING, row.lease_until < now)
    unproved = and_(row.state == OutboxState.SENT, row.verify_at <= now)
    return bool(session.connection().scalar(select(exists().where(or_(waits, left, unproved)))))


def claim_ready(
    session: Session, now: datetime, *, limit: int, not_to: Sequence[str] = (), not_by: Sequence[str] = ()
) -> list[Claim]:
    """Take up to `limit` messages that are due, urgent ones first, save for the channels and methods named; the caller commits.

    A message in a thread waits until its parent was sent, an edit until no other edit of the same message is under way.
    Commit before sending: a crash then leaves a lease, not a lie."""
    sent_parent = exists().where(PARENT.c.id == row.parent_id, PARENT.c.state == OutboxState.SENT)
    under_way = exists().where(_same_message(), OTHER.c.state.in_((OutboxState.SENDING, OutboxState.UNCERTAIN)))
    due = and_(
        row.state == OutboxState.READY,
        row.next_at <= now,
        row.channel_id.not_in(not_to),
        row.method.not_in(not_by),
        or_(row.parent_id.is_(None), sent_parent),
        or_(row.method != EDIT, ~under_way),
    )
    changes = {"state": OutboxState.SENDING, "attempts": row.attempts + 1}
    return _take(session, due, changes, now, limit)


def claim_doubtful(session: Session, now: datetime, *, limit: int) -> list[Claim]:
    """Take up to `limit` messages of which nobody knows whether they were posted: settled long enough, or abandoned."""
    abandoned = and_(row.state == OutboxState.SENDING, row.lease_until < now)
    unsettled = and_(row.state == OutboxState.UNCERTAIN, row.next_at <= now)
    return _take(session, or_(abandoned, unsettled), {"state": OutboxState.UNCERTAIN, "next_at": now + LEASE}, now, limit)


def due_for_proof(session: Session, now: datetime, *, limit: int) -> list[Claim]:
    """Take up to `limit` sent messages that took more than one doubtful try, to look for copies."""
    due = and_(row.state == OutboxState.SENT, row.verify_at <= now)
    return _take(session, due, {"verify_at": now + LEASE}, now, limit)


def settle_sent(session: Session, claim: Claim, *, ts: str | None, channel: str | None, now: datetime) -> bool:
    """It was posted. False when somebody else owns the row by now. Pictures and survey tokens are not kept any longer."""
    again = now + 2 * LEASE if claim.attempts > 1 and claim.method == "chat.postMessage" else None
    done: dict[str, Any] = {"state": OutboxState.SENT, "sent_at": now, "ts": ts, "posted_channel": channel, "verify_at": again}
    emptied: dict[str, Any] = {"files": []} | ({"payload": {}} if claim.kind == "survey" else {})
    return _settle(session, claim, done | emptied | {"last_error": None, "lease_until": None})


def settle_unsent(session: Session, claim: Claim, *, error: str, again_at: datetime) -> bool:
    """It was certainly not posted: ready again, and the try does not count as a doubtful one."""
    back = {"state": OutboxState.READY, "next_at": again_at, "attempts": max(0, claim.attempts - 1)}
    return _settle(session, claim, back | {"last_error": error[:200], "lease_until": None})


def settle_uncertain(session: Session, claim: Claim, *, error: str, again_at: datetime) -> bool:
    """It may have been posted: nobody sends it again before the channel was read."""
    unsure = {"state": OutboxState.UNCERTAIN, "next_at": again_at, "last_error": error[:200], "lease_until": None}
    return _settle(session, claim, unsure)


def settle_missing(session: Session, claim: Claim, now: datetime) -> bool:
    """The channel was read to its end and the message is not there: send it again."""
    return _settle(session, claim, {"state": OutboxState.READY, "next_at": now, "lease_until": None})


def settle_dead(session: Session, claim: Claim, *, error: str) -> bool:
    """It will never be posted as it is."""
    return _settle(session, claim, {"state": OutboxState.DEAD, "last_error": error[:200], "lease_until": None})


def settle_proved(session: Session, claim: Claim, *, ts: str | None, again_at: datetime | None) -> bool:
    """Its copies were looked for; `again_at` when the channel could not be read."""
    return _settle(session, claim, {"ts": ts, "verify_at": again_at, "lease_until": None})


def keep_files(session: Session, claim: Claim, files: Sequence[Mapping[str, Any]]) -> bool:
    """Remember what was uploaded, so that a second try need not upload again."""
    return _settle(session, claim, {"files": [dict(file) for file in files]})


def cancel(session: Session, dedupe_key: str) -> bool:
    """Take back a message that nobody has begun to send."""
    mine = and_(row.dedupe_key == dedupe_key, row.state == OutboxState.READY, row.attempts == 0)
    return _changed(session, update(OUTBOX).where(mine).values(state=OutboxState.CANCELLED)) == 1


def send_again(session: Session, message_id: str, now: datetime) -> bool:
    """A person decided that a dead message is to be sent after all."""
    dead = and_(row.id == message_id, row.state == OutboxState.DEAD)
    return _changed(session, update(OUTBOX).where(dead).values(state=OutboxState.READY, next_at=now)) == 1


def settle_arrived(session: Session, message_id: str, now: datetime) -> bool:
    """A person saw a doubtful message. Where it stands is still not known, so that what belonged under it is dropped."""
    done = {"state": OutboxState.SENT, "sent_at": now, "fence": row.fence + 1, "lease_until": None, "last_error": None}
    if not _changed(session, update(OUTBOX).where(_doubted(message_id)).values(**done)):
        return False
    below = and_(row.parent_id == message_id, row.state == OutboxState.READY, ~row.stands_alone)
    _changed(session, update(OUTBOX).where(below).values(state=OutboxState.CANCELLED))
    return True


def settle_again(session: Session, message_id: str, now: datetime) -> bool:
    """A person looked for a doubtful message and it is not there: send it again."""
    back = {"state": OutboxState.READY, "next_at": now, "fence": row.fence + 1, "lease_until": None}
    return _changed(session, update(OUTBOX).where(_doubted(message_id)).values(**back)) == 1


def drop_orphans(session: Session) -> int:
    """Cancel parts of messages that will never be there; how many."""
    lost = exists().where(PARENT.c.id == row.parent_id, PARENT.c.state.in_((OutboxState.DEAD, OutboxState.CANCELLED)))
    orphans = and_(row.state == OutboxState.READY, ~row.stands_alone, lost)
    return _changed(session, update(OUTBOX).where(orphans).values(state=OutboxState.CANCELLED))


def drop_outdated(session: Session) -> int:
    """Cancel edits that a later edit of the same message has overtaken: what is shown must not go back; how many."""
    overtaken = exists().where(_same_message(), OTHER.c.id > row.id, OTHER.c.state != OutboxState.CANCELLED)
    outdated = and_(row.state == OutboxState.READY, row.method == EDIT, overtaken)
    return _changed(session, update(OUTBOX).where(outdated).values(state=OutboxState.CANCELLED))


def suspect(session: Session, message_id: str, now: datetime) -> bool:
    """Who lost a row while posting it may have posted a copy, however long that took: have it looked for at once."""
    mine = and_(row.id == message_id, row.state == OutboxState.SENT, row.method == "chat.postMessage")
    return _changed(session, update(OUTBOX).where(mine).values(verify_at=now)) == 1


def forget_sent(session: Session, before: datetime) -> int:
    """Delete what was sent, cancelled or found impossible before an instant; how many."""
    finished = row.state.in_((OutboxState.SENT, OutboxState.CANCELLED, OutboxState.DEAD))
    old = and_(finished, row.created_at < before, row.verify_at.is_(None))
    return _changed(session, delete(OUTBOX).where(old))


def waiting(session: Session) -> dict[str, int]:
    """How many messages are in each state."""
    counted = session.connection().execute(select(row.state, func.count()).group_by(row.state))
    return {str(word): int(n) for word, n in counted}


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Since when the message that has waited longest could have been sent; None when nothing waits."""
    due = and_(row.state == OutboxState.READY, row.next_at <= now)
    since: datetime | None = session.connection().scalar(select(func.min(row.next_at)).where(due))
    return since


def _take(session: Session, due: ColumnElement[bool], changes: Mapping[str, Any], now: datetime, limit: int) -> list[Claim]:
    """Select, lock and mark rows. SQLite's writers stand in line anyway; PostgreSQL's step over each other's rows."""
    order = (row.priority, row.next_at, row.created_at, row.id)
    chosen = select(row.id).where(due).order_by(*order).limit(limit).with_for_update(skip_locked=True)
    ids = list(session.connection().scalars(chosen))
    if not ids:
        return []
    first = func.coalesce(row.first_try_at, literal(now, Instant()))
    common = {"fence": row.fence + 1, "lease_until": now + LEASE, "first_try_at": first}
    _changed(session, update(OUTBOX).where(row.id.in_(ids)).values(**common, **changes))
    taken = session.connection().execute(
        select(OUTBOX, PARENT.c.posted_channel.label("parent_channel"), PARENT.c.ts.label("parent_ts"))
        .outerjoin(PARENT, PARENT.c.id == row.parent_id)
        .where(row.id.in_(ids))
        .order_by(*order)
    )
    return [_claim(found) for found in taken.mappings()]


def _doubted(message_id: str) -> ColumnElement[bool]:
    return and_(row.id == message_id, row.state == OutboxState.UNCERTAIN)


def _same_message() -> ColumnElement[bool]:
    """Another edit of the message that this row edits."""
    return and_(OTHER.c.parent_id == row.parent_id, OTHER.c.method == EDIT, OTHER.c.id != row.id)


def _claim(found: Mapping[Any, Any]) -> Claim:
    return Claim(**{field.name: found[field.name] for field in fields(Claim)})


def _new_id() -> str:
    """A UUID that grows with the microsecond, so that messages kept within one second leave in the order they were kept."""
    return str(uuid.UUID(hex=f"{int(machine_now().timestamp() * 1_000_000):016x}{secrets.token_hex(8)}"))


def _settle(session: Session, claim: Claim, changes: Mapping[str, Any]) -> bool:
    mine = and_(row.id == claim.id, row.fence == claim.fence)
    return _changed(session, update(OUTBOX).where(mine).values(**changes)) == 1


def _changed(session: Session, statement: Any) -> int:
    result: CursorResult[Any] = session.connection().execute(statement)
    return result.rowcount
