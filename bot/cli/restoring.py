"""`cx restore`: puts a copy in the place of the store, and keeps what was there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot import clock
from bot.cli.backing import file_of, told
from bot.cli.opening import settings_here
from bot.store.backup import prove, put_back
from bot.store.engine import open_store
from bot.store.schema import ensure_schema, refuse_unknown


def restore(file: Annotated[Path, typer.Argument(metavar="FILE", help="a copy that cx backup made")]) -> None:
    """Restore a copy. cx must not be running; an older copy is brought up to date."""
    settings = settings_here()
    target = file_of(settings, "restored with: pg_restore --clean --if-exists --single-transaction --dbname=DATABASE cx.dump")
    proof = prove(file)
    refuse_unknown(proof.revision)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = put_back(file, target, clock.now())
    store = open_store(settings.database_url.get_secret_value())
    try:
        ensure_schema(store)
    finally:
        store.close()
    typer.echo(f"{target} is the copy {file} again: {told(proof)}.")
    if aside is not None:
        typer.echo(f"What was there before is in {aside}; delete it when you are sure.")
