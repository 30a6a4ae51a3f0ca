"""What people want to be told of without asking, and every time it happened."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, Word, indexed, one_of


class IncidentState(StrEnum):
    """How bad an incident is, or that it is over."""

    WARNING = "warning"
    BREACHED = "breached"
    RESOLVED = "resolved"


class Alert(SQLModel, table=True):
    """A rule that is watched; it exists only after somebody saw its back-test and switched it on."""

    __tablename__ = "alert"
    __table_args__ = (indexed("alert", "channel_id"),)

    id: int | None = Field(default=None, primary_key=True)
    channel_id: str
    owner: str
    text: str = Field(description="the rule as it is typed")
    rule: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    enabled: bool = True
    paused_reason: str | None = None
    held: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False), description="{key: [level, epoch seconds since when]}"
    )
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Incident(SQLModel, table=True):
    """Once that an alert's rule held, from its first warning to its end; one living message tells it."""

    __tablename__ = "alert_incident"
    __table_args__ = (
        one_of("state", IncidentState, "alert_incident"),
        indexed("alert_incident", "alert_id", "resolved_at"),
        indexed("alert_incident", "channel_id", "opened_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=Column(ForeignKey("alert.id", ondelete="CASCADE"), nullable=False))
    channel_id: str
    key: str = Field(default="", description="which group of the rule, such as a category; empty for the whole")
    url: str | None = Field(default=None, description="the ticket in its help desk, where it is about one")
    state: IncidentState = Field(sa_column=Column(Word(IncidentState), nullable=False))
    heading: str = Field(default="", description="what it is about")
    ends: str = Field(default="", description="what would end it")
    says: str = Field(default="", description="the finding when it was last told, in words")
    peak_says: str = Field(default="", description="the worst of it")
    peak: float | None = None
    opened_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    told_at: datetime = Field(sa_column=Column(Instant, nullable=False), description="when its numbers were looked at")
    breached_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    resolved_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    acked_by: str | None = None
    acked_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    assigned_to: str | None = None
    snoozed_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    snoozed_by: str | None = None
    steps: int = Field(default=0, description="lines in its thread so far")
    capped: bool = Field(default=False, description="not told, because the channel had enough that day")
    letter_id: str | None = Field(default=None, description="the outbox row of its message")
    shown: str = Field(default="", description="the last edit and a hash of what it told, so that only changes are told")
