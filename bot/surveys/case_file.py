"""Everything the people who see to a bad answer need to know: what was said, about what, and how the ticket went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from bot.store.tables import Agent, Customer, SurveyAnswer, SurveyCase, Team, Ticket, TicketFact
from bot.store.words import CaseState, SurveyKind
from bot.store.workspace import Workspace, read_workspace
from bot.surveys.grading import find_scale
from bot.surveys.survey import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClock:
    """How one ticket went, in calendar seconds and counts; None is no data."""

    first_response_s: int | None
    full_resolution_s: int | None
    on_hold_s: int
    reassignments: int
    reopens: int
    agent_replies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One case as it stands. `agent` is who had the ticket at the solve, whoever has it now."""

    case_id: int
    state: CaseState
    survey: SurveyKind
    scale: Scale | None
    score: int
    comment: str | None
    was_changed: bool
    customer: str | None
    agent: str | None
    team: str | None
    number: str | None
    subject: str | None
    url: str | None
    clock: TicketClock | None
    opened_at: datetime
    due_at: datetime
    is_overdue: bool
    claimed_by: str | None
    contacted_by: str | None
    resolved_by: str | None
    asked_again: bool
    recovered: bool | None


def _agent(session: Session, agent_id: int | None) -> str | None:
    """Who had the ticket at the solve; where a works council's mode is on, nobody is named."""
    if agent_id is None or read_workspace(session, Workspace()).works_council:
        return None
    return session.exec(select(Agent.name).where(Agent.id == agent_id)).first()


def read_case(session: Session, case: SurveyCase) -> CaseFile | None:
    """The file of a case; None when its answer is gone."""
    answer = session.get(SurveyAnswer, case.answer_id, populate_existing=True)
    if answer is None or case.id is None:
        return None
    ticket = None if case.ticket_id is None else session.get(Ticket, case.ticket_id)
    fact = None if case.ticket_id is None else session.get(TicketFact, case.ticket_id)
    return CaseFile(
        case_id=case.id,
        state=CaseState(case.state),
        survey=SurveyKind(case.survey),
        scale=find_scale(answer.scale),
        score=answer.score,
        comment=answer.comment,
        was_changed=answer.changed_at is not None,
        customer=None
        if case.customer_id is None
        else session.exec(select(Customer.name).where(Customer.id == case.customer_id)).first(),
        agent=_agent(session, case.agent_id),
        team=_team(session, fact),
        number=None if ticket is None else ticket.external_id,
        subject=None if ticket is None else ticket.subject or None,
        url=None if ticket is None else ticket.url,
        clock=None if fact is None else _clock(fact),
        opened_at=case.opened_at,
        due_at=case.due_at,
        is_overdue=case.reminded_at is not None and case.state is not CaseState.RESOLVED,
        claimed_by=case.claimed_by,
        contacted_by=case.contacted_by,
        resolved_by=case.resolved_by,
        asked_again=case.asked_again_at is not None,
        recovered=case.recovered,
    )


def _team(session: Session, fact: TicketFact | None) -> str | None:
    if fact is None or fact.team_id is None:
        return None
    return session.exec(select(Team.name).where(Team.id == fact.team_id)).first()


def _clock(fact: TicketFact) -> TicketClock:
    return TicketClock(
        first_response_s=fact.first_response_s,
        full_resolution_s=fact.full_resolution_s,
        on_hold_s=fact.on_hold_s,
        reassignments=fact.reassignments,
        reopens=fact.reopens,
        agent_replies=fact.agent_replies,
    )
