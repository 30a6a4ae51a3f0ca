"""`cx run`, `cx manifest` and `cx doctor`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bot.cli.checks import Check, checks
from bot.cli.house import House
from bot.cli.opening import opened
from bot.cli.stopping import stop_asked
from bot.cli.tokens import refused_tokens
from bot.errors import BadConfig
from bot.logs import set_up_logs
from bot.manifest import manifest_yaml
from commands import COMMANDS


def run() -> None:
    """Run until asked to stop; what was begun is finished first."""
    with stop_asked() as asked, opened() as cx:
        set_up_logs(cx.settings.log_level)
        if refused := [sentence for _, sentence in refused_tokens(cx.settings)]:
            raise BadConfig(" ".join(refused), next_step="Then start again.")
        house = House(settings=cx.settings, store=cx.store)
        house.open()
        try:
            while not asked.wait(1.0):
                pass
        finally:
            house.close()


def manifest() -> None:
    """Print the manifest to create the Slack app from."""
    typer.echo(manifest_yaml(COMMANDS), nl=False)


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """Check settings, store, Slack, help desks and fonts; each line is well or says the fix. Exit code 1 if any is not."""
    found = checks()
    if as_json:
        typer.echo(json.dumps([{"name": c.name, "ok": c.ok, "says": c.says} for c in found], indent=2))
    else:
        for check in found:
            typer.echo(_line(check))
    if not all(check.ok for check in found):
        raise typer.Exit(1)


def _line(check: Check) -> str:
    return f"{'✓' if check.ok else '✗'} {check.name}: {check.says}"
