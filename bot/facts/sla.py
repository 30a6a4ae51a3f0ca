"""Service-level instances of one ticket: one for each metric and cycle, with the instant its clock passes the target.

What starts a metric's clock, what stops it for good, and in which statuses it stands still:

| Metric | starts | is fulfilled by | runs in |
|---|---|---|---|
| first_reply | creation, of tickets that have a first response | public human reply, solve | every status |
| next_reply | oldest unanswered public customer comment | public human reply, solve | every status |
| periodic_update | public human reply | the next one, solve | every status |
| pausable_update | public human reply | the next one, solve | new, open, on hold |
| requester_wait | creation, each reopening | solve | new, open, on hold |
| agent_work | creation, each reopening | solve | new, open |
| resolution | creation, each reopening | solve | every status, less the target's own pauses |
| group_ownership | a team gets it, or gets it back by a reopening | another team, none, solve | every status |

Each start is an instance of its own, counted from 1 for each metric of a ticket, also past those that nobody promised
anything for. It is achieved when the time used equals the target or less, breached at the instant the clock passes it,
and neither while it runs. A ticket that was deleted, merged away or marked as spam stops all its clocks; if it is
restored, a reply was owed all the time. A change of priority, team, category or anything else that a policy asks for looks
for the first policy that matches anew: the new target meets the clock as it runs, and the time already used is kept.

How long a team may hold a ticket is promised among colleagues: its policies are a list of their own, and a ticket has the first
of either list. A team that handed a ticket on, or solved it, within the second in which it got it never held it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from bot.facts.history import History, Stretch, clock_in
from bot.facts.life import Clock, Life, Moment, Policy, Rules, Target
from bot.facts.policies import Held, held
from bot.store.words import GONE, UNSOLVED, Kind, Metric, Status

WAITING = frozenset((Status.NEW, Status.OPEN, Status.HOLD))
RUNS_IN: dict[Metric, frozenset[Status] | None] = {
    Metric.FIRST_REPLY: None,
    Metric.NEXT_REPLY: None,
    Metric.PERIODIC_UPDATE: None,
    Metric.PAUSABLE_UPDATE: WAITING,
    Metric.REQUESTER_WAIT: WAITING,
    Metric.AGENT_WORK: frozenset((Status.NEW, Status.OPEN)),
    Metric.RESOLUTION: None,
    Metric.GROUP_OWNERSHIP: None,
}
"""In which statuses a metric's clock runs; None never pauses."""

REPLY_METRICS = frozenset((Metric.FIRST_REPLY, Metric.NEXT_REPLY))
UPDATE_METRICS = frozenset((Metric.PERIODIC_UPDATE, Metric.PAUSABLE_UPDATE))
WORK_METRICS = (Metric.REQUESTER_WAIT, Metric.AGENT_WORK, Metric.RESOLUTION)

DESK_POLICY = "desk"


class SlaInstance(NamedTuple):
    """`due` is the instant the clock passes its target: None while paused, or when it was met in time.

    `elapsed_s` are the seconds used on the instance's own clock until it was fulfilled, else until the ticket last changed,
    or until the instant asked about; None where the desk tells only the outcome."""

    metric: Metric
    instance: int
    policy: str
    target_s: int | None
    business: bool
    agent: str | None
    start: int
    due: int | None
    fulfilled: int | None
    elapsed_s: int | None

    @property
    def met(self) -> bool:
        """Fulfilled before the clock passed its target."""
        return self.fulfilled is not None and (self.due is None or self.fulfilled <= self.due)


class Cycle(NamedTuple):
    """From what starts a metric's clock to what fulfils it."""

    metric: Metric
    start: int
    end: int | None


def sla_instances(life: Life, history: History, rules: Rules, now: int | None = None) -> tuple[SlaInstance, ...]:
    """Every instance our own policies give this ticket; of metrics they leave out, the outcomes the help desk told; or only
    those, where the profile says so.

    With `now` (whole seconds since 1970) clocks that run have run until then."""
    own = [*_measured(life, history, rules, now)] if rules.profile.sla == "ours" else []
    metrics = {instance.metric for instance in own}
    return (*own, *(instance for instance in _told(history) if instance.metric not in metrics))


def _measured(life: Life, history: History, rules: Rules, now: int | None) -> Iterator[SlaInstance]:
    """Policies are looked for once a stretch: the metrics of a ticket all follow the same one."""
    role = rules.role_of(life.requester)
    if rules.policies:
        promised = frozenset(target.metric for policy in rules.policies for target in policy.targets)
        stretches = held(rules.policies, life, history, role)
        yield from _instances(_cycles(life, history, rules, promised), stretches, rules, now)
    if rules.team_policies:
        yield from _instances(_ownerships(history), held(rules.team_policies, life, history, role), rules, now)


def _instances(cycles: Iterable[Cycle], stretches: Sequence[Held], rules: Rules, now: int | None) -> Iterator[SlaInstance]:
    counts: dict[Metric, int] = {}
    for cycle in cycles:
        run = _Run(cycle)
        for (stretch, policy), span in _within(stretches, cycle):
            run.through(stretch, span, policy, rules)
        counts[cycle.metric] = counts.get(cycle.metric, 0) + 1
        if run.promise is not None:
            yield run.instance(counts[cycle.metric], now)


def _cycles(life: Life, history: History, rules: Rules, promised: frozenset[Metric]) -> Iterator[Cycle]:
    if not REPLY_METRICS.isdisjoint(promised):
        yield from (cycle for cycle in _replies(life, history, rules) if cycle.metric in promised)
    if not UPDATE_METRICS.isdisjoint(promised):
        yield from _updates(history, promised)
    starts = [life.created_at, *(s.reopened_at for s in history.solves if s.reopened_at is not None)]
    ends: list[int | None] = [s.at for s in history.solves]
    for metric in WORK_METRICS:
        if metric in promised:
            for number, start in enumerate(starts):
                yield Cycle(metric, start, ends[number] if number < len(ends) else None)


def _replies(life: Life, history: History, rules: Rules) -> Iterator[Cycle]:
    """While the first reply is owed, no other is. A ticket that an agent opened owes one where it has a first response."""
    owed: Cycle | None = None
    if not history.customer_opened and rules.profile.agent_opened_respond:
        answers = [*(r.at for r in history.replies if r.is_first), *(s.at for s in history.solves[:1])]
        owed = Cycle(Metric.FIRST_REPLY, life.created_at, min(answers, default=None))
        yield owed
    for wait in history.waits:
        if owed is None or (owed.end is not None and wait.start >= owed.end):
            yield Cycle(Metric.FIRST_REPLY if wait.is_first else Metric.NEXT_REPLY, wait.start, wait.end)


def _updates(history: History, promised: frozenset[Metric]) -> Iterator[Cycle]:
    """From a public human reply to the next or to the solve; one sent with the solve, or after it, owes no update."""
    for reply, following in zip_longest(history.replies, history.replies[1:]):
        if history.stretch_at(reply.at).status in UNSOLVED:
            solved = next((solve.at for solve in history.solves if solve.at > reply.at), None)
            end = min((at for at in (following.at if following else None, solved) if at is not None), default=None)
            for metric in sorted(UPDATE_METRICS & promised):
                yield Cycle(metric, reply.at, end)


def _ownerships(history: History) -> Iterator[Cycle]:
    """Each stretch of time in which one team had the unsolved ticket; one that was deleted and restored is with it still."""
    owner, since = None, 0
    for stretch in history.stretches:
        if stretch.status in GONE:
            continue
        team = stretch.team if stretch.status in UNSOLVED else None
        if team != owner:
            if owner is not None and stretch.start > since:
                yield Cycle(Metric.GROUP_OWNERSHIP, since, stretch.start)
            owner, since = team, stretch.start
    if owner is not None:
        yield Cycle(Metric.GROUP_OWNERSHIP, since, None)


class _Run:
    """The clock of one cycle as it goes through the ticket's stretches, and the promise it runs against.

    Once the clock has passed its target the instance is breached by that target, whatever is promised later."""

    __slots__ = ("agent", "cycle", "due", "promise", "running", "used")

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self.used = (0, 0)
        self.due: int | None = None
        self.promise: tuple[Policy, Target] | None = None
        self.agent: str | None = None
        self.running: tuple[Clock, int] | None = None

    def through(self, stretch: Stretch, span: tuple[int, int | None], policy: Policy | None, rules: Rules) -> None:
        start, end = span
        self.agent = stretch.agent or self.agent
        if self.due is None:
            target = policy.target(self.cycle.metric, stretch.priority) if policy else None
            self.promise = (policy, target) if policy and target else None
        target = self.promise[1] if self.promise else None
        clock = clock_in(rules, stretch) if _runs(self.cycle.metric, stretch, target) else None
        if target is not None and self.due is None:
            self.due = self._passes(target, clock, start, end)
        if clock is None:
            return
        if end is None:
            self.running = clock, start
        else:
            self.used = self.used[0] + end - start, self.used[1] + clock.between(start, end)

    def _passes(self, target: Target, clock: Clock | None, start: int, end: int | None) -> int | None:
        """The instant in a stretch at which the clock passes the target, if it does: one second before it first shows more.

        Over a closed night that is the next opening. A change may leave less than is used: then it is the change itself."""
        left = target.target_s - self.used[target.business]
        if left < 0:
            return start
        if clock is None:
            return None
        late = clock.add(start, left + 1) if target.business else start + left + 1
        return None if late is None or (end is not None and late > end) else late - 1

    def instance(self, number: int, now: int | None) -> SlaInstance:
        assert self.promise is not None
        (policy, target), cycle = self.promise, self.cycle
        calendar, business = self.used
        if self.running is not None and now is not None and now > self.running[1]:
            clock, since = self.running
            calendar, business = calendar + now - since, business + clock.between(since, now)
        return SlaInstance(
            metric=cycle.metric,
            instance=number,
            policy=policy.name,
            target_s=target.target_s,
            business=target.business,
            agent=self.agent,
            start=cycle.start,
            due=self.due,
            fulfilled=cycle.end,
            elapsed_s=business if target.business else calendar,
        )


def _runs(metric: Metric, stretch: Stretch, target: Target | None) -> bool:
    statuses, status = RUNS_IN[metric], stretch.status
    if status in GONE:
        return metric in REPLY_METRICS and stretch.end is not None
    if target is not None and status in target.pauses:
        return False
    return statuses is None or status in statuses


def _within(stretches: Sequence[Held], cycle: Cycle) -> Iterator[tuple[Held, tuple[int, int | None]]]:
    """The stretches a cycle runs through, cut to it; the last end is None while the cycle is open."""
    _, first, last = cycle
    for each in stretches:
        stretch = each[0]
        if stretch.end is not None and stretch.end < first:
            continue
        if last is not None and stretch.start > last:
            return
        start = first if first > stretch.start else stretch.start
        end = stretch.end if last is None or (stretch.end is not None and stretch.end < last) else last
        if end is None or start < end or (first == last == start):
            yield each, (start, end)


def _told(history: History) -> Iterator[SlaInstance]:
    """Outcomes the desk told instead of targets, each an instance of its own: a breach stays one when it is fulfilled late,
    and a retraction takes back the last word about its metric."""
    found: dict[Metric, list[SlaInstance]] = {}
    for moment in history.told:
        name, _, policy = (moment.new or Metric.RESOLUTION).partition(":")
        told = found.setdefault(Metric(name), [])
        late = told[-1] if told and told[-1].due is not None and told[-1].fulfilled is None else None
        match moment.kind:
            case Kind.SLA_RETRACTED:
                told[-1:] = []
            case Kind.SLA_ACHIEVED if late:
                told[-1] = late._replace(fulfilled=moment.at)
            case Kind.SLA_BREACHED if late:
                pass
            case _:
                told.append(_outcome(moment, Metric(name), len(told) + 1, policy or DESK_POLICY, history))
    return (instance for told in found.values() for instance in told)


def _outcome(moment: Moment, metric: Metric, number: int, policy: str, history: History) -> SlaInstance:
    breached = moment.kind == Kind.SLA_BREACHED
    at = max(moment.at, history.stretches[0].start)
    return SlaInstance(
        metric=metric,
        instance=number,
        policy=policy,
        target_s=None,
        business=False,
        agent=history.stretch_at(at).agent,
        start=history.stretches[0].start,
        due=at if breached else None,
        fulfilled=None if breached else at,
        elapsed_s=None,
    )
