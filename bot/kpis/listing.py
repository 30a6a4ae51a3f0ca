"""The rows behind a number: exactly those that were counted, a page at a time, what needs attention first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Integer, RowMapping, Select, String, Subquery, cast, func, literal, null, select, union_all

from bot.kpis.cells import Scope, counted, standing
from bot.kpis.columns import ANSWERS, SLAS, TICKETS
from bot.kpis.kpi import Balance, Count, Duration, Flow, Good, Kpi, Mean, Quotient, Ratio, Stock
from bot.kpis.measure import Asked, population
from bot.store.tables import Ticket, table_of

TICKET = table_of(Ticket)
MOST = 1_000
NO_NUMBER, NO_WORD = cast(null(), Integer), cast(null(), String)


NOTHING: Mapping[str, ColumnElement[Any] | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One counted row: the ticket it is about, if any, when it counted, and what it adds to the number.

    `value` is seconds for durations, else what is summed; `score` an answer on a scale that ends at `out_of`. `hit` says
    whether the row is in the numerator of a ratio. In a flow ratio a row can be in the denominator, or not. `target` is what
    an SLA row promised, of which a ticket has several."""

    ticket_id: int | None
    source: str
    number: str
    subject: str
    url: str | None
    status: str
    created_at: datetime | None
    at: datetime
    value: float | None
    score: int | None
    out_of: int | None
    hit: bool | None
    in_denominator: bool
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of rows, and how many there are in all."""

    total: int
    rows: tuple[Listed, ...]


def listed(asked: Asked, *, offset: int = 0, limit: int = 10) -> Listing:
    """A page of the rows that `measure` counts for the same question; `total` is the figure's n.

    A flow ratio divides two populations, so it lists the rows of both. Tickets per agent lists the tickets.
    Raises BadRequest for numbers that were entered, and for what `measure` refuses."""
    rows = _rows(asked).subquery("listed")
    total = int(asked.session.execute(select(func.count()).select_from(rows)).scalar_one())
    page = _told(rows).order_by(*_order(asked.kpi, rows)).offset(max(offset, 0)).limit(min(max(limit, 0), MOST))
    return Listing(total=total, rows=tuple(_row(row) for row in asked.session.execute(page).mappings()))


def _rows(asked: Asked) -> Select[Any]:
    scope, kind = asked.scope(), asked.kpi.measure
    match kind:
        case Stock():
            standing_now = standing(kind, asked.query.window.end, scope)
            return standing_now.with_only_columns(*_columns(at=TICKETS.c.created_at, key=TICKETS.c.ticket_id))
        case Quotient(top=top, bottom=bottom) if _tells_tickets(top) and _tells_tickets(bottom):
            return _both(_tickets(top, asked, scope), _tickets(bottom, asked, scope))
        case Quotient(top=count) | (Count() as count) if _tells_tickets(count):
            each = _tickets(count, asked, scope).subquery("each")
            return select(*_columns(at=each.c.at, key=each.c.ticket_id, ticket=each.c.ticket_id))
        case _:
            flow = population(asked.kpi)
            assert isinstance(flow, Flow)
            return _flow_rows(counted(flow, scope, [asked.query.window.span]), flow, asked)


def _flow_rows(rows: Select[Any], flow: Flow, asked: Asked) -> Select[Any]:
    """Each row of a flow, with what it adds to the number."""
    key = flow.table.c.get("id", TICKETS.c.ticket_id)
    value: ColumnElement[Any] | None = None
    hit: ColumnElement[Any] | None = None
    match asked.kpi.measure:
        case Duration(calendar=calendar, business=business):
            value = business if asked.business else calendar
            rows = rows.where(value.is_not(None))
        case Mean(total=total) if flow.table is not ANSWERS:
            value = total
        case Ratio(top=top):
            hit = func.coalesce(cast(top, Integer), 0)
        case _:
            pass
    told: dict[str, ColumnElement[Any] | None] = {"value": value, "hit": hit}
    if flow.table is ANSWERS:
        told |= {"score": ANSWERS.c.score, "out_of": ANSWERS.c.scale_max}
    if flow.table is SLAS:
        told["target"] = cast(SLAS.c.metric, String)
    return rows.with_only_columns(*_columns(told, at=flow.when, key=key))


def _columns(
    told: Mapping[str, ColumnElement[Any] | None] = NOTHING,
    *,
    at: ColumnElement[Any],
    key: ColumnElement[Any],
    ticket: ColumnElement[Any] = TICKETS.c.ticket_id,
) -> list[ColumnElement[Any]]:
    """The same columns for rows of every kind; what a kind does not tell is empty."""
    empty: dict[str, ColumnElement[Any]] = {
        "value": NO_NUMBER,
        "hit": NO_NUMBER,
        "score": NO_NUMBER,
        "out_of": NO_NUMBER,
        "target": NO_WORD,
    }
    said = {**empty, **{name: given for name, given in told.items() if given is not None}}
    named = [given.label(name) for name, given in said.items()]
    return [ticket.label("ticket_id"), key.label("key"), at.label("at"), *named, literal(1).label("below")]


def _tells_tickets(count: Count) -> bool:
    return count.distinct is not None and count.distinct.key == "ticket_id"


def _tickets(count: Count, asked: Asked, scope: Scope) -> Select[Any]:
    """Each different ticket once, at its latest."""
    ticket = count.distinct
    assert ticket is not None
    rows = counted(count.flow, scope, [asked.query.window.span])
    return rows.with_only_columns(ticket.label("ticket_id"), func.max(count.flow.when).label("at")).group_by(ticket)


def _both(top: Select[Any], bottom: Select[Any]) -> Select[Any]:
    """The tickets of both sides of a flow ratio, each once, with the sides it is on."""
    sides = union_all(
        top.add_columns(literal(1).label("hit"), literal(0).label("below")),
        bottom.add_columns(literal(0).label("hit"), literal(1).label("below")),
    ).subquery("sides")
    ticket = sides.c.ticket_id
    return select(
        ticket,
        ticket.label("key"),
        func.max(sides.c.at).label("at"),
        NO_NUMBER.label("value"),
        func.max(sides.c.hit).label("hit"),
        NO_NUMBER.label("score"),
        NO_NUMBER.label("out_of"),
        func.max(sides.c.below).label("below"),
        NO_WORD.label("target"),
    ).group_by(ticket)


def _told(rows: Subquery) -> Select[Any]:
    ticket = TICKET.c
    names = (ticket.source, ticket.external_id, ticket.subject, ticket.url, ticket.status, ticket.created_at)
    return select(*rows.c, *names).select_from(rows.outerjoin(TICKET, ticket.id == rows.c.ticket_id))


def _order(kpi: Kpi, rows: Subquery) -> list[ColumnElement[Any]]:
    """What needs attention first; then the newest, but in a backlog the oldest. Never two orders for the same rows."""
    down = kpi.good is not Good.UP
    first: list[ColumnElement[Any]] = []
    match kpi.measure:
        case Stock():
            first = [rows.c.at]
        case Duration():
            first = [rows.c.value.desc()]
        case Mean():
            part = func.coalesce(rows.c.value, rows.c.score, 0)
            first = [part.desc() if down else part]
        case Balance():
            first = [rows.c.score]
        case Ratio():
            first = [rows.c.hit.desc() if down else rows.c.hit]
        case Quotient():
            first = [func.coalesce(rows.c.hit, 0).desc()]
        case _:
            pass
    return [*first, rows.c.at.desc(), func.coalesce(rows.c.ticket_id, 0).desc(), rows.c.key.desc()]


def _row(row: RowMapping) -> Listed:
    return Listed(
        ticket_id=row["ticket_id"],
        source=row["source"] or "",
        number=row["external_id"] or "",
        subject=row["subject"] or "",
        url=row["url"],
        status=row["status"].value if row["status"] is not None else "",
        created_at=row["created_at"],
        at=row["at"],
        value=float(row["value"]) if row["value"] is not None else None,
        score=row["score"],
        out_of=row["out_of"],
        hit=bool(row["hit"]) if row["hit"] is not None else None,
        in_denominator=bool(row["below"]),
        target=row["target"] or "",
    )


__all__ = ["Listed", "Listing", "listed"]
