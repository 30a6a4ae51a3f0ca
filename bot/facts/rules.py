"""Who is who, which hours and which policies hold for one source, read from the store."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select

from bot.facts.hours import clock_of
from bot.facts.life import Clock, Policy, Rules, Target
from bot.facts.profiles import profile_of
from bot.facts.rows import Names
from bot.facts.schedules import Schedule as OpeningHours
from bot.store.tables import Agent, Schedule, SlaPolicy, Team
from bot.store.words import Metric


def rules_of(session: Session, source: str, profile: str) -> Rules:
    """Everything derive() must know of a source besides the ticket."""
    agents = session.exec(select(Agent).where(col(Agent.source) == source)).all()
    teams = session.exec(select(Team).where(col(Team.source) == source)).all()
    policies = session.exec(select(SlaPolicy).where(col(SlaPolicy.source) == source).order_by(col(SlaPolicy.position)))
    return Rules(
        profile=profile_of(profile),
        roles={a.external_id: a.role for a in agents},
        clocks=_clocks(session, source),
        team_schedules={t.external_id: t.schedule for t in teams if t.schedule},
        policies=tuple(_policy(p) for p in policies),
    )


def names_of(session: Session, source: str) -> Names:
    """Row ids by external id, and back, for one source."""
    teams = session.exec(select(Team.id, Team.external_id).where(col(Team.source) == source)).all()
    agents = session.exec(select(Agent.id, Agent.external_id).where(col(Agent.source) == source)).all()
    return Names(
        team_id={name: i for i, name in teams if i is not None},
        agent_id={name: i for i, name in agents if i is not None},
        team_of={i: name for i, name in teams if i is not None},
        agent_of={i: name for i, name in agents if i is not None},
    )


def _clocks(session: Session, source: str) -> dict[str, Clock]:
    clocks: dict[str, Clock] = {}
    for row in session.exec(select(Schedule).where(col(Schedule.source) == source)):
        week = tuple((start, end) for start, end in row.week)
        holidays = frozenset(date.fromisoformat(day) for day in row.holidays)
        clock = clock_of(OpeningHours(slug=row.external_id, zone=row.zone, week=week, holidays=holidays))
        clocks[row.external_id] = clock
        if row.is_default:
            clocks[""] = clock
    return clocks


def _policy(row: SlaPolicy) -> Policy:
    targets = tuple(
        Target(metric=Metric(t["metric"]), target_s=t["target_s"], business=t["business"], priority=t["priority"])
        for t in row.targets
    )
    return Policy(name=row.name, matches={name: frozenset(values) for name, values in row.matches.items()}, targets=targets)
