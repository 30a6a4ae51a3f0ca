"""Keeps the fact tables in step with the raw tables: reads lives, derives, writes; the caller commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import delete, select
from sqlmodel import Session, col

from bot.facts.derive import derive
from bot.facts.life import Life, Moment
from bot.facts.rows import Names, Rows, fact_rows
from bot.facts.rules import names_of, rules_of
from bot.store.bulk import append, plain
from bot.store.tables import FACT_TABLES, Customer, Ticket, TicketEvent, table_of

CHUNK = 500


def refresh(session: Session, source: str, ticket_ids: Iterable[int], *, profile: str) -> int:
    """Derive and store the facts of these tickets of one source anew; says how many. The caller commits."""
    rules, names = rules_of(session, source, profile), names_of(session, source)
    done = 0
    for chunk in _chunks(sorted(ticket_ids)):
        lives = read_lives(session, chunk, names)
        rows: Rows = {model: [] for model in FACT_TABLES}
        for ticket, life in lives:
            fact_rows(ticket, life, derive(life, rules), names, rows)
        _replace(session, chunk, rows)
        done += len(lives)
    return done


def refresh_all(session: Session, *, profile: str) -> int:
    """Derive every ticket of every source anew, as after a change of schedules, policies or definitions."""
    done = 0
    for source in session.scalars(select(col(Ticket.source)).distinct()).all():
        ids = session.scalars(select(col(Ticket.id)).where(col(Ticket.source) == source)).all()
        done += refresh(session, source, [i for i in ids if i is not None], profile=profile)
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """What the fact row repeats of the ticket itself."""

    id: int
    source: str
    external_id: str
    channel: str
    category: str | None
    tags: tuple[str, ...]
    customer_id: int | None
    created_at: int


def read_lives(session: Session, ids: list[int], names: Names) -> list[tuple[TicketRow, Life]]:
    """The lives of some tickets, with people and teams by external id."""
    moments = _moments(session, ids)
    ticket = table_of(Ticket).c
    requester = table_of(Customer).c
    fields = (ticket.id, ticket.source, ticket.external_id, ticket.channel, ticket.category, ticket.tags, ticket.customer_id)
    state = (ticket.created_at, ticket.status, ticket.team_id, ticket.agent_id, ticket.priority, ticket.handled_s)
    query = select(*fields, *state, requester.external_id).outerjoin_from(
        table_of(Ticket), table_of(Customer), requester.id == ticket.customer_id
    )
    lives = []
    for row in session.execute(query.where(ticket.id.in_(ids))):
        created = int(row[7].timestamp())
        known = TicketRow(
            id=row[0],
            source=row[1],
            external_id=row[2],
            channel=row[3],
            category=row[4],
            tags=tuple(row[5]),
            customer_id=row[6],
            created_at=created,
        )
        life = Life(
            created_at=created,
            status=row[8],
            moments=tuple(moments.get(row[0], ())),
            requester=row[13],
            team=names.team_of.get(row[9]),
            agent=names.agent_of.get(row[10]),
            priority=row[11],
            channel=row[3],
            category=row[4],
            tags=known.tags,
            handled_s=row[12],
        )
        lives.append((known, life))
    return lives


def _moments(session: Session, ids: list[int]) -> dict[int, list[Moment]]:
    event = plain(TicketEvent).c
    names = ("at", "seq", "key", "kind", "actor", "actor_kind", "old", "new", "worked_s")
    found: dict[int, list[Moment]] = {}
    for ticket_id, *rest in session.execute(
        select(event.ticket_id, *(event[name] for name in names)).where(event.ticket_id.in_(ids))
    ):
        found.setdefault(ticket_id, []).append(Moment(*rest))
    return found


def _replace(session: Session, ids: list[int], rows: Rows) -> None:
    for model in reversed(FACT_TABLES):
        old = table_of(model)
        session.execute(delete(old).where(old.c.ticket_id.in_(ids)))
    for model in FACT_TABLES:
        append(session, model, rows[model])


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    walk = iter(ids)
    while chunk := list(islice(walk, CHUNK)):
        yield chunk
