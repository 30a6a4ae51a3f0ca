"""Keeps a source's teams, agents and customers, also those whom tickets name before anyone introduced them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select

from bot.store.changes import Keyed, Row, add_missing, in_chunks, keyed, row_ids, stored_rows, write
from bot.store.records import AgentRecord, CustomerRecord, EventRecord, RatingRecord, TeamRecord, TicketRecord
from bot.store.sifting import Sifted, newest, tidy, tidy_or_none
from bot.store.tables import Agent, Customer, Team, Ticket, TicketEvent
from bot.store.words import Actor, Kind, Role

TEAMS = keyed(Team, "source", "external_id")
AGENTS = keyed(Agent, "source", "external_id", ours=("slack_user_id",))
CUSTOMERS = keyed(Customer, "source", "external_id")
TICKETS = keyed(Ticket, "source", "external_id")
EVENTS = keyed(TicketEvent, "ticket_id", "key")

STAFF = (Role.AGENT.value, Role.ADMIN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Our ids of the teams, agents and customers whom a page names, by the source's own ids."""

    teams: dict[str, int]
    agents: dict[str, int]
    customers: dict[str, int]


def store_people(connection: Connection, source: str, page: Sifted) -> set[int]:
    """Store who is introduced; gives back the tickets that must be read differently for it.

    A team's new schedule changes business hours, and a role changes who counts as a human agent."""
    teams = _store(connection, TEAMS, [_team_row(source, one) for one in page.of(TeamRecord)])
    agents = _store(connection, AGENTS, [_agent_row(source, one) for one in page.of(AgentRecord)])
    _store(connection, CUSTOMERS, [_customer_row(source, one) for one in page.of(CustomerRecord)])
    moved = [new["external_id"] for old, new in teams if old is not None and old["schedule"] != new["schedule"]]
    recast = [new["external_id"] for old, new in agents if _recast(old, new)]
    return _tickets_of_teams(connection, source, moved) | _tickets_of_agents(connection, source, recast)


def resolve_people(connection: Connection, source: str, page: Sifted) -> People:
    """Our ids of everyone the page names. Who is unknown gets a row named by the desk's id.

    That row is completed when the desk introduces them; its id stays, so nothing has to be linked again."""
    teams = {name: {"name": name, "schedule": None} for name in _named_teams(page)}
    agents = {name: {"name": name, "email": None, "role": role, "team": None} for name, role in _named_agents(page).items()}
    nobody = {"email": None, "organisation": None, "language": None}
    customers = {name: {"name": name, **nobody} for name in _named_customers(page)}
    return People(
        teams=_ids(connection, TEAMS, source, teams),
        agents=_ids(connection, AGENTS, source, agents),
        customers=_ids(connection, CUSTOMERS, source, customers),
    )


def _store(connection: Connection, to: Keyed, rows: Sequence[Row]) -> list[tuple[Row | None, Row]]:
    by_name = newest(rows, lambda row: row["external_id"])
    if not by_name:
        return []
    stored = stored_rows(connection, to, rows[0]["source"], by_name)
    changed = [(stored.get(name), row) for name, row in by_name.items() if to.differs(row, stored.get(name))]
    write(connection, to, [new for _, new in changed])
    return changed


def _team_row(source: str, team: TeamRecord) -> Row:
    return {"source": source, "external_id": team.external_id, "name": tidy(team.name), "schedule": tidy_or_none(team.schedule)}


def _agent_row(source: str, agent: AgentRecord) -> Row:
    return {
        "source": source,
        "external_id": agent.external_id,
        "name": tidy(agent.name),
        "email": tidy_or_none(agent.email),
        "role": agent.role.value,
        "team": tidy_or_none(agent.team),
    }


def _customer_row(source: str, customer: CustomerRecord) -> Row:
    return {
        "source": source,
        "external_id": customer.external_id,
        "name": tidy(customer.name),
        "email": tidy_or_none(customer.email),
        "organisation": tidy_or_none(customer.organisation),
        "language": tidy_or_none(customer.language),
    }


def _recast(old: Row | None, new: Row) -> bool:
    return old is None or (old["role"] != new["role"] and {old["role"], new["role"]} != set(STAFF))


def _tickets_of_teams(connection: Connection, source: str, names: Sequence[str]) -> set[int]:
    event = EVENTS.plain.c
    told = (event.kind == Kind.TEAM.value) & or_(event.old.in_(_some()), event.new.in_(_some()))
    query = _tickets(source, TICKETS.plain.c.team_id.in_(_known(TEAMS, source)), told)
    return {row[0] for row in in_chunks(connection, query, names)}


def _tickets_of_agents(connection: Connection, source: str, names: Sequence[str]) -> set[int]:
    event = EVENTS.plain.c
    handed = (event.kind == Kind.ASSIGNED.value) & or_(event.old.in_(_some()), event.new.in_(_some()))
    query = _tickets(source, TICKETS.plain.c.agent_id.in_(_known(AGENTS, source)), event.actor.in_(_some()) | handed)
    return {row[0] for row in in_chunks(connection, query, names)}


def _tickets(source: str, now: ColumnElement[bool], once: ColumnElement[bool]) -> Select[Any]:
    ticket = TICKETS.plain.c
    past = select(EVENTS.plain.c.ticket_id).where(once)
    return select(ticket.id).where(ticket.source == source, now | ticket.id.in_(past))


def _known(to: Keyed, source: str) -> Select[Any]:
    return select(to.plain.c.id).where(to.plain.c.source == source, to.plain.c.external_id.in_(_some()))


def _some() -> Any:
    return bindparam("some", expanding=True)


def _named_teams(page: Sifted) -> set[str]:
    events = (one for one in page.of(EventRecord) if one.kind is Kind.TEAM)
    return _names([one.team for one in page.of(TicketRecord)], (name for one in events for name in (one.old, one.new)))


def _named_customers(page: Sifted) -> set[str]:
    return _names((one.customer for one in page.of(TicketRecord)), (one.customer for one in page.of(RatingRecord)))


def _named_agents(page: Sifted) -> dict[str, str]:
    events = page.of(EventRecord)
    handed = (name for one in events if one.kind is Kind.ASSIGNED for name in (one.old, one.new))
    people = _names(
        (one.agent for one in page.of(TicketRecord)),
        (one.agent for one in page.of(RatingRecord)),
        handed,
        (one.actor for one in events if one.actor_kind is Actor.AGENT),
    )
    bots = _names(one.actor for one in events if one.actor_kind is Actor.BOT)
    return dict.fromkeys(people, Role.AGENT.value) | dict.fromkeys(bots, Role.BOT.value)


def _names(*lists: Iterable[str | None]) -> set[str]:
    return {tidy(name) for names in lists for name in names if name}


def _ids(connection: Connection, to: Keyed, source: str, named: dict[str, dict[str, Any]]) -> dict[str, int]:
    known = row_ids(connection, to, source, named)
    missing = sorted(named.keys() - known.keys())
    add_missing(connection, to, [{"source": source, "external_id": name, **named[name]} for name in missing])
    return known | row_ids(connection, to, source, missing)
