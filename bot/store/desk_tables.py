"""What help desks told us, kept as they said it: tickets, their events, people, schedules and policies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, Word, indexed, one_of
from bot.store.words import Channel, Kind, Role, Status


class Team(SQLModel, table=True):
    """A group or queue of agents."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    name: str
    schedule: str | None = Field(default=None, description="external id of the schedule this team works by")


class Agent(SQLModel, table=True):
    """Someone, or something, that works on tickets."""

    __tablename__ = "agent"
    __table_args__ = (UniqueConstraint("source", "external_id"), one_of("role", Role, "agent"), indexed("agent", "email"))

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    name: str
    email: str | None = None
    role: Role = Field(default=Role.AGENT, sa_column=Column(Word(Role), nullable=False))
    team: str | None = Field(default=None, description="external id of the main team")
    slack_user_id: str | None = None


class Customer(SQLModel, table=True):
    """Someone who asks for help."""

    __tablename__ = "customer"
    __table_args__ = (UniqueConstraint("source", "external_id"), indexed("customer", "email"))

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    name: str
    email: str | None = None
    organisation: str | None = None
    language: str | None = None


class Ticket(SQLModel, table=True):
    """A request as it stands now."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        one_of("status", Status, "ticket"),
        one_of("channel", Channel, "ticket"),
        CheckConstraint("priority BETWEEN 1 AND 4", name="ck_ticket_priority"),
        indexed("ticket", "updated_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    subject: str = ""
    url: str | None = None
    status: Status = Field(sa_column=Column(Word(Status), nullable=False))
    status_raw: str | None = None
    priority: int | None = Field(default=None, description="1 most urgent to 4")
    channel: Channel = Field(default=Channel.OTHER, sa_column=Column(Word(Channel), nullable=False))
    category: str | None = None
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    team_id: int | None = Field(default=None, sa_column=Column(ForeignKey("team.id")))
    agent_id: int | None = Field(default=None, sa_column=Column(ForeignKey("agent.id")))
    customer_id: int | None = Field(default=None, sa_column=Column(ForeignKey("customer.id")))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    version: int = Field(
        default=0, sa_type=BigInteger, description="the vendor's own version; an older row never overwrites a newer one"
    )
    merged_into: str | None = None
    handled_s: int | None = Field(default=None, description="agent time logged, seconds, where the desk keeps only a total")
    traits: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False), description="what only service-level policies ask for"
    )
    desk_facts: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False), description="the desk's own metrics, for cross-checks only"
    )


class TicketEvent(SQLModel, table=True):
    """One thing that happened to a ticket; the truth all numbers are derived from."""

    __tablename__ = "ticket_event"
    __table_args__ = (
        UniqueConstraint("ticket_id", "key"),
        one_of("kind", Kind, "ticket_event"),
        indexed("ticket_event", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(sa_column=Column(ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False))
    key: str = Field(description="the desk's event id, or a deterministic hash where it has none")
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    seq: int = Field(default=0, description="order among events of the same second")
    kind: Kind = Field(sa_column=Column(Word(Kind), nullable=False))
    actor: str | None = Field(default=None, description="external id of who did it")
    actor_kind: str | None = None
    old: str | None = None
    new: str | None = None
    worked_s: int | None = None
    derived: bool = Field(default=False, description="worked out from two snapshots, not told by the desk")
    after: datetime | None = Field(
        default=None,
        sa_column=Column(Instant, nullable=True),
        description="the earlier of two looks at the ticket: it happened after this and not after `at`; null where `at` is exact",
    )


class Schedule(SQLModel, table=True):
    """Business hours: local-week intervals in a zone, less holidays."""

    __tablename__ = "schedule"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    name: str
    zone: str
    week: list[list[int]] = Field(sa_column=Column(JSON, nullable=False), description="[start, end] minutes from Monday 00:00")
    holidays: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False), description="local days, ISO")
    is_default: bool = False


class SlaPolicy(SQLModel, table=True):
    """Targets for the tickets a policy matches; the first matching policy, by position, wins."""

    __tablename__ = "sla_policy"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    name: str
    position: int = 0
    matches: dict[str, list[str]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    targets: list[dict[str, Any]] = Field(
        sa_column=Column(JSON, nullable=False), description="{metric, priority or null, target_s, business}"
    )


class Quarantine(SQLModel, table=True):
    """A record that could not be read: set aside and counted, never stopping the stream."""

    __tablename__ = "quarantine"
    __table_args__ = (UniqueConstraint("source", "stream", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    stream: str
    external_id: str
    reason: str
    at: datetime = Field(sa_column=Column(Instant, nullable=False))


class DeskCursor(SQLModel, table=True):
    """How far one stream of one help desk has been read; written with the page it follows."""

    __tablename__ = "desk_cursor"

    source: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    version: int = 1
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    covered_from: datetime | None = Field(default=None, sa_column=Column(Instant))
    covered_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    synced_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    began_at: datetime | None = Field(default=None, sa_column=Column(Instant), description="when it was first read")
    finished_at: datetime | None = Field(default=None, sa_column=Column(Instant), description="when it was last read to its end")
    seen: int | None = Field(default=None, description="records told so far in the first reading")
    estimated_total: int | None = None
    reading_s: int = Field(default=0, description="how long the first reading has taken so far")
    last_error: str | None = None


class DeskLease(SQLModel, table=True):
    """Who syncs a source now, so that two processes never do."""

    __tablename__ = "desk_lease"

    source: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_column=Column(Instant, nullable=False))
