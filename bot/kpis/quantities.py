"""What a single ticket has an amount of, so that tickets can be kept or left out by it: `frt>4h csat<3 age>7d`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, exists, or_, type_coerce

from bot.desks.desk import Fact
from bot.errors import BadRequest
from bot.kpis.columns import ANSWERS, REPLIES, SLAS, TICKETS
from bot.kpis.kpi import Flow, Stock
from bot.kpis.query import ANY, ANY_OP, SPOKEN_ALONE, Filter
from bot.store.columns import seconds
from bot.store.words import Metric, SurveyKind

Population = Flow | Stock
Compare = Callable[[Any, Any], Any]

OPS: Mapping[str, Compare] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq}
SIZES = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
TIMED = re.compile(
    r"(\d{1,9}(?:\.\d{1,3})?) ?(?:(s)(?:ec(?:ond)?s?)?|(m)(?:in(?:ute)?s?)?|(h)(?:(?:ou)?rs?)?|(d)(?:ays?)?|(w)(?:eeks?)?)",
    re.ASCII,
)
NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,3})?", re.ASCII)
LONGEST_S = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What an amount depends on besides the ticket: the rows that are counted, the clock, and the instant of a stock."""

    population: Population
    business: bool
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An amount a ticket may have. `timed` ones are seconds, `clocked` ones those on the clock that the question is asked on.

    `holds` gives the condition that the amount compares so; it is false, never null, where there is no amount. What `needs`
    facts is no amount of tickets whose desk does not tell them; what is `standing` changes while nothing happens, and is asked
    of a backlog, at each instant anew; its `rule` is said beside the number."""

    slug: str
    says: str
    holds: Callable[[Where, Compare, float], ColumnElement[bool]]
    also: tuple[str, ...] = ()
    timed: bool = False
    clocked: bool = False
    standing: bool = False
    needs: frozenset[Fact] = frozenset()
    rule: str = ""


def _column(calendar: str, business: str = "") -> Callable[[Where, Compare, float], ColumnElement[bool]]:
    def holds(where: Where, compare: Compare, amount: float) -> ColumnElement[bool]:
        value = TICKETS.c[business if business and where.business else calendar]
        return and_(value.is_not(None), compare(value, amount))

    return holds


def _waited(where: Where, compare: Compare, amount: float) -> ColumnElement[bool]:
    """Any further reply that the customer waited for."""
    other = REPLIES.alias("waited")
    waited = other.c.waited_business_s if where.business else other.c.waited_s
    mine = (other.c.ticket_id == TICKETS.c.ticket_id, other.c.is_first.is_(False), waited.is_not(None))
    return exists().where(and_(*mine, compare(waited, amount)))


def _scored(kind: SurveyKind) -> Callable[[Where, Compare, float], ColumnElement[bool]]:
    """The raw score of the answer that counts: the row itself where answers to that survey are counted, else the ticket's."""

    def holds(where: Where, compare: Compare, amount: float) -> ColumnElement[bool]:
        other = ANSWERS.alias("scored")
        counts = (other.c.survey == kind, other.c.superseded.is_(False), other.c.excluded.is_(None))
        told = exists().where(and_(other.c.ticket_id == TICKETS.c.ticket_id, *counts, compare(other.c.score, amount)))
        if isinstance(where.population, Stock) or where.population.table is not ANSWERS:
            return told
        own = and_(ANSWERS.c.survey == kind, compare(ANSWERS.c.score, amount))
        return or_(own, and_(ANSWERS.c.survey != kind, told))

    return holds


def _aged(where: Where, compare: Compare, amount: float) -> ColumnElement[bool]:
    age = age_at(where.population, where.at)
    return and_(age.is_not(None), compare(age, int(amount)))


def _unanswered(where: Where, compare: Compare, amount: float) -> ColumnElement[bool]:
    """How long a customer has had no answer by a human at all."""
    at = _standing_at(where, "unanswered")
    answered = type_coerce(TICKETS.c.first_response_at, BigInteger)
    waited = seconds(at) - type_coerce(TICKETS.c.created_at, BigInteger)
    silent = or_(answered.is_(None), answered >= seconds(at))
    return and_(TICKETS.c.customer_opened.is_(True), silent, compare(waited, int(amount)))


def _overdue(where: Where, compare: Compare, amount: float) -> ColumnElement[bool]:
    """How long any promise to the customer has been broken that is still not fulfilled."""
    at, other = _standing_at(where, "overdue"), SLAS.alias("overdue")
    broken, fulfilled = (type_coerce(other.c[name], BigInteger) for name in ("outcome_at", "fulfilled_at"))
    runs = and_(other.c.met.is_(False), broken < seconds(at), or_(fulfilled.is_(None), fulfilled >= seconds(at)))
    promised = (other.c.ticket_id == TICKETS.c.ticket_id, other.c.metric != Metric.GROUP_OWNERSHIP)
    return exists().where(and_(*promised, runs, compare(seconds(at) - broken, int(amount))))


def _standing_at(where: Where, slug: str) -> datetime:
    """The instant of a stock. Raises BadRequest for a flow, whose rows have an instant each."""
    if not isinstance(where.population, Stock):
        says = f"Tickets are {slug} while they stand open, so only a backlog can be asked for them."
        raise BadRequest(says, next_step=f"Ask *backlog {slug}*.", offers=(f"backlog {slug}",))
    if where.at is None:
        raise TypeError("how long a ticket in a stock has waited needs the instant it is taken at")
    return where.at


def age_at(population: Population, at: datetime | None) -> ColumnElement[Any]:
    """Seconds from a ticket's creation to the instant of a stock, or to the row's own. Raises BadRequest where that is nil."""
    created = type_coerce(TICKETS.c.created_at, BigInteger)
    if isinstance(population, Stock):
        if at is None:
            raise TypeError("the age of a ticket in a stock needs the instant it is taken at")
        return seconds(at) - created
    if population.when is TICKETS.c.created_at:
        raise BadRequest("A ticket has no age when it is created.", next_step="Ask *backlog age>7d* or *solved age>7d*.")
    return type_coerce(population.when, BigInteger) - created


QUANTITIES = (
    Quantity(
        slug="frt",
        says="first response time",
        also=("first response time", "first response", "first reply"),
        timed=True,
        clocked=True,
        holds=_column("first_response_s", "first_response_business_s"),
    ),
    Quantity(
        slug="next-reply",
        says="wait for any further reply",
        also=("next reply", "next reply time"),
        timed=True,
        clocked=True,
        holds=_waited,
    ),
    Quantity(
        slug="resolution",
        says="full resolution time",
        also=("resolution time", "time to resolution", "ttr"),
        timed=True,
        clocked=True,
        holds=_column("full_resolution_s", "full_resolution_business_s"),
    ),
    Quantity(slug="handling", says="logged agent time", also=("handling time", "aht"), timed=True, holds=_column("handling_s")),
    Quantity(
        slug="waited",
        says="time the customer waited for us",
        also=("requester wait", "wait"),
        timed=True,
        clocked=True,
        holds=_column("requester_wait_s", "requester_wait_business_s"),
    ),
    Quantity(slug="age", says="time since creation", also=("ticket age",), timed=True, standing=True, holds=_aged),
    Quantity(
        slug="unanswered",
        says="time without a first response",
        also=("unreplied", "not answered", "without first response", "no first response", "without an answer"),
        timed=True,
        standing=True,
        needs=frozenset({Fact.REPLIES}),
        rule="Unanswered: a customer opened the ticket, and no human had replied by then.",
        holds=_unanswered,
    ),
    Quantity(
        slug="overdue",
        says="time past a service-level target",
        also=("past due", "late"),
        timed=True,
        standing=True,
        needs=frozenset({Fact.SLA}),
        rule="Overdue: a service-level target towards the customer was missed, and was still not fulfilled by then.",
        holds=_overdue,
    ),
    Quantity(slug="csat", says="CSAT score as given", also=("rating",), holds=_scored(SurveyKind.CSAT)),
    Quantity(slug="nps", says="NPS score as given", holds=_scored(SurveyKind.NPS)),
    Quantity(slug="ces", says="CES score as given", holds=_scored(SurveyKind.CES)),
    Quantity(slug="replies", says="public agent replies", holds=_column("agent_replies")),
    Quantity(slug="reopens", says="times reopened", also=("reopened",), holds=_column("reopens")),
    Quantity(slug="reassignments", says="changes of the assignee", also=("reassigned",), holds=_column("reassignments")),
)


@cache
def quantity_names() -> Mapping[str, Quantity]:
    """Every quantity by each of its names, without hyphens."""
    return {name.replace("-", " "): one for one in QUANTITIES for name in (one.slug, *one.also)}


def find_quantity(word: str) -> Quantity | None:
    """The quantity of that name, or None."""
    return quantity_names().get(word.lower().replace("-", " ").replace("_", " "))


def is_standing(filters: Sequence[Filter]) -> bool:
    """Whether a question is about amounts that change from one instant of a stock to the next while nothing happens."""
    found = (find_quantity(one.dimension) for one in filters if one.op)
    return any(one is not None and one.standing for one in found)


def rules_of(filters: Sequence[Filter]) -> list[str]:
    """The rules by which amounts are told that no number of ours explains."""
    found = (find_quantity(one.dimension) for one in filters if one.op)
    return list(dict.fromkeys(one.rule for one in found if one is not None and one.rule))


def any_amount(quantity: Quantity, *, negated: bool = False) -> Filter | None:
    """The filter that the bare name of some quantities stands for: `overdue` is overdue by anything."""
    alone = quantity.slug in SPOKEN_ALONE
    return Filter(dimension=quantity.slug, values=(ANY,), op=ANY_OP, negated=negated) if alone else None


def read_amount(quantity: Quantity, text: str) -> str | None:
    """An amount as it is said canonically, `90m` or `3`; None where it is none, as `4` is no time."""
    wanted = text.strip().lower()
    if not quantity.timed:
        return f"{float(wanted):.3f}".rstrip("0").rstrip(".") if NUMBER.fullmatch(wanted) else None
    found = TIMED.fullmatch(wanted)
    if found is None:
        return None
    whole = round(float(found[1]) * SIZES[found[found.lastindex or 0]])
    if whole > LONGEST_S:
        return None
    unit = next((unit for unit in "dhms" if whole % SIZES[unit] == 0), "s") if whole else "s"
    return f"{whole // SIZES[unit]}{unit}"


def amount_of(quantity: Quantity, text: str) -> float:
    """The amount in seconds or points. Raises BadRequest."""
    told = read_amount(quantity, text)
    if told is None:
        example = "4h, 30m or 2d" if quantity.timed else "3"
        raise BadRequest(f"{text[:40]!r} is no amount of {quantity.says}.", next_step=f"Write it like {example}.")
    return float(int(told[:-1]) * SIZES[told[-1]]) if quantity.timed else float(told)


def threshold(wanted: Filter, where: Where) -> ColumnElement[bool]:
    """The condition of a threshold; negated, it keeps what compares otherwise and what has no amount. Raises BadRequest."""
    quantity = find_quantity(wanted.dimension)
    if quantity is None or wanted.op not in OPS:
        names = ", ".join(one.slug for one in QUANTITIES)
        raise BadRequest(f"I cannot compare {wanted.dimension!r}.", next_step=f"You can compare {names}.")
    found = quantity.holds(where, OPS[wanted.op], amount_of(quantity, wanted.values[0]))
    return ~found if wanted.negated else found


AGES: Mapping[int, str] = {
    0: "under 1 day",
    1: "1 to 3 days",
    2: "3 to 7 days",
    3: "7 to 14 days",
    4: "14 to 30 days",
    5: "30 to 90 days",
    6: "90 days or more",
}
AGE_ENDS = tuple(int(timedelta(days=days).total_seconds()) for days in (1, 3, 7, 14, 30, 90))


def age_group(population: Population, at: datetime | None) -> ColumnElement[int]:
    """Which of the AGES a ticket is in; the lower end belongs to a group, the upper one to the next."""
    age = age_at(population, at)
    return case(*((age < end, place) for place, end in enumerate(AGE_ENDS)), else_=len(AGE_ENDS))
