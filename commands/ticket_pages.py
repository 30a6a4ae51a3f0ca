"""A page of the tickets behind an answer: exactly those that were counted."""

from __future__ import annotations

from datetime import datetime

from bot.kpis.answer import Answer
from bot.kpis.kpi import Duration, Kpi, Quotient, Unit
from bot.kpis.listing import Listed, listed
from bot.kpis.measure import Asked
from bot.views.message import Message
from bot.views.say import number_text, value_text
from bot.views.ticket_list import PAGE, TicketLine, ticket_page
from commands.command import Ask, Click

NO_TICKET = "no ticket"


def tickets_of(door: Ask | Click, answer: Answer, query_id: str, offset: int = 0) -> Message:
    """The page from the `offset`-th ticket (from 0) on. Raises BadRequest for numbers that were entered."""
    asked = Asked(session=door.session, kpi=answer.kpi, query=answer.query, workspace=door.workspace, now=door.now)
    found = listed(asked, offset=offset, limit=PAGE)
    lines = [ticket_line(answer, row, door.now) for row in found.rows]
    return ticket_page(answer, lines, query_id=query_id, total=found.total, offset=offset)


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
