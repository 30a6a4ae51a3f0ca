"""The `cx` command line: every door of the product that needs no Slack."""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import NoReturn

import typer

from bot.cli.asking import ask, export
from bot.cli.backing import backup
from bot.cli.data import import_file, sync_desks
from bot.cli.demoing import demo
from bot.cli.digesting import digest
from bot.cli.entering import COSTS, CUSTOMERS
from bot.cli.privacy import PRIVACY
from bot.cli.restating import list_restatements
from bot.cli.restoring import restore
from bot.cli.running import doctor, manifest, run
from bot.errors import CxError

BOLD = re.compile(r"\*([^*\n]+)\*")
"""Slack's way to set words apart, which a terminal does not know."""

UNWRITABLE = 74

APP = typer.Typer(
    name="cx",
    help="A Slack bot that answers for a support team.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
APP.command("run", help="Run the bot: Slack, help desks and the clock.")(run)
APP.command("demo", help="Try everything on loopback: a Slack workspace in the browser, with a made-up help desk.")(demo)
APP.command("ask", help='Ask a KPI, as in Slack: cx ask "frt last 30 days by channel".')(ask)
APP.command("sync", help="Read new tickets and changes from help desks once.")(sync_desks)
APP.command("import", help="Import a CSV, JSON or JSON Lines file by a mapping.")(import_file)
APP.add_typer(COSTS, name="costs")
APP.add_typer(CUSTOMERS, name="customers")
APP.command("digest", help="Write the digest of a day to a folder instead of posting it.")(digest)
APP.command("export", help="Write facts as CSV: facts, sla or backlog.")(export)
APP.command("backup", help="Copy the store while cx runs, and prove the copy.")(backup)
APP.command("restore", help="Put a copy in the place of the store; cx must not be running.")(restore)
APP.command("restatements", help="List posted numbers that late events made others.")(list_restatements)
APP.command("manifest", help="Print the manifest of the Slack app.")(manifest)
APP.command("doctor", help="Check everything the bot needs, and say the fix.")(doctor)
APP.add_typer(PRIVACY, name="privacy")


def main() -> None:
    """Run the command line; what can be said in a sentence is said in one, without a traceback."""
    try:
        APP(prog_name="cx")
    except CxError as error:
        _give_up(error.sentence(), error.exit_code)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        if error.errno == errno.ENOSPC and not where:  # Else Python tries to write the rest once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _give_up(f"{where}{error.strerror or error}. What was stored before is still there.", UNWRITABLE)


def _give_up(sentence: str, code: int) -> NoReturn:
    said = BOLD.sub(r'"\1"', sentence)
    sys.stderr.write(f"{said}\n")
    raise SystemExit(code) from None
