"""Service-level instances of one ticket: one for each metric and cycle, with the instant its clock passes the target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.facts.history import History, Stretch, clock_in
from bot.facts.life import Life, Moment, Policy, Rules, Target
from bot.store.words import GONE, Kind, Metric, Status

RUNS_IN: dict[Metric, frozenset[Status] | None] = {
    Metric.FIRST_REPLY: None,
    Metric.NEXT_REPLY: None,
    Metric.REQUESTER_WAIT: frozenset((Status.NEW, Status.OPEN, Status.HOLD)),
    Metric.AGENT_WORK: frozenset((Status.NEW, Status.OPEN)),
    Metric.RESOLUTION: None,
}
"""In which statuses a metric's clock runs; None never pauses."""

DESK_POLICY = "desk"


class SlaInstance(NamedTuple):
    """`due` is the instant the clock passes its target: None while paused, or when it was met in time."""

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


def sla_instances(life: Life, history: History, rules: Rules) -> tuple[SlaInstance, ...]:
    """Every instance our own policies give this ticket; of metrics they leave out, the outcomes the help desk told."""
    own = _measured(life, history, rules) if rules.policies else []
    metrics = {instance.metric for instance in own}
    return (*own, *(instance for instance in _told(history) if instance.metric not in metrics))


def _measured(life: Life, history: History, rules: Rules) -> list[SlaInstance]:
    counts: dict[Metric, int] = {}
    found = []
    for cycle in _cycles(life, history):
        instance = _measure(cycle, counts.get(cycle.metric, 0), life, history, rules)
        if instance is not None:
            counts[cycle.metric] = instance.instance + 1
            found.append(instance)
    return found


def _cycles(life: Life, history: History) -> Iterator[Cycle]:
    for wait in history.waits:
        yield Cycle(Metric.FIRST_REPLY if wait.is_first else Metric.NEXT_REPLY, wait.start, wait.end)
    starts = [life.created_at, *(s.reopened_at for s in history.solves if s.reopened_at is not None)]
    ends: list[int | None] = [s.at for s in history.solves]
    for metric in (Metric.REQUESTER_WAIT, Metric.AGENT_WORK, Metric.RESOLUTION):
        for number, start in enumerate(starts):
            yield Cycle(metric, start, ends[number] if number < len(ends) else None)


def _measure(cycle: Cycle, number: int, life: Life, history: History, rules: Rules) -> SlaInstance | None:
    """Run the clock over the cycle. A change of priority or policy sets a new target and keeps the time already used.

    Once the clock has passed its target the instance is breached by that target, whatever is promised later."""
    used = [0, 0]
    due: int | None = None
    promise: tuple[Policy, Target] | None = None
    agent: str | None = None
    for stretch, start, end in _within(history.stretches, cycle):
        agent = stretch.agent or agent
        if due is None:
            promise = _promise(cycle.metric, life, stretch, rules)
        if not _runs(cycle.metric, stretch.status):
            continue
        clock = clock_in(rules, stretch)
        if promise is not None and due is None:
            left = promise[1].target_s - used[promise[1].business]
            passes = start if left < 0 else _passes(clock.add(start, left + 1) if promise[1].business else start + left + 1)
            due = passes if end is None or (passes is not None and passes < end) else None
        if end is not None:
            used = [used[0] + end - start, used[1] + clock.between(start, end)]
    if promise is None:
        return None
    policy, target = promise
    elapsed = used[target.business] if cycle.end is not None else None
    return SlaInstance(
        cycle.metric, number, policy.name, target.target_s, target.business, agent, cycle.start, due, cycle.end, elapsed
    )


def _promise(metric: Metric, life: Life, stretch: Stretch, rules: Rules) -> tuple[Policy, Target] | None:
    """The policy and target in force during a stretch: those of the first policy that matches, or none at all."""
    policy = matching(rules.policies, life, stretch)
    target = policy.target(metric, stretch.priority) if policy else None
    return (policy, target) if policy and target else None


def _runs(metric: Metric, status: Status) -> bool:
    statuses = RUNS_IN[metric]
    return status not in GONE and (statuses is None or status in statuses)


def _passes(first_late_second: int | None) -> int | None:
    """The clock passes its target one second before it first shows more; over a closed night that is the next opening."""
    return None if first_late_second is None else first_late_second - 1


def _within(stretches: Sequence[Stretch], cycle: Cycle) -> Iterator[tuple[Stretch, int, int | None]]:
    """The stretches a cycle runs through, cut to it; the last end is None while the cycle is open."""
    for stretch in stretches:
        start = max(cycle.start, stretch.start)
        ends = [end for end in (cycle.end, stretch.end) if end is not None]
        end = min(ends) if ends else None
        if end is None or start < end or (cycle.start == cycle.end == start <= end):
            yield stretch, start, end


def matching(policies: Sequence[Policy], life: Life, stretch: Stretch) -> Policy | None:
    """The first policy, in its position, that the ticket matched during the stretch."""
    has: dict[str, set[str | None]] = {
        "team": {stretch.team},
        "priority": {None if stretch.priority is None else str(stretch.priority)},
        "channel": {life.channel},
        "category": {life.category},
        "tag": set(life.tags),
    }
    return next((p for p in policies if all(values & has.get(name, set()) for name, values in p.matches.items())), None)


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
                told.append(_outcome(moment, Metric(name), len(told), policy or DESK_POLICY, history))
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
