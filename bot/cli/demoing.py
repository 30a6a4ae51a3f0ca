"""`cx demo`: the whole product on loopback, in a browser, or scripted into a folder."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, select

from bot.cli.demo_script import Told, play
from bot.cli.demo_stage import Stage, staged
from bot.cli.folders import ready_folder
from bot.cli.stopping import stop_asked
from bot.clock import monotonic
from bot.errors import CxError
from bot.logs import set_up_logs
from bot.store.outbox import waiting
from bot.store.tables import Ticket
from bot.store.words import OutboxState

QUIET = "ERROR"
SENT_WITHIN_S = 15.0
FRESH = timedelta(days=7)
LIVE = {OutboxState.READY, OutboxState.SENDING}

Data = Annotated[Path | None, typer.Option("--data", metavar="FILE", help="your own tickets instead of made-up ones")]
Map = Annotated[Path | None, typer.Option("--map", metavar="MAP", help="the mapping of that file")]


def demo(
    *,
    once: Annotated[
        Path | None, typer.Option("--once", metavar="DIR", help="play the tour by itself and leave what it saw in DIR")
    ] = None,
    port: Annotated[int, typer.Option(help="port of the page; 0 takes any free one")] = 8077,
    data: Data = None,
    mapping: Map = None,
) -> None:
    """Try everything without Slack, help desk or server."""
    set_up_logs(QUIET).setLevel(QUIET)
    if once is not None:
        _tour(once, data, mapping)
        return
    with stop_asked() as asked, staged(port=port, data=data, mapping=mapping) as stage:
        typer.echo(f"cx is running. Open {stage.sandbox.url} and type /cx in #support. Stop it with Ctrl+C.")
        if hint := _where_tickets_are(stage):
            typer.echo(hint)
        _wait(asked)


def _where_tickets_are(stage: Stage) -> str | None:
    """Of a file that ends in the past, "last week" knows nothing: say which month does. None while tickets are fresh."""
    with stage.cx.store.reading() as session:
        last = session.exec(select(col(Ticket.created_at)).order_by(col(Ticket.created_at).desc()).limit(1)).first()
    if last is None or stage.cx.now - last < FRESH:
        return None
    return f"Your tickets end on {last:%d %b %Y}: ask about a time they cover, for instance /cx volume {last:%Y-%m}."


def _wait(asked: threading.Event) -> None:
    while not asked.wait(1.0):
        pass


def _tour(folder: Path, data: Path | None, mapping: Path | None) -> None:
    ready_folder(folder, "--once")
    with staged(data=data, mapping=mapping) as stage:
        told = play(stage.sandbox.control, made_up=data is None)
        _let_all_be_sent(stage)
        _keep(folder, stage, told)
    for step in told:
        typer.echo(f"{'ok  ' if step.ok else 'FAIL'} {step.seconds:5.1f} s  {step.name}{'' if step.ok else ': ' + step.says}")
    failed = [step.name for step in told if not step.ok]
    if failed:
        raise CxError(f"{len(failed)} of {len(told)} steps did not happen.", next_step=f"Look into {folder / 'index.html'}.")
    typer.echo(f"All {len(told)} steps happened; see {folder / 'index.html'}.")


def _let_all_be_sent(stage: Stage) -> None:
    """Details of the digest follow one a second, as Slack wants it; they belong into the folder too."""
    until = monotonic() + SENT_WITHIN_S
    while monotonic() < until:
        with stage.cx.store.reading() as session:
            if not LIVE & waiting(session).keys():
                return
        time.sleep(0.2)


def _keep(folder: Path, stage: Stage, told: list[Told]) -> None:
    """Every message as JSON, every chart as PNG, one page that shows them as Slack would, and what happened."""
    state = stage.sandbox.control.state()
    said = {"messages": state["messages"], "ephemerals": state["ephemerals"]}
    (folder / "messages.json").write_text(json.dumps(said, indent=2, ensure_ascii=False), encoding="utf-8")
    charts = []
    for number, file in enumerate(state["files"], start=1):
        name = f"chart-{number:02}.png"
        (folder / name).write_bytes(stage.sandbox.control.picture(file["id"]))
        charts.append(name)
    stage.sandbox.export_html(folder / "index.html", title="cx demo", tz=stage.cx.settings.zone)
    summary = {
        "ok": all(step.ok for step in told),
        "steps": [{"name": s.name, "ok": s.ok, "seconds": round(s.seconds, 2), "says": s.says} for s in told],
        "messages": len(said["messages"]),
        "ephemerals": len(said["ephemerals"]),
        "charts": charts,
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2), encoding="utf-8")
