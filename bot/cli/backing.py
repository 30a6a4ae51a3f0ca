"""`cx backup`: a copy of the store, proved whole, while cx runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot import clock
from bot.cli.opening import settings_here
from bot.errors import BadInput, BadRequest, NotReady
from bot.settings import Settings
from bot.store.backup import UNFINISHED, Proof, back_up, copies, name_of, superfluous
from bot.store.engine import open_store, sqlite_file

FOLDER = "backups"
ABANDONED_S = 86_400.0


def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="by default a new one in the folder backups of CX_HOME")
    ] = None,
) -> None:
    """Copy the store; what is in the default folder is thinned to seven days and four weeks."""
    settings, now = settings_here(), clock.now()
    source = file_of(settings, "backed up with: pg_dump --format=custom --file=cx.dump DATABASE")
    if not source.exists():
        raise NotReady(f"There is no database at {source} yet.", next_step="Start cx once, or mend CX_DATABASE_URL.")
    target = file or folder_of(settings) / name_of(now)
    if target.exists():
        raise BadInput(f"{target} exists.", still_true="It was left alone.", next_step="Name a file that does not.")
    store = open_store(str(settings.database_url.get_secret_value()))
    try:
        proof = back_up(store, target)
    finally:
        store.close()
    typer.echo(f"{target}: {told(proof)}. Read back and found whole.")
    if file is None:
        _thin(folder_of(settings))


def folder_of(settings: Settings) -> Path:
    """Where copies go unless told otherwise."""
    return settings.home / FOLDER


def file_of(settings: Settings, otherwise: str) -> Path:
    """The store's own file. Raises BadRequest for a database server, with what is done there instead."""
    source = sqlite_file(settings.database_url.get_secret_value())
    if source is None:
        raise BadRequest(f"This store is PostgreSQL, which is {otherwise}", next_step="See docs/operations.md.")
    return source


def told(proof: Proof) -> str:
    """What a copy holds, in a few words."""
    return f"{proof.rows.get('ticket', 0):,} tickets, {proof.size / 1e6:,.1f} MB, version {proof.revision}"


def _thin(folder: Path) -> None:
    """Also what a copy that was cut short left behind, once it is certain that nobody writes it any more."""
    for left in folder.glob(f"*{UNFINISHED}"):
        if clock.now().timestamp() - left.stat().st_mtime > ABANDONED_S:
            left.unlink()
    known = dict(copies(folder))
    for at in superfluous(known, clock.now()):
        known[at].unlink()
