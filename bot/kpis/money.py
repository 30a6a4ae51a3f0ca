"""What support costs, and whether customers stay: from numbers the company enters itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from bot.clock import local_date
from bot.kpis.kpi import Benchmark, Count, Counted, Example, Good, Kpi, Unit
from bot.kpis.volume import CREATED, RESOLVED_TICKETS
from bot.store.tables import Cost, CustomerCount
from bot.windows import Window

ONE_DAY = timedelta(days=1)


def costs_in(session: Session, window: Window, channels: Sequence[str], currency: str) -> Mapping[str, float] | None:
    """Costs of the window's local days in whole currency units; a cost that reaches beyond them counts by its days.

    Costs in another currency are left out, as nobody said what they are worth."""
    first, last = _days(window)
    rows = _costs(session, window, channels, currency)
    if not rows:
        return None
    cents = 0.0
    for row in rows:
        shared = (min(last, row.last_day) - max(first, row.first_day)).days + 1
        cents += row.amount_cents * shared / ((row.last_day - row.first_day).days + 1)
    return {"cost": cents / 100}


def cost_days(session: Session, window: Window, channels: Sequence[str], currency: str) -> int:
    """For how many of the window's local days there is a cost."""
    return _covered(window, [(row.first_day, row.last_day) for row in _costs(session, window, channels, currency)])


def _costs(session: Session, window: Window, channels: Sequence[str], currency: str) -> Sequence[Cost]:
    first, last = _days(window)
    where = [col(Cost.last_day) >= first, col(Cost.first_day) <= last, col(Cost.currency) == currency]
    where += [func.lower(col(Cost.channel)).in_([channel.lower() for channel in channels])] if channels else []
    return session.exec(select(Cost).where(*where)).all()


def foreign_costs(session: Session, window: Window, currency: str) -> str:
    """Which costs of the window are left out for their currency; empty where none are."""
    first, last = _days(window)
    where = (col(Cost.last_day) >= first, col(Cost.first_day) <= last, col(Cost.currency) != currency)
    others = sorted(set(session.exec(select(Cost.currency).where(*where))))
    return f"Costs in {' and '.join(others)} are left out: the workspace counts in {currency}." if others else ""


def customers_in(session: Session, window: Window, channels: Sequence[str], currency: str) -> Mapping[str, float] | None:
    """Customers at the start of the first period entered within the window, and those who joined and left in them all.

    Of periods that overlap, as a quarter and its months do, the earliest and longest counts."""
    rows = _counts(session, window)
    if not rows:
        return None
    start, lost = rows[0].at_start, sum(row.lost for row in rows)
    return {"at_start": start, "joined": sum(row.joined for row in rows), "lost": lost, "kept": start - lost}


def customer_days(session: Session, window: Window, channels: Sequence[str], currency: str) -> int:
    """How many of the window's local days lie in a period that was entered."""
    return _covered(window, [(row.first_day, row.last_day) for row in _counts(session, window)])


def _counts(session: Session, window: Window) -> list[CustomerCount]:
    first, last = _days(window)
    inside = (col(CustomerCount.first_day) >= first, col(CustomerCount.last_day) <= last)
    order = (col(CustomerCount.first_day), col(CustomerCount.last_day).desc())
    rows: list[CustomerCount] = []
    for row in session.exec(select(CustomerCount).where(*inside).order_by(*order)):
        if not rows or row.first_day > rows[-1].last_day:
            rows.append(row)
    return rows


def _covered(window: Window, periods: Sequence[tuple[date, date]]) -> int:
    """How many of the window's days lie in at least one of the periods."""
    first, last = _days(window)
    days, reached = 0, first - ONE_DAY
    for begins, ends in sorted(periods):
        begins, ends = max(begins, reached + ONE_DAY), min(ends, last)
        days += max(0, (ends - begins).days + 1)
        reached = max(reached, ends)
    return days


def _days(window: Window) -> tuple[date, date]:
    zone = ZoneInfo(window.zone)
    return local_date(window.start, zone), local_date(max(window.start, window.end - timedelta.resolution), zone)


COST_PER_TICKET = Kpi(
    slug="cost-per-ticket",
    also=("cost per ticket", "ticket cost"),
    name="Cost per ticket",
    says="What a ticket costs.",
    definition="Support cost of the window by the tickets created in it.",
    measure=Counted(read=costs_in, days=cost_days, what="costs", top="cost", bottom=Count(flow=CREATED), warns=foreign_costs),
    unit=Unit.MONEY,
    good=Good.DOWN,
    splits=("channel",),
    examples=(
        Example(
            says="USD 50,000, 5,000 tickets",
            source="PartnerHero article, 7",
            given={"cost": 50_000, "open": 5_000},
            value=10.0,
            shown="$10.00",
        ),
    ),
)

COST_PER_RESOLUTION = Kpi(
    slug="cost-per-resolution",
    also=("cost per resolution", "resolution cost"),
    name="Cost per resolution",
    says="What a solved ticket costs.",
    definition="Support cost of the window by the tickets resolved in it.",
    measure=Counted(
        read=costs_in, days=cost_days, what="costs", top="cost", bottom=Count(flow=RESOLVED_TICKETS), warns=foreign_costs
    ),
    unit=Unit.MONEY,
    good=Good.DOWN,
    splits=("channel",),
    examples=(
        Example(
            says="USD 1,200, 100 resolved",
            source="definition",
            given={"cost": 1_200, "resolved": 100},
            value=12.0,
            shown="$12.00",
        ),
    ),
)

CHURN = Kpi(
    slug="churn",
    also=("churn rate", "customer churn"),
    name="Customer churn",
    says="Share of customers who left.",
    definition="Customers lost in the window by customers at its start. Who joins and leaves within it is in neither.",
    measure=Counted(read=customers_in, days=customer_days, what="customer counts", top="lost", bottom="at_start", scale=100),
    unit=Unit.PERCENT,
    good=Good.DOWN,
    splits=(),
    benchmarks=(Benchmark(says="2 to 8 %", op="<=", target=8, source="PartnerHero article"),),
    examples=(
        Example(
            says="100 at the start, 10 lost",
            source="PartnerHero article, 9",
            given={"customers": (100, 0, 10)},
            value=10.0,
            shown="10.0%",
        ),
    ),
)

RETENTION = Kpi(
    slug="retention",
    also=("retention rate", "customer retention"),
    name="Customer retention",
    says="Share of customers who stayed.",
    definition="Customers at the end of the window who were there at its start, by those: 100 % less churn.",
    measure=Counted(read=customers_in, days=customer_days, what="customer counts", top="kept", bottom="at_start", scale=100),
    unit=Unit.PERCENT,
    good=Good.UP,
    splits=(),
    examples=(
        Example(
            says="100 at the start, 105 at the end, 15 new",
            source="definition",
            given={"customers": (100, 15, 10)},
            value=90.0,
            shown="90.0%",
        ),
    ),
)
