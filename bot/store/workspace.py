"""What the workspace decided: its zone, week, clock and definitions, with the defaults that hold until it does."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from bot.store.tables import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Settings that change what a number means or who may see it; each can be a row of the `setting` table."""

    zone: str = "UTC"
    week_start: int = 0
    profile: str = "articles"
    clock: str = "business"
    currency: str = "USD"
    admins: tuple[str, ...] = ()
    public_url: str = ""


def read_workspace(session: Session, defaults: Workspace) -> Workspace:
    """The defaults, overridden by what was set in Slack or on the command line."""
    known = {field.name for field in fields(Workspace)}
    rows = {row.key: row.value for row in session.exec(select(Setting)) if row.key in known}
    if "admins" in rows:
        rows["admins"] = tuple(rows["admins"])
    return replace(defaults, **rows)


def change_setting(session: Session, key: str, value: Any, *, now: datetime, by: str) -> None:
    """Set one setting; the caller writes the audit line and commits."""
    session.merge(Setting(key=key, value=value, changed_at=now, changed_by=by))
