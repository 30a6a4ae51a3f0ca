"""Tiny lives of tickets: minutes after a Monday at nine, with Ana and Bo who answer, Robo who is a bot, and Carla who asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.facts.derive import Facts, derive
from bot.facts.hours import clock_of
from bot.facts.life import OPENING, Life, Moment, Policy, Rules, Target
from bot.facts.profiles import ARTICLES
from bot.facts.schedules import Schedule
from bot.store.columns import seconds
from bot.store.words import Actor, Kind, Metric, Role, Status
from tests.world import MONDAY

NINE = seconds(MONDAY)
HOUR, DAY = 60, 24 * 60
OFFICE_WEEK = tuple((day * DAY + 9 * HOUR, day * DAY + 17 * HOUR) for day in range(5))
LATE_WEEK = tuple((day * DAY + 13 * HOUR, day * DAY + 21 * HOUR) for day in range(5))
OFFICE = clock_of(Schedule(slug="office", zone="UTC", week=OFFICE_WEEK))
LATE = clock_of(Schedule(slug="late", zone="UTC", week=LATE_WEEK))
ROLES = {"ana": Role.AGENT, "bo": Role.AGENT, "lena": Role.ADMIN, "robo": Role.BOT}
RULES = Rules(profile=ARTICLES, roles=ROLES, clocks={"": OFFICE, "late": LATE}, team_schedules={"evening": "late"})


def at(minutes: float) -> int:
    """So many minutes after Monday nine o'clock, in whole seconds since 1970."""
    return NINE + round(minutes * 60)


def life(*moments: Moment, **changes: Any) -> Life:
    """Carla's ticket, created on Monday at nine, with what happened to it."""
    return replace(Life(created_at=NINE, status=Status.NEW, requester="carla", moments=moments), **changes)


def facts(*moments: Moment, rules: Rules = RULES, until: float | None = None, now: float | None = None, **changes: Any) -> Facts:
    """What derive() makes of such a ticket."""
    return derive(life(*moments, **changes), rules, *(None if one is None else at(one) for one in (until, now)))


def moment(kind: Kind, minutes: float, **changes: Any) -> Moment:
    """Something that happened; its key follows from what it says."""
    key = "-".join(str(part) for part in (kind, minutes, *changes.values()))
    return Moment(**{"at": at(minutes), "seq": 0, "key": key, "kind": kind, **changes})


def opened(actor: str | None = "carla", actor_kind: Actor | None = None, new: str | None = Status.NEW) -> Moment:
    return moment(Kind.CREATED, 0, actor=actor, actor_kind=actor_kind, new=new)


def opening(actor: str = "carla") -> Moment:
    """The public comment the ticket was opened with."""
    return moment(Kind.REPLY, 0, actor=actor, new=OPENING)


def says(actor: str, minutes: float, **changes: Any) -> Moment:
    """A public comment."""
    return moment(Kind.REPLY, minutes, actor=actor, **changes)


def becomes(status: Status, minutes: float, by: str | None = "ana", **changes: Any) -> Moment:
    """A change of status; what it was before is known from the change before it."""
    return moment(Kind.STATUS, minutes, new=status, actor=by, **changes)


def solved(minutes: float, by: str | None = "ana") -> Moment:
    return becomes(Status.SOLVED, minutes, by, old=Status.OPEN)


def reopened(minutes: float, by: str | None = "carla") -> Moment:
    return becomes(Status.OPEN, minutes, by, old=Status.SOLVED)


def assigned(new: str | None, minutes: float, old: str | None = None) -> Moment:
    return moment(Kind.ASSIGNED, minutes, old=old, new=new, actor="lena")


def promised(metric: Metric, minutes: float, *, business: bool = False, priority: int | None = None) -> Target:
    return Target(metric=metric, target_s=round(minutes * 60), business=business, priority=priority)


def with_policies(*policies: Policy) -> Rules:
    return replace(RULES, policies=policies)


def policy(*targets: Target, name: str = "standard", **matches: str) -> Policy:
    """Targets for the tickets that match all of the words."""
    return Policy(name=name, matches={dimension: frozenset({value}) for dimension, value in matches.items()}, targets=targets)


def minutes_of(pair: tuple[int, int] | None) -> tuple[float, float] | None:
    """(calendar, business) in minutes."""
    return None if pair is None else (pair[0] / 60, pair[1] / 60)
