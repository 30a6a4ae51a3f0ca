"""Each KPI as the workspace's definition profile has it: what is counted, and the words that say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import and_, case, func, select

from bot.facts.profiles import VARIANTS, Profile
from bot.kpis.columns import ANSWERS, SLAS, SOLVES, SPANS, TICKETS
from bot.kpis.kpi import Count, Duration, Kpi, Mean, Quotient, Ratio, Stock, Unit
from bot.kpis.volume import CREATED, HUMAN, REOPENED, SOLVED
from bot.store.words import RESOLVED, Actor, Status

Change = Callable[[Kpi, Profile], Kpi]

TELLS_AGENTS = ("frt", "next-reply", "replies", "first-reply-resolution", "fcr", "per-agent")
SAID_OF: dict[str, tuple[str, ...]] = {
    "count_merged": ("volume", "channels", "categories", "backlog", "solved", "resolution-rate", "resolution"),
    "roles": TELLS_AGENTS,
    "agent_domains": TELLS_AGENTS,
    "bots_respond": ("frt", "next-reply", "replies", "first-reply-resolution", "fcr"),
    "seated_bots_respond": ("frt", "next-reply", "replies", "first-reply-resolution", "fcr"),
    "agent_opened_respond": ("frt",),
    "from_handoff": ("frt",),
    "single_schedule": ("frt", "resolution"),
    "waits_at_changes": ("sla", "breaches"),
    "one_touch_without_reply": ("first-reply-resolution",),
    "closed_once": ("fcr",),
    "first_contact_days": ("fcr",),
    "handling_estimated": ("handling",),
    "sla": ("sla", "breaches"),
    "group_slas": ("sla", "breaches"),
    "headline": ("frt", "next-reply", "resolution"),
    "cohort": ("frt", "next-reply", "resolution"),
    "resolution": ("resolution",),
    "resolution_rate": ("resolution-rate",),
    "per_agent": ("per-agent",),
    "per_agent_of": ("per-agent",),
    "backlog": ("backlog",),
    "replies": ("replies",),
    "first_reply_of": ("first-reply-resolution",),
    "first_contact_of": ("fcr",),
    "reopen": ("reopen-rate",),
    "csat": ("csat",),
    "csat_by": ("csat",),
    "nps": ("nps",),
    "ces": ("ces",),
}
"""Which KPIs a variant concerns: their definitions name it where it differs from the default."""


def under(kpi: Kpi, profile: Profile) -> Kpi:
    """The KPI as the profile defines it. Under the articles' definitions, and for most, it is the KPI itself."""
    variants = profile.variants()
    touched = [name for name in variants if kpi.slug in SAID_OF.get(name, ())]
    for name in touched:
        change = CHANGES.get(name)
        kpi = change(kpi, profile) if change is not None else kpi
    told = [f"{VARIANTS[name][0].upper()}{VARIANTS[name][1:]}: {variants[name]}." for name in touched if name not in CHANGES]
    return replace(kpi, definition=" ".join([kpi.definition, *told])) if told else kpi


def _cohort(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Duration)
    flow = replace(kpi.measure.flow, when=TICKETS.c.created_at)
    said = f"{kpi.definition} Counted in the window in which the ticket was created."
    return replace(kpi, measure=replace(kpi.measure, flow=flow), definition=said, look_ahead=True)


def _resolution(kpi: Kpi, profile: Profile) -> Kpi:
    assert isinstance(kpi.measure, Duration)
    created = kpi.measure.flow.when is TICKETS.c.created_at
    if profile.resolution == "first":
        when = TICKETS.c.created_at if created else TICKETS.c.first_resolution_at
        flow = replace(kpi.measure.flow, when=when, says="first resolutions", where=TICKETS.c.first_resolution_s.is_not(None))
        first = replace(
            kpi.measure,
            flow=flow,
            calendar=TICKETS.c.first_resolution_s,
            business=TICKETS.c.first_resolution_business_s,
        )
        return replace(
            kpi, measure=first, definition="From creation to the first solve, whatever happened later.", look_ahead=False
        )
    calendar = TICKETS.c.full_resolution_s - TICKETS.c.agent_wait_s - TICKETS.c.on_hold_s
    business = TICKETS.c.full_resolution_business_s - TICKETS.c.agent_wait_business_s - TICKETS.c.on_hold_business_s
    said = f"{kpi.definition} Time in pending and on hold is taken off."
    return replace(kpi, measure=replace(kpi.measure, calendar=calendar, business=business), definition=said)


def _resolution_rate(kpi: Kpi, _: Profile) -> Kpi:
    ratio = Quotient(top=Count(flow=SOLVED, distinct=SOLVES.c.ticket_id), bottom=Count(flow=CREATED), scale=100)
    said = "Solve ratio: different tickets solved in the window, by tickets created in it (a flow ratio)."
    return replace(kpi, name="Solve ratio", measure=ratio, definition=said, look_ahead=False, may_pass_100=True)


def _seats(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Quotient)
    seats = select(func.count()).select_from(HUMAN.subquery("seats"))
    said = "Different tickets solved in the window by all seats, at work or not."
    return replace(kpi, measure=replace(kpi.measure, fixed=seats, fixed_says="seats"), definition=said)


def _assigned(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Quotient)
    given = replace(CREATED, says="tickets created and assigned", where=TICKETS.c.agent_id.is_not(None))
    top = Count(flow=given, distinct=TICKETS.c.ticket_id)
    said = kpi.definition.replace("tickets solved in the window", "tickets created in the window and assigned,")
    return replace(kpi, measure=replace(kpi.measure, top=top), definition=said)


def _backlog(kpi: Kpi, _: Profile) -> Kpi:
    stock = Stock(where=SPANS.c.status.in_((Status.NEW, Status.OPEN)), says="tickets waiting for us")
    said = (
        "Tickets that were new or open at the instant; pending and on hold are left out; at the end of a day means local 24:00."
    )
    return replace(kpi, measure=stock, definition=said)


def _replies(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Mean)
    both = replace(kpi.measure, total=TICKETS.c.agent_replies + TICKETS.c.customer_replies, total_says="messages back and forth")
    said = "Public replies of agents and customers on the tickets resolved in the window, by those tickets."
    return replace(kpi, measure=both, definition=said)


def _of_created(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Ratio)
    top = and_(TICKETS.c.status.in_(RESOLVED), kpi.measure.top)
    said = kpi.definition.replace("tickets resolved in the window", "tickets created in the window", 1)
    return replace(kpi, measure=replace(kpi.measure, flow=CREATED, top=top), definition=said)


def _reopen(kpi: Kpi, profile: Profile) -> Kpi:
    assert isinstance(kpi.measure, Quotient)
    match profile.reopen:
        case "cohort":
            ratio = Ratio(flow=SOLVED, top=SOLVES.c.reopened_at.is_not(None), top_says="reopened since")
            said = "Of the solves in the window, the share that was undone since, by anyone."
            return replace(kpi, measure=ratio, definition=said, may_pass_100=False, look_ahead=True)
        case "customer":
            flow = replace(
                REOPENED, where=SOLVES.c.reopened_by == Actor.CUSTOMER.value, says="tickets reopened by their customer"
            )
            top = Count(flow=flow, distinct=SOLVES.c.ticket_id)
            said = "Different tickets reopened by their customer in the window, by different tickets solved in it (a flow ratio)."
        case _:
            top = Count(flow=replace(REOPENED, says="reopenings"))
            said = "Reopenings in the window, each time, by different tickets solved in it (a flow ratio)."
    return replace(kpi, measure=replace(kpi.measure, top=top), definition=said)


def _group_slas(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Ratio | Count)
    broken = SLAS.c.met.is_(False) if isinstance(kpi.measure, Count) else None
    said = f"{kpi.definition} How long one team may hold a ticket is such a target too."
    return replace(kpi, measure=replace(kpi.measure, flow=replace(kpi.measure.flow, where=broken)), definition=said)


def _csat(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Ratio)
    mean = Mean(flow=kpi.measure.flow, total=ANSWERS.c.score, total_says="sum of scores", scale=ANSWERS.c.scale)
    said = "Mean of the CSAT answers on their own scale, the latest answer per ticket; scales are never mixed."
    return replace(kpi, measure=mean, unit=Unit.NUMBER, definition=said, benchmarks=())


def _csat_by(kpi: Kpi, _: Profile) -> Kpi:
    assert isinstance(kpi.measure, Ratio | Mean)
    flow = replace(kpi.measure.flow, when=TICKETS.c.full_resolution_at, loose=False)
    said = f"{kpi.definition} An answer counts in the window in which its ticket was solved."
    return replace(kpi, measure=replace(kpi.measure, flow=flow), definition=said)


def _ces(kpi: Kpi, profile: Profile) -> Kpi:
    assert isinstance(kpi.measure, Mean)
    if profile.ces == "top_box":
        top = Ratio(flow=kpi.measure.flow, top=ANSWERS.c.box == "positive", top_says="in the top box")
        said = "Share of CES answers in the positive box of their own scale."
        return replace(kpi, measure=top, unit=Unit.PERCENT, definition=said)
    reach = ANSWERS.c.scale_max - ANSWERS.c.scale_min
    up, down = (100.0 * (ANSWERS.c.score - ANSWERS.c.scale_min) / reach, 100.0 * (ANSWERS.c.scale_max - ANSWERS.c.score) / reach)
    ease = case((ANSWERS.c.direction == "up", up), else_=down)
    said = "Mean ease of the CES answers: how far each lies from the hard to the easy end of its own scale, in percent."
    mean = Mean(flow=kpi.measure.flow, total=ease, total_says="sum of ease")
    return replace(kpi, measure=mean, unit=Unit.PERCENT, definition=said)


CHANGES: dict[str, Change] = {
    "cohort": _cohort,
    "resolution": _resolution,
    "resolution_rate": _resolution_rate,
    "per_agent": _seats,
    "per_agent_of": _assigned,
    "backlog": _backlog,
    "replies": _replies,
    "first_reply_of": _of_created,
    "first_contact_of": _of_created,
    "reopen": _reopen,
    "group_slas": _group_slas,
    "csat": _csat,
    "csat_by": _csat_by,
    "ces": _ces,
}
"""What changes the measure itself; the other variants change facts, and only the words follow here."""
