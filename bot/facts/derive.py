"""From what happened to a ticket to its facts: one pure function that asks neither the store nor the machine's clock."""

from __future__ import annotations

from dataclasses import dataclass

from bot.facts.history import AgentReply, History, Solve, walk
from bot.facts.life import Life, Rules
from bot.facts.sla import SlaInstance, sla_instances
from bot.store.words import GONE, Status

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Durations in whole seconds as (calendar, business); None is no data. People and teams by external id."""

    history: History
    status: Status
    excluded: str | None
    first_response: AgentReply | None
    first_response_s: tuple[int, int] | None
    first_resolution: Solve | None
    first_resolution_s: tuple[int, int] | None
    full_resolution: Solve | None
    full_resolution_s: tuple[int, int] | None
    requester_wait: tuple[int, int]
    agent_wait: tuple[int, int]
    on_hold: tuple[int, int]
    agent_work: tuple[int, int]
    one_touch: bool | None
    first_contact: bool | None
    handling_s: int | None
    reply_waits: tuple[tuple[int, int] | None, ...]
    slas: tuple[SlaInstance, ...]


def derive(life: Life, rules: Rules, until: int | None = None) -> Facts:
    """All facts of one ticket, from moments in any order, repeated or not. The same input gives the same facts.

    With `until` (whole seconds since 1970) they are the facts as they stood at that instant."""
    history = walk(life, rules, until)
    first = first_response(history)
    solves = history.solves
    still = solves[-1] if solves and solves[-1].reopened_at is None else None
    status = history.stretches[-1].status
    return Facts(
        history=history,
        status=status,
        excluded=_excluded(status, rules),
        first_response=first,
        first_response_s=_both(rules, history, life.created_at, first.at) if first else None,
        first_resolution=solves[0] if solves else None,
        first_resolution_s=_both(rules, history, life.created_at, solves[0].at) if solves else None,
        full_resolution=still,
        full_resolution_s=_both(rules, history, life.created_at, still.at) if still else None,
        requester_wait=_time_in(history, rules, frozenset((Status.NEW, Status.OPEN, Status.HOLD))),
        agent_wait=_time_in(history, rules, frozenset((Status.PENDING,))),
        on_hold=_time_in(history, rules, frozenset((Status.HOLD,))),
        agent_work=_time_in(history, rules, frozenset((Status.NEW, Status.OPEN))),
        one_touch=len(history.replies) == 1 if still else None,
        first_contact=_first_contact(history, rules) if still else None,
        handling_s=history.worked_s if history.worked_s is not None else life.handled_s,
        reply_waits=tuple(_reply_wait(rules, history, reply) for reply in history.replies),
        slas=sla_instances(life, history, rules),
    )


def first_response(history: History) -> AgentReply | None:
    """The first public human reply on a ticket a customer opened; a later reopen never moves it."""
    if not history.customer_opened or not history.replies:
        return None
    return history.replies[0]


def _both(rules: Rules, history: History, start: int, end: int) -> tuple[int, int]:
    """(calendar, business) seconds, each stretch by the schedule of the team that had the ticket then."""
    if rules.profile.single_schedule:
        return end - start, history.clock(rules, history.team_at(end)).between(start, end)
    business = 0
    for stretch in history.stretches:
        lo, hi = max(start, stretch.start), min(end, end if stretch.end is None else stretch.end)
        if lo < hi:
            business += history.clock(rules, stretch.team).between(lo, hi)
    return end - start, business


def _time_in(history: History, rules: Rules, statuses: frozenset[Status]) -> tuple[int, int]:
    """As Zendesk does, recorded at each change of status: a wait still running is not in it yet."""
    calendar = business = 0
    for stretch in history.stretches:
        if stretch.end is not None and stretch.status in statuses:
            calendar += stretch.end - stretch.start
            business += history.clock(rules, stretch.team).between(stretch.start, stretch.end)
    return calendar, business


def _reply_wait(rules: Rules, history: History, reply: AgentReply) -> tuple[int, int] | None:
    return None if reply.asked_at is None else _both(rules, history, reply.asked_at, reply.at)


def _excluded(status: Status, rules: Rules) -> str | None:
    """The one shared rule: spam always, deleted and merged by default."""
    if status is Status.MERGED and rules.profile.count_merged:
        return None
    return status.value if status in GONE else None


def _first_contact(history: History, rules: Rules) -> bool:
    """At most one agent reply, no customer message after it, and no reopen within the profile's days of a solve."""
    if len(history.replies) > 1:
        return False
    contact = history.replies[0].at if history.replies else history.solves[0].at
    if any(asked > contact for asked in history.asked):
        return False
    limit = rules.profile.first_contact_days * DAY_S
    return not any(s.reopened_at is not None and s.reopened_at - s.at <= limit for s in history.solves)
