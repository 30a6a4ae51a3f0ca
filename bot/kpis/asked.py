"""A question with everything needed to answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.columns.beside import Facts
from bot.facts.profiles import profile_of
from bot.kpis.cells import Scope
from bot.kpis.dimensions import aged, dimension
from bot.kpis.kpi import Duration, Kpi, Mean, Measure, Stock
from bot.kpis.query import Query
from bot.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query with everything needed to answer it; `columns` show the same facts and are quicker to read."""

    session: Session
    columns: Facts | None = None
    kpi: Kpi
    query: Query
    workspace: Workspace
    now: datetime

    @property
    def facts(self) -> Facts:
        """Where the facts are read from."""
        return self.columns or self.session

    @property
    def business(self) -> bool:
        return (self.query.clock or self.workspace.clock) == "business"

    @property
    def statistic(self) -> str | None:
        """The one asked for; of durations else the profile's headline."""
        if self.query.statistic or not isinstance(self.kpi.measure, Duration):
            return self.query.statistic
        return profile_of(self.workspace.profile).headline

    @property
    def kind(self) -> Measure:
        """The measure; where a mean is asked for its median or the like, the amounts of its rows."""
        kind = self.kpi.measure
        if isinstance(kind, Mean) and kind.scale is None and self.query.statistic:
            return Duration(flow=kind.flow, calendar=kind.total, business=kind.total)
        return kind

    def scope(self, splits: Sequence[str] = (), at: datetime | None = None) -> Scope:
        """What to ask the store for; `at` is the instant of a stock, by default the end of the window."""
        instant = at or self.query.window.end
        stock = isinstance(self.kpi.measure, Stock)
        named = (dimension(word) for word in splits)
        return Scope(
            session=self.session,
            columns=self.columns,
            zone=ZoneInfo(self.query.window.zone),
            filters=self.query.filters,
            splits=tuple(aged(dim, instant) if stock else dim for dim in named),
            business=self.business,
            at=instant,
        )
