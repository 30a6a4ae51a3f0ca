"""Asks a person where nobody else can tell: a message may have been posted, and the channel cannot be read to find out."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlmodel import Session, col, select

from bot.store.outbox import Letter, enqueue
from bot.store.tables import Outbox
from bot.store.words import OutboxState
from bot.store.workspace import Workspace, read_workspace
from bot.views.doubt import doubt_payload
from jobs.job import Job, Tick
from jobs.losses import subscription_of

log = logging.getLogger("cx.doubts")

PATIENCE = timedelta(minutes=10)
AT_ONCE = 20
QUESTION = "doubt:"


def ask_about_doubts(tick: Tick) -> int:
    """One question to whoever a doubtful message belongs to, once for each message; how many were asked."""
    with tick.store.reading() as session:
        if not _doubtful(session, tick):
            return 0
    with tick.store.writing() as session:
        asked = [_ask(session, tick, row) for row in _doubtful(session, tick)]
    return sum(asked)


def _doubtful(session: Session, tick: Tick) -> list[Outbox]:
    unread = (Outbox.state == OutboxState.UNCERTAIN, col(Outbox.last_error).startswith("history:"))
    old = (col(Outbox.first_try_at) <= tick.now - PATIENCE, ~col(Outbox.dedupe_key).startswith(QUESTION))
    return list(session.exec(select(Outbox).where(*unread, *old).order_by(col(Outbox.created_at)).limit(AT_ONCE)))


def _ask(session: Session, tick: Tick, row: Outbox) -> int:
    owner = subscription_of(session, row.dedupe_key)
    people = {owner.owner} if owner is not None else {*read_workspace(session, Workspace()).admins, *tick.settings.admins}
    if not people:
        log.warning("nobody can be asked about a doubtful message: name an admin in CX_ADMINS", extra={"message_id": row.id})
    text = str(row.payload.get("text", ""))
    payload = doubt_payload(row.id, kind=row.kind, channel_id=row.channel_id, text=text)
    letters = [
        Letter(dedupe_key=f"{QUESTION}{row.id}:{person}", kind="reply", channel_id=person, payload=payload)
        for person in sorted(people)
    ]
    return sum(enqueue(session, letter, tick.now) is not None for letter in letters)


DOUBTS = Job(
    slug="doubts",
    says="Asks the owner about messages of which nobody knows whether they arrived.",
    every=timedelta(minutes=1),
    run=ask_about_doubts,
)
