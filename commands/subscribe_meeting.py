"""What another digest of the same place means for a new one: one message where they meet, or how to make them meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.clock import DAY, first_instant, local_date
from bot.store.subscriptions import cadence_of
from bot.store.tables import Subscription
from bot.views.blocks import escape
from bot.views.subscribed import rhythm_words
from commands.cadences import Wish

A_YEAR = timedelta(days=366)


def meeting(session: Session, row: Subscription, wish: Wish, where: str, now: datetime) -> str:
    """A line about the digests that come on some of the same days; empty where none does. `where` is the place as typed."""
    same = (col(Subscription.kind) == row.kind, col(Subscription.channel_id) == row.channel_id)
    others = session.exec(
        select(Subscription)
        .where(*same, col(Subscription.id) != row.id, col(Subscription.enabled))
        .order_by(col(Subscription.id))
    ).all()
    common = [(other, day) for other in others if (day := _common_day(row, other, now)) is not None]
    if not common:
        return ""
    met = [other for other, day in common if _due(row, day) == _due(other, day)]
    return _met(met) if met else _apart(row, wish, where, common[0][0])


def _met(others: Sequence[Subscription]) -> str:
    return f"\nWhen {_names(others)} is due too, both are one message, the shorter or narrower one in its thread."


def _apart(row: Subscription, wish: Wish, where: str, other: Subscription) -> str:
    """The words that would have made it meet the other; typed, they change it."""
    at = f"{wish.rhythm or 'daily'} {rhythm_words(cadence_of({**row.cadence, 'at': other.cadence['at']})).partition(' ')[2]}"
    marks = ("always" if wish.always else "", "page" if wish.page else "")
    zone = other.zone if other.zone != row.zone else wish.zone
    said = " ".join(part for part in (at, where, *wish.kpis, *map(str, wish.filters), *marks, zone) if part)
    return f"\nOn some days {_names([other])} comes too, at another time: two messages. For one: `/cx subscribe {escape(said)}`."


def _names(others: Sequence[Subscription]) -> str:
    return " or ".join(f"*{rhythm_words(cadence_of(one.cadence))}*" for one in others)


def _common_day(one: Subscription, other: Subscription, now: datetime) -> date | None:
    """The first local date within a year on which both come."""
    first, second = cadence_of(one.cadence), cadence_of(other.cadence)
    day = local_date(now, ZoneInfo(one.zone))
    last = day + A_YEAR
    while day <= last and not (first.falls_on(day) and second.falls_on(day)):
        day += DAY
    return day if day <= last else None


def _due(row: Subscription, day: date) -> datetime:
    return first_instant(datetime.combine(day, cadence_of(row.cadence).at), ZoneInfo(row.zone))
