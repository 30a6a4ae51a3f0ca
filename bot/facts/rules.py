"""Who is who, which hours and which policies hold for one source, read from the store."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from bot.facts.hours import clock_of
from bot.facts.life import Clock, Policy, Rules, Target
from bot.facts.profiles import profile_of
from bot.facts.rows import Names
from bot.facts.schedules import Schedule as OpeningHours
from bot.store.tables import Agent, Customer, Schedule, Setting, SlaPolicy, Team
from bot.store.words import Metric, Role, Status

BOTS = "bots"
OF_TEAMS = frozenset((Metric.GROUP_OWNERSHIP,))


def rules_of(session: Session, source: str, profile: str) -> Rules:
    """Everything derive() must know of a source besides the ticket; a profile that was set in the workspace outranks."""
    agents = session.exec(select(Agent).where(col(Agent.source) == source)).all()
    teams = session.exec(select(Team).where(col(Team.source) == source)).all()
    told = session.exec(select(SlaPolicy).where(col(SlaPolicy.source) == source).order_by(col(SlaPolicy.position)))
    policies = [_policy(each) for each in told]
    definitions = profile_of(profile_in_force(session, profile))
    return Rules(
        profile=definitions,
        roles=_roles(session, source, agents, definitions.agent_domains),
        clocks=_clocks(session, source),
        team_schedules={t.external_id: t.schedule for t in teams if t.schedule},
        policies=_promising(policies, frozenset(Metric) - OF_TEAMS),
        team_policies=_promising(policies, OF_TEAMS),
    )


def profile_in_force(session: Session, profile: str) -> str:
    """The profile the workspace decided for, else the one that is given: that of the settings."""
    row = session.get(Setting, "profile")
    return profile if row is None else str(row.value)


def bots_of(session: Session) -> frozenset[str]:
    """Agents that are programs, by what the settings call them: external id, mail address or name, in lower case."""
    row = session.get(Setting, BOTS)
    return frozenset(str(name).lower() for name in row.value) if row is not None else frozenset()


def _roles(session: Session, source: str, agents: Sequence[Agent], domains: Sequence[str]) -> dict[str, Role]:
    """Who is what today: as the desk says, less those we list as bots, and with former agents known by their address."""
    bots = bots_of(session)
    roles = {a.external_id: Role.BOT if bots & _called(a) else a.role for a in agents}
    if domains:
        known = select(Customer.external_id, Customer.email).where(col(Customer.source) == source)
        for name, email in [*session.exec(known), *((a.external_id, a.email) for a in agents)]:
            if (email or "").lower().rpartition("@")[2] in domains and roles.get(name) is not Role.BOT:
                roles[name] = Role.AGENT
    return roles


def _called(agent: Agent) -> set[str]:
    return {agent.external_id.lower(), agent.name.lower(), (agent.email or "").lower()}


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


def _promising(policies: Sequence[Policy], metrics: Set[Metric]) -> tuple[Policy, ...]:
    """The policies with their targets of these metrics; without one a policy promises nothing."""
    kept = (replace(each, targets=tuple(t for t in each.targets if t.metric in metrics)) for each in policies)
    return tuple(each for each in kept if each.targets)


def _policy(row: SlaPolicy) -> Policy:
    targets = tuple(
        Target(
            metric=Metric(t["metric"]),
            target_s=t["target_s"],
            business=t["business"],
            priority=t["priority"],
            pauses=frozenset(map(Status, t.get("pauses", ()))),
        )
        for t in row.targets
    )
    return Policy(name=row.name, matches={name: frozenset(values) for name, values in row.matches.items()}, targets=targets)
