"""Which tables are kept in columns, and how: plain numbers and words, ordered by time, and nothing that no number needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Integer, String, Table
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from bot.store.tables import (
    Agent,
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

Shape = tuple[type[SQLModel], str, tuple[str, ...]]

OF_TICKET: tuple[Shape, ...] = (
    (TicketFact, "created_at", ("first_response_at", "first_resolution_at", "full_resolution_at")),
    (TicketTag, "ticket_id", ()),
    (StatusSpan, "started_at", ("ended_at",)),
    (ReplyFact, "at", ()),
    (SolveFact, "at", ("reopened_at",)),
    (SlaFact, "outcome_at", ()),
)
"""Tables whose rows change with their ticket, the column they are ordered by, and those they have an index of."""
OF_THEIR_OWN: tuple[Shape, ...] = (
    (SurveyAnswer, "answered_at", ()),
    (Invitation, "sent_at", ()),
    (SurveyCase, "opened_at", ()),
    (Agent, "id", ()),
)
"""Tables whose rows change one by one."""
NAMES = frozenset({"id", "role"})
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

CLOCKS = frozenset({"instance", "target_s", "business", "started_at", "due_at", "elapsed_s"})
WORK = frozenset({"agent_work_s", "agent_work_business_s", "internal_notes", "assignee_stations", "group_stations"})
OF_ONE_TICKET = {
    "ticket_fact": WORK | {"waiting_since", "strays"},
    "sla_fact": CLOCKS,
    "status_span": frozenset({"seq"}),
}
"""Facts that are told of one ticket and make no number of many; the store has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One table in columns. `watched` names the table whose changes tell of this one's, `key` what rows are replaced by;
    where it is `placed`, a key has one row, which is found by it."""

    table: Table
    order: str
    indexed: tuple[str, ...]
    key: str
    watched: str
    placed: bool = False


def kept() -> Iterator[Kept]:
    """Every table kept in columns."""
    tickets = table_of(TicketFact)
    for model, order, indexed in OF_TICKET:
        one = table_of(model)
        yield Kept(table=one, order=order, indexed=indexed, key="ticket_id", watched=tickets.name, placed=one is tickets)
    for model, order, indexed in OF_THEIR_OWN:
        one = table_of(model)
        yield Kept(table=one, order=order, indexed=indexed, key="id", watched=one.name)


def columns(one: Kept) -> list[Column[Any]]:
    """What is kept of a table: of agents their roles alone, and nothing secret or said by a customer."""
    numbers = [column for column in one.table.columns if kind(column)]
    if one.table is table_of(Agent):
        return [column for column in numbers if column.name in NAMES]
    unused = UNUSED | OF_ONE_TICKET.get(one.table.name, frozenset())
    unused |= {"id"} if one.key == "ticket_id" else frozenset()
    return [column for column in numbers if column.name not in unused]


def kind(column: Column[Any]) -> str:
    """`number`, `flag` or `word`; empty for what no number is made of."""
    plain = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    match plain:
        case Boolean():
            return "flag"
        case Integer():
            return "number"
        case String():
            return "word"
        case _:
            return ""
