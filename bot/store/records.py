"""What a help desk hands over: records that refer to one another by the desk's own ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.store.words import Actor, Channel, Kind, Metric, Role, Status, SurveyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRecord:
    """A group or queue; `schedule` is the external id of its business hours."""

    external_id: str
    name: str
    schedule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """Someone or something that works on tickets; only human roles count as agents in a KPI."""

    external_id: str
    name: str
    email: str | None = None
    role: Role = Role.AGENT
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """Someone who asks for help; `language` is an ISO 639-1 code."""

    external_id: str
    name: str
    email: str | None = None
    organisation: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecord:
    """A ticket as it stands; team, agent and customer are external ids. All instants are aware UTC. `traits` are what
    service-level policies ask for and no figure is split by, such as `organization`; nothing is written as `""`."""

    external_id: str
    created_at: datetime
    updated_at: datetime
    status: Status
    version: int = 0
    subject: str = ""
    url: str | None = None
    status_raw: str | None = None
    priority: int | None = None
    channel: Channel = Channel.OTHER
    category: str | None = None
    tags: tuple[str, ...] = ()
    team: str | None = None
    agent: str | None = None
    customer: str | None = None
    merged_into: str | None = None
    handled_s: int | None = None
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    desk_facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One thing that happened to a ticket. `key` is unique per ticket; `seq` orders events of one second.

    What `old` and `new` hold by kind: created - new: first status; status - Status words; assigned, team - external ids;
    priority - "1".."4"; category - text; schedule - external id; sla_* - "metric" or "metric:policy" in `new`;
    trait - "name:value", one value a line;
    reply, note, worked - unused. Where `after` is given, it happened somewhen after that instant and not after `at`."""

    ticket: str
    key: str
    at: datetime
    kind: Kind
    seq: int = 0
    actor: str | None = None
    actor_kind: Actor | None = None
    old: str | None = None
    new: str | None = None
    worked_s: int | None = None
    derived: bool = False
    after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRecord:
    """A rating given in the help desk, on the desk's own scale. `scale` names a scale of bot.surveys."""

    external_id: str
    survey: SurveyKind
    scale: str
    score: int
    answered_at: datetime
    ticket: str | None = None
    customer: str | None = None
    agent: str | None = None
    comment: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRecord:
    """Business hours: [start, end) minutes from Monday 00:00 in an IANA zone, less whole local holidays."""

    external_id: str
    name: str
    zone: str
    week: tuple[tuple[int, int], ...]
    holidays: tuple[str, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How long one metric may take, in seconds; `priority` None applies to every priority. `pauses` are the statuses in
    which the desk stops this clock, besides those in which the metric always pauses."""

    metric: Metric
    target_s: int
    business: bool = False
    priority: int | None = None
    pauses: tuple[Status, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicyRecord:
    """Targets for the tickets that match all of `matches`: it maps what is asked for to values, any of which will do.

    Asked can be priority, team, agent, channel, category, schedule, requester, tag, or a trait of the ticket. `-team` is for
    tickets that have none of the values, `tag#2` a second condition about tags; of the conditions that begin with `|` one must
    hold. Where a ticket has none of something it has `""`."""

    external_id: str
    name: str
    position: int = 0
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyPolicies:
    """All the policies a help desk has now: whichever else was kept of it was taken away since."""

    external_ids: tuple[str, ...]
    external_id: str = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRecord:
    """Which ticket another one was merged into, told apart from the ticket itself; both by the desk's own ids."""

    external_id: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A record that could not be read; the reason is safe to show and holds no customer's words."""

    stream: str
    external_id: str
    reason: str


Record = (
    TeamRecord
    | AgentRecord
    | CustomerRecord
    | TicketRecord
    | EventRecord
    | RatingRecord
    | ScheduleRecord
    | SlaPolicyRecord
    | OnlyPolicies
    | MergeRecord
    | BadRecord
)
