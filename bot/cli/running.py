"""`cx run`, `cx manifest` and `cx doctor`."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from itertools import count
from typing import Annotated

import typer

from bot.cli.check import Check
from bot.cli.checks import checks
from bot.cli.damaged import opened_to_run
from bot.cli.house import House
from bot.cli.opening import Opened, settings_here
from bot.cli.stopping import leave_the_rest, stop_asked_in_time
from bot.cli.tokens import missing_tokens, refused_tokens
from bot.errors import BadConfig, BadRequest, NotReady, StoreError
from bot.logs import set_up_logs
from bot.manifest import manifest_yaml
from bot.memory import give_back, spare_the_collector
from bot.slack.port import Slack
from bot.store.alone import alone
from commands import COMMANDS
from jobs.departure import settle_departure

DEAF_S = 300.0
SHARE_EVERY_S, GIVE_BACK_EVERY_S = 30, 60
SWITCH_S = 0.0005
"""How long a thread may keep the others waiting for Python, a tenth of its own measure: with it the thread that acknowledges
waited 60 ms at p99 while sixteen others worked, and 25 ms so."""

log = logging.getLogger("cx.run")


def run() -> None:
    """Run until asked to stop; what was begun is finished first. Over a damaged file only questions are answered."""
    settings = settings_here()
    set_up_logs(settings.log_level, settings.log_format)
    with stop_asked_in_time() as asked, opened_to_run(settings) as cx, alone(cx.store):
        if cx.store.refusal is None:
            _settle_departure(cx)
        if wrong := [*missing_tokens(settings), *(sentence for _, sentence in refused_tokens(settings))]:
            raise BadConfig(" ".join(wrong), next_step="Then start again.")
        _live(House(settings=settings, store=cx.store), asked)


def _settle_departure(cx: Opened) -> None:
    """Whoever removed the app and leaves cx to be started again and again is forgotten in time all the same."""
    token = cx.settings.slack_bot_token
    if token is not None:
        settle_departure(cx.store, Slack(token.get_secret_value(), cx.settings.slack_api_url), cx.now)


def _live(house: House, asked: threading.Event) -> None:
    """Until asked to stop. Raises NotReady when Slack has not been heard for so long that only a new start may help, and
    StoreError when the database turns out to be damaged: the next start answers what can still be read."""
    sys.setswitchinterval(SWITCH_S)
    house.open()
    spare_the_collector()
    try:
        for second in count():
            if asked.wait(1.0):
                break
            if second % SHARE_EVERY_S == 0:
                house.share_sockets()
            if second % GIVE_BACK_EVERY_S == 0:
                give_back()
            if house.store.broken and house.store.refusal is None:
                raise StoreError(
                    "The database file is damaged.", next_step="Let whoever watches cx start it again: it finds out more."
                )
            if house.socket is not None and house.socket.silent_s() > DEAF_S:
                raise NotReady("Slack has not been heard for five minutes.", next_step="Let whoever watches cx start it again.")
    finally:
        ended = house.close()
    if not ended:
        leave_the_rest()


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
