"""Who may be told what: nothing to strangers, and numbers of single agents only to admins, the agent, and who leads them."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from sqlmodel import Session

from bot.errors import BadRequest, NotAllowed
from bot.kpis import kpi_of
from bot.kpis.dimensions import AGENT, TEAM, dimension, keys_of, unassigned
from bot.kpis.kpi import Stock
from bot.kpis.names import names_of, shared_name
from bot.kpis.query import Filter, Query
from bot.store.leading import agents_of, team_of
from bot.store.tables import Agent, Team
from bot.store.workspace import Workspace
from commands.command import Asker, Reply
from commands.vocabulary import MY_TEAM

ME = frozenset({"me", "myself"})
NOT_YOURS = "Numbers of single agents are shown to admins, to the agent they are about, and to who leads the team."


def admit(asker: Asker) -> None:
    """Raises NotAllowed for guests and other companies' people, and wherever another company reads along."""
    if asker.is_outsider:
        raise NotAllowed("This is for members of the workspace.", next_step="Ask a member of the workspace for the number.")
    if asker.shared_channel:
        raise NotAllowed(
            "This channel is shared with another company, or may be, so I tell no numbers here.",
            next_step="Ask me in a direct message; where the channel is your own, type `/invite @cx` first, so that I can tell.",
        )


def admit_admin(asker: Asker) -> None:
    """Raises NotAllowed for everybody but admins."""
    admit(asker)
    if not asker.is_admin:
        raise NotAllowed("Only admins can change this.", next_step="Ask an admin of the workspace.")


def permitted(session: Session, query: Query, asker: Asker) -> Query:
    """The query as this person may ask it, with `agent:me` spelt out. Raises NotAllowed."""
    named = replace(query, filters=tuple(_spelt(session, one, asker) for one in query.filters))
    if not about_agents(named) or asker.is_admin or _only_own(session, named, asker):
        return named
    led = set(agents_of(session, asker.leads))
    if led and _only_of(session, named, led):
        return named
    if led and not any(_of_agents(one.dimension) for one in named.filters if not one.op):
        return replace(named, filters=(*named.filters, _of_team(session, led)))
    raise NotAllowed(NOT_YOURS, next_step="Ask *by team*, or for your own with *agent:me*.")


def sayable(reply: Reply, asker: Asker, workspace: Workspace) -> Reply:
    """A reply that everybody may read, if it may be said there. Raises NotAllowed where it names agents, quotes subjects or
    customers, and the channel is not on the list of those where that may be done."""
    aloud = reply.public and reply.names_people and not asker.is_alone
    if aloud and asker.channel_id not in workspace.named_channels:
        raise NotAllowed(
            "Names of agents, subjects and customers' words are not said to this channel.",
            still_true="Only you can see such answers here.",
            next_step=f"Ask me with `/cx{_again(reply)}`; an admin can allow the channel in `/cx settings`.",
        )
    return reply


def _again(reply: Reply) -> str:
    """The question of a reply as it is typed, where nobody's name stands in it."""
    words = next((str(one.detail["query"]) for one in reply.notes if "query" in one.detail), "")
    return f" {words}" if words and "…" not in words and "`" not in words else ""


def about_agents(query: Query) -> bool:
    """Whether an answer would tell single agents apart. A backlog that nobody has is nobody's."""
    stands = isinstance(kpi_of(query.kpi).measure, Stock)
    named = (one.dimension for one in query.filters if not one.op and not (stands and unassigned(one)))
    return any(_of_agents(word) for word in (*query.splits, *named))


def _of_agents(word: str) -> bool:
    return dimension(word) is AGENT


def _spelt(session: Session, wanted: Filter, asker: Asker) -> Filter:
    if not wanted.op and dimension(wanted.dimension) is TEAM and MY_TEAM in {value.lower() for value in wanted.values}:
        teams = _own_teams(session, asker)
        spelt = ((teams if value.lower() == MY_TEAM else (value,)) for value in wanted.values)
        return replace(wanted, values=tuple(chain.from_iterable(spelt)))
    if wanted.op or not _of_agents(wanted.dimension) or not ME & {value.lower() for value in wanted.values}:
        return wanted
    own = session.get(Agent, asker.agent_id) if asker.agent_id is not None else None
    if own is None:
        raise NotAllowed(
            "I do not know which agent of the help desk you are.",
            next_step="Your Slack e-mail address must be that of an agent; an admin can check it in the help desk.",
        )
    return replace(wanted, values=tuple(own.name if value.lower() in ME else value for value in wanted.values))


def _own_teams(session: Session, asker: Asker) -> tuple[str, ...]:
    """The team somebody is in, and those they lead, by names that are nobody else's. Raises NotAllowed where there is none."""
    main = team_of(session, asker.agent_id) if asker.agent_id is not None else None
    own = {main.id} if main is not None else set()
    named = names_of(session, Team)
    found = tuple(label for key, label in named if key in own or shared_name(label) in asker.leads)
    if not found:
        raise NotAllowed(
            "I do not know which team is yours.",
            next_step="Your Slack e-mail address must be that of an agent who is in a team; or ask with *team:name*.",
        )
    return found


def _of_team(session: Session, agents: set[int]) -> Filter:
    """Only the agents somebody leads, by names that are nobody else's."""
    return Filter(dimension=AGENT.slug, values=tuple(name for key, name in names_of(session, Agent) if key in agents))


def _only_own(session: Session, query: Query, asker: Asker) -> bool:
    """Whether a filter leaves only rows of the asker. A name that two agents share leaves more, and counts as not own."""
    return asker.agent_id is not None and _only_of(session, query, {asker.agent_id})


def _only_of(session: Session, query: Query, agents: set[int]) -> bool:
    return any(_leaves(session, one, agents) for one in query.filters)


def _leaves(session: Session, wanted: Filter, agents: set[int]) -> bool:
    if wanted.op or not _of_agents(wanted.dimension) or wanted.negated:
        return False
    try:
        keys = [key for value in wanted.values for key in keys_of(session, AGENT, value)]
    except BadRequest:  # Its next step would list the names of other agents.
        return False
    return bool(keys) and set(keys) <= agents
