"""Keeps the fact tables in step with the raw tables: reads lives, derives, writes; the caller commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from json import loads
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col

from bot.facts.derive import derive
from bot.facts.life import Life, Moment, Traits
from bot.facts.profiles import profile_of
from bot.facts.rows import Names, Rows, fact_rows
from bot.facts.rules import BOTS, bots_of, names_of, profile_in_force, rules_of
from bot.store.bulk import append, plain
from bot.store.tables import FACT_TABLES, Customer, Setting, Ticket, TicketEvent, table_of
from bot.store.words import Status

CHUNK = 500
OF_TICKETS = (
    "id", "source", "external_id", "channel", "tags", "customer_id", "created_at", "updated_at", "status", "team_id", "agent_id",
    "priority", "category", "handled_s", "traits",
)  # fmt: skip
NO_TRAITS: Traits = {}
VERSION = 5
"""Of what derive() makes of a life: whoever changes that counts it up, so that stores are brought up to date."""
MADE_BY = "facts"


def refresh(session: Session, source: str, ticket_ids: Iterable[int], *, profile: str) -> int:
    """Derive and store the facts of these tickets of one source anew; says how many. The caller commits."""
    rules, names = rules_of(session, source, profile), names_of(session, source)
    done = 0
    for chunk in _chunks(sorted(ticket_ids)):
        lives = read_lives(session, chunk, names)
        rows: Rows = {model: [] for model in FACT_TABLES}
        for ticket, life in lives:
            fact_rows(ticket, derive(life, rules), names, rows)
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


def keep_definitions(session: Session, *, profile: str, now: datetime) -> int:
    """Derive everything anew if the facts were made by other definitions, of another profile, other bots or an older
    release; says how many tickets. The caller commits. Raises as `profile_of` does."""
    if are_current(session, profile=profile):
        return 0
    session.merge(Setting(key=MADE_BY, value=_made_by(session, profile), changed_at=now, changed_by="cx"))
    return refresh_all(session, profile=profile)


def are_current(session: Session, *, profile: str, bots: Sequence[str] | None = None) -> bool:
    """Whether the stored facts were made by the definitions that hold now, with these bots or those already listed."""
    known, wanted = session.get(Setting, MADE_BY), _made_by(session, profile)
    if bots is not None:
        wanted["bots"] = sorted({name.lower() for name in bots})
    return known is not None and known.value == wanted


def list_bots(session: Session, bots: Sequence[str], *, now: datetime) -> None:
    """Remember which agents the settings call bots; the caller derives anew and commits."""
    if list(bots) != listed_bots(session):
        session.merge(Setting(key=BOTS, value=list(bots), changed_at=now, changed_by="cx"))


def listed_bots(session: Session) -> list[str]:
    """The agents that were called bots when that was last remembered."""
    known = session.get(Setting, BOTS)
    return list(known.value) if known else []


def _made_by(session: Session, profile: str) -> dict[str, object]:
    definitions = profile_of(profile_in_force(session, profile))
    told = {"base": definitions.slug} | definitions.variants()
    return {"profile": told, "bots": sorted(bots_of(session)), "version": VERSION}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """What the fact row repeats of the ticket itself."""

    id: int
    source: str
    external_id: str
    channel: str
    tags: tuple[str, ...]
    customer_id: int | None
    created_at: int


def read_lives(session: Session, ids: list[int], names: Names) -> list[tuple[TicketRow, Life]]:
    """The lives of some tickets, with people and teams by external id."""
    moments = _moments(session, ids)
    ticket, customer = plain(Ticket), plain(Customer)
    columns = [ticket.c[name] for name in OF_TICKETS]
    query = select(*columns, customer.c.external_id.label("requester")).select_from(
        ticket.outerjoin(customer, customer.c.id == ticket.c.customer_id)
    )
    told = session.execute(query.where(ticket.c.id.in_(ids))).all()
    return [(_ticket(row, tags := _tags(row.tags)), _life(row, tags, moments.get(row.id, []), names)) for row in told]


def _tags(told: Any) -> tuple[str, ...]:
    """As SQLite keeps them they are a text still."""
    return tuple(loads(told) if isinstance(told, str) else told)


def _traits(told: Any) -> Traits:
    """The same of what policies ask for."""
    if told in ("{}", {}):
        return NO_TRAITS
    return {name: frozenset(values) for name, values in (loads(told) if isinstance(told, str) else told).items()}


def _ticket(row: Any, tags: tuple[str, ...]) -> TicketRow:
    return TicketRow(
        id=row.id,
        source=row.source,
        external_id=row.external_id,
        channel=row.channel,
        tags=tags,
        customer_id=row.customer_id,
        created_at=row.created_at,
    )


def _life(row: Any, tags: tuple[str, ...], moments: list[Moment], names: Names) -> Life:
    return Life(
        created_at=row.created_at,
        updated_at=row.updated_at,
        status=Status(row.status),
        moments=tuple(moments),
        requester=row.requester,
        team=names.team_of.get(row.team_id),
        agent=names.agent_of.get(row.agent_id),
        priority=row.priority,
        channel=row.channel,
        category=row.category,
        tags=tags,
        handled_s=row.handled_s,
        traits=_traits(row.traits),
    )


def _moments(session: Session, ids: list[int]) -> dict[int, list[Moment]]:
    event = plain(TicketEvent).c
    names = ("at", "seq", "key", "kind", "actor", "actor_kind", "old", "new", "worked_s")
    found: dict[int, list[Moment]] = {}
    query = select(*(event[name] for name in names), event.ticket_id).where(event.ticket_id.in_(ids))
    for row in session.execute(query).all():  # Row by row the database driver is asked for each: a quarter of all the time.
        found.setdefault(row[-1], []).append(Moment._make(row[:-1]))
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
