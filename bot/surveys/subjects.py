"""What tickets are about, as the rules of surveys see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlmodel import Session, col, select

from bot.store.tables import Agent, Customer, Team, TicketFact, TicketTag
from bot.surveys.conditions import About, about

CHUNK = 500
PRIORITIES = {1: "urgent", 2: "high", 3: "normal", 4: "low"}


def subjects(session: Session, ticket_ids: Sequence[int]) -> dict[int, About]:
    """Each of these tickets as rules see it: by its number, team, category, tags, customer, channel, priority, source, agent."""
    found: dict[int, About] = {}
    for some in _chunks(ticket_ids):
        tags: dict[int, set[str]] = {}
        for ticket_id, tag in session.exec(select(TicketTag.ticket_id, TicketTag.tag).where(col(TicketTag.ticket_id).in_(some))):
            tags.setdefault(ticket_id, set()).add(tag)
        query = (
            select(TicketFact, Team, Agent, Customer)
            .join(Team, col(Team.id) == TicketFact.team_id, isouter=True)
            .join(Agent, col(Agent.id) == TicketFact.agent_id, isouter=True)
            .join(Customer, col(Customer.id) == TicketFact.customer_id, isouter=True)
            .where(col(TicketFact.ticket_id).in_(some))
        )
        for fact, team, agent, customer in session.exec(query):
            found[fact.ticket_id] = _about(fact, (team, agent, customer), tags.get(fact.ticket_id, set()))
    return found


def _about(fact: TicketFact, who: tuple[Team | None, Agent | None, Customer | None], tags: set[str]) -> About:
    team, agent, customer = who
    named = (customer.email, customer.name, customer.organisation, customer.external_id) if customer is not None else ()
    return about(
        f"{fact.source}/{fact.external_id}",
        {
            "ticket": (fact.external_id,),
            "team": (team.name, team.external_id) if team is not None else (),
            "agent": (agent.name, agent.email) if agent is not None else (),
            "category": (fact.category,),
            "tag": tags,
            "customer": named,
            "channel": (fact.channel,),
            "priority": (PRIORITIES.get(fact.priority or 0), str(fact.priority or "")),
            "source": (fact.source,),
        },
    )


def _chunks(ticket_ids: Sequence[int]) -> Iterator[list[int]]:
    remaining = iter(ticket_ids)
    while some := list(islice(remaining, CHUNK)):
        yield some
