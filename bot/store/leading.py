"""Who leads whom: an agent's own team, and the agents of the teams that somebody leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import Session, and_, col, select

from bot.store.tables import Agent, Team
from bot.store.words import Role

AT_WORK = (Role.AGENT, Role.ADMIN)


def team_of(session: Session, agent_id: int) -> Team | None:
    """The main team of an agent, if their help desk says."""
    own = select(Team).join(Agent, and_(col(Agent.team) == col(Team.external_id), col(Agent.source) == col(Team.source)))
    return session.exec(own.where(col(Agent.id) == agent_id)).first()


def led_teams(leads: Mapping[str, Sequence[str]], user_id: str) -> tuple[str, ...]:
    """The names of the teams that a Slack user leads, in order."""
    return tuple(sorted(team for team, people in leads.items() if user_id in people))


def agents_of(session: Session, teams: Sequence[str]) -> tuple[int, ...]:
    """The agents at work whose main team has one of these names."""
    if not teams:
        return ()
    named = select(Agent.id).join(Team, and_(col(Agent.team) == col(Team.external_id), col(Agent.source) == col(Team.source)))
    found = session.exec(named.where(col(Team.name).in_(teams), col(Agent.role).in_(AT_WORK)).order_by(col(Agent.id)))
    return tuple(one for one in found if one is not None)
