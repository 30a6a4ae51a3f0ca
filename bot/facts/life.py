"""The life of one ticket as derive() is given it: who is who, what was agreed, and what happened, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from bot.facts.profiles import Profile
from bot.store.words import Actor, Metric, Role, Status

Traits = Mapping[str, frozenset[str]]
"""What policies ask of a ticket besides what counts: by name its values, `""` where it has none."""


def trait(told: str | None) -> dict[str, frozenset[str]]:
    """What an event says that a ticket has: `organization:802`, one value a line."""
    name, _, values = (told or "").partition(":")
    return {name: frozenset(values.split("\n"))}


class Clock(Protocol):
    """Counts working seconds between two instants (whole seconds since 1970), and finds the instant some seconds later."""

    def between(self, start: int, end: int) -> int: ...

    def add(self, start: int, seconds: int) -> int | None: ...


class Calendar:
    """The clock that never stops."""

    def between(self, start: int, end: int) -> int:
        return end - start

    def add(self, start: int, seconds: int) -> int | None:
        return start + seconds


class Moment(NamedTuple):
    """One event of a ticket; instants are whole seconds since 1970. `old` and `new` as in EventRecord."""

    at: int
    seq: int
    key: str
    kind: str
    actor: str | None = None
    actor_kind: str | None = None
    old: str | None = None
    new: str | None = None
    worked_s: int | None = None


END_USER = "end_user"
OPENING = "opening"
"""What `new` holds for the public comment a ticket was opened with: it is the request, not a reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How long a metric may take; `priority` None is for every priority. In `pauses` the clock stands still, besides
    where the metric's own rule lets it."""

    metric: Metric
    target_s: int
    business: bool
    priority: int | None
    pauses: frozenset[Status] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Targets for the tickets that match; what the keys ask is said with SlaPolicyRecord, values are the desk's own."""

    name: str
    matches: Mapping[str, frozenset[str]]
    targets: tuple[Target, ...]

    def target(self, metric: Metric, priority: int | None) -> Target | None:
        """The target for this metric and priority; one that names the priority beats one for all."""
        fitting = [t for t in self.targets if t.metric == metric and t.priority in (None, priority)]
        return max(fitting, key=lambda t: t.priority is not None, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for all tickets of one source. `clocks` maps a schedule's external id, or "" for the default, to its clock.
    `team_policies` say how long one team may hold a ticket: a list of its own, in which the first that matches wins."""

    profile: Profile
    roles: Mapping[str, Role] = field(default_factory=dict)
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    team_schedules: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    team_policies: tuple[Policy, ...] = ()

    def clock(self, team: str | None, own: str | None = None) -> Clock:
        """The hours of the schedule a ticket was given, else its team's, else the workspace's, else calendar time."""
        clocks = self.clocks
        given = clocks.get(own) if own else None
        return given or clocks.get(self.team_schedules.get(team or "", "")) or clocks.get("") or CALENDAR

    def who(self, actor: str | None, told: str | None, requester: str | None) -> Actor:
        """Who acted, by today's roles; the desk's word at the time decides where there is no role today, or where the
        profile goes by the role at that time.

        Whoever asks is a customer on that ticket, also an agent. Someone who has left counts as what they were."""
        if actor is not None and actor == requester:
            return Actor.CUSTOMER
        role = self.roles.get(actor or "")
        if role is Role.BOT:
            return Actor.AGENT if self.profile.seated_bots_respond and told == Actor.AGENT else Actor.BOT
        if told is not None and self.profile.roles == "then":
            return Actor(told)
        if role in (Role.AGENT, Role.ADMIN) or (role is Role.FORMER and told is None):
            return Actor.AGENT
        if told is None:
            return Actor.SYSTEM if actor is None else Actor.CUSTOMER
        return Actor(told)

    def role_of(self, requester: str | None) -> str:
        """What whoever asks is to a policy: a Role today, `end_user`, or nobody. A program on a seat has an agent's role, and
        someone who has left is taken for the agent they were."""
        if requester is None:
            return ""
        role = self.roles.get(requester)
        return END_USER if role is None else role.value if role is Role.ADMIN else Role.AGENT.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A ticket as it stood at `updated_at`, and its moments in any order; people and teams by external id."""

    created_at: int
    updated_at: int | None = None
    status: Status
    moments: tuple[Moment, ...]
    requester: str | None = None
    team: str | None = None
    agent: str | None = None
    priority: int | None = None
    channel: str = "other"
    category: str | None = None
    tags: tuple[str, ...] = ()
    handled_s: int | None = None
    traits: Traits = field(default_factory=dict)


CALENDAR = Calendar()
