"""Says why alerts hold still: what is not read any more neither fires nor ends anything."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.desks import DESKS
from bot.kpis.known import STALE_AFTER
from bot.kpis.sources import sources
from bot.store.workspace import Workspace
from bot.views.blocks import one_line
from bot.views.say import instant_text

FILES = frozenset({"csv"})


def stale_text(session: Session, workspace: Workspace, now: datetime) -> str:
    """A sentence where a help desk that is read regularly has not been for two hours; empty while all is fresh.

    A file that was brought in once is as fresh as it will ever be."""
    read = {desk.slug for desk in DESKS} - FILES
    old = [one for one in sources(session) if one.name in read and (one.synced_at is None or now - one.synced_at > STALE_AFTER)]
    if not old:
        return ""
    first = min(old, key=lambda one: (one.synced_at is not None, one.synced_at or now))
    since = f"since {instant_text(first.synced_at, workspace.zone)}" if first.synced_at is not None else "ever"
    return f"Stale: {one_line(first.name, 40)} has not been read {since}. Until it is, nothing fires and nothing ends."
