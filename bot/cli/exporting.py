"""Facts as CSV, for checks outside: one row a ticket, a service-level instance, or a day and status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session

from bot.clock import day_start, iso
from bot.facts.derive import Facts
from bot.kpis.cells import Scope, stock_cells
from bot.kpis.columns import SLAS, TAGS, TICKETS
from bot.kpis.dimensions import PRIORITIES, STATUS
from bot.kpis.kpi import Stock
from bot.kpis.volume import BACKLOG
from bot.store.tables import Agent, Customer, Team, table_of
from bot.store.words import UNSOLVED

Line = Mapping[str, object]

WAITS = ("requester_wait", "agent_wait", "on_hold", "agent_work")
DURATIONS = (
    *(
        f"{name}_{part}"
        for name in ("first_response", "first_resolution", "full_resolution")
        for part in ("at", "s", "business_s")
    ),
    *(f"{name}_{part}" for name in WAITS for part in ("s", "business_s")),
)
COUNTS = (
    "agent_replies",
    "customer_replies",
    "internal_notes",
    "reopens",
    "reassignments",
    "assignee_stations",
    "group_stations",
)
FACTS = (
    "source",
    "external_id",
    "status",
    "created_at",
    *DURATIONS,
    *COUNTS,
    "one_touch",
    "first_contact",
    "handling_s",
    "excluded",
)
DIMENSIONS = ("channel", "category", "priority", "team", "agent", "customer", "tags")
SLA = (
    "source",
    "external_id",
    "metric",
    "instance",
    "policy",
    "target_s",
    "business",
    "started_at",
    "outcome",
    "outcome_at",
    "elapsed_s",
)
BACKLOG_FIELDS = ("date", "status", "tickets")


def facts(session: Session, still: Still) -> Iterator[Line]:
    """One line a ticket, ordered by source and id; durations in whole seconds, instants in UTC, no data is None.

    Waits of tickets that are not solved have lasted until the instant asked about, or, under the Zendesk profile, until the
    last change of status. `handling_s` is what was logged; of a help desk that logs none on any ticket it is the estimate, the
    business time in new and open, so that the two are never mixed. `priority` is the word that a split by priority shows."""
    team, agent, customer = (table_of(model) for model in (Team, Agent, Customer))
    tags: dict[int, list[str]] = {}
    for ticket_id, tag in session.execute(select(TAGS.c.ticket_id, TAGS.c.tag).order_by(TAGS.c.tag)):
        tags.setdefault(ticket_id, []).append(tag)
    query = (
        select(TICKETS, team.c.name.label("team"), agent.c.name.label("agent"), customer.c.name.label("customer"))
        .outerjoin_from(TICKETS, team, team.c.id == TICKETS.c.team_id)
        .outerjoin(agent, agent.c.id == TICKETS.c.agent_id)
        .outerjoin(customer, customer.c.id == TICKETS.c.customer_id)
        .order_by(TICKETS.c.source, TICKETS.c.external_id)
    )
    logging = set(session.scalars(select(TICKETS.c.source).where(TICKETS.c.handling_s.is_not(None)).distinct()))
    for row in session.execute(query).mappings():
        line = {**{name: row[name] for name in (*FACTS, *DIMENSIONS[:-1])}, **still.waits.get(row["ticket_id"], {})}
        handling_s = line["handling_s"] if row["source"] in logging else line["agent_work_business_s"]
        told = {"priority": PRIORITIES.get(row["priority"]), "tags": ";".join(tags.get(row["ticket_id"], []))}
        yield {**line, **told, "handling_s": handling_s}


def nameless(lines: Iterable[Line]) -> Iterator[Line]:
    """The same without who had the tickets, for a workspace whose works council forbids it."""
    return ({**line, "agent": None} for line in lines)


def slas(session: Session, now: datetime, still: Still) -> Iterator[Line]:
    """One line a service-level instance, numbered by its metric's cycles on the ticket, from 1; bot.facts.sla has the rules.

    achieved: fulfilled with no more than the target used, at the fulfilment. breached: at the instant its clock passed the
    target, fulfilled later or not. running: neither yet, also where the breach lies after `now`. `elapsed_s` is what the
    instance's own clock, business or calendar, has used: up to the fulfilment, else up to `now`."""
    query = select(SLAS, TICKETS.c.source, TICKETS.c.external_id).join(TICKETS, TICKETS.c.ticket_id == SLAS.c.ticket_id)
    query = query.order_by(TICKETS.c.source, TICKETS.c.external_id, SLAS.c.metric, SLAS.c.instance)
    for row in session.execute(query).mappings():
        outcome_at = row["outcome_at"]
        # The second in which the clock reads the target exactly is still in time.
        settled = outcome_at is not None and (outcome_at <= now if row["met"] else outcome_at < now)
        outcome = ("achieved" if row["met"] else "breached") if settled else "running"
        elapsed_s = still.elapsed.get((row["ticket_id"], row["metric"], row["instance"]), row["elapsed_s"])
        yield {
            **{name: row.get(name) for name in SLA},
            "outcome": outcome,
            "outcome_at": outcome_at if settled else None,
            "elapsed_s": elapsed_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """What has lasted until an instant: the waits of a ticket by column, and the seconds used of an instance."""

    waits: Mapping[int, Line]
    elapsed: Mapping[tuple[int, str, int], int | None]


def lasting(found: Iterable[tuple[int, Facts]]) -> Still:
    """What runs, as the columns of the exports."""
    waits: dict[int, Line] = {}
    elapsed: dict[tuple[int, str, int], int | None] = {}
    for ticket_id, facts in found:
        waits[ticket_id] = {
            f"{name}{part}": getattr(facts, name)[number] for name in WAITS for number, part in enumerate(("_s", "_business_s"))
        }
        elapsed |= {(ticket_id, sla.metric, sla.instance): sla.elapsed_s for sla in facts.slas if sla.fulfilled is None}
    return Still(waits=waits, elapsed=elapsed)


def backlog(session: Session, first: date, last: date, zone: ZoneInfo) -> Iterator[Line]:
    """Unsolved tickets at the end of each local day, both days included: one line for each unsolved status, also where it is 0.

    The end is local 24:00, whether the day has 23, 24 or 25 hours; a day that is not over is told as it stands. An empty
    store has no lines: of it nothing is known."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    instants = [day_start(day + timedelta(days=1), zone) for day in days]
    assert isinstance(BACKLOG.measure, Stock)
    if first_day(session, zone) is None:
        return
    found = stock_cells(BACKLOG.measure, instants, Scope(session=session, zone=zone, splits=(STATUS,)))
    for index, day in enumerate(days):
        for status in UNSOLVED:
            cell = found.get((index, (status.value,)))
            yield {"date": day.isoformat(), "status": status.value, "tickets": cell.n if cell else 0}


def first_day(session: Session, zone: ZoneInfo) -> date | None:
    """The local day of the first ticket, or None in an empty store."""
    created = session.execute(select(func.min(TICKETS.c.created_at))).scalar()
    return created.astimezone(zone).date() if created else None


def shown(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """Lines as CSV cells: empty for no data, true and false in lower case, instants as ISO 8601 in UTC."""
    for line in lines:
        yield {name: _cell(value) for name, value in line.items()}


def _cell(value: object) -> object:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso(value)
        case _:
            return getattr(value, "value", value)
