"""`cx digest`: the digest of a day into a folder, instead of into a channel."""

from __future__ import annotations

import json
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.days import read_day
from bot.cli.folders import ready_folder
from bot.cli.opening import opened
from bot.clock import first_instant, local_date, zone
from bot.errors import BadRequest
from bot.slots import daily
from bot.views.chart import draw
from bot.views.digest import digest as made
from bot.views.message import Message
from jobs.edition import edition, order_for

HOUR = time(9, 0)


def digest(
    *,
    day: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="the morning it would be posted, e.g. 2026-11-20")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="where the message and its charts go")],
    theme: Annotated[str, typer.Option(help="light or dark")] = "light",
) -> None:
    """Write a day's digest as it would be posted: messages as JSON, charts as PNG, its words to the terminal."""
    if theme not in ("light", "dark"):
        raise BadRequest(f"There is no theme {theme!r}.", next_step="Use light or dark.")
    ready_folder(out, "--out")
    with opened() as cx:
        workspace = cx.workspace()
        where = zone(workspace.zone)
        today = local_date(cx.now, where)
        wanted = read_day(day) if day else today
        if wanted > today:
            raise BadRequest(f"{wanted} has not come yet.", next_step=f"Take {today} or a day before it.")
        due = first_instant(datetime.combine(wanted, HOUR), where)
        order = order_for(min(due, cx.now), daily(HOUR), workspace.zone, {})
        with cx.store.reading() as session:
            told = made(edition(session, order, workspace))
    for number, message in enumerate((told.parent, *told.details)):
        _write(message, out, f"digest-{number}", theme)
    typer.echo(told.parent.text)


def _write(message: Message, out: Path, name: str, theme: str) -> None:
    said = {"text": message.text, "blocks": list(message.blocks)}
    (out / f"{name}.json").write_text(json.dumps(said, indent=2, ensure_ascii=False), encoding="utf-8")
    for place, chart in enumerate(message.charts):
        (out / f"{name}-chart-{place}.png").write_bytes(draw(chart, "dark" if theme == "dark" else "light"))
