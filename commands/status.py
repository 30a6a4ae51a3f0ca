"""`/cx status`: how fresh the numbers are, how far back they go, what waits to be sent, and what went wrong last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.errors import CxError
from bot.store.tables import DeskCursor, Outbox, Quarantine, Subscription
from bot.store.words import OutboxState
from bot.views.blocks import TEXT, clip_mrkdwn, context, escape, header, one_line, section
from bot.views.message import Message
from bot.views.say import age_text, counted_text, instant_text
from commands.command import Ask, Command, Reply
from commands.hints import hint, refused
from commands.rights import admit

STALE = timedelta(hours=2)
SHORT_ERROR, ERROR, ERRORS = 100, 400, 1_200
"""A refused key is named with its next step, which comes last; many errors share the room."""
MOST_SOURCES = 12
WAITING = (OutboxState.READY, OutboxState.SENDING, OutboxState.UNCERTAIN)


def show_status(ask: Ask) -> Reply:
    """A line a source, the queue, and the last error; its words only for admins, because they may name accounts."""
    try:
        admit(ask.asker)
    except CxError as error:
        return refused(error)
    if ask.text.strip():
        return hint("*status* takes no words.", "It shows all sources at once.", ("status",))
    lines = [*_slack(ask), *_sources(ask), *_queue(ask.session), *_subscriptions(ask.session)]
    text = "\n".join(lines)
    return Reply(
        message=Message(
            text=clip_mrkdwn(f"Status\n{text}", TEXT),
            blocks=(
                header("Status", "status:title"),
                section(clip_mrkdwn(text, 2_900), "status:lines"),
                context([f"Times in {escape(ask.workspace.zone)}"], "status:zone"),
            ),
        )
    )


def _slack(ask: Ask) -> list[str]:
    """What nobody sees otherwise while answers still come: nothing is posted."""
    if not ask.asker.slack_refuses:
        return []
    step = "An admin takes it anew from *OAuth & Permissions* of the Slack app, and starts me again."
    why = escape(one_line(ask.asker.slack_refuses, 60))
    return [f":warning: *Slack refuses my token* ({why}): nothing is posted, and what waits is kept. {escape(step)}"]


def _sources(ask: Ask) -> list[str]:
    rows = ask.session.exec(select(DeskCursor).order_by(col(DeskCursor.source), col(DeskCursor.stream))).all()
    if not rows:
        return ["No help desk has been synced and no file imported yet. An admin can run `cx sync` or `cx import`."]
    failing = sum(row.last_error is not None for row in rows[:MOST_SOURCES])
    room = min(ERROR, max(SHORT_ERROR, ERRORS // max(failing, 1)))
    told = [_source(row, ask, room) for row in rows[:MOST_SOURCES]]
    aside = ask.session.execute(select(func.count()).select_from(Quarantine)).scalar_one()
    more = [f"and {len(rows) - MOST_SOURCES} more"] if len(rows) > MOST_SOURCES else []
    return [*told, *more, *([f"{counted_text(aside, 'records')} set aside because they could not be read."] if aside else [])]


def _source(row: DeskCursor, ask: Ask, room: int) -> str:
    zone = ask.workspace.zone
    name = one_line(row.source if row.stream == "tickets" else f"{row.source} {row.stream}", 60)
    if row.synced_at is None:
        synced = "never synced"
    else:
        age = ask.now - row.synced_at
        warning = "⚠ " if age > STALE else ""
        synced = f"{warning}synced {instant_text(row.synced_at, zone)} ({age_text(age.total_seconds())} ago)"
    known = f", known from {instant_text(row.covered_from, zone)}" if row.covered_from else ""
    trouble = ""
    if row.last_error:
        trouble = (
            f". Last error: {one_line(row.last_error, room)}"
            if ask.asker.is_admin
            else ". The last sync failed: an admin sees with `/cx status` why"
        )
    return f"*{escape(name)}* {escape(synced + known + trouble)}."


def _queue(session: Session) -> list[str]:
    counted = select(col(Outbox.state), func.count()).group_by(col(Outbox.state))
    states: Mapping[OutboxState, int] = dict(session.exec(counted).all())
    waiting = sum(states.get(state, 0) for state in WAITING)
    dead = states.get(OutboxState.DEAD, 0)
    told = f"Queue: {waiting:,} {'message' if waiting == 1 else 'messages'} waiting"
    return [f"{told}{f', {dead:,} given up' if dead else ''}."]


def _subscriptions(session: Session) -> list[str]:
    on = session.execute(select(func.count()).select_from(Subscription).where(col(Subscription.enabled))).scalar_one()
    return [f"{on:,} {'subscription' if on == 1 else 'subscriptions'} on."]


STATUS = Command(word="status", usage="/cx status", says="Says how fresh the numbers are and what waits.", run=show_status)
