"""`cx ask` and `cx export`: numbers without Slack."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from html import unescape
from typing import Annotated

import typer

from bot.cli import exporting
from bot.cli.days import check_span, read_day
from bot.cli.opening import Opened, opened
from bot.clock import local_date, zone
from bot.errors import BadRequest
from bot.kpis.answer import Answer
from bot.kpis.asked import Asked
from bot.kpis.explain import Watch, watched
from bot.kpis.listing import MOST, listed
from bot.kpis.measure import measure
from bot.kpis.query import TICKETS
from bot.views.answer_csv import answer_csv, listing_csv
from bot.views.answer_explained import explained_text
from bot.views.answer_json import answer_json
from bot.views.answer_text import answer_text
from bot.views.ticket_list import PAGE, ticket_page
from commands.grammar import read
from commands.ticket_pages import ticket_line

AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="INSTANT", help="answer as things stood then, e.g. 2026-10-01T00:00:00Z")
]


def ask(
    words: Annotated[list[str], typer.Argument(help='what you would type after /cx, e.g. "frt last 30 days by channel"')],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print the whole answer object")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print rows that a spreadsheet can add up")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="print the rule, what was left out, and the SQL that ran")] = False,
    tickets: Annotated[int, typer.Option("--tickets", metavar="PAGE", help="print a page of the very rows counted, as CSV")] = 0,
    as_of: AsOf = None,
) -> None:
    """Ask one KPI; the same words as in Slack."""
    if as_json + as_csv + explain + bool(tickets) > 1:
        raise BadRequest("The answer is printed in one form only.", next_step="Use --json, --csv, --explain or --tickets.")
    with opened(as_of) as cx, watched() if explain else nullcontext(Watch()) as watch:
        answer = answered(cx, " ".join(words))
        if as_json:
            typer.echo(json.dumps(answer_json(answer), indent=2, ensure_ascii=False))
        elif explain:
            typer.echo(explained_text(answer, watch.told()))
        elif tickets:
            typer.echo(_counted(cx, answer, tickets), nl=False)
        elif answer.query.show == TICKETS and not as_csv:
            typer.echo(_listed(cx, answer))
        else:
            typer.echo(answer_csv(answer) if as_csv or answer.query.show == "csv" else answer_text(answer))


def answered(cx: Opened, text: str) -> Answer:
    """The answer to a question in words. Raises BadRequest with the nearest words that can be answered."""
    workspace = cx.workspace()
    with cx.store.reading() as session:
        understood = read(text, now=cx.now, workspace=workspace, session=session, tells_names=True)
        if understood.query is None or understood.kpi is None:
            told = any(one in understood.next_step for one in understood.suggestions)
            such = "" if told or not understood.suggestions else f"Such as: {'; '.join(understood.suggestions)}."
            raise BadRequest(understood.says, next_step=f"{understood.next_step} {such}".strip())
        return measure(session, understood.kpi, understood.query, workspace=workspace, now=cx.now)


def _listed(cx: Opened, answer: Answer) -> str:
    """The first tickets behind an answer, as they are shown in Slack."""
    with cx.store.reading() as session:
        asked = Asked(session=session, kpi=answer.kpi, query=answer.query, workspace=cx.workspace(), now=cx.now)
        found = listed(asked, limit=PAGE)
    lines = [ticket_line(answer, row, cx.now) for row in found.rows]
    return unescape(ticket_page(answer, lines, query_id="", total=found.total).text)


def _counted(cx: Opened, answer: Answer, page: int) -> str:
    """A page of the rows behind a number, as CSV; how many there are in all goes to standard error."""
    with cx.store.reading() as session:
        asked = Asked(session=session, kpi=answer.kpi, query=answer.query, workspace=cx.workspace(), now=cx.now)
        found = listed(asked, offset=max(page - 1, 0) * MOST, limit=MOST)
    typer.echo(f"{found.total:,} rows; page {page} of {max(1, -(-found.total // MOST)):,}", err=True)
    return listing_csv(found.rows)


def export(
    what: Annotated[str, typer.Argument(help="facts, sla or backlog")],
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="as CSV (the only form)")] = True,
    as_of: AsOf = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="backlog: first local day")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="backlog: last local day")] = None,
    zone_name: Annotated[str | None, typer.Option("--zone", help="backlog: zone of the days")] = None,
) -> None:
    """Write facts as CSV to standard output: one row a ticket, a service-level instance, or a day and status."""
    with opened(as_of) as cx, cx.store.reading() as session:
        match what:
            case "facts":
                lines = exporting.facts(session, cx.still_running(session))
                told = exporting.nameless(lines) if cx.workspace().works_council else lines
                _write((*exporting.FACTS, *exporting.DIMENSIONS), told)
            case "sla":
                _write(exporting.SLA, exporting.slas(session, cx.now, cx.still_running(session)))
            case "backlog":
                where = zone(zone_name or cx.workspace().zone)
                end = read_day(last) if last else local_date(cx.now, where)
                begin = read_day(first) if first else exporting.first_day(session, where) or end
                check_span(begin, end)
                _write(exporting.BACKLOG_FIELDS, exporting.backlog(session, begin, end, where))
            case _:
                raise BadRequest(f"There is nothing called {what!r} to export.", next_step="Export facts, sla or backlog.")


def _write(fields: Iterable[str], lines: Iterable[Mapping[str, object]]) -> None:
    writer = csv.DictWriter(sys.stdout, list(fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(exporting.shown(lines))
    sys.stdout.flush()
