"""From what happened to a ticket to its facts: one pure function that asks neither the store nor the machine's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts.history import AgentReply, History, Solve, Stretch, clock_in, walk
from bot.facts.life import Life, Rules
from bot.facts.sla import SlaInstance, sla_instances
from bot.store.words import GONE, UNSOLVED, Status

DAY_S = 86_400
Times = dict[Status, tuple[int, int]]
"""(calendar, business) seconds by status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Durations in whole seconds as (calendar, business); None is no data. People and teams by external id."""

    history: History
    status: Status
    category: str | None
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


def derive(life: Life, rules: Rules, until: int | None = None, now: int | None = None) -> Facts:
    """All facts of one ticket, from moments in any order, repeated or not. The same input gives the same facts.

    With `until` (whole seconds since 1970) they are the facts as they stood at that instant: what came later is not known.
    With `now` whatever still runs has run until then: the waits, unless the profile records them only when the status
    changes, and the clocks of targets. Without it they end with the last change, and the facts know nothing of the day."""
    history = walk(life, rules, until)
    first = next((reply for reply in history.replies if reply.is_first), None)
    solves = history.solves
    still = solves[-1] if solves and solves[-1].reopened_at is None else None
    last = history.stretches[-1]
    times = _times(history, rules, None if rules.profile.waits_at_changes else now)
    return Facts(
        history=history,
        status=last.status,
        category=life.category if until is None else last.category,
        excluded=last.status.value if last.status in GONE else None,
        first_response=first,
        first_response_s=_both(rules, history, _asked_from(life, history, rules), first.at) if first else None,
        first_resolution=solves[0] if solves else None,
        first_resolution_s=_both(rules, history, life.created_at, solves[0].at) if solves else None,
        full_resolution=still,
        full_resolution_s=_both(rules, history, life.created_at, still.at) if still else None,
        requester_wait=_time_in(times, Status.NEW, Status.OPEN, Status.HOLD),
        agent_wait=_time_in(times, Status.PENDING),
        on_hold=_time_in(times, Status.HOLD),
        agent_work=_time_in(times, Status.NEW, Status.OPEN),
        one_touch=_one_touch(history, rules) if still else None,
        first_contact=_first_contact(history, rules) if still else None,
        handling_s=_handling(life, history, rules),
        reply_waits=tuple(_reply_wait(rules, history, reply) for reply in history.replies),
        slas=sla_instances(life, history, rules, now),
    )


def _asked_from(life: Life, history: History, rules: Rules) -> int:
    """From when the first response is waited for: the creation, or the last word of a bot where the profile says so."""
    return history.handed_off_at if rules.profile.from_handoff and history.handed_off_at is not None else life.created_at


def _both(rules: Rules, history: History, start: int, end: int) -> tuple[int, int]:
    """(calendar, business) seconds, each stretch by the schedule in force in it; or all by the one in force at the end."""
    if rules.profile.single_schedule:
        return end - start, clock_in(rules, history.stretch_at(end)).between(start, end)
    business = 0
    for stretch in history.stretches:
        lo, hi = max(start, stretch.start), min(end, end if stretch.end is None else stretch.end)
        if lo < hi:
            business += clock_in(rules, stretch).between(lo, hi)
    return end - start, business


def _times(history: History, rules: Rules, now: int | None = None) -> Times:
    """The time in each unsolved status, recorded at each change of status; with `now`, also what the last one has lasted."""
    found: Times = {}
    stretches = history.stretches
    ended = len(stretches)
    while now is None and ended and stretches[ended - 1].status is stretches[-1].status:
        ended -= 1
    for number, stretch in enumerate(stretches[:ended]):
        end = stretch.end if stretch.end is not None else now
        if stretch.status in UNSOLVED and end is not None and end > stretch.start:
            clock = clock_in(rules, _at_change(stretches, number) if rules.profile.single_schedule else stretch)
            calendar, business = found.get(stretch.status, (0, 0))
            found[stretch.status] = calendar + end - stretch.start, business + clock.between(stretch.start, end)
    return found


def _time_in(times: Times, *statuses: Status) -> tuple[int, int]:
    each = [times.get(status, (0, 0)) for status in statuses]
    return sum(calendar for calendar, _ in each), sum(business for _, business in each)


def _at_change(stretches: Sequence[Stretch], number: int) -> Stretch:
    """The last of the stretches in which the ticket kept the status it had in one of them."""
    while number + 1 < len(stretches) and stretches[number + 1].status is stretches[number].status:
        number += 1
    return stretches[number]


def _handling(life: Life, history: History, rules: Rules) -> int | None:
    """Agent time that was logged; or, under a profile that estimates it, the business time in new and open, for every ticket:
    the two are never mixed."""
    if rules.profile.handling_estimated:
        return _time_in(_times(history, rules), Status.NEW, Status.OPEN)[1]
    return history.worked_s if history.worked_s is not None else life.handled_s


def _reply_wait(rules: Rules, history: History, reply: AgentReply) -> tuple[int, int] | None:
    return None if reply.asked_at is None else _both(rules, history, reply.asked_at, reply.at)


def _one_touch(history: History, rules: Rules) -> bool:
    return len(history.replies) == 1 or (rules.profile.one_touch_without_reply and not history.replies)


def _first_contact(history: History, rules: Rules) -> bool:
    """At most one agent reply, no customer message after it, and no reopen within the profile's days of a solve."""
    if rules.profile.closed_once:
        return len(history.solves) == 1 and len({reply.agent for reply in history.replies}) <= 1
    if len(history.replies) > 1:
        return False
    if history.came_back or (not history.replies and any(asked > history.solves[0].at for asked in history.asked)):
        return False
    limit = rules.profile.first_contact_days * DAY_S
    return not any(s.reopened_at is not None and s.reopened_at - s.at <= limit for s in history.solves)
