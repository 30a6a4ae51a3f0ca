"""`cx costs import` and `cx customers import`: what no help desk knows, from a CSV file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.opening import opened
from bot.errors import BadInput
from commands.entry_file import Bringing, Brought, bring_costs, bring_customers

LARGEST = 50_000_000
BY = "cx"
"""Who did it, in the audit."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV in UTF-8; its first line names the columns")]
COSTS = typer.Typer(help="What support cost, by period.", no_args_is_help=True)
CUSTOMERS = typer.Typer(help="How many customers there were, joined and were lost, by period.", no_args_is_help=True)


@COSTS.callback()
@CUSTOMERS.callback()
def entered() -> None:
    """What no help desk knows."""


@COSTS.command("import")
def import_costs(path: File) -> None:
    """Keep the costs of a file, with columns period (or first_day and last_day), amount, currency, channel, label."""
    _bring(path, bring_costs, "costs")


@CUSTOMERS.command("import")
def import_customers(path: File) -> None:
    """Keep the customer counts of a file, with columns period (or first_day and last_day), at_start, joined, lost."""
    _bring(path, bring_customers, "customer counts")


def _bring(path: Path, bring: Callable[..., Brought], what: str) -> None:
    content = _read(path)
    with opened() as cx:
        workspace = cx.workspace()
        with cx.store.writing() as session:
            told = bring(session, content, Bringing(workspace=workspace, now=cx.now, by=BY))
    typer.echo(f"{path.name}: {told.new:,} new {what}, {told.replaced:,} replaced, {told.same:,} as they were.")


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", next_step="Give the path of a CSV file.")
    if path.stat().st_size > LARGEST:
        raise BadInput(
            f"{path.name} is larger than {LARGEST // 1_000_000} MB.", next_step="Give a file of costs or customer counts."
        )
    return path.read_bytes()
