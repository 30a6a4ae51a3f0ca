"""`cx sync` and `cx import`: tickets come in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot import clock
from bot.cli.opening import Opened, opened, settings_here
from bot.desks.csv import FileReading, dry_run, pages, read_file
from bot.desks.desk import Desk
from bot.desks.mapping import FileMapping, read_mapping
from bot.errors import BadInput, NotReady
from jobs.sync import Progress as Step
from jobs.sync import Reading, Watch, configured, desk_of, settings_of, store_all, sync


def sync_desks(
    slug: Annotated[str | None, typer.Argument(metavar="DESK", help="one desk; without it, every desk with settings")] = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="read to the end and stop (the only way this command works)")] = True,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="INSTANT", help="ask nobody for the time: it is this")] = None,
) -> None:
    """Read new tickets and changes once."""
    desks = [desk_of(slug)] if slug else list(configured(settings_here().desks))
    if not desks:
        raise NotReady("No help desk is connected.", next_step="Set its settings (see docs/desks.md), or try `cx sync demo`.")
    with opened() as cx:
        now = clock.read_instant(as_of) if as_of else cx.now
        for desk in desks:
            with progress_bar(desk.name) as watch:
                steps = sync(_reading(cx, desk, watch, now=now))
            typer.echo(_told(desk.name, steps))


def import_file(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON or JSON Lines, also in a .zip or .gz")],
    *,
    mapping: Annotated[Path, typer.Option("--map", metavar="MAP", help="which column means what, in TOML; see docs/examples")],
    source: Annotated[str | None, typer.Option("--source", help="name of the source; by default the file's")] = None,
    only_check: Annotated[bool, typer.Option("--dry-run", help="say what would happen and change nothing")] = False,
) -> None:
    """Import a file: all of it, or, if a line is wrong, nothing."""
    read_as = read_mapping(mapping)
    if only_check:
        _say_what_would_happen(path, read_as)
        return
    with opened() as cx, progress_bar(path.name) as watch:
        reading = read_file(path, read_as)
        step = bring_in(cx, reading, source or source_name(path), watch)
    typer.echo(
        f"{reading.rows:,} rows of {reading.name}: {reading.ticket_count:,} tickets, {step.tickets_changed:,} new or changed."
    )
    for note in reading.notes:
        typer.echo(note)


def _say_what_would_happen(path: Path, read_as: FileMapping) -> None:
    found = dry_run(path, read_as)
    typer.echo("\n".join(found.lines()))
    if found.bad_lines:
        raise typer.Exit(BadInput.exit_code)


def bring_in(cx: Opened, reading: FileReading, source: str, watch: Watch | None) -> Step:
    """Store a checked file under a source name in one transaction. Raises BadInput where a record could not be kept."""
    return store_all(_reading(cx, desk_of("csv"), watch, now=cx.now), source, pages(reading))


def source_name(path: Path) -> str:
    """The first word of a file's name, in lower case."""
    return next(iter(re.findall(r"[a-z0-9]+", path.name.lower())), "import")


@contextmanager
def progress_bar(name: str) -> Iterator[Watch]:
    """A bar on standard error that follows a sync or import; where nobody watches, nothing is drawn."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(f"Reading {name}", total=None)

        def watch(step: Step) -> None:
            back = f", back to {step.covered_from:%-d %b %Y}" if step.covered_from else ""
            said = f"Reading {name}: {step.stream}{back}"
            progress.update(task, description=said, completed=step.seen or step.records, total=step.estimated_total)

        yield watch


def _reading(cx: Opened, desk: Desk, watch: Watch | None, *, now: datetime) -> Reading:
    settings = settings_of(cx.settings, desk.slug)
    return Reading(store=cx.store, desk=desk, settings=settings, now=now, profile=cx.settings.profile, watch=watch)


def _told(name: str, steps: list[Step]) -> str:
    if not steps:
        return f"{name} is being read by another process now; nothing was done."
    changed, aside = sum(s.tickets_changed for s in steps), sum(s.set_aside for s in steps)
    more = f"; {aside:,} records set aside, see `cx doctor`" if aside else ""
    told = f"{name}: {sum(s.records for s in steps):,} records read, {changed:,} tickets new or changed{more}."
    return "\n".join([told, *(f"{step.stream} not read: {step.refused}" for step in steps if step.refused)])
