"""The audit: who asked what and who changed what, read by admins, forgotten in time, and told to whom it is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, String, cast, delete, or_, update
from sqlmodel import Session, col, select

from bot.store.erased import NAME
from bot.store.tables import Audit, SavedQuery, table_of

ASKED = ("question.", "agents.", "command.", "ticket.", "comments.", "audit.")
"""How the actions begin that only asked; all others changed something."""
CUSTOMER = "customer"


def read_audit(
    session: Session, *, since: datetime, until: datetime, actor: str = "", asked: bool | None = None, limit: int
) -> list[Audit]:
    """The lines of `[since, until)`, newest first: of one actor where one is named, only questions or only changes where
    `asked` says which."""
    query = select(Audit).where(col(Audit.at) >= since, col(Audit.at) < until)
    if actor:
        query = query.where(col(Audit.actor) == actor)
    if asked is not None:
        only = _only_asked()
        query = query.where(only if asked else ~only)
    return list(session.exec(query.order_by(col(Audit.at).desc(), col(Audit.id).desc()).limit(limit)))


def forget_asked(session: Session, before: datetime) -> int:
    """Forget who asked what before an instant; says how many. Who changed what stays."""
    audit = table_of(Audit)
    told = session.connection().execute(delete(audit).where(audit.c.at < before, _only_asked()))
    return told.rowcount if isinstance(told, CursorResult) else 0


def forget_changed(session: Session, before: datetime) -> int:
    """Forget everything before an instant, who changed what too; says how many."""
    audit = table_of(Audit)
    told = session.connection().execute(delete(audit).where(audit.c.at < before))
    return told.rowcount if isinstance(told, CursorResult) else 0


def of_actors(session: Session, actors: Collection[str]) -> list[Audit]:
    """Everything that these people asked and changed, oldest first."""
    return list(session.exec(select(Audit).where(col(Audit.actor).in_(actors)).order_by(col(Audit.at), col(Audit.id))))


def forget_actors(session: Session, actors: Collection[str]) -> None:
    """What these people asked and changed stays, without them."""
    session.execute(update(Audit).where(col(Audit.actor).in_(actors)).values(actor=NAME))
    session.execute(update(SavedQuery).where(col(SavedQuery.asked_by).in_(actors)).values(asked_by=NAME))


def forget_questions_about(session: Session, names: Sequence[str]) -> None:
    """Kept questions that name one of these customers go: their buttons do nothing any more."""
    wanted = {name.strip().lower() for name in names if name.strip()}
    may = cast(col(SavedQuery.query), String).like(f'%"{CUSTOMER}"%')
    for row in session.exec(select(SavedQuery).where(may)).all():
        said = {str(v).lower() for one in row.query.get("filters") or () if one["dimension"] == CUSTOMER for v in one["values"]}
        if any(one in name for one in said if one for name in wanted):
            session.delete(row)


def _only_asked() -> ColumnElement[bool]:
    return or_(*(col(Audit.action).startswith(kind, autoescape=True) for kind in ASKED))
