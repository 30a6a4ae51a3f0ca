"""What the team decided and counted itself: costs, customers, goals, settings, saved questions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, indexed


class Cost(SQLModel, table=True):
    """What support cost over a span of local days, both ends included."""

    __tablename__ = "cost"
    __table_args__ = (
        UniqueConstraint("first_day", "last_day", "channel", "label"),
        CheckConstraint("last_day >= first_day", name="ck_cost_days"),
    )

    id: int | None = Field(default=None, primary_key=True)
    first_day: date
    last_day: date
    amount_cents: int = Field(sa_type=BigInteger)
    currency: str = "USD"
    channel: str = ""
    label: str = ""


class CustomerCount(SQLModel, table=True):
    """How many customers there were at the start of a span of local days, and who joined and left in it."""

    __tablename__ = "customer_count"
    __table_args__ = (
        UniqueConstraint("first_day", "last_day"),
        CheckConstraint("last_day >= first_day", name="ck_customer_count_days"),
        CheckConstraint("at_start >= 0 AND joined >= 0 AND lost >= 0", name="ck_customer_count_counts"),
    )

    id: int | None = Field(default=None, primary_key=True)
    first_day: date
    last_day: date
    at_start: int
    joined: int
    lost: int


class Goal(SQLModel, table=True):
    """A target for one KPI over one scope."""

    __tablename__ = "goal"
    __table_args__ = (UniqueConstraint("kpi", "scope", "period"), CheckConstraint("op IN ('<=', '>=')", name="ck_goal_op"))

    id: int | None = Field(default=None, primary_key=True)
    kpi: str
    scope: str = Field(default="", description="canonical filters, empty for everything")
    period: str = "month"
    op: str
    target: float
    filters: list[dict[str, Any]] = Field(
        default_factory=list,
        sa_column=Column(JSON, nullable=False),
        description="what the scope stands for, as a question keeps it",
    )
    statistic: str | None = Field(default=None, description="of durations; None is the headline")
    baseline: float | None = Field(default=None, description="where it stood, if the goal was said as a change")
    starts_on: date | None = Field(default=None, description="with `due_on`, the local days over which the pace is drawn")
    due_on: date | None = Field(default=None, description="the last day, if the goal is to be reached once")
    judged: str = Field(default="", description="the period whose verdict was told last")
    channel_id: str = Field(default="", description="where its verdict is told")
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    created_by: str


class SavedQuery(SQLModel, table=True):
    """A question as it was understood, run again by Share, Details, CSV and subscriptions with the asker's own rights."""

    __tablename__ = "saved_query"
    __table_args__ = (indexed("saved_query", "channel_id", "thread"),)

    id: str = Field(primary_key=True, description="random; what a button carries")
    query: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    asked_by: str
    channel_id: str
    thread: str = Field(default="", description="the message it was asked under, empty for the channel itself")
    at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Setting(SQLModel, table=True):
    """One workspace setting changed in Slack or on the command line."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: Any = Field(sa_column=Column(JSON, nullable=False))
    changed_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    changed_by: str
