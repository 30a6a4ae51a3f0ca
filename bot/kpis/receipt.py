"""What stands beside a number: what was left out and why, what has not happened yet, and what else is to be known."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func

from bot.errors import BadRequest
from bot.kpis.answer import Figure
from bot.kpis.asked import Asked
from bot.kpis.cells import counted
from bot.kpis.columns import TICKETS
from bot.kpis.dimensions import dimension
from bot.kpis.entered import gap_note
from bot.kpis.kpi import Count, Counted, Duration, Flow, Kpi, Mean, Quotient, Stock
from bot.kpis.quantities import find_quantity, rules_of
from bot.kpis.responding import response_note
from bot.kpis.scales import mixed_scales


def population(kpi: Kpi) -> Flow | Stock:
    """The rows a KPI's value is about, as its drill-down lists them."""
    match kpi.measure:
        case Stock() as stock:
            return stock
        case Quotient(top=top):
            return top.flow
        case Counted(bottom=Count(flow=flow)):
            return flow
        case Counted():
            raise BadRequest(f"{kpi.name} is made of numbers that were entered, not of tickets.")
        case kind:
            return kind.flow


def pending(asked: Asked) -> tuple[int | None, datetime | None]:
    """How many rows the event has not happened to yet, and since when; None where nothing is waited for."""
    kind = asked.kpi.measure
    if not isinstance(kind, Duration) or kind.pending is None:
        return None, None
    query = counted(kind.pending, asked.scope(), [asked.query.window.span])
    count, oldest = asked.facts.execute(query.with_only_columns(func.count(), func.min(kind.pending.when))).one()
    return int(count), oldest


def exclusions(asked: Asked) -> dict[str, int]:
    """How many rows the shared rule left out, by its reason."""
    if isinstance(asked.kpi.measure, Counted | Stock):
        return {}
    flow, kind, reason = population(asked.kpi), asked.kpi.measure, TICKETS.c.excluded
    assert isinstance(flow, Flow)
    kind = kind.top if isinstance(kind, Quotient) else kind
    number = func.count(kind.distinct.distinct()) if isinstance(kind, Count) and kind.distinct is not None else func.count()
    query = counted(flow, asked.scope(), [asked.query.window.span], excluded=True)
    found = asked.facts.execute(query.with_only_columns(reason, number).group_by(reason).order_by(reason))
    return {str(name): int(n) for name, n in found}


def notes(asked: Asked, value: Figure, *, empty: bool) -> tuple[str, ...]:
    """What whoever reads the number has to know beside it."""
    told = ["No tickets yet: run a first sync or import."] if empty else []
    if isinstance(asked.kpi.measure, Mean) and value.n and value.value is None:
        told.append(f"Answers on different scales have no common mean: ask *{asked.kpi.slug} by scale*.")
    if isinstance(asked.kpi.measure, Counted) and asked.kpi.measure.warns:
        warning = asked.kpi.measure.warns(asked.session, asked.query.window, asked.workspace.currency)
        told += [warning] if warning else []
    told += gap_note(asked)
    told += _unequal(asked)
    told += _clocked(asked)
    told += rules_of(asked.query.filters)
    if isinstance(asked.kpi.measure, Counted) and asked.query.splits and value.n:
        told.append("A row is what was entered for that channel alone; what was entered for all of support is in none.")
    told += mixed_scales(asked.kpi, asked.scope(), asked.query.window.span)
    told += response_note(asked)
    if asked.kpi.look_ahead and asked.now - asked.query.window.end < timedelta(days=7):
        told.append("Provisional: later reopens and replies can still change it.")
    if any(dimension(word).several for word in asked.query.splits):
        told.append("A ticket can have several tags, so the rows add up to more than the whole.")
    return tuple(told)


def _clocked(asked: Asked) -> list[str]:
    """On which clock a time in a filter is measured, where the number itself is on none."""
    found = [find_quantity(one.dimension) for one in asked.query.filters if one.op]
    names = list(dict.fromkeys(one.slug for one in found if one is not None and one.clocked))
    if isinstance(asked.kpi.measure, Duration) or not names:
        return []
    return [f"{' and '.join(names)} of the filter: {'business' if asked.business else 'calendar'} hours."]


def _unequal(asked: Asked) -> list[str]:
    """A window of one's own to compare with is taken as it is, and said where it is no fair match."""
    ours, theirs = asked.query.window, asked.query.against
    if theirs is None or isinstance(asked.kpi.measure, Stock):
        return []
    here, there = (round((w.end - w.start) / timedelta(days=1), 1) for w in (ours, theirs))
    return [f"The windows compared are not equally long: {here:g} and {there:g} days."] if here != there else []
