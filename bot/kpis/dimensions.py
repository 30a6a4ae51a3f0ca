"""What numbers may be split and filtered by: each dimension says where its key is and how the key is read out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, false, not_, or_
from sqlmodel import Session, SQLModel, select

from bot.calendars import WEEKDAYS
from bot.clock import Span
from bot.columns.beside import columns_beside
from bot.errors import BadRequest
from bot.kpis.columns import ANSWERS, SLAS, SPANS, TAGS, TICKETS
from bot.kpis.kpi import Flow, Stock
from bot.kpis.local_time import wall_clock
from bot.kpis.names import Key, names_of, shared_name, told_apart
from bot.kpis.quantities import AGES, Where, age_group, threshold
from bot.kpis.query import Filter
from bot.store.tables import Agent, Customer, Team
from bot.store.words import Channel, Metric, Status
from bot.windows import DAY_NAMES

Population = Flow | Stock

NONE = "none"
PRIORITIES = {1: "urgent", 2: "high", 3: "normal", 4: "low"}
HOUR_S, DAY_S = 3_600, 86_400
SHORT_DAYS = {day.lower(): day[:3].lower() for day in WEEKDAYS}
HOUR_OF_DAY = re.compile(r"(\d{1,2})(?::00|h)?", re.ASCII)
THURSDAY = 3  # the weekday of 1 January 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A property of a ticket, or of a row's doer, by which numbers are split and filtered.

    `key` gives the expression for a population; `table` names the rows whose `name` labels the key;
    where `local` is given, the key is an instant, and `local` makes the label of its wall clock, in seconds since 1970."""

    slug: str
    also: tuple[str, ...]
    says: str
    key: Callable[[Population], ColumnElement[Any]]
    table: type[SQLModel] | None = None
    labels: Mapping[int, str] | None = None
    words: tuple[str, ...] = ()
    local: Callable[[ColumnElement[Any]], ColumnElement[Any]] | None = None
    several: bool = False


class Asking(Protocol):
    """What a condition needs to know of a question."""

    @property
    def session(self) -> Session: ...
    @property
    def filters(self) -> tuple[Filter, ...]: ...
    @property
    def business(self) -> bool: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def zone(self) -> ZoneInfo: ...


def _of_ticket(name: str) -> Callable[[Population], ColumnElement[Any]]:
    return lambda _: TICKETS.c[name]


def _of_span(name: str) -> Callable[[Population], ColumnElement[Any]]:
    """As it was during the stretch for a stock, as it is now for a flow."""
    return lambda population: (SPANS if isinstance(population, Stock) else TICKETS).c[name]


def _agent(population: Population) -> ColumnElement[Any]:
    if isinstance(population, Stock):
        return SPANS.c.agent_id
    return population.agent if population.agent is not None else TICKETS.c.agent_id


def _customer(population: Population) -> ColumnElement[Any]:
    named = population.customer if isinstance(population, Flow) else None
    return named if named is not None else TICKETS.c.customer_id


def _instant(population: Population) -> ColumnElement[Any]:
    if isinstance(population, Stock):
        raise BadRequest("A backlog has no hour of the day.", next_step="Split it by team, agent, channel, category or priority.")
    return population.when


def _hour(wall_clock: ColumnElement[Any]) -> ColumnElement[Any]:
    return wall_clock // HOUR_S % 24


def _weekday(wall_clock: ColumnElement[Any]) -> ColumnElement[Any]:
    return (wall_clock // DAY_S + THURSDAY) % 7


SOURCE = Dimension(slug="source", also=("desk", "helpdesk"), says="the help desk it comes from", key=_of_ticket("source"))
CHANNEL = Dimension(
    slug="channel",
    also=("channels", "medium"),
    says="how the request came in",
    key=_of_ticket("channel"),
    words=tuple(c.value for c in Channel),
)
CATEGORY = Dimension(slug="category", also=("categories", "topic", "type"), says="what it is about", key=_of_span("category"))
PRIORITY = Dimension(
    slug="priority", also=("priorities", "urgency"), says="how urgent it is", key=_of_span("priority"), labels=PRIORITIES
)
TEAM = Dimension(
    slug="team", also=("teams", "group", "groups", "queue"), says="the team that has it", key=_of_span("team_id"), table=Team
)
AGENT = Dimension(slug="agent", also=("agents", "assignee", "person"), says="who did it, or has it", key=_agent, table=Agent)
CUSTOMER = Dimension(slug="customer", also=("customers", "requester"), says="who asked", key=_customer, table=Customer)
STATUS = Dimension(
    slug="status", also=("state",), says="where it stands", key=_of_span("status"), words=tuple(s.value for s in Status)
)
TAG = Dimension(slug="tag", also=("tags", "label"), says="each of its tags", key=lambda _: TAGS.c.tag, several=True)
SCALE = Dimension(slug="scale", also=("scales",), says="the survey's scale", key=lambda _: ANSWERS.c.scale)
HOUR = Dimension(
    slug="hour",
    also=("hours",),
    says="the local hour of the day",
    key=_instant,
    local=_hour,
    labels={h: f"{h:02}:00" for h in range(24)},
)
WEEKDAY = Dimension(
    slug="weekday",
    also=("weekdays", "dow"),
    says="the local day of the week",
    key=_instant,
    local=_weekday,
    labels=dict(enumerate(DAY_NAMES)),
)
AGE = Dimension(
    slug="age",
    also=("ages", "ageing", "aging"),
    says="how old the ticket was",
    key=lambda population: age_group(population, None),
    labels=AGES,
)
TARGET = Dimension(
    slug="target",
    also=("targets",),
    says="which service-level target",
    key=lambda _: SLAS.c.metric,
    words=tuple(m.value for m in Metric),
)
POLICY = Dimension(slug="policy", also=("policies",), says="which service-level policy", key=lambda _: SLAS.c.policy)

DIMENSIONS = (
    TEAM, AGENT, CHANNEL, CATEGORY, PRIORITY, STATUS, SOURCE, CUSTOMER, TAG, SCALE, TARGET, POLICY, AGE, HOUR, WEEKDAY,
)  # fmt: skip
TICKET_SPLITS = ("team", "agent", "channel", "category", "priority", "source", "customer", "tag", "status")
FLOW_SPLITS = (*TICKET_SPLITS, "hour", "weekday")
FILTERS = TICKET_SPLITS


def aged(dim: Dimension, at: datetime | None) -> Dimension:
    """The dimension as it is at the instant of a stock; only the age of a ticket depends on it."""
    return replace(dim, key=lambda population: age_group(population, at)) if dim.slug == AGE.slug else dim


def dimension(word: str) -> Dimension:
    """The dimension a word names. Raises BadRequest with the nearest one."""
    found = find_dimension(word)
    if found is not None:
        return found
    slugs = [d.slug for d in DIMENSIONS]
    near = get_close_matches(word.lower(), [*slugs, *(w for d in DIMENSIONS for w in d.also)], 1, 0.6)
    hint = f"Did you mean *by {near[0]}*?" if near else f"You can split by {', '.join(slugs)}."
    raise BadRequest(f"I don't know a dimension called {word!r}.", next_step=hint)


def find_dimension(word: str) -> Dimension | None:
    """The dimension a word names, or None."""
    lower = word.lower()
    return next((d for d in DIMENSIONS if lower == d.slug or lower in d.also), None)


def unassigned(wanted: Filter) -> bool:
    """Whether a filter asks for what nobody has."""
    if wanted.op or wanted.negated or find_dimension(wanted.dimension) is not AGENT:
        return False
    return {value.lower() for value in wanted.values} == {NONE}


def labels_of(session: Session, dimension: Dimension, keys: Sequence[Key]) -> dict[Key, str]:
    """How each key is said; what has no value is "none"."""
    labels: dict[Key, str] = {None: NONE}
    if dimension.labels is not None:
        labels |= {key: dimension.labels.get(int(key), str(key)) for key in keys if key is not None}
    elif dimension.table is not None:
        labels |= told_apart(session, dimension.table, [key for key in keys if key is not None])
    else:
        labels |= {key: str(key) for key in keys if key is not None}
    return labels


def condition(asking: Asking, population: Population, within: Span | None = None) -> list[ColumnElement[bool]]:
    """The conditions of a question's filters on a population; `within` holds the instants of all its rows, and is needed to
    tell hours and weekdays. Raises BadRequest for a value that no ticket has."""
    where = Where(population=population, business=asking.business, at=asking.at)
    return [threshold(f, where) if f.op else _condition(asking, f, population, within) for f in asking.filters]


def _condition(asking: Asking, wanted: Filter, population: Population, within: Span | None) -> ColumnElement[bool]:
    dim, session = aged(dimension(wanted.dimension), asking.at), asking.session
    keys = [key for value in wanted.values for key in keys_of(session, dim, value)]
    named = [key for key in keys if key is not None]
    if dim.several:
        # Of a table of its own: rows that are split by tag have theirs beside them already.
        tags = TAGS.alias("tagged")
        tagged = exists().where(tags.c.ticket_id == TICKETS.c.ticket_id)
        found: ColumnElement[bool] = tagged.where(tags.c.tag.in_(named)) if named else false()
        found = or_(found, not_(tagged)) if None in keys else found
        return not_(found) if wanted.negated else found
    expression = _read_out(asking, dim, population, within)
    found = or_(expression.in_(named), expression.is_(None)) if None in keys else expression.in_(named)
    # NOT IN would silently lose the rows that have no value at all.
    return (
        or_(not_(found), expression.is_(None))
        if wanted.negated and None not in keys
        else not_(found)
        if wanted.negated
        else found
    )


def _read_out(asking: Asking, dim: Dimension, population: Population, within: Span | None) -> ColumnElement[Any]:
    key = dim.key(population)
    if dim.local is None:
        return key
    if within is None:
        raise BadRequest(f"This cannot be filtered by {dim.slug}.", next_step="Ask a number for it, such as *volume weekends*.")
    return dim.local(wall_clock(key, within, asking.zone))


def keys_of(session: Session, dim: Dimension, value: str) -> list[Key]:
    """The keys a person's word stands for: a name, in any case, or "none". Raises BadRequest naming the nearest."""
    lower = _of_clock(dim, value.lower())
    if lower == NONE:
        return [None]
    known = known_values(session, dim)
    found: list[Key] = [key for key, name in known if name.lower() == lower]
    if not found:
        found = [key for key, name in known if name.lower().startswith(f"{lower} (")]
    if not found:
        found = [key for key, name in known if lower in name.lower().split()]
    if found:
        return found
    near = get_close_matches(lower, [name.lower() for _, name in known], 1, 0.5)
    hint = (
        f'Did you mean *{dim.slug}:"{near[0]}"*?'
        if near
        else f"Known: {', '.join(name for _, name in known[:8]) or 'nothing yet'}."
    )
    raise BadRequest(f"I don't know a {dim.slug} called {value!r}.", next_step=hint)


def _of_clock(dim: Dimension, word: str) -> str:
    """`sundays` and `9h` as the labels of days and hours are written."""
    if dim is WEEKDAY:
        return SHORT_DAYS.get(word.removesuffix("s"), word)
    found = HOUR_OF_DAY.fullmatch(word) if dim is HOUR else None
    return f"{int(found[1]):02}:00" if found is not None else word


def known_values(session: Session, dim: Dimension) -> list[tuple[Key, str]]:
    """Every value of a dimension that tickets can have, with its name."""
    if dim.labels is not None:
        return [*dim.labels.items()]
    if dim.words:
        return [(word, word) for word in dim.words]
    if dim.table is not None:
        return names_of(session, dim.table)
    column = dim.key(Flow(table=TICKETS, when=TICKETS.c.created_at, says="tickets"))
    found = (columns_beside(session) or session).execute(select(column).distinct()).scalars()
    return [(value, str(value)) for value in found if value is not None]


def known_names(session: Session, dim: Dimension) -> list[str]:
    """What people may call the values of a dimension; a name that several share stands for all of them, and comes first."""
    labels = [name for _, name in known_values(session, dim)]
    return list(dict.fromkeys([*(shared_name(label) for label in labels), *labels])) if dim.table is not None else labels
