"""`cx run`, `cx manifest` and `cx doctor`."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from itertools import count
from typing import Annotated, NoReturn

import typer

from bot.cli.backing import folder_of
from bot.cli.check import Check
from bot.cli.checks import checks
from bot.cli.house import House
from bot.cli.opening import Opened, opened
from bot.cli.stopping import stop_asked
from bot.cli.tokens import refused_tokens
from bot.errors import BadConfig, BadRequest, NotReady, StoreError
from bot.logs import set_up_logs
from bot.manifest import manifest_yaml
from bot.slack.port import Slack
from bot.store.alone import alone
from bot.store.backup import newest_good
from bot.store.engine import damage
from commands import COMMANDS
from jobs.departure import settle_departure

DEAF_S = 300.0
SHARE_EVERY_S = 30
LATEST_S = 9.5
"""From being asked to stop until we are gone, whatever still hangs: whoever asked kills after ten seconds."""
SWITCH_S = 0.0005
"""How long a thread may keep the others waiting for Python, a tenth of its own measure: with it the thread that acknowledges
waited 60 ms at p99 while sixteen others worked, and 25 ms so."""

log = logging.getLogger("cx.run")


def run() -> None:
    """Run until asked to stop; what was begun is finished first."""
    with stop_asked() as asked, opened() as cx:
        set_up_logs(cx.settings.log_level, cx.settings.log_format)
        _refuse_damaged(cx)
        with alone(cx.store):
            _settle_departure(cx)
            if refused := [sentence for _, sentence in refused_tokens(cx.settings)]:
                raise BadConfig(" ".join(refused), next_step="Then start again.")
            _live(House(settings=cx.settings, store=cx.store), asked)


def _settle_departure(cx: Opened) -> None:
    """Whoever removed the app and leaves cx to be started again and again is forgotten in time all the same."""
    token = cx.settings.slack_bot_token
    if token is not None:
        settle_departure(cx.store, Slack(token.get_secret_value(), cx.settings.slack_api_url), cx.now)


def _refuse_damaged(cx: Opened) -> None:
    """A damaged file is not written to: each write may bury more of it. Reads it whole, about a second a gigabyte."""
    wrong = damage(cx.store)
    if wrong is not None:
        copy = newest_good(folder_of(cx.settings))
        raise StoreError(
            f"The database file is damaged: {wrong.rstrip('.')}.",
            still_true="Nothing was written to it.",
            next_step=f"Put the newest good copy in its place: cx restore {copy}"
            if copy
            else "Restore a copy with: cx restore FILE",
        )


def _live(house: House, asked: threading.Event) -> None:
    """Until asked to stop. Raises NotReady when Slack has not been heard for so long that only a new start may help."""
    sys.setswitchinterval(SWITCH_S)
    house.open()
    try:
        for second in count():
            if asked.wait(1.0):
                break
            if second % SHARE_EVERY_S == 0:
                house.share_sockets()
            if house.socket is not None and house.socket.silent_s() > DEAF_S:
                raise NotReady("Slack has not been heard for five minutes.", next_step="Let whoever watches cx start it again.")
    finally:
        last = threading.Timer(LATEST_S, _leave_the_rest)
        last.daemon = True
        if asked.is_set():
            last.start()
        ended = house.close()
        last.cancel()
    if not ended:
        _leave_the_rest()


def _leave_the_rest() -> NoReturn:
    """End now: Python would wait for every thread, and a store closed under one makes it fail aloud.

    What is cut is as good as never begun: the database undoes it, and its turn comes again."""
    log.warning("stopped before everything had ended; what was cut is begun anew at the next start")
    logging.shutdown()
    os._exit(0)


def manifest(
    *,
    url: Annotated[
        str | None, typer.Option("--url", help="for CX_SLACK_DOOR=http: where Slack reaches us, https://.../slack/events")
    ] = None,
) -> None:
    """Print the manifest to create the Slack app from."""
    if url is not None and not re.fullmatch(r"https://[\w.-]+(?::\d+)?/[\w./-]*", url):
        raise BadRequest("Slack calls only addresses that begin with https://.", next_step="Use https://your.host/slack/events.")
    typer.echo(manifest_yaml(COMMANDS, request_url=url), nl=False)


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
