"""What customers say about us."""

from __future__ import annotations

from sqlalchemy import and_, func

from bot.desks.desk import Fact
from bot.kpis.columns import ANSWERS, INVITATIONS, TICKETS
from bot.kpis.dimensions import FLOW_SPLITS
from bot.kpis.kpi import Balance, Benchmark, Example, Flow, Good, Kpi, Mean, Ratio, Unit
from bot.store.words import Box, InvitationState, SurveyKind

SPLITS = (*FLOW_SPLITS, "scale")


def answers(kind: SurveyKind) -> Flow:
    """The answers to one survey that count: the latest about each ticket, in the window of the first click."""
    counts = and_(ANSWERS.c.survey == kind, ANSWERS.c.superseded.is_(False), ANSWERS.c.excluded.is_(None))
    return Flow(
        table=ANSWERS,
        when=ANSWERS.c.answered_at,
        says=f"{kind.upper()} answers",
        where=counts,
        agent=ANSWERS.c.agent_id,
        customer=func.coalesce(ANSWERS.c.customer_id, TICKETS.c.customer_id),
        loose=True,
    )


POSITIVE = ANSWERS.c.box == Box.POSITIVE
NEGATIVE = ANSWERS.c.box == Box.NEGATIVE

CSAT = Kpi(
    slug="csat",
    also=("customer satisfaction", "satisfaction", "rating", "ratings"),
    name="Customer satisfaction",
    says="Share of customers who were satisfied.",
    definition="Positive answers (on 1 to 5: 4 and 5) by all CSAT answers in the window, the latest answer per ticket.",
    measure=Ratio(flow=answers(SurveyKind.CSAT), top=POSITIVE, top_says="positive"),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=SPLITS,
    needs=frozenset({Fact.RATINGS}),
    benchmarks=(
        Benchmark(says="above 75 % is strong", op=">=", target=75, source="Mojo article"),
        Benchmark(says="75 to 80 % is good", op=">=", target=75, source="PartnerHero article"),
    ),
    examples=(
        Example(
            says="75 positive of 100", source="PartnerHero article, 4", given={"csat": {5: 75, 1: 25}}, value=75.0, shown="75.0%"
        ),
        Example(
            says="one each of 1 to 5",
            source="Mojo article",
            given={"csat": dict.fromkeys(range(1, 6), 1)},
            value=40.0,
            shown="40.0%",
        ),
        Example(
            says="one each of 1 to 6",
            source="PartnerHero article, 4",
            given={"csat": dict.fromkeys(range(1, 7), 1), "scale": "csat-1-6"},
            value=100 / 3,
            shown="33.3%",
        ),
    ),
)

NPS = Kpi(
    slug="nps",
    also=("net promoter score", "net promoter", "promoters"),
    name="Net promoter score",
    says="Would customers recommend us?",
    definition="Share of promoters (9-10) less share of detractors (0-6) of all NPS answers in the window, from -100 to 100.",
    measure=Balance(flow=answers(SurveyKind.NPS), plus=POSITIVE, minus=NEGATIVE),
    unit=Unit.POINTS,
    good=Good.UP,
    splits=SPLITS,
    needs=frozenset({Fact.RATINGS}),
    benchmarks=(
        Benchmark(says="above 50 is good", op=">=", target=50, source="PartnerHero article"),
        Benchmark(says="above 70 is excellent", op=">=", target=70, source="PartnerHero article"),
    ),
    examples=(
        Example(
            says="20 promoters, 1 passive, 10 detractors",
            source="PartnerHero article, 2",
            given={"nps": {10: 20, 8: 1, 3: 10}},
            value=1000 / 31,
            shown="+32.3",
        ),
        Example(
            says="one each of 0, 6, 7, 8, 9, 10",
            source="both articles",
            given={"nps": dict.fromkeys((0, 6, 7, 8, 9, 10), 1)},
            value=0.0,
            shown="0.0",
        ),
    ),
)

CES = Kpi(
    slug="ces",
    also=("customer effort", "customer effort score", "effort", "ease"),
    name="Customer effort score",
    says="How easy customers found it to get help.",
    definition="Mean of the CES answers in the window on their own scale (default 1 to 7, high = easy); scales are never mixed.",
    measure=Mean(flow=answers(SurveyKind.CES), total=ANSWERS.c.score, total_says="sum of scores", scale=ANSWERS.c.scale),
    unit=Unit.NUMBER,
    good=Good.UP,
    splits=SPLITS,
    needs=frozenset({Fact.RATINGS}),
    examples=(
        Example(
            says="25 frowns (1), 5 neutral faces (5), 70 smiles (10)",
            source="PartnerHero article, 3",
            given={"ces": {1: 25, 5: 5, 10: 70}, "scale": "ces-faces"},
            value=7.5,
            shown="7.5",
        ),
    ),
)

ASKED = (InvitationState.SENT, InvitationState.ANSWERED, InvitationState.EXPIRED, InvitationState.WITHDRAWN)

RESPONSE_RATE = Kpi(
    slug="response-rate",
    also=("response rate", "survey response", "answered surveys"),
    name="Survey response rate",
    says="Share of the customers we asked who answered.",
    definition="Of the survey invitations sent in the window, the share answered by now.",
    measure=Ratio(
        flow=Flow(
            table=INVITATIONS,
            when=INVITATIONS.c.sent_at,
            says="invitations sent",
            where=INVITATIONS.c.state.in_(ASKED),
            agent=INVITATIONS.c.agent_id,
            customer=INVITATIONS.c.customer_id,
            loose=True,
        ),
        top=INVITATIONS.c.state == InvitationState.ANSWERED,
        top_says="answered",
    ),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=FLOW_SPLITS,
    look_ahead=True,
    examples=(
        Example(
            says="1,000 customers asked, 100 answers",
            source="definition",
            given={"asked": (100, 1_000)},
            value=10.0,
            shown="10.0%",
        ),
    ),
)
