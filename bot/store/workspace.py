"""What the workspace decided: its zone, week, clock and definitions, with the defaults that hold until it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from bot.store.tables import Setting, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Settings that change what a number means or who may see it; each can be a row of the `setting` table.

    `leads` are Slack users by the name of the team they lead. `works_council` forbids what tells single people apart, to
    everybody, and teams of fewer than `smallest_group` agents. `named_channels` are those in which names of agents,
    subjects and customers' words may be said to everybody. In `quiet_hours`, such as `20:00-07:00`, only targets about to
    break open an incident. `mutes` are instants by channel, until which nothing is posted there unasked."""

    zone: str = "UTC"
    week_start: int = 0
    profile: str = "articles"
    clock: str = "business"
    currency: str = "USD"
    admins: tuple[str, ...] = ()
    public_url: str = ""
    leads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    works_council: bool = False
    smallest_group: int = 5
    named_channels: tuple[str, ...] = ()
    quiet_hours: str = ""
    mutes: Mapping[str, str] = field(default_factory=dict)


def read_workspace(session: Session, defaults: Workspace) -> Workspace:
    """The defaults, overridden by what was set in Slack or on the command line."""
    known = {one.name for one in fields(Workspace)}
    rows = {row.key: row.value for row in session.exec(select(Setting)) if row.key in known}
    for name in ("admins", "named_channels"):
        if name in rows:
            rows[name] = tuple(rows[name])
    if "leads" in rows:
        rows["leads"] = {str(team): tuple(people) for team, people in rows["leads"].items()}
    return replace(defaults, **rows)


def change_setting(session: Session, key: str, value: Any, *, now: datetime, by: str) -> None:
    """Set one setting; the caller writes the audit line and commits."""
    keep_first(session, key, value, now=now, by=by)
    session.merge(Setting(key=key, value=value, changed_at=now, changed_by=by))


def keep_first(session: Session, key: str, value: Any, *, now: datetime, by: str) -> None:
    """Keep a setting that there was none of; of two who come at once with its first value neither fails, and the second waits
    for the first."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    kept = insert(table_of(Setting)).values(key=key, value=value, changed_at=now, changed_by=by)
    session.connection().execute(kept.on_conflict_do_nothing(index_elements=["key"]))
