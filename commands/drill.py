"""The Tickets button: pages through exactly the tickets behind a number."""

from __future__ import annotations

from datetime import datetime

from bot.errors import CxError
from bot.kpis.answer import Answer
from bot.kpis.kpi import Duration, Kpi, Quotient, Unit
from bot.kpis.listing import Listed, listed
from bot.kpis.measure import Asked
from bot.views.buttons import TICKETS, read_page
from bot.views.say import number_text, value_text
from bot.views.ticket_list import PAGE, TicketLine, ticket_page
from commands.answering import answered_again, noted
from commands.command import Action, Click, Reply
from commands.hints import hint, refused

NO_TICKET = "no ticket"


def show_tickets(click: Click) -> Reply:
    """A page of the tickets of a kept question, with the rights of whoever pressed; turning a page stays in its place."""
    page = read_page(click.value)
    if page is None:
        return hint("This button is from an older version.", "Ask for the number again and press *Tickets* there.")
    query_id, offset = page
    try:
        answer = answered_again(click, query_id)
        asked = Asked(session=click.session, kpi=answer.kpi, query=answer.query, workspace=click.workspace, now=click.now)
        found = listed(asked, offset=offset, limit=PAGE)
    except CxError as error:
        return refused(error)
    lines = [ticket_line(answer, row, click.now) for row in found.rows]
    message = ticket_page(answer, lines, query_id=query_id, total=found.total, offset=offset)
    turned = click.action != TICKETS
    return Reply(message=message, replaces=turned, notes=noted(answer.query, "listed"), names_people=True)


def ticket_line(answer: Answer, row: Listed, now: datetime) -> TicketLine:
    """A counted row as it is shown."""
    age = (now - row.created_at).total_seconds() if row.created_at is not None else None
    return TicketLine(
        number=row.number,
        status=row.status,
        subject=row.subject if row.ticket_id is not None else NO_TICKET,
        url=row.url,
        age_s=age,
        value=_value(answer, row),
        hit=row.hit,
    )


def _value(answer: Answer, row: Listed) -> str:
    kpi = answer.kpi
    if row.score is not None:
        return f"{row.score} of {row.out_of}"
    if row.value is not None:
        timed = isinstance(kpi.measure, Duration) or kpi.unit is Unit.DURATION
        return value_text(kpi, row.value, answer.currency, answer.clock) if timed else number_text(row.value, 0)
    return row.target.replace("_", " ") or _side(kpi, row)


def _side(kpi: Kpi, row: Listed) -> str:
    """On which side of a flow ratio a ticket is: it may have been solved before the window and reopened in it."""
    if not isinstance(kpi.measure, Quotient) or row.hit is None:
        return ""
    top, bottom = kpi.measure.top.flow.says, kpi.measure.bottom.flow.says
    return " and ".join(says for says, there in ((top, row.hit), (bottom, row.in_denominator)) if there)


TICKETS_ACTION = Action(action=TICKETS, says="Pages through the tickets behind a number.", run=show_tickets)
