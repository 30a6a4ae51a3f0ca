"""Who may be told what: nothing to strangers, and numbers of single agents only to admins and to the agent they are about."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from bot.errors import BadRequest, NotAllowed
from bot.kpis.dimensions import AGENT, dimension, keys_of
from bot.kpis.query import Filter, Query
from bot.store.tables import Agent
from commands.command import Asker

ME = frozenset({"me", "myself"})
NOT_YOURS = "Numbers of single agents are shown to admins, and to the agent they are about."


def admit(asker: Asker) -> None:
    """Raises NotAllowed for guests and other companies' people, and wherever another company reads along."""
    if asker.is_outsider:
        raise NotAllowed("This is for members of the workspace.", next_step="Ask a member of the workspace for the number.")
    if asker.shared_channel:
        raise NotAllowed(
            "This channel is shared with another company, or may be, so I tell no numbers here.",
            next_step="Ask me in a channel of your own, or in a direct message.",
        )


def admit_admin(asker: Asker) -> None:
    """Raises NotAllowed for everybody but admins."""
    admit(asker)
    if not asker.is_admin:
        raise NotAllowed("Only admins can change this.", next_step="Ask an admin of the workspace.")


def permitted(session: Session, query: Query, asker: Asker) -> Query:
    """The query as this person may ask it, with `agent:me` spelt out. Raises NotAllowed."""
    named = replace(query, filters=tuple(_spelt(session, one, asker) for one in query.filters))
    if about_agents(named) and not asker.is_admin and not _only_own(session, named, asker):
        raise NotAllowed(NOT_YOURS, next_step="Ask *by team*, or for your own with *agent:me*.")
    return named


def about_agents(query: Query) -> bool:
    """Whether an answer would tell single agents apart."""
    return any(_of_agents(word) for word in (*query.splits, *(one.dimension for one in query.filters if not one.op)))


def _of_agents(word: str) -> bool:
    return dimension(word) is AGENT


def _spelt(session: Session, wanted: Filter, asker: Asker) -> Filter:
    if wanted.op or not _of_agents(wanted.dimension) or not ME & {value.lower() for value in wanted.values}:
        return wanted
    own = session.get(Agent, asker.agent_id) if asker.agent_id is not None else None
    if own is None:
        raise NotAllowed(
            "I do not know which agent of the help desk you are.",
            next_step="Your Slack e-mail address must be that of an agent; an admin can check it in the help desk.",
        )
    return replace(wanted, values=tuple(own.name if value.lower() in ME else value for value in wanted.values))


def _only_own(session: Session, query: Query, asker: Asker) -> bool:
    """Whether a filter leaves only rows of the asker. A name that two agents share leaves more, and counts as not own."""
    return asker.agent_id is not None and any(_is_own(session, one, asker.agent_id) for one in query.filters)


def _is_own(session: Session, wanted: Filter, agent_id: int) -> bool:
    if wanted.op or not _of_agents(wanted.dimension) or wanted.negated:
        return False
    try:
        keys = [key for value in wanted.values for key in keys_of(session, AGENT, value)]
    except BadRequest:  # Its next step would list the names of other agents.
        return False
    return set(keys) == {agent_id}
