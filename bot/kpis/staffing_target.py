"""Within which time a first response is meant to come, where nobody says: by the goal, else by what customers are promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from bot.kpis.goals import goal_for
from bot.kpis.query import Filter
from bot.kpis.speed import FIRST_RESPONSE
from bot.store.tables import SlaPolicy
from bot.store.words import Metric

USUAL_S = 3_600.0
NORMAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A target in seconds, and where it comes from in words."""

    target_s: float
    source: str


def first_response_target(session: Session, filters: Sequence[Filter]) -> Within:
    """The goal for the first response of these tickets or of all; else the target of the policy that takes every ticket, for
    normal priority; else an hour."""
    goal = goal_for(session, FIRST_RESPONSE.slug, filters)
    if goal is not None and goal.op == "<=" and goal.target > 0:
        return Within(target_s=goal.target, source="the goal for the first response")
    policies = session.exec(select(SlaPolicy).order_by(col(SlaPolicy.source), col(SlaPolicy.position), col(SlaPolicy.id))).all()
    for policy in (*(one for one in policies if not one.matches), *policies):
        told = _promised(policy.targets)
        if told is not None:
            hours = " in business hours" if told["business"] else ""
            of = " for normal priority" if told["priority"] == NORMAL else ""
            return Within(
                target_s=float(told["target_s"]), source=f"the first reply that policy {policy.name} promises{of}{hours}"
            )
    return Within(target_s=USUAL_S, source="an hour, because no goal and no policy says")


def _promised(targets: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The first-reply target that most tickets have: of every priority, or of the normal one."""
    ours = [one for one in targets if one["metric"] == Metric.FIRST_REPLY and one["target_s"]]
    return next((one for wanted in (None, NORMAL) for one in ours if one["priority"] == wanted), ours[-1] if ours else None)
