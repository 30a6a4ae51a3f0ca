"""The job that keeps every connected help desk's tickets up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from bot.desks import DESKS
from bot.desks.desk import Desk
from bot.errors import BadRequest, CxError, DeskRefused
from bot.settings import Settings
from bot.store.room import is_short, require_room
from jobs.job import Job, Tick
from jobs.sync_marks import remember_error
from jobs.sync_owner import tell_owner
from jobs.sync_reading import (
    LEASE_S,
    NEEDED,
    Progress,
    Reading,
    Watch,
    store_all,
    store_page,
    sync,
)

__all__ = [
    "LEASE_S",
    "SYNC",
    "Progress",
    "Reading",
    "Watch",
    "configured",
    "desk_of",
    "settings_of",
    "store_all",
    "store_page",
    "sync",
    "sync_due",
]


def sync_due(tick: Tick) -> int:
    """Sync every configured desk once; a desk that fails stops no other, and its error is kept with its cursor."""
    changed = 0
    for desk in configured(tick.settings.desks):
        if tick.stopping():
            break
        try:
            require_room(tick.store)
            done = sync(_reading(tick, desk))
        except CxError as error:
            _remember(tick, desk, error)
        else:
            changed += sum(step.tickets_changed for step in done)
    return changed


def _reading(tick: Tick, desk: Desk) -> Reading:
    settings, profile = settings_of(tick.settings, desk.slug), tick.settings.profile
    return Reading(
        store=tick.store,
        desk=desk,
        settings=settings,
        now=tick.now,
        profile=profile,
        stopping=lambda: tick.stopping() or is_short(tick.store),
    )


def settings_of(settings: Settings, slug: str) -> dict[str, str]:
    """What a desk is given: its own settings, and the folder where it may keep a file."""
    return {"home": str(settings.home), **settings.desk(slug)}


def configured(desks: Mapping[str, Mapping[str, object]]) -> Iterator[Desk]:
    """The desks that have settings of their own."""
    return (desk for desk in DESKS if desk.slug in desks)


def desk_of(slug: str) -> Desk:
    """The desk of that name. Raises BadRequest."""
    for desk in DESKS:
        if desk.slug == slug:
            return desk
    raise BadRequest(f"There is no desk called {slug!r}.", next_step=f"There are: {', '.join(desk.slug for desk in DESKS)}.")


def _remember(tick: Tick, desk: Desk, error: CxError) -> None:
    with tick.store.writing() as session:
        remember_error(session, desk.slug, NEEDED, error.sentence())
        if isinstance(error, DeskRefused):
            tell_owner(session, desk, error, admins=tick.settings.admins, now=tick.now)


SYNC = Job(
    slug="sync", says="Reads new tickets and changes from every connected help desk.", every=timedelta(minutes=1), run=sync_due
)
