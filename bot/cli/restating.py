"""`cx restatements`: what late events made of numbers that were posted."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from bot.cli.days import read_day
from bot.cli.opening import opened
from bot.clock import day_start, iso, zone
from bot.kpis.restating import Moved, Restatement, Told, restatements
from bot.store.columns import instant
from bot.views.say import value_text

LOOK_BACK = timedelta(days=90)
MOST_NAMED = 20


def list_restatements(
    *,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="posted on or after it; by default 90 days ago")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print each with all its tickets")] = False,
) -> None:
    """List the numbers that were posted of days that are over and are others now, and the tickets that moved."""
    with opened() as cx, cx.store.reading() as session:
        workspace = cx.workspace()
        first = day_start(read_day(since), zone(workspace.zone)) if since else cx.now - LOOK_BACK
        found = list(restatements(session, workspace=workspace, now=cx.now, since=first))
        if as_json:
            typer.echo(json.dumps([_as_json(one) for one in found], indent=2, ensure_ascii=False))
            return
        for one in found:
            typer.echo("\n".join(restatement_lines(one)))
    if not found:
        typer.echo("Every number that was posted is still the same.")


def restatement_lines(one: Restatement) -> list[str]:
    """One restatement in words: the number then and now, and each ticket that counts otherwise."""
    kpi, currency, clock = one.answer.kpi, one.answer.currency, one.answer.clock
    said, now = (value_text(kpi, value, currency, clock) for value in (one.said.value, one.now.value))
    why = " It is counted by other definitions now." if one.redefined else ""
    lines = [
        f"{kpi.name}, {one.query.window.text}: {said} (n {one.said.n}) was said on {_minute(one.said_at)} in {one.where}; "
        f"it is {now} (n {one.now.n}).{why}"
    ]
    moved = one.moved or ()
    lines += [f"  {each.source} {each.number}: {_change(each)}" for each in moved[:MOST_NAMED]]
    return [*lines, f"  and {len(moved) - MOST_NAMED} more"] if len(moved) > MOST_NAMED else lines


def _change(moved: Moved) -> str:
    if not moved.before:
        return f"counts now ({_rows(moved.after)})"
    return f"counted ({_rows(moved.before)})" + (f", and now so: {_rows(moved.after)}" if moved.after else ", and no longer does")


def _rows(rows: tuple[Told, ...]) -> str:
    return "; ".join(map(_row, rows))


def _row(row: Told) -> str:
    at, amount, hit, score = row
    told = [
        _minute(instant(at)),
        f"{amount:g}" if amount is not None else "",
        "" if hit is None else "yes" if hit else "no",
        f"score {score}" if score is not None else "",
    ]
    return ", ".join(part for part in told if part)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _as_json(one: Restatement) -> dict[str, Any]:
    rows = None if one.moved is None else [_moved_json(each) for each in one.moved]
    return {
        "kpi": one.answer.kpi.slug,
        "window": {"start": iso(one.query.window.start), "end": iso(one.query.window.end), "zone": one.query.window.zone},
        "filters": [str(each) for each in one.query.filters],
        "where": one.where,
        "said_at": iso(one.said_at),
        "said": {"value": one.said.value, "n": one.said.n},
        "now": {"value": one.now.value, "n": one.now.n},
        "redefined": one.redefined,
        "moved": rows,
    }


def _moved_json(moved: Moved) -> dict[str, Any]:
    names = ("at", "amount", "hit", "score")
    sides = {"before": moved.before, "after": moved.after}
    told = {
        side: [dict(zip(names, (iso(instant(row[0])), *row[1:]), strict=True)) for row in rows] for side, rows in sides.items()
    }
    return {"source": moved.source, "external_id": moved.number, **told}
