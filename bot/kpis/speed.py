"""How long customers wait and how much work a ticket takes."""

from __future__ import annotations

from sqlalchemy import and_

from bot.desks.desk import Fact
from bot.kpis.columns import REPLIES, SLAS, TICKETS
from bot.kpis.dimensions import FLOW_SPLITS
from bot.kpis.kpi import Benchmark, Count, Duration, Example, Flow, Good, Kpi, Mean, Ratio, Unit
from bot.kpis.volume import RESOLVED_TICKETS
from bot.store.words import UNSOLVED, Metric

RESPONDED = Flow(
    table=TICKETS,
    when=TICKETS.c.first_response_at,
    says="first responses",
    where=TICKETS.c.first_response_s.is_not(None),
    agent=TICKETS.c.first_response_agent_id,
)
UNANSWERED = Flow(
    table=TICKETS,
    when=TICKETS.c.created_at,
    says="still waiting for a first response",
    where=and_(TICKETS.c.first_response_at.is_(None), TICKETS.c.customer_opened, TICKETS.c.status.in_(UNSOLVED)),
)
UNRESOLVED = Flow(
    table=TICKETS, when=TICKETS.c.created_at, says="created and not resolved yet", where=TICKETS.c.status.in_(UNSOLVED)
)
FOLLOW_UPS = Flow(
    table=REPLIES,
    when=REPLIES.c.at,
    says="replies to a waiting customer, after the first",
    where=and_(REPLIES.c.waited_s.is_not(None), REPLIES.c.is_first.is_(False)),
    agent=REPLIES.c.agent_id,
)
SLA_SPLITS = (*FLOW_SPLITS, "target", "policy")
TO_CUSTOMERS = SLAS.c.metric != Metric.GROUP_OWNERSHIP
SETTLED = Flow(table=SLAS, when=SLAS.c.outcome_at, says="SLA instances settled", where=TO_CUSTOMERS, agent=SLAS.c.agent_id)
BREACHED = Flow(
    table=SLAS,
    when=SLAS.c.outcome_at,
    says="SLA breaches",
    where=and_(SLAS.c.met.is_(False), TO_CUSTOMERS),
    agent=SLAS.c.agent_id,
)
HANDLED = Flow(
    table=TICKETS,
    when=TICKETS.c.full_resolution_at,
    says="resolved tickets with logged time",
    where=TICKETS.c.handling_s.is_not(None),
    agent=TICKETS.c.solver_id,
)

FIRST_RESPONSE = Kpi(
    slug="frt",
    also=("first response", "first response time", "first reply", "response time", "frt"),
    name="First response time",
    says="How long customers wait for the first human answer.",
    definition="From creation to the first public comment by a human agent other than the requester, on tickets a customer "
    "opened; counted when the response was given.",
    measure=Duration(
        flow=RESPONDED, calendar=TICKETS.c.first_response_s, business=TICKETS.c.first_response_business_s, pending=UNANSWERED
    ),
    unit=Unit.DURATION,
    good=Good.DOWN,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.REPLIES}),
    benchmarks=(
        Benchmark(says="within 24 h by e-mail", op="<=", target=86400, source="Mojo article", channel="email"),
        Benchmark(says="within 1 h on social media", op="<=", target=3600, source="PartnerHero article", channel="social"),
        Benchmark(says="within 1 h for a help-desk ticket", op="<=", target=3600, source="Mojo article"),
        Benchmark(says="under 3 min by phone", op="<=", target=180, source="PartnerHero article", channel="phone"),
        Benchmark(says="under 2 min in live chat", op="<=", target=120, source="PartnerHero article", channel="chat"),
    ),
    examples=(
        Example(
            says="10, 20 and 30 minutes; 3 more tickets without a reply",
            source="definition",
            given={"first_response_min": (10, 20, 30), "unanswered": 3},
            value=1200,
            shown="20 min",
        ),
    ),
)

NEXT_REPLY = Kpi(
    slug="next-reply",
    also=("next reply time", "next response", "reply time", "nrt"),
    name="Next reply time",
    says="How long customers wait for each further answer.",
    definition="From the oldest unanswered public customer comment to the next public human reply, first responses left out.",
    measure=Duration(flow=FOLLOW_UPS, calendar=REPLIES.c.waited_s, business=REPLIES.c.waited_business_s),
    unit=Unit.DURATION,
    good=Good.DOWN,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.REPLIES}),
    examples=(
        Example(
            says="30, 60 and 90 minutes to the second answer",
            source="definition",
            given={"next_reply_min": (30, 60, 90)},
            value=3600,
            shown="1 h",
        ),
    ),
)

RESOLUTION_TIME = Kpi(
    slug="resolution",
    also=("resolution time", "full resolution", "art", "time to resolution", "ttr", "average resolution time"),
    name="Full resolution time",
    says="How long it takes until a ticket is solved for good.",
    definition="From creation to the last solve, for tickets whose last solve is in the window and that are still resolved.",
    measure=Duration(
        flow=RESOLVED_TICKETS,
        calendar=TICKETS.c.full_resolution_s,
        business=TICKETS.c.full_resolution_business_s,
        pending=UNRESOLVED,
    ),
    unit=Unit.DURATION,
    good=Good.DOWN,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.HISTORY}),
    look_ahead=True,
    benchmarks=(Benchmark(says="6.46 to 6.73 min by phone", op="<=", target=404, source="PartnerHero article", channel="phone"),),
    examples=(
        Example(
            says="600 minutes over 100 tickets",
            source="PartnerHero article, 8",
            given={"resolution_min": (6,) * 100},
            value=360,
            shown="6 min",
        ),
    ),
)

HANDLING_TIME = Kpi(
    slug="handling",
    also=("handling time", "handle time", "aht", "average handling time"),
    name="Handling time",
    says="How much agent time a ticket takes.",
    definition="Agent time logged on the tickets resolved in the window, by those tickets that have any logged.",
    measure=Mean(flow=HANDLED, total=TICKETS.c.handling_s, total_says="seconds logged"),
    unit=Unit.DURATION,
    good=Good.DOWN,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.HANDLING}),
    examples=(
        Example(
            says="1,500 agent minutes, 100 tickets",
            source="Mojo article",
            given={"handling_min": (15,) * 100},
            value=900,
            shown="15 min",
        ),
    ),
)

SLA = Kpi(
    slug="sla",
    also=("sla compliance", "compliance", "sla rate", "service level"),
    name="SLA compliance",
    says="Share of promises kept.",
    definition="Targets achieved, by targets achieved or breached, each counted at its outcome: the fulfilment if it was met, "
    "the instant its clock passed the target if not. Met when the time used equals the target.",
    measure=Ratio(flow=SETTLED, top=SLAS.c.met, top_says="achieved"),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=SLA_SPLITS,
    needs=frozenset({Fact.SLA}),
    examples=(
        Example(
            says="80 targets achieved, 20 breached", source="definition", given={"promises": (80, 20)}, value=80.0, shown="80.0%"
        ),
    ),
)

SLA_BREACHES = Kpi(
    slug="breaches",
    also=("sla breaches", "breach", "breached", "missed sla"),
    name="SLA breaches",
    says="How many promises were broken.",
    definition="Targets whose clock passed them in the window, each once, however long it ran on.",
    measure=Count(flow=BREACHED),
    unit=Unit.TICKETS,
    good=Good.DOWN,
    splits=SLA_SPLITS,
    needs=frozenset({Fact.SLA}),
    examples=(
        Example(says="80 targets achieved, 20 breached", source="definition", given={"promises": (80, 20)}, value=20, shown="20"),
    ),
)
