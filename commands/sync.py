"""`/cx sync`: how far the reading of each help desk is, and which of its parts cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.errors import CxError
from bot.store.tables import DeskCursor, Quarantine
from bot.views.blocks import TEXT, clip_mrkdwn, context, escape, header, one_line, section
from bot.views.message import Message
from bot.views.say import age_text, counted_text, instant_text
from commands.command import Ask, Command, Reply
from commands.hints import hint, refused
from commands.rights import admit

MOST_SOURCES = 12
ERROR = 160
TICKETS = "tickets"


def show_sync(ask: Ask) -> Reply:
    """A paragraph a help desk; the words of errors only for admins, because they may name accounts."""
    try:
        admit(ask.asker)
    except CxError as error:
        return refused(error)
    if ask.text.strip():
        return hint("*sync* takes no words.", "It shows how far the reading of each help desk is.", ("sync",))
    rows = ask.session.exec(select(DeskCursor).order_by(col(DeskCursor.source), col(DeskCursor.stream))).all()
    sources = [(source, list(found)) for source, found in groupby(rows, lambda row: row.source)]
    told = [_source(source, found, ask) for source, found in sources[:MOST_SOURCES]]
    text = "\n".join(told) or "No help desk has been read yet. An admin can set one up: see `cx doctor`."
    return Reply(
        message=Message(
            text=clip_mrkdwn(f"Sync\n{text}", TEXT),
            blocks=(
                header("Sync", "sync:title"),
                section(clip_mrkdwn(text, 2_900), "sync:lines"),
                context([f"Times in {escape(ask.workspace.zone)}"], "sync:zone"),
            ),
        )
    )


def _source(source: str, rows: Sequence[DeskCursor], ask: Ask) -> str:
    tickets = next((row for row in rows if row.stream == TICKETS), None)
    zone = ask.workspace.zone
    lines = [f"*{escape(one_line(source, 60))}* {escape(_tickets(tickets, zone, ask.now))}"]
    others = [row for row in rows if row is not tickets]
    if well := [row.stream for row in others if row.last_error is None]:
        lines.append(f"    also read: {escape(', '.join(well))}")
    lines += [f"    {escape(_trouble(row, ask))}" for row in rows if row.last_error]
    if aside := _aside(ask.session, source):
        lines.append(f"    {counted_text(aside, 'records')} set aside because they could not be read")
    return "\n".join(lines)


def _tickets(row: DeskCursor | None, zone: str, now: datetime) -> str:
    if row is None or row.synced_at is None:
        return "has not been read yet."
    known = f", back to {instant_text(row.covered_from, zone)}" if row.covered_from else ""
    if row.finished_at is None and row.seen is not None:
        return f"is being read for the first time: {_far(row)}{known}{_left(row)}."
    lag = f", {age_text((now - row.synced_at).total_seconds())} ago" if now >= row.synced_at else ""
    return f"was last read {instant_text(row.synced_at, zone)}{lag}{known}."


def _far(row: DeskCursor) -> str:
    total = f" of about {row.estimated_total:,}" if row.estimated_total else ""
    return f"{row.seen:,}{total} tickets"


def _left(row: DeskCursor) -> str:
    """How long the rest takes at the pace so far, where that can be said."""
    if not row.seen or not row.estimated_total or not row.reading_s or row.seen > row.estimated_total:
        return ""
    return f", {age_text(row.reading_s * (row.estimated_total - row.seen) / row.seen)} left"


def _trouble(row: DeskCursor, ask: Ask) -> str:
    said = one_line(row.last_error or "", ERROR) if ask.asker.is_admin else "an admin can see why with /cx sync."
    return f"{row.stream} cannot be read: {said}"


def _aside(session: Session, source: str) -> int:
    held = select(func.count()).select_from(Quarantine).where(col(Quarantine.source) == source)
    return int(session.exec(held).one())


SYNC_STATUS = Command(word="sync", usage="/cx sync", says="Says how far the reading of each help desk is.", run=show_sync)
