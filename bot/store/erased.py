"""Keeps those forgotten who asked to be: what a help desk tells of them again arrives without the person.

Of someone forgotten only an HMAC of the address and of the help desk's id is kept, under a key of this store's own. What
stands in the place of the id follows from it, so that a ticket's customer stays one customer, and nobody knows which."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlmodel import Session

from bot.store.changes import add_missing, in_chunks, keyed
from bot.store.columns import seconds
from bot.store.records import CustomerRecord, EventRecord, RatingRecord, TicketRecord
from bot.store.sifting import Sifted
from bot.store.tables import Erased, Setting, table_of
from bot.store.words import Actor
from bot.store.workspace import keep_first

KEY = "erasure_key"
COMMENT_DAYS = "comment_days"
DEFAULT_COMMENT_DAYS = 365
NAME = "erased"
HASHED = "hmac:"
ERASED = keyed(Erased, "key")


def key_of(session: Session, *, now: datetime) -> bytes:
    """The key of this store, made when it is first needed."""
    known = known_key(session.connection())
    if known is None:
        keep_first(session, KEY, secrets.token_hex(32), now=now, by="cx")
        known = known_key(session.connection())
    assert known is not None
    return known


def known_key(connection: Connection) -> bytes | None:
    """The same where somebody was forgotten before; None where nobody was."""
    setting = table_of(Setting).c
    value = connection.execute(select(setting.value).where(setting.key == KEY)).scalar()
    return None if value is None else bytes.fromhex(str(value))


def mark_of(key: bytes, *parts: str) -> str:
    """What is kept of an address, or of a source and an id in it."""
    return hmac.new(key, "\x00".join(parts).strip().lower().encode("utf-8", "replace"), sha256).hexdigest()


def hashed_names(connection: Connection, names: Iterable[str]) -> list[str]:
    """How these would stand among those who opted out and were then forgotten; nothing where nobody was forgotten."""
    key = known_key(connection)
    return [f"{HASHED}{mark_of(key, name)}" for name in names] if key is not None else []


def alias_of(key: bytes, source: str, external_id: str) -> str:
    """What stands in the place of a help desk's id."""
    return f"erased-{mark_of(key, source, external_id)[:16]}"


def remember(connection: Connection, key: bytes, source: str, external_id: str, *, now: datetime) -> str:
    """Forget this id of this source from now on; gives what stands in its place."""
    alias = alias_of(key, source, external_id)
    add_missing(connection, ERASED, [{"key": mark_of(key, source, external_id), "alias": alias, "at": seconds(now)}])
    return alias


def remember_address(connection: Connection, key: bytes, email: str, *, now: datetime) -> None:
    """Forget this address from now on, whatever id it comes with."""
    add_missing(connection, ERASED, [{"key": mark_of(key, email), "alias": "", "at": seconds(now)}])


def forget_again(connection: Connection, source: str, page: Sifted, *, now: datetime) -> None:
    """Take those who were forgotten, and comments older than they are kept, out of a page before it is stored."""
    _drop_old_comments(connection, page, now)
    key = known_key(connection)
    if key is None:
        return
    by_address = _known(connection, {mark_of(key, one.email) for one in page.of(CustomerRecord) if one.email})
    for one in page.of(CustomerRecord):
        if one.email and mark_of(key, one.email) in by_address:
            remember(connection, key, source, one.external_id, now=now)
    names = {name: mark_of(key, source, name) for name in _names(page)}
    known = _known(connection, set(names.values()))
    aliases = {name: alias_of(key, source, name) for name, mark in names.items() if mark in known}
    if aliases:
        _rewrite(page, aliases)


def comment_days(connection: Connection) -> int:
    """For how many days comments are kept."""
    setting = table_of(Setting).c
    value = connection.execute(select(setting.value).where(setting.key == COMMENT_DAYS)).scalar()
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else DEFAULT_COMMENT_DAYS


def _drop_old_comments(connection: Connection, page: Sifted, now: datetime) -> None:
    ratings = page.of(RatingRecord)
    if not any(one.comment for one in ratings):
        return
    oldest = now - timedelta(days=comment_days(connection))
    page.kept[RatingRecord] = [replace(one, comment=None) if one.comment and one.answered_at < oldest else one for one in ratings]


def _names(page: Sifted) -> set[str]:
    found: set[str | None] = {one.external_id for one in page.of(CustomerRecord)}
    found |= {one.customer for one in page.of(TicketRecord)} | {one.customer for one in page.of(RatingRecord)}
    found |= {one.actor for one in page.of(EventRecord) if _may_be_customer(one)}
    return {name for name in found if name}


def _may_be_customer(event: EventRecord) -> bool:
    return event.actor_kind in (None, Actor.CUSTOMER)


def _known(connection: Connection, marks: Iterable[str]) -> set[str]:
    from_rows = in_chunks(connection, select(ERASED.plain.c.key).where(ERASED.plain.c.key.in_(_some())), marks)
    return {row[0] for row in from_rows}


def _some() -> Any:
    return bindparam("some", expanding=True)


def _rewrite(page: Sifted, aliases: Mapping[str, str]) -> None:
    def alias(name: str | None) -> str | None:
        return aliases.get(name or "")

    page.kept[CustomerRecord] = [
        CustomerRecord(external_id=other, name=NAME) if (other := alias(one.external_id)) else one
        for one in page.of(CustomerRecord)
    ]
    page.kept[TicketRecord] = [
        replace(one, customer=other, subject="") if (other := alias(one.customer)) else one for one in page.of(TicketRecord)
    ]
    page.kept[RatingRecord] = [
        replace(one, customer=other, comment=None) if (other := alias(one.customer)) else one for one in page.of(RatingRecord)
    ]
    page.kept[EventRecord] = [
        replace(one, actor=other) if _may_be_customer(one) and (other := alias(one.actor)) else one
        for one in page.of(EventRecord)
    ]


def clear_free_pages(connection: Connection) -> None:
    """Have SQLite overwrite what this transaction deletes; PostgreSQL's vacuum does it in its own time."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
