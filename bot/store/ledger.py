"""What may happen once only (slots, deliveries, turns at a help desk), what goes on, and who asked for what.

Every function works inside the caller's unit of work: nothing is claimed before the caller commits."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Executable, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from bot.clock import in_utc
from bot.store.tables import Audit, Delivery, DeskLease, Heartbeat, Run, SavedQuery, table_of
from bot.store.words import RunState

Insert = sqlite.Insert | postgresql.Insert
FIRST = {
    dialect: insert(table_of(Delivery)).on_conflict_do_nothing(index_elements=["key"])
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def claim_slot(session: Session, subscription_id: int, slot: str, due_at: datetime, now: datetime) -> bool:
    """Whether this slot is ours: True for one caller only, ever. `slot` is the local wall clock, `2026-11-01T01:15`.

    Put the message into the outbox in the same transaction: both are kept or neither is."""
    values = {"subscription_id": subscription_id, "slot": slot, "due_at": due_at, "at": now, "state": RunState.POSTED}
    claim = _insert(session, Run).values(**values).on_conflict_do_nothing(index_elements=["subscription_id", "slot"])
    return _changed(session, claim) == 1


def mark_run(
    session: Session, subscription_id: int, slot: str, state: RunState, *, now: datetime, reason: str | None = None
) -> None:
    """Say what became of a claimed slot, when that is anything else than posted."""
    run = table_of(Run)
    mine = (run.c.subscription_id == subscription_id) & (run.c.slot == slot)
    _changed(session, update(run).where(mine).values(state=state, reason=reason, at=now))


def beat(session: Session, name: str, instance: str, now: datetime) -> None:
    """Note that something which must go on does: `name` is what, `instance` which of us."""
    insert = _insert(session, Heartbeat).values(name=name, instance=instance, at=now)
    _changed(session, insert.on_conflict_do_update(index_elements=["name"], set_={"instance": instance, "at": now}))


def last_beat(session: Session, name: str) -> datetime | None:
    """When something last said that it goes on; None when it never did."""
    row = session.get(Heartbeat, name, populate_existing=True)
    return row.at if row else None


def clock_ahead(session: Session, now: datetime) -> timedelta:
    """By how much the database's clock is ahead of this machine's, which shows `now`. A file has no clock of its own."""
    if session.get_bind().dialect.name == "sqlite":
        return timedelta()
    theirs = session.connection().exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return in_utc(theirs) - now


def replicas(session: Session, since: datetime) -> int:
    """How many processes have said since an instant that they go on."""
    beats = table_of(Heartbeat).c
    alive = select(func.count()).where(beats.name.startswith("replica:"), beats.at >= since)
    return int(session.connection().execute(alive).scalar_one())


def forget_replicas(session: Session, before: datetime) -> int:
    """Forget the processes that have not been heard of since an instant; says how many."""
    beats = table_of(Heartbeat)
    return _changed(session, delete(beats).where(beats.c.name.startswith("replica:"), beats.c.at < before))


def take_lease(session: Session, source: str, holder: str, now: datetime, seconds: float) -> bool:
    """Whether `holder` has the source to itself for so many seconds: taken when it is free, its own, or run out."""
    until = now + timedelta(seconds=seconds)
    lease = table_of(DeskLease).c
    insert = _insert(session, DeskLease).values(source=source, holder=holder, until=until)
    free = or_(lease.holder == holder, lease.until <= now)
    taken = insert.on_conflict_do_update(index_elements=["source"], set_={"holder": holder, "until": until}, where=free)
    return _changed(session, taken) == 1


def release_lease(session: Session, source: str, holder: str) -> None:
    """Give the source back; does nothing when somebody else took it over meanwhile."""
    lease = table_of(DeskLease)
    _changed(session, delete(lease).where(lease.c.source == source, lease.c.holder == holder))


def first_delivery(session: Session, key: str, now: datetime) -> bool:
    """Whether this delivery from outside comes for the first time: True for one caller only.

    Slack repeats events for more than an hour and interactions from reconnecting sockets: keep the keys for over a day."""
    result = session.connection().execute(FIRST[session.get_bind().dialect.name], {"key": key, "at": now})
    return result.rowcount == 1


def first_deliveries(session: Session, keys: Sequence[str], now: datetime) -> list[bool]:
    """The same for many at once; of several with one key the first is the first."""
    if len(keys) == 1:
        return [first_delivery(session, keys[0], now)]
    told = FIRST[session.get_bind().dialect.name].returning(table_of(Delivery).c.key)
    rows = [{"key": key, "at": now} for key in sorted(set(keys))]  # In one order everywhere: two never wait for each other.
    fresh = set(session.connection().execute(told, rows).scalars())
    # Of one key the first delivery takes it away from the next.
    return [_taken(fresh, key) for key in keys]


def forget_deliveries(session: Session, before: datetime) -> int:
    """Forget the deliveries older than an instant; says how many."""
    delivery = table_of(Delivery)
    return _changed(session, delete(delivery).where(delivery.c.at < before))


def write_audit(session: Session, actor: str, action: str, detail: Mapping[str, Any], now: datetime) -> None:
    """Note who did what. `detail` holds ids and settings, never a customer's words."""
    session.add(Audit(at=now, actor=actor, action=action, detail=dict(detail)))
    session.flush()


def new_query_id() -> str:
    """A random id for a question, so that an answer can be made before the question is kept."""
    return secrets.token_urlsafe(12)


def save_query(
    session: Session, query: Mapping[str, Any], asked_by: str, channel: str, now: datetime, *, query_id: str | None = None
) -> str:
    """Keep a question as it was understood; gives the random id that a button may carry."""
    saved = SavedQuery(id=query_id or new_query_id(), query=dict(query), asked_by=asked_by, channel_id=channel, at=now)
    session.add(saved)
    session.flush()
    return saved.id


def load_query(session: Session, query_id: str) -> SavedQuery | None:
    """The question of that id; None when it was never asked or has been forgotten."""
    return session.get(SavedQuery, query_id)


def forget_queries(session: Session, before: datetime) -> int:
    """Forget the questions asked before an instant; says how many."""
    saved = table_of(SavedQuery)
    return _changed(session, delete(saved).where(saved.c.at < before))


def _taken(fresh: set[str], key: str) -> bool:
    taken = key in fresh
    fresh.discard(key)
    return taken


def _insert(session: Session, model: type[SQLModel]) -> Insert:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table_of(model))


def _changed(session: Session, statement: Executable) -> int:
    result = session.connection().execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
