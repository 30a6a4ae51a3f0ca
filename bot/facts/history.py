"""One walk over what happened to a ticket: its stretches, replies, solves, reopens and waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from bot.facts.life import OPENING, Clock, Life, Moment, Rules, Traits, trait
from bot.facts.order import SAID, by_staff, first_status, in_order, initial, unmarked_opening
from bot.store.words import GONE, RESOLVED, UNSOLVED, Actor, Kind, Status


class Stretch(NamedTuple):
    """A stretch in one status, team, agent, priority, schedule and category; `end` None is now."""

    status: Status
    team: str | None
    agent: str | None
    priority: int | None
    schedule: str | None
    start: int
    end: int | None
    category: str | None = None


class AgentReply(NamedTuple):
    """A public human reply and the oldest unanswered customer comment it answered; `is_first` is the first response."""

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
    """What one walk over the moments finds, in the order of time. `handed_off_at` is the last word of a bot before the first
    answer; `came_back` says that the customer wrote after a reply; `strays` counts what was set aside. `traits` held at the
    creation, where something told of them changed; `turns` are those changes."""

    customer_opened: bool
    stretches: list[Stretch] = field(default_factory=list)
    replies: list[AgentReply] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    came_back: bool = False
    waits: list[Wait] = field(default_factory=list)
    waiting_since: int | None = None
    solves: list[Solve] = field(default_factory=list)
    notes: int = 0
    worked_s: int | None = None
    reassignments: int = 0
    agents: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    told: list[Moment] = field(default_factory=list)
    traits: Traits = field(default_factory=dict)
    turns: list[Moment] = field(default_factory=list)
    handed_off_at: int | None = None
    strays: int = 0

    def stretch_at(self, at: int) -> Stretch:
        """The stretch an instant lies in; where two meet, the later."""
        return next((s for s in self.stretches if s.end is None or at < s.end), self.stretches[-1])


def clock_in(rules: Rules, stretch: Stretch) -> Clock:
    """The business hours in force during a stretch."""
    return rules.clock(stretch.team, stretch.schedule)


def walk(life: Life, rules: Rules, until: int | None = None) -> History:
    """One pass over the moments in the order of their instants; those after `until` have not happened yet.

    A change dated before the creation holds from the creation on. What was said or worked before it is set aside and
    counted as a stray: an answer after 0 seconds would be a wrong number that nobody sees."""
    strays = frozenset(m for m in life.moments if m.at < life.created_at and m.kind in SAID)
    moments = in_order(strays.symmetric_difference(life.moments) if strays else life.moments, life.created_at)
    history = History(customer_opened=not by_staff(moments, life, rules), strays=len(strays))
    state = _State(life, moments, history, rules)
    opening = unmarked_opening(moments, life.created_at)
    if opening is not None and opening.kind == Kind.REPLY:
        moments.remove(opening)
    for moment in moments:
        if until is None or moment.at <= until:
            state.take(moment)
    state.reconcile(until)
    state.finish()
    return history


class _State:
    """Where a ticket stands during the walk. `resolved` outlives a deletion: restored as solved, it was solved all along."""

    __slots__ = (
        "agent", "category", "history", "life", "priority", "resolved",
        "responds", "rules", "schedule", "since", "status", "team", "turned_at",
    )  # fmt: skip

    def __init__(self, life: Life, moments: list[Moment], history: History, rules: Rules) -> None:
        self.life, self.history, self.rules = life, history, rules
        self.since = life.created_at
        self.turned_at: int | None = None
        self.responds = history.customer_opened or rules.profile.agent_opened_respond
        told = next((m.new for m in moments if m.kind == Kind.CREATED and m.new), None)
        told = told or first_status(moments, life.created_at)
        # Nobody opens a ticket as deleted: of one that is gone without a word it is only known that it is gone now.
        gone = life.status in GONE and life.updated_at is not None
        self.status = self._status_of(told or (Status.NEW if gone else life.status))
        self.team = initial(moments, Kind.TEAM, life.team)
        self.agent = initial(moments, Kind.ASSIGNED, life.agent)
        self.schedule = initial(moments, Kind.SCHEDULE, None)
        priority = initial(moments, Kind.PRIORITY, None if life.priority is None else str(life.priority))
        self.priority = int(priority) if priority else None
        self.category = initial(moments, Kind.CATEGORY, life.category)
        history.agents += [self.agent] if self.agent else []
        history.teams += [self.team] if self.team else []
        if turns := [m for m in moments if m.kind == Kind.TRAIT]:
            history.traits = {**life.traits, **{n: v for m in reversed(turns) for n, v in trait(m.old or m.new).items()}}
        self.resolved = self.status in RESOLVED
        # Found solved, with nothing that says since when: it has no time of resolution rather than one of 0 s.
        if self.resolved and told:
            history.solves.append(Solve(life.created_at, self.agent))
        elif self.status in UNSOLVED and history.customer_opened:
            history.waiting_since = life.created_at

    def take(self, moment: Moment) -> None:
        at = max(moment.at, self.life.created_at)
        if moment.worked_s is not None:
            self.history.worked_s = (self.history.worked_s or 0) + moment.worked_s
        if handler := self.HANDLERS.get(moment.kind):
            handler(self, moment, at)

    def reconcile(self, until: int | None) -> None:
        """A status that no event tells of is the desk's word at its last update, if nothing later contradicts it. In that very
        second an event knows more only where the row is as old as the ticket, or where the ticket went away.

        Spam and deletions often come without an event: without this they would count for ever."""
        at, new = self.life.updated_at, self._status_of(self.life.status)
        if at is None or new is self.status or (until is not None and at > until) or at < self.since:
            return
        if at == self.turned_at and new not in GONE and (at == self.life.created_at or self.status in GONE):
            return
        self._turn(new, at, Moment(at, 0, "", Kind.STATUS))

    def finish(self) -> None:
        if self.history.waiting_since is not None:
            self._wait(self.history.waiting_since, None)
        self.history.stretches.append(self._stretch(None))

    def _reply(self, moment: Moment, at: int) -> None:
        history = self.history
        if moment.new == OPENING:
            return
        who = self.rules.who(moment.actor, moment.actor_kind, self.life.requester)
        if who is Actor.CUSTOMER:
            history.asked.append(at)
            history.came_back = history.came_back or bool(history.replies)
            if history.waiting_since is None:
                history.waiting_since = at
        elif who is Actor.AGENT or (who is Actor.BOT and self.rules.profile.bots_respond):
            is_first = self.responds and not history.replies
            history.replies.append(AgentReply(at, moment.actor, self._asked_at(at), is_first))
            self._answered(at)
        elif who is Actor.BOT and not history.replies:
            history.handed_off_at = at

    def _asked_at(self, at: int) -> int | None:
        """Since when the customer waited for a reply: also one that is told after the solve it was sent with."""
        history = self.history
        if history.waiting_since is not None or not history.waits or (history.replies and history.replies[-1].at == at):
            return history.waiting_since
        return history.waits[-1].start if history.waits[-1].end == at else None

    def _answered(self, at: int) -> None:
        if self.history.waiting_since is not None:
            self._wait(self.history.waiting_since, at)
            self.history.waiting_since = None

    def _wait(self, start: int, end: int | None) -> None:
        self.history.waits.append(Wait(start, end, self.history.customer_opened and not self.history.waits))

    def _status(self, moment: Moment, at: int) -> None:
        self.turned_at = at
        self._turn(self._status_of(moment.new or self.status), at, moment)

    def _turn(self, new: Status, at: int, moment: Moment) -> None:
        if new in RESOLVED and not self.resolved:
            self.resolved = True
            self.history.solves.append(Solve(at, self.agent or self._if_agent(moment)))
            self._answered(at)
        elif new in UNSOLVED and self.resolved:
            self.resolved = False
            if self.history.solves:
                last = self.history.solves[-1]
                last.reopened_at = at
                last.reopened_by = self.rules.who(moment.actor, moment.actor_kind, self.life.requester)
        self._change(at, status=new)

    def _if_agent(self, moment: Moment) -> str | None:
        who = self.rules.who(moment.actor, moment.actor_kind, self.life.requester)
        return moment.actor if who is Actor.AGENT else None

    def _status_of(self, told: str) -> Status:
        """Help desks that keep merged tickets close them."""
        status = Status(told)
        return Status.CLOSED if status is Status.MERGED and self.rules.profile.count_merged else status

    def _assigned(self, moment: Moment, at: int) -> None:
        agent = moment.new
        if agent:
            if self.history.agents and self.history.agents[-1] != agent:
                self.history.reassignments += 1
            self.history.agents.append(agent)
            if self.history.solves and self.history.solves[-1].at == at:
                self.history.solves[-1].agent = agent
        self._change(at, agent=agent)

    def _team(self, moment: Moment, at: int) -> None:
        self._change(at, team=moment.new)
        if moment.new:
            self.history.teams.append(moment.new)

    def _priority(self, moment: Moment, at: int) -> None:
        self._change(at, priority=int(moment.new) if moment.new else None)

    def _schedule(self, moment: Moment, at: int) -> None:
        self._change(at, schedule=moment.new)

    def _category(self, moment: Moment, at: int) -> None:
        self._change(at, category=moment.new)

    def _note(self, moment: Moment, at: int) -> None:
        self.history.notes += 1

    def _told(self, moment: Moment, at: int) -> None:
        self.history.told.append(moment)

    def _trait(self, moment: Moment, at: int) -> None:
        self.history.turns.append(moment)

    def _change(self, at: int, **new: object) -> None:
        if all(getattr(self, name) == value for name, value in new.items()):
            return
        self.history.stretches.append(self._stretch(at))
        self.since = at
        for name, value in new.items():
            setattr(self, name, value)

    def _stretch(self, end: int | None) -> Stretch:
        return Stretch(self.status, self.team, self.agent, self.priority, self.schedule, self.since, end, self.category)

    HANDLERS: ClassVar[dict[str, Callable[[_State, Moment, int], None]]] = {
        Kind.REPLY: _reply,
        Kind.NOTE: _note,
        Kind.STATUS: _status,
        Kind.ASSIGNED: _assigned,
        Kind.TEAM: _team,
        Kind.PRIORITY: _priority,
        Kind.SCHEDULE: _schedule,
        Kind.CATEGORY: _category,
        Kind.TRAIT: _trait,
        Kind.SLA_ACHIEVED: _told,
        Kind.SLA_BREACHED: _told,
        Kind.SLA_RETRACTED: _told,
    }
