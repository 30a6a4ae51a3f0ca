"""Opens settings and store for one command, and closes them after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot import clock
from bot.desks import DESKS
from bot.facts.asof import as_of
from bot.settings import Settings, read_settings
from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema
from bot.store.workspace import Workspace, read_workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a command works with; `now` is the machine's clock, or the instant given with --as-of.

    `store` may be one of the past; `present` is the store itself, where that differs."""

    settings: Settings
    store: Store
    now: datetime
    present: Store | None = None

    def workspace(self) -> Workspace:
        """The workspace's settings as they stand: of the past it is asked in the zone and clock of today."""
        with (self.present or self.store).reading() as session:
            return read_workspace(session, defaults_of(self.settings))


def settings_here() -> Settings:
    """The settings of this machine: environment over `cx.toml` in the working folder. Raises BadConfig."""
    return read_settings(os.environ, Path("cx.toml"), [desk.slug for desk in DESKS])


@contextmanager
def opened(instant: str | None = None) -> Iterator[Opened]:
    """Settings and a migrated store. With an instant, the store as it stood then, which nothing changes."""
    settings = settings_here()
    store = open_store(settings.database_url.get_secret_value())
    try:
        ensure_schema(store)
        if instant is None:
            yield Opened(settings=settings, store=store, now=clock.now())
            return
        now = clock.read_instant(instant)
        with as_of(store, now, profile=settings.profile) as past:
            yield Opened(settings=settings, store=past, now=now, present=store)
    finally:
        store.close()


def defaults_of(settings: Settings) -> Workspace:
    """What the settings say where the workspace has not decided otherwise."""
    return Workspace(
        zone=settings.zone,
        week_start=settings.week_start,
        profile=settings.profile,
        clock=settings.clock,
        currency=settings.currency,
        admins=settings.admins,
    )
