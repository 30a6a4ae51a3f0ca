"""One walk over what happened to a ticket: its stretches, replies, solves, reopens and waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from bot.facts.life import OPENING, Clock, Life, Moment, Rules
from bot.store.words import GONE, RESOLVED, Actor, Kind, Status


class Stretch(NamedTuple):
    """A stretch in one status, team, agent and priority; `end` None is now."""

    status: Status
    team: str | None
    agent: str | None
    priority: int | None
    start: int
    end: int | None


class AgentReply(NamedTuple):
    """A public human reply and the oldest unanswered customer comment it answered."""

    at: int
    agent: str | None
    asked_at: int | None
    is_first: bool


class Wait(NamedTuple):
    """A customer waiting for a reply: from the oldest unanswered comment to the reply or solve that ended it."""

    start: int
    end: int | None
    is_first: bool


@dataclass(slots=True)
class Solve:
    """A change to solved, and what undid it."""

    at: int
    agent: str | None
    reopened_at: int | None = None
    reopened_by: Actor | None = None


@dataclass(slots=True, kw_only=True)
class History:
    """What one walk over the moments finds, in the order of time."""

    customer_opened: bool
    stretches: list[Stretch] = field(default_factory=list)
    replies: list[AgentReply] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    waiting_since: int | None = None
    solves: list[Solve] = field(default_factory=list)
    notes: int = 0
    worked_s: int | None = None
    reassignments: int = 0
    agents: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    told: list[Moment] = field(default_factory=list)
    schedule: str | None = None

    def clock(self, rules: Rules, team: str | None) -> Clock:
        """The schedule the ticket itself was given, else the one its team worked by."""
        own = rules.clocks.get(self.schedule) if self.schedule else None
        return own or rules.clock(team)

    def team_at(self, at: int) -> str | None:
        """Whose ticket it was at an instant."""
        return next((s.team for s in self.stretches if s.end is None or at < s.end), None)


def walk(life: Life, rules: Rules, until: int | None = None) -> History:
    """One pass over the moments in the order of their instants; those after `until` have not happened yet.

    A moment dated before the creation counts at the creation: nothing can happen to a ticket that is not there."""
    moments = sorted(set(life.moments), key=lambda m: (max(m.at, life.created_at), m.kind != Kind.CREATED, m.seq, m.key))
    opener = next((m for m in moments if m.kind == Kind.CREATED), None)
    by_agent = opener is not None and rules.who(opener.actor, opener.actor_kind, life.requester) in (Actor.AGENT, Actor.BOT)
    history = History(customer_opened=not by_agent)
    state = _State(life, moments, history, rules)
    for moment in moments:
        if until is None or moment.at <= until:
            state.take(moment)
    state.finish()
    return history


class _State:
    """Where a ticket stands during the walk."""

    __slots__ = ("agent", "history", "life", "priority", "rules", "since", "status", "team")

    def __init__(self, life: Life, moments: list[Moment], history: History, rules: Rules) -> None:
        self.life, self.history, self.rules = life, history, rules
        self.since = life.created_at
        self.status = Status(_initial(moments, Kind.STATUS, life.status, opened=True) or Status.NEW)
        self.team = _initial(moments, Kind.TEAM, life.team)
        self.agent = _initial(moments, Kind.ASSIGNED, life.agent)
        told = _initial(moments, Kind.PRIORITY, None if life.priority is None else str(life.priority))
        self.priority = int(told) if told else None
        history.agents += [self.agent] if self.agent else []
        history.teams += [self.team] if self.team else []
        if self.status in RESOLVED:
            history.solves.append(Solve(life.created_at, self.agent))
        elif history.customer_opened:
            history.waiting_since = life.created_at

    def take(self, moment: Moment) -> None:
        at = max(moment.at, self.life.created_at)
        if moment.worked_s is not None:
            self.history.worked_s = (self.history.worked_s or 0) + moment.worked_s
        if handler := self.HANDLERS.get(moment.kind):
            handler(self, moment, at)

    def finish(self) -> None:
        if self.history.waiting_since is not None:
            self._wait(self.history.waiting_since, None)
        self.history.stretches.append(Stretch(self.status, self.team, self.agent, self.priority, self.since, None))

    def _reply(self, moment: Moment, at: int) -> None:
        history = self.history
        who = self.rules.who(moment.actor, moment.actor_kind, self.life.requester)
        if who is Actor.CUSTOMER and moment.new != OPENING:
            history.asked.append(at)
            if history.waiting_since is None:
                history.waiting_since = at
        elif (who is Actor.AGENT and moment.new != OPENING) or (who is Actor.BOT and self.rules.profile.bots_respond):
            history.replies.append(AgentReply(at, moment.actor, history.waiting_since, not history.replies))
            self._answered(at)

    def _answered(self, at: int) -> None:
        if self.history.waiting_since is not None:
            self._wait(self.history.waiting_since, at)
            self.history.waiting_since = None

    def _wait(self, start: int, end: int | None) -> None:
        self.history.waits.append(Wait(start, end, self.history.customer_opened and not self.history.waits))

    def _status(self, moment: Moment, at: int) -> None:
        new = Status(moment.new) if moment.new else self.status
        was_resolved, resolves = self.status in RESOLVED, new in RESOLVED
        if resolves and not was_resolved and self.status not in GONE:
            self.history.solves.append(Solve(at, self.agent or moment.actor))
            self._answered(at)
        elif was_resolved and not resolves and new not in GONE:
            last = self.history.solves[-1]
            last.reopened_at = at
            last.reopened_by = self.rules.who(moment.actor, moment.actor_kind, self.life.requester)
        if new is not self.status:
            self._change(at, status=new)

    def _assigned(self, moment: Moment, at: int) -> None:
        agent = moment.new
        if agent:
            if self.history.agents and self.history.agents[-1] != agent:
                self.history.reassignments += 1
            self.history.agents.append(agent)
        self._change(at, agent=agent)

    def _team(self, moment: Moment, at: int) -> None:
        self._change(at, team=moment.new)
        if moment.new:
            self.history.teams.append(moment.new)

    def _priority(self, moment: Moment, at: int) -> None:
        self._change(at, priority=int(moment.new) if moment.new else None)

    def _note(self, moment: Moment, at: int) -> None:
        self.history.notes += 1

    def _schedule(self, moment: Moment, at: int) -> None:
        self.history.schedule = moment.new

    def _told(self, moment: Moment, at: int) -> None:
        self.history.told.append(moment)

    def _change(self, at: int, **new: object) -> None:
        if all(getattr(self, name) == value for name, value in new.items()):
            return
        self.history.stretches.append(Stretch(self.status, self.team, self.agent, self.priority, self.since, at))
        self.since = at
        for name, value in new.items():
            setattr(self, name, value)

    HANDLERS: ClassVar[dict[str, Callable[[_State, Moment, int], None]]] = {
        Kind.REPLY: _reply,
        Kind.NOTE: _note,
        Kind.STATUS: _status,
        Kind.ASSIGNED: _assigned,
        Kind.TEAM: _team,
        Kind.PRIORITY: _priority,
        Kind.SCHEDULE: _schedule,
        Kind.SLA_ACHIEVED: _told,
        Kind.SLA_BREACHED: _told,
        Kind.SLA_RETRACTED: _told,
    }


def _initial(moments: list[Moment], kind: Kind, current: str | None, *, opened: bool = False) -> str | None:
    """What held before the first change: its `old`, else what the ticket was created with, else what holds today."""
    first = next((m for m in moments if m.kind == kind), None)
    created = next((m.new for m in moments if m.kind == Kind.CREATED), None) if opened else None
    if created:
        return created
    return current if first is None else first.old
