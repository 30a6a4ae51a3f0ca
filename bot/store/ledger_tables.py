"""What must happen once: subscriptions, their slots, messages to Slack, deliveries from Slack, and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, Word, indexed, one_of
from bot.store.words import OutboxState, RunState


class Subscription(SQLModel, table=True):
    """A digest that a channel or person asked for; this row is the schedule."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("kind", "channel_id", "spec_key"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    channel_id: str
    spec_key: str = Field(default="", description="canonical form of the spec, so that asking twice changes nothing")
    spec: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    cadence: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    zone: str
    enabled: bool = True
    catch_up: str = "latest"
    grace_s: int = 6 * 3600
    owner: str
    paused_reason: str | None = None
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    seen_until: datetime = Field(sa_column=Column(Instant, nullable=False), description="slots up to here are in the run ledger")


class Run(SQLModel, table=True):
    """One slot of one subscription, keyed by the local wall clock so that both folds of a DST night share it."""

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("subscription_id", "slot"), one_of("state", RunState, "run"))

    id: int | None = Field(default=None, primary_key=True)
    subscription_id: int = Field(sa_column=Column(ForeignKey("subscription.id", ondelete="CASCADE"), nullable=False))
    slot: str
    due_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    state: RunState = Field(sa_column=Column(Word(RunState), nullable=False))
    reason: str | None = None
    at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Outbox(SQLModel, table=True):
    """A message to Slack, rendered once; it leaves exactly as stored, however often it must be tried."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        one_of("state", OutboxState, "outbox"),
        indexed("outbox", "state", "next_at"),
        indexed("outbox", "verify_at"),
    )

    id: str = Field(primary_key=True, description="UUID; travels in the message's metadata so that a lost reply can be looked up")
    dedupe_key: str
    kind: str = Field(description="digest, alert, survey, reply, case, update")
    method: str = "chat.postMessage"
    channel_id: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    files: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False), description="{slot, name, alt, png (base64), file_id}"
    )
    parent_id: str | None = Field(default=None, description="outbox row whose thread this belongs to")
    stands_alone: bool = Field(default=False, description="posted by itself where its parent never is")
    priority: int = 5
    state: OutboxState = Field(default=OutboxState.READY, sa_column=Column(Word(OutboxState), nullable=False))
    attempts: int = 0
    fence: int = 0
    next_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    lease_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    first_try_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    sent_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    posted_channel: str | None = Field(default=None, description="the channel Slack named; a DM's id differs from the user's")
    ts: str | None = None
    verify_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    last_error: str | None = None
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Delivery(SQLModel, table=True):
    """A delivery from Slack that was already handled; kept for more than a day because Slack repeats itself."""

    __tablename__ = "delivery"
    __table_args__ = (indexed("delivery", "at"),)

    key: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Heartbeat(SQLModel, table=True):
    """That something which must go on, goes on."""

    __tablename__ = "heartbeat"

    name: str = Field(primary_key=True)
    instance: str
    at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Audit(SQLModel, table=True):
    """Who asked for what, and who changed what."""

    __tablename__ = "audit"
    __table_args__ = (indexed("audit", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    actor: str
    action: str
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
