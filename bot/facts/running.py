"""What still runs at an instant: waits of tickets that nobody solved, and clocks of targets that nobody met."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session

from bot.facts.asof import as_known
from bot.facts.derive import Facts, derive
from bot.facts.refresh import read_lives
from bot.facts.rules import names_of, rules_of
from bot.store.changes import chunks
from bot.store.columns import seconds
from bot.store.tables import SlaFact, TicketFact, table_of
from bot.store.words import UNSOLVED

Unfinished = dict[str, list[int]]


def unfinished(facts: Session) -> Unfinished:
    """Ids of the tickets in which something may still run, by source: those unsolved, and those that owe an answer."""
    ticket, sla = table_of(TicketFact).c, table_of(SlaFact).c
    owed = select(sla.ticket_id).where(sla.fulfilled_at.is_(None))
    found: Unfinished = {}
    query = select(ticket.source, ticket.ticket_id).where(or_(ticket.status.in_(UNSOLVED), ticket.ticket_id.in_(owed)))
    for source, ticket_id in facts.execute(query.order_by(ticket.ticket_id)):
        found.setdefault(source, []).append(ticket_id)
    return found


def running(truth: Session, which: Unfinished, now: datetime, *, profile: str, past: bool) -> Iterator[tuple[int, Facts]]:
    """The facts of these tickets with all that runs measured until `now`, from what the help desks told.

    In the `past` what happened after that instant is not known yet."""
    at = seconds(now)
    for source, ids in which.items():
        rules, names = rules_of(truth, source, profile), names_of(truth, source)
        for some in chunks(ids):
            for ticket, life in read_lives(truth, some, names):
                yield ticket.id, derive(as_known(life, at) if past else life, rules, at if past else None, at)
