"""What an answer leaves behind: its question, for the buttons under it, and a line of the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.errors import BadRequest
from bot.kpis import KPIS
from bot.kpis.kpi import Kpi
from bot.kpis.query import Query, from_json, to_json
from bot.kpis.restating import keep_published
from bot.store.ledger import load_query, new_query_id, save_query, write_audit
from commands.command import Asker, Kept, Noted, Reply


def keep(session: Session, reply: Reply, asker: Asker, now: datetime) -> None:
    """Write what a reply leaves behind; the caller commits, before anybody sees the reply."""
    for kept in reply.keeps:
        save_query(session, kept.query, asker.user_id, asker.channel_id, now, query_id=kept.query_id)
        saved = load_query(session, kept.query_id)
        if saved is not None and asker.thread:
            saved.thread = asker.thread
    note(session, reply.notes, asker, now)
    if reply.published:
        keep_published(session, reply.published, now)


def note(session: Session, notes: Sequence[Noted], asker: Asker, now: datetime) -> None:
    """Write what the audit must hold: who asked what, when and where."""
    for one in notes:
        write_audit(session, asker.user_id, one.action, {**one.detail, "channel": asker.channel_id}, now)


def kept(query: Query, **beside: object) -> Kept:
    """A question with a new random id, and what else must be known to tell it again."""
    return Kept(query_id=new_query_id(), query={**to_json(query), **beside})


def kept_beside(session: Session, query_id: str) -> Mapping[str, Any]:
    """All that was kept under an id; nothing where it is not known any more."""
    saved = load_query(session, query_id) if 0 < len(query_id) <= 64 else None
    return saved.query if saved is not None else {}


def asked_before(session: Session, query_id: str) -> tuple[Kpi, Query]:
    """The question that a button carries. Raises BadRequest when it is not known any more."""
    saved = load_query(session, query_id) if query_id and len(query_id) <= 64 else None
    kpi = next((one for one in KPIS if saved is not None and one.slug == saved.query.get("kpi")), None)
    if saved is None or kpi is None:
        raise BadRequest(
            "I no longer know the question behind this button.", next_step="Type it again, for example `/cx backlog`."
        )
    return kpi, from_json(saved.query)
