"""Tickets whose service-level target is about to break, or just broke, on the clock of the target itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from bot.facts.profiles import profile_of
from bot.facts.running import Unfinished, running
from bot.facts.sla import SlaInstance
from bot.kpis.alert_rules import Rule
from bot.kpis.asked import Asked
from bot.kpis.columns import SLAS, TICKETS
from bot.kpis.dimensions import TARGET, condition, dimension
from bot.kpis.speed import BREACHED, SLA_BREACHES
from bot.store.columns import instant, seconds
from bot.store.tables import Ticket
from bot.store.words import UNSOLVED, Metric
from bot.store.workspace import Workspace

FRESH = timedelta(hours=1)
"""What broke longer ago opens no incident: whoever switches an alert on is not told of old misery."""
FOLLOWED = timedelta(days=14)
"""So long after it broke a target that still runs is followed."""
MOST = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearing:
    """One running target: how much of its time is used, as a share, and when it breaks or broke."""

    number: str
    url: str | None
    metric: Metric
    priority: int | None
    used: float
    due_at: datetime
    instance: int = 1

    @property
    def is_broken(self) -> bool:
        return self.used >= 1.0

    @property
    def key(self) -> str:
        """`#12 first reply`, with its number where the ticket has several such targets."""
        return target_key(self.number, self.metric.value, self.instance)


def target_key(number: str, metric: str, instance: int) -> str:
    """What one target of one ticket is called."""
    return f"#{number} {metric.replace('_', ' ')}{f' {instance}' if instance > 1 else ''}"


def nearing(session: Session, rule: Rule, *, workspace: Workspace, now: datetime) -> tuple[Nearing, ...]:
    """Running targets of unsolved tickets with at least the rule's share of their time used, the worst first.

    What broke more than two weeks ago is not followed, and paused clocks do not run.
    Time is business time where the target's is."""
    share = rule.limit or 0.0
    priorities: dict[int, int | None] = {}
    which: Unfinished = {}
    for source, ticket_id, priority in session.execute(_running_now(session, rule, workspace, now)):
        priorities[ticket_id] = priority
        which.setdefault(source, []).append(ticket_id)
    wanted = _metrics(rule) or _counted(workspace)
    found = []
    for ticket_id, facts in running(session, which, now, profile=workspace.profile, past=False):
        for sla in facts.slas:
            used = _used(sla, now)
            if used is None or used < share or sla.metric not in wanted:
                continue
            found.append(_told(session, ticket_id, priorities[ticket_id], sla, used))
    return tuple(sorted(found, key=lambda one: (-one.used, one.number)))


def _running_now(session: Session, rule: Rule, workspace: Workspace, now: datetime) -> Select[Any]:
    asked = Asked(session=session, kpi=SLA_BREACHES, query=rule.query, workspace=workspace, now=now)
    return (
        select(TICKETS.c.source, TICKETS.c.ticket_id, TICKETS.c.priority)
        .distinct()
        .select_from(SLAS)
        .join(TICKETS, TICKETS.c.ticket_id == SLAS.c.ticket_id)
        .where(
            SLAS.c.fulfilled_at.is_(None),
            SLAS.c.due_at > now - FOLLOWED,
            TICKETS.c.status.in_(UNSOLVED),
            TICKETS.c.excluded.is_(None),
            *condition(asked.scope(), BREACHED),
        )
        .limit(MOST)
    )


def _metrics(rule: Rule) -> frozenset[str]:
    """The targets that the rule names; none is all of them."""
    named = (one for one in rule.query.filters if not one.op and not one.negated and dimension(one.dimension) is TARGET)
    return frozenset(value.lower() for one in named for value in one.values)


def _counted(workspace: Workspace) -> frozenset[str]:
    """The targets that are SLA targets by the workspace's definitions: how long a team may hold a ticket is one on demand."""
    counts = profile_of(workspace.profile).group_slas
    return frozenset(metric.value for metric in Metric if counts or metric is not Metric.GROUP_OWNERSHIP)


def _used(sla: SlaInstance, now: datetime) -> float | None:
    """The share of its time that a running clock has used; None where it does not run, or broke long ago."""
    if sla.fulfilled is not None or sla.due is None or not sla.target_s:
        return None
    if sla.due <= seconds(now):
        return 1.0 if sla.due > seconds(now - FOLLOWED) else None
    # Where the desk tells only the end of the target, its time is that from its start to its end.
    elapsed = sla.elapsed_s if sla.elapsed_s is not None else seconds(now) - sla.start
    whole = sla.target_s if sla.elapsed_s is not None else max(sla.due - sla.start, 1)
    # Not yet due is not broken, also where the last second of open hours is over.
    return min(elapsed / whole, 0.999)


def _told(session: Session, ticket_id: int, priority: int | None, sla: SlaInstance, used: float) -> Nearing:
    ticket = session.get(Ticket, ticket_id)
    return Nearing(
        number=ticket.external_id if ticket is not None else str(ticket_id),
        url=ticket.url if ticket is not None else None,
        metric=sla.metric,
        priority=priority,
        used=used,
        due_at=instant(sla.due or 0),
        instance=sla.instance,
    )
