"""What the numbers are made of: facts derived per ticket, disposable and recomputed at will."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, Word, indexed, one_of
from bot.store.words import Metric, Status

# SQLite numbers rows by itself only where the key is called INTEGER; its integers have 64 bits all the same.
BIG = BigInteger().with_variant(Integer, "sqlite")


class TicketFact(SQLModel, table=True):
    """One ticket: what it is, what happened when, how long it took. Durations are whole seconds; None is no data."""

    __tablename__ = "ticket_fact"
    __table_args__ = (
        indexed("ticket_fact", "created_at"),
        indexed("ticket_fact", "first_response_at"),
        indexed("ticket_fact", "full_resolution_at"),
        CheckConstraint("first_response_business_s <= first_response_s", name="ck_ticket_fact_first_response"),
        CheckConstraint("full_resolution_business_s <= full_resolution_s", name="ck_ticket_fact_full_resolution"),
    )

    ticket_id: int = Field(sa_column=Column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False))
    source: str
    external_id: str
    status: Status = Field(sa_column=Column(Word(Status), nullable=False))
    channel: str
    category: str | None = None
    priority: int | None = None
    team_id: int | None = None
    agent_id: int | None = None
    customer_id: int | None = None
    excluded: str | None = Field(default=None, description="why no KPI counts it: spam, deleted, merged")
    customer_opened: bool = True
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    first_response_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    first_response_s: int | None = None
    first_response_business_s: int | None = None
    first_response_agent_id: int | None = None
    first_resolution_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    first_resolution_s: int | None = None
    first_resolution_business_s: int | None = None
    full_resolution_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    full_resolution_s: int | None = None
    full_resolution_business_s: int | None = None
    solver_id: int | None = Field(default=None, description="the agent at the last solve")
    requester_wait_s: int = 0
    requester_wait_business_s: int = 0
    agent_wait_s: int = 0
    agent_wait_business_s: int = 0
    on_hold_s: int = 0
    on_hold_business_s: int = 0
    agent_work_s: int = 0
    agent_work_business_s: int = 0
    agent_replies: int = 0
    customer_replies: int = 0
    internal_notes: int = 0
    reopens: int = 0
    reassignments: int = 0
    assignee_stations: int = 0
    group_stations: int = 0
    one_touch: bool | None = None
    first_contact: bool | None = None
    handling_s: int | None = Field(default=None, description="logged agent time, None where none was; or, for all, the estimate")
    waiting_since: datetime | None = Field(default=None, sa_column=Column(Instant), description="oldest unanswered")
    strays: int = Field(default=0, description="comments and work dated before the ticket's creation, which were set aside")


class TicketTag(SQLModel, table=True):
    """One tag of one ticket."""

    __tablename__ = "ticket_tag"
    __table_args__ = (indexed("ticket_tag", "tag"),)

    ticket_id: int = Field(sa_column=Column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False))
    tag: str = Field(primary_key=True)


class StatusSpan(SQLModel, table=True):
    """A stretch of a ticket's life in one status, team, agent, priority and category; the last one has no end."""

    __tablename__ = "status_span"
    __table_args__ = (
        UniqueConstraint("ticket_id", "started_at", "seq"),
        indexed("status_span", "started_at"),
        indexed("status_span", "ended_at"),
        CheckConstraint("ended_at >= started_at", name="ck_status_span_order"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(sa_column=Column(ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False))
    seq: int = 0
    status: Status = Field(sa_column=Column(Word(Status), nullable=False))
    team_id: int | None = None
    agent_id: int | None = None
    priority: int | None = None
    category: str | None = None
    started_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class ReplyFact(SQLModel, table=True):
    """One public reply by a human agent, and how long the oldest unanswered customer comment had waited for it."""

    __tablename__ = "reply_fact"
    __table_args__ = (indexed("reply_fact", "at"), indexed("reply_fact", "ticket_id"))

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(sa_column=Column(ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    agent_id: int | None = None
    is_first: bool = False
    waited_s: int | None = Field(default=None, description="None where no customer comment was waiting")
    waited_business_s: int | None = None


class SolveFact(SQLModel, table=True):
    """One change from unsolved to solved, and when, if ever, it was undone."""

    __tablename__ = "solve_fact"
    __table_args__ = (indexed("solve_fact", "at"), indexed("solve_fact", "reopened_at"), indexed("solve_fact", "ticket_id"))

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(sa_column=Column(ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    agent_id: int | None = None
    reopened_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    reopened_by: str | None = Field(default=None, description="customer, agent, bot or system")


class SlaFact(SQLModel, table=True):
    """One instance of a target: met when fulfilled at or before `due_at`, breached when the clock passes it.

    `due_at` is None while the clock is paused. The outcome counts at `outcome_at` once that instant is reached, so a
    breach that nobody touches is one, and a window that is over never changes."""

    __tablename__ = "sla_fact"
    __table_args__ = (
        one_of("metric", Metric, "sla_fact"),
        UniqueConstraint("ticket_id", "metric", "instance"),
        indexed("sla_fact", "outcome_at"),
        indexed("sla_fact", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(sa_column=Column(ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False))
    metric: Metric = Field(sa_column=Column(Word(Metric), nullable=False))
    instance: int = Field(default=1, description="of its metric and ticket, from 1")
    policy: str
    target_s: int | None = Field(default=None, description="None where the desk tells only the outcome")
    business: bool = False
    agent_id: int | None = None
    started_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(Instant), description="the end of the target")
    fulfilled_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    outcome_at: datetime | None = Field(
        default=None, sa_column=Column(Instant), description="the fulfilment if met, else `due_at`; not reached yet while running"
    )
    met: bool = False
    elapsed_s: int | None = Field(
        default=None, description="on the instance's own clock, to its end or the last change; None: told by the desk"
    )


class FactChange(SQLModel, table=True):
    """That rows of a kind and key changed, in the order of the transactions; written by triggers, read by column mirrors.

    `revision` is PostgreSQL's transaction id; on SQLite, where writers take turns, `id` itself is the order."""

    __tablename__ = "fact_change"
    __table_args__ = (indexed("fact_change", "revision"),)

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    what: str
    key: int = Field(sa_type=BigInteger)
    revision: int | None = Field(default=None, sa_type=BigInteger)


FACT_TABLES = (TicketFact, TicketTag, StatusSpan, ReplyFact, SolveFact, SlaFact)
