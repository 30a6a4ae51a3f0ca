"""Which tables are kept in columns, and how: plain numbers and words, ordered by time, and nothing that no number needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from bot.store.tables import (
    Agent,
    Customer,
    Invitation,
    ReplyFact,
    SlaFact,
    SolveFact,
    StatusSpan,
    SurveyAnswer,
    SurveyCase,
    Team,
    TicketFact,
    TicketTag,
    table_of,
)

Models = dict[type[SQLModel], str]

OF_TICKET: Models = {
    TicketFact: "created_at",
    TicketTag: "ticket_id",
    StatusSpan: "started_at",
    ReplyFact: "at",
    SolveFact: "at",
    SlaFact: "outcome_at",
}
"""Tables whose rows change with their ticket, and the column they are ordered by."""
OF_THEIR_OWN: Models = {
    SurveyAnswer: "answered_at",
    Invitation: "sent_at",
    SurveyCase: "opened_at",
    Agent: "id",
    Team: "id",
    Customer: "id",
}
"""Tables whose rows change one by one."""
PEOPLE = frozenset({"agent", "team", "customer"})
NAMES = frozenset({"id", "source", "external_id", "name", "role"})
UNUSED = frozenset(
    {
        "external_id",
        "comment",
        "token_hash",
        "earlier_token_hash",
        "slack_user_id",
        "slack_team_id",
        "order_key",
        "channel_id",
        "letter_id",
        "shown",
    }
)


def tables() -> Iterator[tuple[Table, str]]:
    """Every table kept in columns, with the column it is ordered by."""
    for model, order in (OF_TICKET | OF_THEIR_OWN).items():
        yield table_of(model), order


def key_of(table: Table) -> str:
    """The column by which changed rows are found."""
    return "ticket_id" if table in {table_of(model) for model in OF_TICKET} else "id"


def watched(table: Table) -> str:
    """The table whose changes tell of this one's."""
    return TicketFact.__tablename__ if key_of(table) == "ticket_id" else table.name


def columns(table: Table) -> list[Column[Any]]:
    """What is kept of a table: of people their names alone, and nothing secret or said by a customer."""
    kept = [column for column in table.columns if kind(column)]
    if table.name in PEOPLE:
        return [column for column in kept if column.name in NAMES]
    unused = UNUSED | {"id"} if key_of(table) == "ticket_id" else UNUSED
    return [column for column in kept if column.name not in unused]


def kind(column: Column[Any]) -> str:
    """DuckDB's type of a column; empty for what no number is made of."""
    plain = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    match plain:
        case Boolean():
            return "BOOLEAN"
        case BigInteger():
            return "BIGINT"
        case Integer():
            return "INTEGER"
        case String():
            return "VARCHAR"
        case _:
            return ""


def creation(table: Table) -> str:
    """The statement that makes a table empty."""
    told = ", ".join(f'"{column.name}" {kind(column)}' for column in columns(table))
    return f'CREATE TABLE "{table.name}" ({told})'
