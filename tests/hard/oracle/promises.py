"""What one life makes of every service-level promise: its cycles, its clock, and whether the clock passed the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.hard.oracle.cast import POLICIES, Ask, Policy, Target
from tests.hard.oracle.hours import by_schedule
from tests.hard.oracle.law import WAITS, answers
from tests.hard.oracle.lives import Life, is_team

Span = tuple[datetime, datetime]
RUNS = {"requester_wait_time": WAITS["requester_wait"], "agent_work_time": WAITS["agent_work"]}
ENDS = ("solved", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One run of a clock from its start to its fulfilment, which may be still to come."""

    metric: str
    number: int
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A promise on one cycle and what became of it."""

    metric: str
    number: int
    policy: str
    target: int
    business: bool
    start: datetime
    outcome: str
    outcome_at: datetime | None
    elapsed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a cycle in which one policy and target were in force."""

    start: datetime
    end: datetime
    policy: Policy | None
    target: Target | None


def instances(life: Life, profile: str, now: datetime) -> list[Instance]:
    """Every promise on a life that is already cut at `now`."""
    cycles = [*_reply_cycles(life, profile), *_wait_cycles(life)]
    found = (_judged(life, cycle, now) for cycle in cycles)
    return [instance for instance in found if instance is not None]


def _reply_cycles(life: Life, profile: str) -> Iterator[Cycle]:
    """A first reply is owed where a first response is counted: on what customers opened, for Zendesk on every ticket; later
    words of theirs start the next."""
    owed = not life.opened_by_agent or profile == "zendesk"
    metric, number = ("first_reply_time", 1) if owed else ("next_reply_time", 1)
    since: datetime | None = life.created if owed else None
    for update in life.updates[1:]:
        said = update.comment
        if since is not None and (answers(life, update) or update.changes.get("status") in ENDS):
            yield Cycle(metric=metric, number=number, start=since, end=update.at)
            number = 1 if metric == "first_reply_time" else number + 1
            metric, since = "next_reply_time", None
        elif since is None and said is not None and said.public and _customer(life, said.author):
            since = update.at
    if since is not None:
        yield Cycle(metric=metric, number=number, start=since, end=None)


def _customer(life: Life, author: int) -> bool:
    return author == life.requester or (author > 0 and not is_team(author))


def _wait_cycles(life: Life) -> Iterator[Cycle]:
    bounds: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = life.created
    for update in life.updates:
        status = update.changes.get("status")
        if status in ENDS and since is not None:
            bounds.append((since, update.at))
            since = None
        elif status is not None and status not in (*ENDS, "deleted") and since is None:
            since = update.at
    if since is not None:
        bounds.append((since, None))
    for metric in RUNS:
        for number, (start, end) in enumerate(bounds, 1):
            yield Cycle(metric=metric, number=number, start=start, end=end)


def _judged(life: Life, cycle: Cycle, now: datetime) -> Instance | None:
    end = cycle.end or now
    stretches = _stretches(life, cycle, end)
    for stretch in stretches:
        passed = _breach(life, cycle, stretch, end)
        if passed is not None:
            return _instance(life, cycle, stretch, end, "breached", passed)
    if not stretches or stretches[-1].target is None:
        return None
    outcome = "running" if cycle.end is None else "achieved"
    return _instance(life, cycle, stretches[-1], end, outcome, cycle.end)


def _instance(life: Life, cycle: Cycle, stretch: Stretch, end: datetime, outcome: str, at: datetime | None) -> Instance:
    assert stretch.target is not None
    assert stretch.policy is not None
    ran = _clock(life, cycle, stretch.target.business, end)
    return Instance(
        metric=cycle.metric,
        number=cycle.number,
        policy=stretch.policy.title,
        target=stretch.target.minutes * 60,
        business=stretch.target.business,
        start=cycle.start,
        outcome=outcome,
        outcome_at=at,
        elapsed=sum(int((b - a).total_seconds()) for a, b in ran),
    )


def _breach(life: Life, cycle: Cycle, stretch: Stretch, end: datetime) -> datetime | None:
    """When the clock passed the target while it was in force: at once if a new target is shorter than what has run."""
    if stretch.target is None:
        return None
    left = stretch.target.minutes * 60
    for start, stop in _clock(life, cycle, stretch.target.business, end):
        length = int((stop - start).total_seconds())
        if length > left:
            passed = max(start + (stop - start) * left / length, stretch.start)
            return passed if passed < stretch.end else None
        left -= length
    return None


def _clock(life: Life, cycle: Cycle, business: bool, end: datetime) -> Sequence[Span]:
    """The spans in which the clock ran, from the cycle's start to `end`."""
    spans: list[Span] = [(cycle.start, end)]
    if cycle.metric in RUNS:
        kept = [(a, b) for a, b, status in life.spans(end) if status in RUNS[cycle.metric]]
        spans = [(max(a, cycle.start), min(b, end)) for a, b in kept if b > cycle.start and a < end]
    if not business:
        return spans
    return [piece for a, b in spans for piece in by_schedule(life.schedules(), a, b)]


def _stretches(life: Life, cycle: Cycle, end: datetime) -> list[Stretch]:
    """The parts of the cycle by policy and target, re-evaluated at each update before the second that ends it."""
    turns: list[tuple[datetime, Policy | None, Target | None]] = []
    state: dict[str, Any] = {"type": life.type, "via_id": life.channel}
    for update in life.updates:
        if cycle.end is not None and (update.at > cycle.end or cycle.start < cycle.end == update.at):
            break
        state |= update.changes
        policy, target = _promise(cycle.metric, state)
        turns.append((max(update.at, cycle.start), policy, target))
    ends = [*(at for at, _, _ in turns[1:]), end]
    return [Stretch(start=at, end=until, policy=p, target=t) for (at, p, t), until in zip(turns, ends, strict=True)]


def _promise(metric: str, state: Mapping[str, Any]) -> tuple[Policy | None, Target | None]:
    policy = next((p for p in POLICIES if _holds(p, state)), None)
    targets = policy.targets if policy is not None else ()
    return policy, next((t for t in targets if t.metric == metric and t.priority == state.get("priority")), None)


def _holds(policy: Policy, state: Mapping[str, Any]) -> bool:
    return all(_is(ask, state) for ask in policy.every) and (not policy.some or any(_is(ask, state) for ask in policy.some))


def _is(ask: Ask, state: Mapping[str, Any]) -> bool:
    field, operator, value = ask
    if field == "current_tags":
        return bool(set(value.split()) & set(state.get("tags") or ())) == (operator == "includes")
    if field == "via_id":
        return (state["via_id"] == {"5": "api", "4": "email"}[value]) == (operator == "is")
    has = state.get("grade" if field.startswith("custom_fields_") else field)
    return (str(has) == value) == (operator == "is")
