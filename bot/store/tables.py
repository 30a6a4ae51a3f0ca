"""Every table of the store, in one place to import from."""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import SQLModel

from bot.store.alert_tables import Alert, Incident
from bot.store.desk_tables import (
    Agent,
    Customer,
    DeskCursor,
    DeskLease,
    Quarantine,
    Schedule,
    SlaPolicy,
    Team,
    Ticket,
    TicketEvent,
)
from bot.store.fact_tables import FACT_TABLES, FactChange, ReplyFact, SlaFact, SolveFact, StatusSpan, TicketFact, TicketTag
from bot.store.ledger_tables import Audit, Delivery, Heartbeat, Outbox, Run, Subscription
from bot.store.plan_tables import Cost, CustomerCount, Goal, SavedQuery, Setting
from bot.store.published_tables import Published
from bot.store.survey_tables import AnswerHistory, Erased, Invitation, OptOut, SurveyAnswer, SurveyCase

METADATA = SQLModel.metadata


def table_of(model: type[SQLModel]) -> Table:
    """The plain table behind a model, for bulk statements that need no objects."""
    return METADATA.tables[str(model.__tablename__)]


__all__ = [
    "FACT_TABLES",
    "METADATA",
    "Agent",
    "Alert",
    "AnswerHistory",
    "Audit",
    "Cost",
    "Customer",
    "CustomerCount",
    "Delivery",
    "DeskCursor",
    "DeskLease",
    "Erased",
    "FactChange",
    "Goal",
    "Heartbeat",
    "Incident",
    "Invitation",
    "OptOut",
    "Outbox",
    "Published",
    "Quarantine",
    "ReplyFact",
    "Run",
    "SavedQuery",
    "Schedule",
    "Setting",
    "SlaFact",
    "SlaPolicy",
    "SolveFact",
    "StatusSpan",
    "Subscription",
    "SurveyAnswer",
    "SurveyCase",
    "Team",
    "Ticket",
    "TicketEvent",
    "TicketFact",
    "TicketTag",
    "table_of",
]
