"""What may be claimed about a number: whether there is enough of it, whether it moved, and whether that is good."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from bot.kpis.answer import Answer, Figure
from bot.kpis.figures import MARKED_N, THIN_N
from bot.kpis.kpi import Count, Good, Kpi, Quotient, Stock, Unit
from bot.kpis.statistics import Z

Verdict = Literal["better", "worse", "moved", "chance", "same", "thin", "unknown"]

WORTH_SAYING = 10.0


def sample(kpi: Kpi, figure: Figure) -> int:
    """How many cases a figure rests on. Tickets by agents rest on the tickets, however few the agents are."""
    if isinstance(kpi.measure, Quotient) and kpi.unit is not Unit.PERCENT:
        return int(max((part or 0 for part in figure.parts.values()), default=figure.n))
    return figure.n


def is_count(kpi: Kpi) -> bool:
    """A count is not a sample: five tickets are five tickets."""
    return isinstance(kpi.measure, Count | Stock)


def is_thin(kpi: Kpi, figure: Figure) -> bool:
    """Too few cases for an arrow, a verdict or an alert."""
    return sample(kpi, figure) < THIN_N


def needs_mark(kpi: Kpi, figure: Figure) -> bool:
    """So few cases that the number never stands without saying so."""
    return figure.value is not None and not is_count(kpi) and sample(kpi, figure) < MARKED_N


def verdict(answer: Answer) -> Verdict:
    """How the value compares with the one before. `thin` and `unknown` forbid an arrow, `chance` and `moved` a judgement.

    A rate's change is more than chance when the 95 % intervals are apart, a count's when two Poisson counts of one mean
    would seldom differ as much. The others have no interval here: from a tenth on, a change is judged."""
    before = answer.previous
    if before is None or before.change is None or before.figure.value is None or answer.figure.value is None:
        return "unknown"
    if too_few_to_compare(answer.kpi, answer.figure, before.figure):
        return "thin"
    if round(before.change, 1) == 0:
        return "same"
    tested = _more_than_chance(answer.kpi, answer.figure, before.figure)
    if tested is False:
        return "chance"
    if answer.kpi.good is Good.NEITHER or (tested is None and not _worth_saying(answer.kpi, before.change)):
        return "moved"
    return "better" if (before.change > 0) == (answer.kpi.good is Good.UP) else "worse"


def too_few_to_compare(kpi: Kpi, now: Figure, then: Figure) -> bool:
    """Both must be large enough; of counts the larger one, as a fall from 200 to 5 is no small matter."""
    sizes = sample(kpi, now), sample(kpi, then)
    return (max(sizes) if is_count(kpi) else min(sizes)) < THIN_N


def _more_than_chance(kpi: Kpi, now: Figure, then: Figure) -> bool | None:
    """None for what cannot be tested from two figures."""
    if now.interval is not None and then.interval is not None:
        return now.interval[0] > then.interval[1] or now.interval[1] < then.interval[0]
    if isinstance(kpi.measure, Count):
        return abs(now.n - then.n) > Z * sqrt(now.n + then.n)
    return None


def _worth_saying(kpi: Kpi, change: float) -> bool:
    return kpi.unit not in (Unit.PERCENT, Unit.POINTS) and abs(change) >= WORTH_SAYING
