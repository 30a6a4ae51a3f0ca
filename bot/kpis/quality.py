"""How well a ticket was handled: replies, first contact, reassignments."""

from __future__ import annotations

from bot.desks.desk import Fact
from bot.kpis.columns import TICKETS
from bot.kpis.dimensions import FLOW_SPLITS
from bot.kpis.kpi import Benchmark, Example, Good, Kpi, Mean, Ratio, Unit
from bot.kpis.volume import RESOLVED_TICKETS

REPLIES_PER_TICKET = Kpi(
    slug="replies",
    also=("replies per ticket", "replies per resolution"),
    name="Replies per ticket",
    says="How many answers a solution takes.",
    definition="Public replies by human agents on the tickets resolved in the window, by those tickets.",
    measure=Mean(flow=RESOLVED_TICKETS, total=TICKETS.c.agent_replies, total_says="replies"),
    unit=Unit.NUMBER,
    good=Good.DOWN,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.REPLIES}),
    examples=(
        Example(
            says="250 replies, 100 tickets",
            source="Mojo article",
            given={"replies": (2,) * 50 + (3,) * 50},
            value=2.5,
            shown="2.5",
        ),
    ),
)

FIRST_REPLY_RESOLUTION = Kpi(
    slug="first-reply-resolution",
    also=("first reply resolution", "one touch", "one-touch", "frr"),
    name="First-reply resolution",
    says="Share of tickets solved with a single answer.",
    definition="Of the tickets resolved in the window, the share with exactly one public reply by a human agent.",
    measure=Ratio(flow=RESOLVED_TICKETS, top=TICKETS.c.one_touch, top_says="solved with one reply"),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.REPLIES}),
    look_ahead=True,
    examples=(
        Example(
            says="40 of 100 tickets", source="Mojo article", given={"replies": (1,) * 40 + (2,) * 60}, value=40.0, shown="40.0%"
        ),
    ),
)

FIRST_CONTACT = Kpi(
    slug="fcr",
    also=("first contact resolution", "first contact", "first-contact resolution"),
    name="First-contact resolution",
    says="Share of tickets solved at the first contact, for good.",
    definition="Of the tickets resolved in the window, the share with at most one agent reply, no customer message after it, "
    "and no reopen within 7 days.",
    measure=Ratio(flow=RESOLVED_TICKETS, top=TICKETS.c.first_contact, top_says="solved at first contact"),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.REPLIES}),
    look_ahead=True,
    benchmarks=(Benchmark(says="75 %", op=">=", target=75, source="PartnerHero article"),),
    examples=(
        Example(
            says="75 of 100 tickets (the article's formula is printed upside down)",
            source="PartnerHero article, 6",
            given={"replies": (1,) * 75 + (2,) * 25},
            value=75.0,
            shown="75.0%",
        ),
    ),
)

REASSIGNMENTS = Kpi(
    slug="reassignments",
    also=("reassigned", "handoffs", "reassignments per ticket"),
    name="Reassignments per ticket",
    says="How often a ticket changes hands.",
    definition="Changes of the assignee after the first assignment on the tickets resolved in the window, by those tickets.",
    measure=Mean(flow=RESOLVED_TICKETS, total=TICKETS.c.reassignments, total_says="reassignments"),
    unit=Unit.NUMBER,
    good=Good.DOWN,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.HISTORY}),
    examples=(
        Example(
            says="10 tickets: 5 never, 3 once, 2 twice",
            source="definition",
            given={"reassigned": (0,) * 5 + (1,) * 3 + (2,) * 2},
            value=0.7,
            shown="0.7",
        ),
    ),
)
