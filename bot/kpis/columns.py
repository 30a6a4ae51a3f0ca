"""The fact tables as KPIs name them."""

from __future__ import annotations

from bot.store.tables import (
    Invitation,
    ReplyFact,
    SlaFact,
    SolveFact,
    StatusSpan,
    SurveyAnswer,
    SurveyCase,
    TicketFact,
    TicketTag,
    table_of,
)

TICKETS = table_of(TicketFact)
TAGS = table_of(TicketTag)
SPANS = table_of(StatusSpan)
REPLIES = table_of(ReplyFact)
SOLVES = table_of(SolveFact)
SLAS = table_of(SlaFact)
ANSWERS = table_of(SurveyAnswer)
INVITATIONS = table_of(Invitation)
CASES = table_of(SurveyCase)
