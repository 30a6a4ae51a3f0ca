"""What came of bad answers."""

from __future__ import annotations

from sqlalchemy import func

from bot.desks.desk import Fact
from bot.kpis.columns import CASES, TICKETS
from bot.kpis.dimensions import FLOW_SPLITS
from bot.kpis.kpi import Example, Flow, Good, Kpi, Ratio, Unit

OPENED = Flow(
    table=CASES,
    when=CASES.c.opened_at,
    says="cases",
    agent=CASES.c.agent_id,
    customer=func.coalesce(CASES.c.customer_id, TICKETS.c.customer_id),
    loose=True,
)

RECOVERY_RATE = Kpi(
    slug="recovery-rate",
    also=("recovery", "recovered", "recovered customers"),
    name="Recovery rate",
    says="Share of unhappy customers who are happy when asked again.",
    definition="Of the cases opened in the window for bad answers, the share whose customer, asked once more after the case "
    "was resolved, gave a positive answer. Who was not asked again or did not answer counts as not recovered.",
    measure=Ratio(flow=OPENED, top=CASES.c.recovered.is_(True), top_says="recovered"),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=FLOW_SPLITS,
    needs=frozenset({Fact.RATINGS}),
    look_ahead=True,
    examples=(
        Example(
            says="20 bad answers, 10 of those customers asked again, 8 happy now",
            source="our own rule",
            given={"cases": (True,) * 8 + (False,) * 2 + (None,) * 10},
            value=40.0,
            shown="40.0%",
        ),
    ),
)
