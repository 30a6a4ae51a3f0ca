"""`cx run`, `cx manifest` and `cx doctor`."""

from __future__ import annotations

import json
import logging
import os
import threading
from typing import Annotated, NoReturn

import typer

from bot.cli.check import Check
from bot.cli.checks import checks
from bot.cli.house import House
from bot.cli.opening import opened
from bot.cli.stopping import stop_asked
from bot.cli.tokens import refused_tokens
from bot.errors import BadConfig, NotReady
from bot.logs import set_up_logs
from bot.manifest import manifest_yaml
from bot.store.alone import alone
from commands import COMMANDS

DEAF_S = 300.0

log = logging.getLogger("cx.run")


def run() -> None:
    """Run until asked to stop; what was begun is finished first."""
    with stop_asked() as asked, opened() as cx:
        set_up_logs(cx.settings.log_level, cx.settings.log_format)
        if refused := [sentence for _, sentence in refused_tokens(cx.settings)]:
            raise BadConfig(" ".join(refused), next_step="Then start again.")
        with alone(cx.store):
            _live(House(settings=cx.settings, store=cx.store), asked)


def _live(house: House, asked: threading.Event) -> None:
    """Until asked to stop. Raises NotReady when Slack has not been heard for so long that only a new start may help."""
    house.open()
    try:
        while not asked.wait(1.0):
            if house.socket is not None and house.socket.silent_s() > DEAF_S:
                raise NotReady("Slack has not been heard for five minutes.", next_step="Let whoever watches cx start it again.")
    finally:
        ended = house.close()
    if not ended:
        _leave_the_rest()


def _leave_the_rest() -> NoReturn:
    """End now: Python would wait for every thread, and a store closed under one makes it fail aloud.

    What is cut is as good as never begun: the database undoes it, and its turn comes again."""
    log.warning("stopped before everything had ended; what was cut is begun anew at the next start")
    logging.shutdown()
    os._exit(0)


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
