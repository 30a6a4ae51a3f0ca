"""Opens settings and store for one command, and closes them after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from bot import clock
from bot.cli.exporting import Still, lasting
from bot.desks import DESKS
from bot.facts.asof import as_of
from bot.facts.profiles import profile_of
from bot.facts.refresh import are_current, keep_definitions, list_bots, listed_bots
from bot.facts.running import running, unfinished
from bot.settings import Settings, read_settings
from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema, wait_for_other_starts
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
        with self.truth.reading() as session:
            return read_workspace(session, defaults_of(self.settings))

    def still_running(self, facts: Session) -> Still:
        """What had lasted until then, of the tickets in a session of `store`."""
        which = unfinished(facts)
        with self.truth.reading() as session:
            past = self.present is not None
            return lasting(running(session, which, self.now, profile=self.settings.profile, past=past))

    @property
    def truth(self) -> Store:
        """Where what the help desks told is kept; a store of the past holds only what was counted then."""
        return self.present or self.store


def settings_here() -> Settings:
    """The settings of this machine: environment over `cx.toml` in the working folder. Raises BadConfig."""
    settings = read_settings(os.environ, Path("cx.toml"), {desk.slug: desk.settings for desk in DESKS})
    profile_of(settings.profile)
    return settings


@contextmanager
def opened(instant: str | None = None) -> Iterator[Opened]:
    """Settings and a migrated store, its facts counted by the definitions that hold now, also those that changed since it
    was last opened. With an instant, the store as it stood then, which nothing changes."""
    settings = settings_here()
    store = open_store(settings.database_url.get_secret_value())
    try:
        ensure_schema(store)
        now = clock.read_instant(instant) if instant is not None else clock.now()
        if instant is None:
            settle(store, settings, now)
            yield Opened(settings=settings, store=store, now=now)
            return
        name_bots(store, settings, now)
        with as_of(store, now, profile=settings.profile) as past:
            yield Opened(settings=settings, store=past, now=now, present=store)
    finally:
        store.close()


def settle(store: Store, settings: Settings, now: datetime) -> None:
    """Count every ticket anew where profile, variants or the list of bots changed: in one transaction, or not at all. Of
    several that start at once one does."""
    with store.reading() as session:
        if are_current(session, profile=settings.profile, bots=settings.bots):
            return
    with store.writing() as session:
        wait_for_other_starts(session.connection())
        list_bots(session, settings.bots, now=now)
        keep_definitions(session, profile=settings.profile, now=now)


def name_bots(store: Store, settings: Settings, now: datetime) -> None:
    """Remember the list of bots alone: a store of the past is derived anew in any case."""
    with store.reading() as session:
        if listed_bots(session) == list(settings.bots):
            return
    with store.writing() as session:
        wait_for_other_starts(session.connection())
        list_bots(session, settings.bots, now=now)


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
