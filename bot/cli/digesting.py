"""`cx digest`: the digest of a day into a folder, instead of into a channel."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from bot.cli.days import read_day
from bot.cli.folders import ready_folder
from bot.cli.opening import Opened, opened
from bot.clock import first_instant, local_date, zone
from bot.errors import BadRequest, NotReady
from bot.slots import daily, monthly, next_slot
from bot.store.subscriptions import Due, in_force
from bot.store.tables import Subscription
from bot.views.chart_spec import ChartSpec
from bot.views.digest import digest as made
from bot.views.digest_page import page
from bot.views.digest_words import Edition
from bot.views.message import Message
from jobs.edition import edition, order_for
from jobs.issue import KIND, Issue, Owed, at_one_moment, leading_first, sentence, told

HOUR = time(9, 0)


def digest(
    *,
    day: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="the morning it would be posted, e.g. 2026-11-20")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="where the message and its charts go")] = None,
    sheet_to: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="the month up to that day as one page, .pdf or .png")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what each subscription would post next, and post nothing")
    ] = False,
    theme: Annotated[str, typer.Option(help="light or dark")] = "light",
) -> None:
    """Write a day's digest as it would be posted: messages as JSON, charts as PNG, its words to the terminal."""
    _check(theme, out, sheet_to, dry_run=dry_run)
    if dry_run:
        _rehearse()
        return
    with opened() as cx:
        workspace = cx.workspace()
        where = zone(workspace.zone)
        today = local_date(cx.now, where)
        wanted = read_day(day) if day else today
        if wanted > today:
            raise BadRequest(f"{wanted} has not come yet.", next_step=f"Take {today} or a day before it.")
        due = first_instant(datetime.combine(wanted, HOUR), where)
        order = order_for(min(due, cx.now), monthly(HOUR, 1) if sheet_to is not None else daily(HOUR), workspace.zone, {})
        with cx.store.reading() as session:
            issue = edition(session, order, workspace)
    if sheet_to is not None:
        _write_page(issue, sheet_to, theme)
    if out is not None:
        _write_all(issue, out, theme)


def _check(theme: str, out: Path | None, sheet_to: Path | None, *, dry_run: bool) -> None:
    if theme not in ("light", "dark"):
        raise BadRequest(f"There is no theme {theme!r}.", next_step="Use light or dark.")
    if sheet_to is not None and sheet_to.suffix.lower() not in (".pdf", ".png"):
        step = "Name a file that ends in .pdf or .png."
        raise BadRequest(f"A page cannot be written as {sheet_to.suffix or 'that'!r}.", next_step=step)
    if out is None and sheet_to is None and not dry_run:
        raise BadRequest("Where to?", next_step="Name a folder with --out, a file with --page, or say --dry-run.")
    if out is not None:
        ready_folder(out, "--out")


def _rehearse() -> None:
    """Every digest that is on, with the words it would have at its next slot if the data stood as they do now."""
    with opened() as cx, cx.store.reading() as session:
        rows = session.exec(select(Subscription).where(col(Subscription.kind) == KIND, col(Subscription.enabled))).all()
        if not rows:
            typer.echo("No digest is on. Order one with /cx subscribe daily 09:00 here weekdays.")
        owed = [one for row in rows if (one := _owed(session, row, cx.now)) is not None]
        for together in at_one_moment(owed):
            first, *others = leading_first([_issue(session, one, cx) for one in together])
            _say(first, below=tuple(map(sentence, others)))
            for other in others:
                _say(other, above=first)


def _owed(session: Session, row: Subscription, now: datetime) -> Owed | None:
    cadence = in_force(session, row)
    slot = next_slot(cadence, zone(row.zone), after=now)
    if slot is None:
        typer.echo(f"digest {row.id} in {row.channel_id} is never due.\n")
        return None
    return Owed(row=row, cadence=cadence, due=Due(post=slot), slot=slot)


def _issue(session: Session, owed: Owed, cx: Opened) -> Issue:
    order = order_for(cx.now, owed.cadence, owed.row.zone, owed.row.spec)
    return Issue(owed=owed, edition=edition(session, order, cx.workspace()), said=())


def _say(issue: Issue, *, below: tuple[str, ...] = (), above: Issue | None = None) -> None:
    row, slot = issue.owed.row, issue.owed.slot
    thread = f", in the thread of digest {above.owed.row.id}" if above is not None else ""
    typer.echo(f"digest {row.id} in {row.channel_id}, next {slot.key.replace('T', ' ')} {row.zone}{thread}; now it would say:")
    typer.echo(told(replace(issue.edition, below=below), row).parent.text + "\n")


def _write_page(issue: Edition, to: Path, theme: str) -> None:
    if not issue.answers:
        raise NotReady("There are no numbers to put on a page yet.", next_step="Run a first sync or import.")
    whole = page(issue)
    from bot.views.chart.sheet import as_pdf

    picture = _drawn(whole.charts[0], theme)
    to.write_bytes(as_pdf(picture) if to.suffix.lower() == ".pdf" else picture)
    typer.echo(whole.text)


def _write_all(issue: Edition, out: Path, theme: str) -> None:
    told = made(issue)
    for number, message in enumerate((told.parent, *told.details)):
        _write(message, out, f"digest-{number}", theme)
    typer.echo(told.parent.text)


def _write(message: Message, out: Path, name: str, theme: str) -> None:
    said = {"text": message.text, "blocks": list(message.blocks)}
    (out / f"{name}.json").write_text(json.dumps(said, indent=2, ensure_ascii=False), encoding="utf-8")
    for place, chart in enumerate(message.charts):
        (out / f"{name}-chart-{place}.png").write_bytes(_drawn(chart, theme))


def _drawn(chart: ChartSpec, theme: str) -> bytes:
    # The charts' room takes half a second and 40 MB, which the bot, whose charts another process draws, never pays.
    from bot.views.chart import draw

    return draw(chart, "dark" if theme == "dark" else "light")
