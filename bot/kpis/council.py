"""What a works council forbids, in the engine itself: numbers of single people, and of teams too small to hide in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlmodel import Session, and_, col

from bot.errors import BadRequest, NotAllowed
from bot.kpis.answer import Figure, Row
from bot.kpis.dimensions import AGENT, TEAM, find_dimension, keys_of, unassigned
from bot.kpis.names import Key
from bot.kpis.query import Filter
from bot.store.tables import Agent, Team
from bot.store.words import Role
from bot.store.workspace import Workspace

AT_WORK = (Role.AGENT, Role.ADMIN)


def forbid(workspace: Workspace, splits: Sequence[str], filters: Sequence[Filter]) -> None:
    """Raises NotAllowed, for everybody, where a question tells single people apart."""
    if not workspace.works_council:
        return
    named = (*splits, *(one.dimension for one in filters if not one.op and not unassigned(one)))
    if any(find_dimension(word) is AGENT for word in named):
        raise NotAllowed(
            "Numbers of single people are not told here: the works council's mode is on.", next_step="Ask *by team*."
        )


def forbid_alone(session: Session, workspace: Workspace, splits: Sequence[str], filters: Sequence[Filter]) -> None:
    """Both rules, for what does not ask by `measure`. Raises NotAllowed."""
    forbid(workspace, splits, filters)
    forbid_small(session, workspace, filters)


def tells_teams(session: Session, workspace: Workspace) -> bool:
    """Whether every team may be told apart from the others."""
    return not workspace.works_council or all(size >= workspace.smallest_group for size in team_sizes(session).values())


def forbid_small(session: Session, workspace: Workspace, filters: Sequence[Filter]) -> None:
    """Raises NotAllowed where a filter leaves, or by leaving out uncovers, a team of fewer agents than may be told."""
    if not workspace.works_council:
        return
    kept_back = untold(session, workspace)
    for one in filters:
        if one.op or find_dimension(one.dimension) is not TEAM:
            continue
        if any(key in kept_back for value in one.values for key in _keys(session, value)):
            raise NotAllowed(
                f"A team of fewer than {workspace.smallest_group} agents is not shown, nor one by whose numbers the rest would "
                "tell those: the works council's mode is on.",
                next_step="Ask for all of support.",
            )


def untold(session: Session, workspace: Workspace) -> frozenset[Key]:
    """The teams of which nothing is told: those too small and, beside one alone, the next smallest, for whose own numbers
    could be had by taking all the others from the whole. A team without agents hides nobody."""
    sizes = team_sizes(session)
    teams: list[Key] = [key for (key,) in session.execute(select(col(Team.id)))]
    small = {key for key in teams if sizes.get(key, 0) < workspace.smallest_group}
    others = [key for key in teams if key not in small]
    if others and sum(key in sizes for key in small) == 1:
        small.add(min(others, key=lambda key: (sizes[key], str(key))))
    return frozenset(small)


def hidden(session: Session, workspace: Workspace, splits: Sequence[str], rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with those of teams that are too small emptied: that they exist may be known, their numbers may not."""
    place = next((n for n, word in enumerate(splits) if find_dimension(word) is TEAM), None)
    if not workspace.works_council or place is None:
        return tuple(rows)
    sizes = team_sizes(session)
    small = {one.keys[place] for one in rows if one.keys[place] is not None} - {
        key for key, size in sizes.items() if size >= workspace.smallest_group
    }
    # One hidden row could be had by taking the others from the whole: then the next smallest is hidden with it.
    shown = [one.keys[place] for one in rows if one.keys[place] is not None and one.keys[place] not in small]
    if len(small) == 1 and shown:
        small.add(min(shown, key=lambda key: (sizes.get(key, 0), str(key))))
    return tuple(replace(one, figure=Figure(value=None, n=0), share=None) if one.keys[place] in small else one for one in rows)


def team_sizes(session: Session) -> Mapping[Key, int]:
    """How many agents at work have a team as their main one, by our id of the team."""
    same = and_(col(Agent.team) == col(Team.external_id), col(Agent.source) == col(Team.source))
    counted = select(col(Team.id), func.count(col(Agent.id))).join(Agent, same).where(col(Agent.role).in_(AT_WORK))
    return {key: int(count) for key, count in session.execute(counted.group_by(col(Team.id)))}


def _keys(session: Session, value: str) -> Sequence[Key]:
    try:
        return keys_of(session, TEAM, value)
    except BadRequest:
        return ()
