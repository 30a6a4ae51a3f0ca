"""Every KPI there is, in the order people see them."""

from __future__ import annotations

from bot.kpis.kpi import Kpi
from bot.kpis.money import CHURN, COST_PER_RESOLUTION, COST_PER_TICKET, RETENTION
from bot.kpis.quality import FIRST_CONTACT, FIRST_REPLY_RESOLUTION, REASSIGNMENTS, REPLIES_PER_TICKET
from bot.kpis.recovery import RECOVERY_RATE
from bot.kpis.sentiment import CES, CSAT, NPS, RESPONSE_RATE
from bot.kpis.speed import FIRST_RESPONSE, HANDLING_TIME, NEXT_REPLY, RESOLUTION_TIME, SLA, SLA_BREACHES
from bot.kpis.volume import (
    BACKLOG,
    CATEGORIES,
    CHANNELS,
    REOPEN_RATE,
    RESOLUTION_RATE,
    SOLVED_TICKETS,
    TICKETS_PER_AGENT,
    VOLUME,
)

KPIS: tuple[Kpi, ...] = (
    BACKLOG,
    VOLUME,
    SOLVED_TICKETS,
    RESOLUTION_RATE,
    FIRST_RESPONSE,
    NEXT_REPLY,
    RESOLUTION_TIME,
    HANDLING_TIME,
    SLA,
    SLA_BREACHES,
    CSAT,
    NPS,
    CES,
    RESPONSE_RATE,
    RECOVERY_RATE,
    FIRST_REPLY_RESOLUTION,
    FIRST_CONTACT,
    REPLIES_PER_TICKET,
    REOPEN_RATE,
    REASSIGNMENTS,
    TICKETS_PER_AGENT,
    CHANNELS,
    CATEGORIES,
    COST_PER_TICKET,
    COST_PER_RESOLUTION,
    CHURN,
    RETENTION,
)


def kpi_of(slug: str) -> Kpi:
    """The KPI with that slug. Raises KeyError."""
    return {kpi.slug: kpi for kpi in KPIS}[slug]
