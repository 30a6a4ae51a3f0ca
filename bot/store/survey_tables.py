"""Asking customers, and what they answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, Word, indexed, one_of
from bot.store.words import Box, InvitationState, SurveyKind


class Invitation(SQLModel, table=True):
    """One person asked, or deliberately not asked, about one resolution."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("survey", "ticket_id", "resolution", "customer_id"),
        UniqueConstraint("token_hash"),
        one_of("survey", SurveyKind, "invitation"),
        one_of("state", InvitationState, "invitation"),
        indexed("invitation", "state", "send_at"),
        indexed("invitation", "customer_id"),
        indexed("invitation", "sent_at"),
        indexed("invitation", "slack_team_id", "slack_user_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    survey: SurveyKind = Field(sa_column=Column(Word(SurveyKind), nullable=False))
    scale: str
    ticket_id: int | None = Field(default=None, sa_column=Column(ForeignKey("ticket.id", ondelete="SET NULL")))
    resolution: int = Field(default=1, description="which resolution of the ticket this asks about")
    customer_id: int | None = Field(default=None, sa_column=Column(ForeignKey("customer.id", ondelete="SET NULL")))
    agent_id: int | None = Field(default=None, description="the agent at the solve, whatever happens later")
    slack_team_id: str | None = None
    slack_user_id: str | None = None
    token_hash: str = Field(description="SHA-256 of the one-time token; the token itself is only in the message")
    state: InvitationState = Field(sa_column=Column(Word(InvitationState), nullable=False))
    decided_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    send_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    sent_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    expires_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class SurveyAnswer(SQLModel, table=True):
    """What a customer answered, here or in the help desk, with the scale it was given on."""

    __tablename__ = "survey_answer"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        one_of("survey", SurveyKind, "survey_answer"),
        one_of("box", Box, "survey_answer"),
        CheckConstraint("score BETWEEN scale_min AND scale_max", name="ck_survey_answer_score"),
        CheckConstraint("direction IN ('up', 'down')", name="ck_survey_answer_direction"),
        indexed("survey_answer", "answered_at"),
        indexed("survey_answer", "ticket_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(description="slack, web, or the help desk's name")
    external_id: str = Field(description="the invitation's token hash, or the desk's own id")
    survey: SurveyKind = Field(sa_column=Column(Word(SurveyKind), nullable=False))
    scale: str
    scale_min: int
    scale_max: int
    direction: str = Field(default="up", description="up: a high score is good for us")
    score: int
    box: Box = Field(sa_column=Column(Word(Box), nullable=False))
    ticket_id: int | None = Field(default=None, sa_column=Column(ForeignKey("ticket.id", ondelete="SET NULL")))
    customer_id: int | None = Field(default=None, sa_column=Column(ForeignKey("customer.id", ondelete="SET NULL")))
    agent_id: int | None = None
    answered_at: datetime = Field(sa_column=Column(Instant, nullable=False), description="the first answer; decides the window")
    changed_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    order_key: str = Field(default="", description="Slack's action_ts of the click that counts; an older delivery never wins")
    comment: str | None = None
    superseded: bool = Field(default=False, description="a later answer about the same ticket counts instead")
    excluded: str | None = None


class AnswerHistory(SQLModel, table=True):
    """Every score that was ever recorded for an answer."""

    __tablename__ = "answer_history"
    __table_args__ = (UniqueConstraint("source", "external_id", "order_key"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    order_key: str
    score: int
    at: datetime = Field(sa_column=Column(Instant, nullable=False))


class OptOut(SQLModel, table=True):
    """Someone who asked never to be asked again."""

    __tablename__ = "opt_out"

    person: str = Field(primary_key=True, description="e-mail in lower case, or a Slack user id")
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
