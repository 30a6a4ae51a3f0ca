"""What a digest says: the numbers of the days since the last one, their trends, and the details for the thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.clock import Grain, local_date, zone
from bot.errors import BadRequest
from bot.kpis import kpi_of
from bot.kpis.answer import Answer
from bot.kpis.asked import Asked
from bot.kpis.distribution import amounts
from bot.kpis.known import SMALL, read_until
from bot.kpis.kpi import Stock
from bot.kpis.listing import listed
from bot.kpis.measure import measure
from bot.kpis.query import Query, filters_of
from bot.periods import read_window
from bot.slots import Cadence, Slot, due_slots
from bot.store.tables import Goal
from bot.store.workspace import Workspace
from bot.views.digest_words import Edition, Target
from bot.views.sentences import freshness
from bot.views.ticket_list import TicketLine
from bot.windows import Window

OWN_NUMBERS = ("backlog", "solved", "frt", "resolution", "csat")
"""What a digest about single agents says, unless they chose others."""
NUMBERS = ("backlog", "volume", "frt", "resolution", "sla", "csat")
TRENDS = (*NUMBERS, "solved")
DETAILS = (("frt", "channel"), ("categories", "category"), ("breaches", "team"))
CSAT_TEAM = ("csat", "team")
"""A detail where ratings came in."""
WEEKS, WEEKS_DAYS = ("volume", "weekday", "hour"), 28
"""A detail on Mondays: when tickets came in the four weeks before."""
MONDAY, STRAGGLERS = 0, 5
TREND_DAYS, LONGEST_TREND = 14, 31
ONE_DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make an edition of: the slot, the zone and cadence it belongs to, and what went wrong before it."""

    slot: Slot
    cadence: Cadence
    zone: str
    spec: Mapping[str, Any]
    late: timedelta | None = None
    missed: tuple[str, ...] = ()


def edition(session: Session, order: Order, workspace: Workspace) -> Edition:
    """The edition of a slot, as the facts stand; numbers of which there are none at all are left out."""
    workspace = _in_zone(workspace, order.zone)
    window = covered(order)
    only = filters_of(order.spec.get("filters") or ())
    slugs = tuple(order.spec.get("kpis") or (OWN_NUMBERS if any(f.dimension == "agent" for f in only) else NUMBERS))
    days = _days_before(order, min(max(TREND_DAYS, round((window.end - window.start) / ONE_DAY)), LONGEST_TREND))

    def ask(query: Query) -> Answer | None:
        answer = _ask(session, replace(query, filters=only), workspace, order)
        return answer if answer is None else _as_known(answer)

    found = [ask(Query(kpi=slug, window=window)) for slug in slugs]
    known = tuple(a for a in found if a is not None and a.figure.value is not None)
    days_of = {s: ask(Query(kpi=s, window=days, versus=None, grain=Grain.DAY)) for s in dict.fromkeys((*slugs, *TRENDS))}
    trends = {slug: trend for slug, trend in days_of.items() if trend is not None}
    details = [ask(Query(kpi=slug, window=window, splits=(split,))) for slug, split in DETAILS]
    details += [_rated(ask, window)] if any(one.kpi.slug == CSAT_TEAM[0] and one.figure.n for one in known) else []
    if local_date(order.slot.due_at, ZoneInfo(order.zone)).weekday() == MONDAY:
        details.append(ask(Query(kpi=WEEKS[0], window=_days_before(order, WEEKS_DAYS), splits=WEEKS[1:], versus=None)))
    return Edition(
        scope=str(order.spec.get("scope") or ", ".join(value for one in only for value in one.values) or "Support"),
        day=local_date(order.slot.due_at, ZoneInfo(order.zone)),
        answers=known,
        trends=trends,
        details=tuple(a for a in details if a is not None and a.rows),
        first_replies=next((_waits(session, one, workspace, order) for one in known if one.kpi.slug == "frt"), {}),
        stragglers=next((_oldest(session, one, workspace, order) for one in known if one.kpi.slug == "backlog"), ()),
        goals=_goals(session) if not only else {},
        late=order.late,
        missed=order.missed,
        stale=next((freshness(a).says for a in found if a is not None and _unread_share(a) > SMALL), ""),
    )


def _as_known(answer: Answer) -> Answer:
    """A level that stands still because nobody reads it is no news."""
    unread = isinstance(answer.kpi.measure, Stock) and _unread_share(answer) > SMALL
    return replace(answer, previous=None) if unread else answer


def _unread_share(answer: Answer) -> float:
    """How much of its window no help desk has told yet."""
    read, window = read_until(answer), answer.window
    return (window.end - read.newest) / (window.end - window.start) if read is not None else 0.0


def _rated(ask: Callable[[Query], Answer | None], window: Window) -> Answer | None:
    """Ratings by team, score by score where all of them are on one scale."""
    query = Query(kpi=CSAT_TEAM[0], window=window, splits=CSAT_TEAM[1:])
    try:
        return ask(replace(query, show="distribution"))
    except BadRequest:
        return ask(query)


def _waits(session: Session, answer: Answer, workspace: Workspace, order: Order) -> dict[float, int]:
    asked = Asked(session=session, kpi=answer.kpi, query=answer.query, workspace=workspace, now=order.slot.due_at)
    return amounts(asked)


def _oldest(session: Session, answer: Answer, workspace: Workspace, order: Order) -> tuple[TicketLine, ...]:
    """Without subjects: these are customers' words, and the channel may hold others. The number leads to the help desk."""
    asked = Asked(session=session, kpi=answer.kpi, query=answer.query, workspace=workspace, now=order.slot.due_at)
    found = listed(asked, limit=STRAGGLERS).rows
    ages = ((order.slot.due_at - row.created_at).total_seconds() if row.created_at else None for row in found)
    return tuple(
        TicketLine(number=row.number, status=row.status, url=row.url, age_s=age) for row, age in zip(found, ages, strict=True)
    )


def covered(order: Order) -> Window:
    """The whole local days since the slot before this one: Monday's digest of a working week covers Friday to Sunday."""
    where = ZoneInfo(order.zone)
    today = local_date(order.slot.due_at, where)
    before = due_slots(
        order.cadence, where, after=order.slot.due_at - LOOK_BACK, until=order.slot.due_at - timedelta(seconds=1), limit=1
    )
    first = local_date(before[0].due_at, where) if before else today - ONE_DAY
    return _window(min(first, today - ONE_DAY), today - ONE_DAY, order)


def _days_before(order: Order, count: int) -> Window:
    today = local_date(order.slot.due_at, ZoneInfo(order.zone))
    return _window(today - timedelta(days=count), today - ONE_DAY, order)


def _window(first: date, last: date, order: Order) -> Window:
    said = f"{first}" if first == last else f"{first} to {last}"
    return read_window(said, now=order.slot.due_at, zone=zone(order.zone))


def _ask(session: Session, query: Query, workspace: Workspace, order: Order) -> Answer | None:
    """None for what a narrowed digest cannot tell: no KPI of money is filtered by team, no agent counted by a works council."""
    try:
        return measure(session, kpi_of(query.kpi), query, workspace=workspace, now=order.slot.due_at)
    except BadRequest:
        if not query.filters:
            raise
        return None


def _goals(session: Session) -> dict[str, Target]:
    rows = session.exec(select(Goal).where(col(Goal.scope) == ""))
    return {row.kpi: Target(op=row.op, target=row.target) for row in rows}


def _in_zone(workspace: Workspace, name: str) -> Workspace:
    return replace(workspace, zone=name)


def order_for(day: datetime, cadence: Cadence, where: str, spec: Mapping[str, Any]) -> Order:
    """An order for a digest that would be due at an instant, outside any subscription."""
    return Order(slot=Slot(key=day.isoformat(timespec="minutes"), due_at=day), cadence=cadence, zone=where, spec=spec)
