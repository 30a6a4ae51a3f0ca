"""Says, once, whether a goal was reached when its period is over."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select

from bot.errors import BadRequest
from bot.kpis.goal_stand import stood
from bot.kpis.known import READ_AGAIN
from bot.kpis.sources import sources
from bot.store.outbox import Letter, enqueue
from bot.store.tables import Goal
from bot.store.workspace import Workspace, read_workspace
from bot.views.goal import verdict_payload
from jobs.job import Job, Tick
from jobs.turns import take_turns

SETTLED = timedelta(hours=6)
"""So long after its end a period is judged: the last sync has told what belongs to it."""


def judge(tick: Tick) -> int:
    """Judge every goal whose period ended; how many verdicts were told."""
    with tick.store.reading() as session:
        own = tick.settings
        defaults = Workspace(
            zone=own.zone, week_start=own.week_start, profile=own.profile, clock=own.clock, currency=own.currency
        )
        workspace = read_workspace(session, defaults)
        rows = session.exec(select(Goal).where(col(Goal.channel_id) != "").order_by(col(Goal.id))).all()
        session.expunge_all()
    return take_turns(rows, lambda row: _judge_one(tick, row, workspace), name="goals")


def _judge_one(tick: Tick, row: Goal, workspace: Workspace) -> int:
    with tick.store.reading() as session:
        known = (one.synced_at for one in sources(session) if one.name in READ_AGAIN and one.synced_at is not None)
        known_until = min(known, default=tick.now)
        try:
            stand = stood(session, row, workspace=workspace, now=tick.now)
        except BadRequest:  # Its team is gone: /cx goal leaves it out, and there is nothing to judge.
            return 0
    # Of a period that was not read to its end nobody knows: the verdict waits for its help desk.
    if stand is None or stand.window.end + SETTLED > tick.now or known_until < stand.window.end:
        return 0
    period = f"{stand.window.start:%Y-%m-%d} {stand.window.end:%Y-%m-%d}"
    if period == row.judged:
        return 0
    with tick.store.writing() as session:
        goal = session.exec(select(Goal).where(Goal.id == row.id).with_for_update()).one_or_none()
        if goal is None or goal.judged == period:
            return 0
        goal.judged = period
        session.add(goal)
        key = f"goal:{row.id}:{period}"
        letter = Letter(dedupe_key=key, kind="digest", channel_id=row.channel_id, payload=verdict_payload(stand))
        return int(enqueue(session, letter, tick.now) is not None)


GOALS = Job(slug="goals", says="Says whether a goal was reached when its period is over.", every=timedelta(minutes=10), run=judge)
