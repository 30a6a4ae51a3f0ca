"""How much comes in, goes out and piles up."""

from __future__ import annotations

from sqlalchemy import select, union_all

from bot.desks.desk import Fact
from bot.kpis.columns import REPLIES, SOLVES, SPANS, TICKETS
from bot.kpis.dimensions import FLOW_SPLITS, TICKET_SPLITS
from bot.kpis.kpi import Count, Example, Flow, Good, Kpi, Quotient, Ratio, Stock, Unit
from bot.store.tables import Agent, table_of
from bot.store.words import RESOLVED, UNSOLVED, Role

CREATED = Flow(table=TICKETS, when=TICKETS.c.created_at, says="tickets created")
RESOLVED_TICKETS = Flow(table=TICKETS, when=TICKETS.c.full_resolution_at, says="tickets resolved", agent=TICKETS.c.solver_id)
SOLVED = Flow(table=SOLVES, when=SOLVES.c.at, says="solves", agent=SOLVES.c.agent_id)
REOPENED = Flow(table=SOLVES, when=SOLVES.c.reopened_at, says="reopened tickets", agent=SOLVES.c.agent_id)
WORK = union_all(
    select(REPLIES.c.ticket_id, REPLIES.c.at, REPLIES.c.agent_id), select(SOLVES.c.ticket_id, SOLVES.c.at, SOLVES.c.agent_id)
).subquery("work")
HUMAN = select(table_of(Agent).c.id).where(table_of(Agent).c.role != Role.BOT)
WORKED = Flow(table=WORK, when=WORK.c.at, says="replies and solves", agent=WORK.c.agent_id, where=WORK.c.agent_id.in_(HUMAN))
DIFFERENT_SOLVED = Count(flow=SOLVED, distinct=SOLVES.c.ticket_id, says="tickets solved")

VOLUME = Kpi(
    slug="volume",
    also=("tickets", "created", "new tickets", "ticket volume", "inflow"),
    name="Ticket volume",
    says="How many tickets were created.",
    definition="Tickets created in the window; spam, deleted and merged tickets are left out.",
    measure=Count(flow=CREATED),
    unit=Unit.TICKETS,
    good=Good.NEITHER,
    splits=FLOW_SPLITS,
    examples=(
        Example(
            says="90 tickets resolved and 30 still open",
            source="definition",
            given={"resolved": 90, "open": 30},
            value=120,
            shown="120",
        ),
    ),
)

CHANNELS = Kpi(
    slug="channels",
    also=("ticket source", "channel mix", "sources"),
    name="Ticket source",
    says="Through which channels tickets came.",
    definition="Share of the tickets created in the window by channel; those without one are a row of their own.",
    measure=Count(flow=CREATED),
    unit=Unit.TICKETS,
    good=Good.NEITHER,
    splits=FLOW_SPLITS,
    split="channel",
    needs=frozenset({Fact.CHANNEL}),
    examples=(
        Example(
            says="6 by e-mail, 4 by chat", source="definition", given={"channels": {"email": 6, "chat": 4}}, value=10, shown="10"
        ),
    ),
)

CATEGORIES = Kpi(
    slug="categories",
    also=("ticket category", "topics", "category mix"),
    name="Ticket category",
    says="What tickets were about.",
    definition="Share of the tickets created in the window by category; those without one are a row of their own.",
    measure=Count(flow=CREATED),
    unit=Unit.TICKETS,
    good=Good.NEITHER,
    splits=FLOW_SPLITS,
    split="category",
    needs=frozenset({Fact.CATEGORY}),
    examples=(
        Example(
            says="60 Wi-Fi tickets of 200",
            source="Mojo article, school story",
            given={"categories": {"wifi": 60, "other": 140}},
            value=200,
            shown="200",
        ),
    ),
)

SOLVED_TICKETS = Kpi(
    slug="solved",
    also=("resolved", "closed", "outflow", "solves"),
    name="Tickets solved",
    says="How many tickets were solved.",
    definition="Different tickets that changed from unsolved to solved or closed in the window, each once.",
    measure=DIFFERENT_SOLVED,
    unit=Unit.TICKETS,
    good=Good.UP,
    splits=(*FLOW_SPLITS, "age"),
    needs=frozenset({Fact.HISTORY}),
    examples=(
        Example(
            says="100 tickets solved, 5 of them opened again",
            source="definition",
            given={"resolved": 95, "reopened": 5},
            value=100,
            shown="100",
        ),
    ),
)

BACKLOG = Kpi(
    slug="backlog",
    also=("open tickets", "open", "unsolved", "unresolved", "queue"),
    name="Backlog",
    says="How many tickets are waiting to be solved.",
    definition="Tickets that were new, open, pending or on hold at the instant; at the end of a day means local 24:00.",
    measure=Stock(where=SPANS.c.status.in_(UNSOLVED), says="unsolved tickets"),
    unit=Unit.TICKETS,
    good=Good.DOWN,
    splits=(*TICKET_SPLITS, "age"),
    needs=frozenset({Fact.HISTORY}),
    examples=(
        Example(
            says="35 tickets created, 30 of them resolved, 2 of these opened again",
            source="definition",
            given={"resolved": 28, "reopened": 2, "open": 5},
            value=7,
            shown="7",
        ),
    ),
)

RESOLUTION_RATE = Kpi(
    slug="resolution-rate",
    also=("resolution rate", "solve rate", "rr"),
    name="Resolution rate",
    says="Share of the tickets that came in which are resolved by now.",
    definition="Of the tickets created in the window, the share solved or closed as of now.",
    measure=Ratio(flow=CREATED, top=TICKETS.c.status.in_(RESOLVED), top_says="resolved"),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=FLOW_SPLITS,
    look_ahead=True,
    examples=(
        Example(
            says="90 of 120 tickets resolved",
            source="Mojo article",
            given={"resolved": 90, "open": 30},
            value=75.0,
            shown="75.0%",
        ),
    ),
)

REOPEN_RATE = Kpi(
    slug="reopen-rate",
    also=("reopens", "reopened", "reopen", "reopen rate"),
    name="Reopen rate",
    says="Tickets that had to be opened again, by tickets solved.",
    definition="Different tickets reopened in the window, by anyone, by different tickets solved in it (a flow ratio).",
    measure=Quotient(top=Count(flow=REOPENED, distinct=SOLVES.c.ticket_id), bottom=DIFFERENT_SOLVED, scale=100),
    unit=Unit.PERCENT,
    good=Good.DOWN,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.HISTORY}),
    may_pass_100=True,
    examples=(
        Example(
            says="5 reopened, 100 solved",
            source="PartnerHero article, 10",
            given={"resolved": 95, "reopened": 5},
            value=5.0,
            shown="5.0%",
        ),
    ),
)

TICKETS_PER_AGENT = Kpi(
    slug="per-agent",
    also=("tickets per agent", "per agent", "workload"),
    name="Tickets per agent",
    says="How many tickets an active agent solves.",
    definition="Different tickets solved in the window by agents with at least one public reply or solve in it.",
    measure=Quotient(top=DIFFERENT_SOLVED, bottom=Count(flow=WORKED, distinct=WORK.c.agent_id, says="agents at work")),
    unit=Unit.NUMBER,
    good=Good.NEITHER,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.HISTORY}),
    examples=(
        Example(
            says="240 tickets, 8 agents", source="Mojo article", given={"resolved": 240, "agents": 8}, value=30.0, shown="30.0"
        ),
    ),
)
