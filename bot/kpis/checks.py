"""Whether a KPI can be asked as it is asked."""

from __future__ import annotations

from bot.errors import BadRequest
from bot.kpis.asked import Asked
from bot.kpis.dimensions import FILTERS, dimension, keys_of
from bot.kpis.figures import STATISTICS
from bot.kpis.kpi import Count, Counted, Duration, Kpi
from bot.kpis.quantities import QUANTITIES, amount_of, find_quantity
from bot.kpis.query import Filter


def check(asked: Asked) -> None:
    """Raises BadRequest, with a way on, where a KPI cannot be split, filtered or compared as it is asked."""
    kpi, query = asked.kpi, asked.query
    for word in query.splits:
        slug = dimension(word).slug
        if slug not in kpi.splits:
            offer = f"It can be split by {', '.join(kpi.splits)}." if kpi.splits else "Ask for it without *by*."
            raise BadRequest(f"{kpi.name} cannot be split by {slug}.", next_step=offer)
    for wanted in query.filters:
        _check_filter(kpi, wanted)
        if isinstance(kpi.measure, Counted):  # Nobody entered costs of a channel that does not exist: not none, but a mistake.
            for value in wanted.values:
                keys_of(asked.session, dimension(wanted.dimension), value)
    if query.statistic and not isinstance(asked.kind, Duration):
        told = f"{', '.join(STATISTICS)} are for what each row has an amount of, such as *frt* or *replies*."
        raise BadRequest(f"{kpi.name} has no {query.statistic}.", next_step=told)


def _check_filter(kpi: Kpi, wanted: Filter) -> None:
    slug = _compared(wanted) if wanted.op else dimension(wanted.dimension).slug
    if isinstance(kpi.measure, Counted) and not (
        isinstance(kpi.measure.bottom, Count) and slug == "channel" and not wanted.negated
    ):
        only = "by channel" if isinstance(kpi.measure.bottom, Count) else "for the whole company"
        raise BadRequest(f"{kpi.name} is entered {only}, so it cannot be filtered by {slug}.", next_step=f"Ask *{kpi.slug}*.")
    if not wanted.op and slug not in (*kpi.splits, *FILTERS):
        raise BadRequest(f"{kpi.name} cannot be filtered by {slug}.", next_step=f"It can be filtered by {', '.join(FILTERS)}.")


def _compared(wanted: Filter) -> str:
    """The slug of the quantity that a threshold compares. Raises BadRequest where there is none, or no such amount."""
    quantity = find_quantity(wanted.dimension)
    if quantity is None:
        names = ", ".join(one.slug for one in QUANTITIES)
        raise BadRequest(f"I cannot compare {wanted.dimension!r}.", next_step=f"You can compare {names}.")
    amount_of(quantity, wanted.values[0])
    return quantity.slug
