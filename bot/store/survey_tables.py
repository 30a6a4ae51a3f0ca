"""Asking customers, and what they answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, Word, indexed, one_of
from bot.store.words import Box, CaseState, InvitationState, SurveyKind, Via


class Invitation(SQLModel, table=True):
    """One person asked, or deliberately not asked, about one resolution."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("survey", "ticket_id", "resolution", "customer_id", "again"),
        UniqueConstraint("token_hash"),
        one_of("survey", SurveyKind, "invitation"),
        one_of("state", InvitationState, "invitation"),
        one_of("via", Via, "invitation"),
        indexed("invitation", "state", "send_at"),
        indexed("invitation", "customer_id"),
        indexed("invitation", "sent_at"),
        indexed("invitation", "decided_at"),
        indexed("invitation", "ticket_id"),
        indexed("invitation", "earlier_token_hash"),
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
    via: Via = Field(default=Via.SLACK, sa_column=Column(Word(Via), nullable=False))
    reason: str | None = Field(default=None, description="which rule, or who, kept this from being asked")
    zone: str | None = Field(default=None, description="the person's own IANA zone, for quiet hours")
    anonymous: bool = Field(default=False, description="the answer is kept apart: nothing leads from here to it")
    again: int = Field(default=0, description="1 where this asks once more after a case")
    case_id: int | None = Field(default=None, description="the case this asks about once more")
    earlier_token_hash: str | None = Field(default=None, description="of the message that a reminder replaced")
    reminded_at: datetime | None = Field(default=None, sa_column=Column(Instant))
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
        indexed("survey_answer", "customer_id"),
        indexed("survey_answer", "box", "answered_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(description="slack, web, anonymous, or the help desk's name")
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


class SurveyCase(SQLModel, table=True):
    """A bad answer that somebody sees to."""

    __tablename__ = "survey_case"
    __table_args__ = (
        UniqueConstraint("answer_id"),
        one_of("survey", SurveyKind, "survey_case"),
        one_of("state", CaseState, "survey_case"),
        indexed("survey_case", "opened_at"),
        indexed("survey_case", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    answer_id: int = Field(sa_column=Column(ForeignKey("survey_answer.id", ondelete="CASCADE"), nullable=False))
    survey: SurveyKind = Field(sa_column=Column(Word(SurveyKind), nullable=False))
    ticket_id: int | None = Field(default=None, sa_column=Column(ForeignKey("ticket.id", ondelete="SET NULL")))
    customer_id: int | None = Field(default=None, sa_column=Column(ForeignKey("customer.id", ondelete="SET NULL")))
    agent_id: int | None = None
    channel_id: str = Field(description="where it is told; a person's id where no channel was chosen")
    state: CaseState = Field(default=CaseState.OPEN, sa_column=Column(Word(CaseState), nullable=False))
    opened_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    due_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    claimed_by: str | None = None
    claimed_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    contacted_by: str | None = None
    contacted_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    resolved_by: str | None = None
    resolved_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    reminded_at: datetime | None = Field(default=None, sa_column=Column(Instant), description="when it was said to be overdue")
    asked_again_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    recovered: bool | None = Field(default=None, description="whether the answer to the second question was a good one")
    letter_id: str | None = Field(default=None, description="the outbox row of its message")
    shown: str = Field(default="", description="hash of the message as last told, so that only changes are")


class Erased(SQLModel, table=True):
    """Someone who asked to be forgotten: only what is needed to forget them again when a help desk tells of them once more."""

    __tablename__ = "erased"

    key: str = Field(primary_key=True, description="HMAC of an e-mail address, or of a source and its id of the person")
    alias: str = Field(description="what stands in the place of the help desk's id")
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
