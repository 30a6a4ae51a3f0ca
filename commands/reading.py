"""What is found while a question is read: its parts, and what stands in the way of understanding it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from bot.clock import Grain, zone
from bot.kpis.dimensions import CATEGORY, CHANNEL, PRIORITY, SOURCE, STATUS, TEAM, Dimension, known_names
from bot.kpis.kpi import Kpi
from bot.kpis.names import names_of, shared_name
from bot.kpis.query import Filter
from bot.periods import find_window
from bot.store.tables import Agent, Customer, DeskCursor
from bot.store.words import Role
from bot.store.workspace import Workspace
from bot.windows import Window
from commands.tokens import bare, plain

LONGEST_PERIOD = 80
LONGEST_PERIOD_WORD = 24
MOST_VALUES = 2_000
MOST_LOOKS, MOST_CUSTOMERS = 4, 4
VERY_MANY = 20_000


@cache
def own_values() -> dict[str, list[tuple[Dimension, str]]]:
    """The values that are words of our own: channels, priorities, statuses."""
    found: dict[str, list[tuple[Dimension, str]]] = {}
    for dimension in (CHANNEL, PRIORITY, STATUS):
        for name in (*dimension.words, *(dimension.labels or {}).values()):
            found.setdefault(name, []).append((dimension, name))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Words that mean nothing here: where they stand, what they may be a misspelling of (None: of anything), and what else
    could stand in their place. `says` tells it better than "I don't know"; then `next_step` goes with it."""

    place: int
    used: int = 1
    near: Sequence[str] | None = None
    instead: tuple[str, ...] = ()
    says: str = ""
    next_step: str = ""


@dataclass(kw_only=True)
class Reading:
    """The parts of a question found so far. Agents are offered by name only where it `tells_names`; `has` says that it asks for
    what somebody has, `weekly_at` where a day of the week stands."""

    words: list[str]
    now: datetime
    workspace: Workspace
    session: Session | None
    kpi: Kpi | None = None
    spare: Kpi | None = None
    spare_split: str = ""
    window: Window | None = None
    splits: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    statistic: str | None = None
    versus: str | None = "previous"
    against: Window | None = None
    against_at: tuple[int, int] = (0, 0)
    clock: str | None = None
    grain: Grain | None = None
    show: str | None = None
    tells_names: bool = False
    has: bool = False
    weekly_at: int | None = None
    unknown: list[Unknown] = field(default_factory=list)
    customers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def lower(self) -> list[str]:
        """The words in lower case, without punctuation around them."""
        return [bare(word) for word in self.words]

    def word(self, at: int) -> str:
        """The word at a place in lower case; empty behind the last one."""
        return self.lower[at] if at < len(self.lower) else ""

    def said(self, at: int, used: int) -> str:
        """The words at a place as they were typed."""
        return " ".join(self.words[at : at + used])

    def period(self, at: int) -> tuple[Window, int] | None:
        """The window that begins at a place, and how many words it takes. Raises BadPeriod for an impossible one."""
        near: list[str] = []
        length = 0
        for word in self.words[at:]:
            length += len(word) + 1
            # A period of one huge word would be tried against every pattern, character by character.
            if length > LONGEST_PERIOD or len(word) > LONGEST_PERIOD_WORD:
                break
            near.append(word.strip("?!.,;:()[]*_~'\""))
        return find_window(near, 0, now=self.now, zone=zone(self.workspace.zone), week_start=self.workspace.week_start)

    @cached_property
    def known(self) -> dict[str, list[tuple[Dimension, str]]]:
        """Whose values are unmistakable without their dimension, by the lower-case value: dimension and its own spelling."""
        if self.session is None:
            return own_values()
        found = {value: list(owners) for value, owners in own_values().items()}
        for dimension in (TEAM, CATEGORY, SOURCE):
            for name in self.names_of(dimension):
                found.setdefault(plain(name).lower(), []).append((dimension, name))
        return found

    @cached_property
    def agents(self) -> dict[str, list[str]]:
        """The agents by what people call them, in lower case: their whole name, and each word of it. Bots are nobody's name."""
        if self.session is None:
            return {}
        bots = set(self.session.exec(select(Agent.id).where(col(Agent.role) == Role.BOT)))
        found: dict[str, list[str]] = {}
        for key, label in names_of(self.session, Agent)[:MOST_VALUES]:
            name = plain(shared_name(label)).lower()
            for called in dict.fromkeys((name, *name.split())) if key not in bots else ():
                found.setdefault(called, []).append(label)
        return found

    def customers_named(self, name: str) -> tuple[str, ...]:
        """The customers of that name, or whose name begins with it. Every name is looked at, so they are asked for a few times at
        most, and where there are very many not at all: then only `customer:` finds one."""
        if self.session is None or (name not in self.customers and len(self.customers) >= MOST_LOOKS):
            return ()
        if not self.customers and (self.session.exec(select(func.max(Customer.id))).one() or 0) > VERY_MANY:
            return ()
        if name not in self.customers:
            called = func.lower(col(Customer.name))
            same = or_(called == name, called.startswith(f"{name} ", autoescape=True))
            found = self.session.exec(select(Customer.name).where(same).distinct().limit(MOST_CUSTOMERS))
            self.customers[name] = tuple(sorted(found))
        return self.customers[name]

    def names_of(self, dimension: Dimension) -> list[str]:
        """The values a dimension has in the store."""
        if self.session is None:
            return []
        if dimension is SOURCE:
            return list(self.session.exec(select(DeskCursor.source).distinct()))
        return known_names(self.session, dimension)[:MOST_VALUES]

    def spelling(self, dimension: Dimension, value: str) -> str:
        """A value as the store spells it, where people cannot type that: full-width letters, odd spaces, markup."""
        if self.session is None or (value.isascii() and not set(value) & set("&<>\"'")):
            return value
        if value.startswith("<@") and dimension.table is Agent:
            return self._agent_of(value) or value
        if any(value in names for names in self.customers.values()):
            return value
        wanted = value.lower()
        return next((name for name in self.names_of(dimension) if plain(name).lower() == wanted), value)

    def _agent_of(self, mention: str) -> str | None:
        assert self.session is not None
        who: Any = col(Agent.slack_user_id) == mention.strip("<@>")
        return self.session.exec(select(Agent.name).where(who)).first()
