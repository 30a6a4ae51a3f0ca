"""Finds resolutions and customers that nobody decided about yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_
from sqlalchemy import select as plain_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from bot.store.tables import Agent, Customer, Invitation, SolveFact, TicketFact
from bot.store.words import RESOLVED, InvitationState, SurveyKind
from bot.surveys import SURVEYS
from bot.surveys.conditions import About, about
from bot.surveys.rules import LOOK_BACK, Rules, rest_between
from bot.surveys.subjects import subjects

RELATION = timedelta(days=90)
AFTER_SOLVE = tuple(survey.slug for survey in SURVEYS if survey.after_solve)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Someone who might be asked one question. `ticket_id` is None for questions about the relation as a whole."""

    survey: SurveyKind
    customer_id: int
    email: str | None
    ticket_id: int | None = None
    resolution: int = 1
    agent_id: int | None = None
    subject: About = field(default_factory=lambda: About(key=""), compare=False)


def solves_to_ask_about(
    session: Session, rules: Mapping[SurveyKind, Rules], *, now: datetime, limit: int, ticket_id: int | None = None
) -> list[Candidate]:
    """Solves of the last three days, each after its delay, that still hold and that nobody decided about.

    Left out without a trace, because nobody would expect to be asked: spam, deleted and merged tickets, tickets without
    a customer, and customers who are agents themselves. Where CSAT and CES are both on, resolutions take turns."""
    kinds = tuple(kind for kind in AFTER_SOLVE if rules[kind].on)
    if not kinds:
        return []
    soonest = min(rules[kind].delay for kind in kinds)
    query = (
        select(SolveFact, Customer, _nth())
        .join(TicketFact, col(TicketFact.ticket_id) == SolveFact.ticket_id)
        .join(Customer, col(Customer.id) == TicketFact.customer_id)
        .where(
            col(SolveFact.at) > now - LOOK_BACK,
            col(SolveFact.at) <= now - soonest,
            _holds(),
            ~_decided_about(),
            ~_is_agent(),
            *(() if ticket_id is None else (SolveFact.ticket_id == ticket_id,)),
        )
        .order_by(col(SolveFact.at), col(SolveFact.id))
    )
    found = (_of_solve(row, kinds, rules, now) for row in session.exec(query))
    some = [candidate for candidate in found if candidate is not None][:limit]
    known = subjects(session, [one.ticket_id for one in some if one.ticket_id is not None])
    return [replace(one, subject=_nth_of(known[one.ticket_id or 0], one.resolution)) for one in some]


def customers_to_ask(
    session: Session, rules: Mapping[SurveyKind, Rules], *, now: datetime, limit: int, customer_id: int | None = None
) -> list[Candidate]:
    """Customers whose last resolution in 90 days still holds and whom we did not ask, or tried to ask, lately.

    Whoever rests after CSAT or CES is no candidate yet, rather than being dropped for a whole quarter."""
    settled = exists().where(
        col(TicketFact.customer_id) == Customer.id,
        col(TicketFact.excluded).is_(None),
        col(TicketFact.status).in_(RESOLVED),
        col(TicketFact.full_resolution_at) > now - RELATION,
        col(TicketFact.full_resolution_at) <= now - rules[SurveyKind.NPS].delay,
    )
    query = (
        select(Customer)
        .where(
            settled,
            ~_asked_lately(rules, now),
            ~_is_agent(),
            *(() if customer_id is None else (Customer.id == customer_id,)),
        )
        .order_by(col(Customer.id))
        .limit(limit)
    )
    return [
        Candidate(survey=SurveyKind.NPS, customer_id=customer.id, email=customer.email, subject=_of_customer(customer, now))
        for customer in session.exec(query)
        if customer.id is not None
    ]


def _of_solve(
    row: tuple[SolveFact, Customer, int], kinds: tuple[SurveyKind, ...], rules: Mapping[SurveyKind, Rules], now: datetime
) -> Candidate | None:
    solve, customer, nth = row
    survey = kinds[(solve.ticket_id + nth) % len(kinds)]
    if customer.id is None or solve.at > now - rules[survey].delay:
        return None
    return Candidate(
        survey=survey,
        customer_id=customer.id,
        email=customer.email,
        ticket_id=solve.ticket_id,
        resolution=nth,
        agent_id=solve.agent_id,
    )


def _nth_of(subject: About, resolution: int) -> About:
    return replace(subject, key=f"{subject.key}#{resolution}")


def _of_customer(customer: Customer, now: datetime) -> About:
    """A customer as rules see them; the lot is drawn anew each quarter."""
    quarter = f"{now.year}-{(now.month + 2) // 3}"
    named = (customer.email, customer.name, customer.organisation, customer.external_id)
    return about(f"{customer.source}/{customer.external_id}@{quarter}", {"customer": named, "source": (customer.source,)})


def _nth() -> ScalarSelect[int]:
    """Which resolution of its ticket a solve is, counted from 1."""
    earlier = aliased(SolveFact)
    count = plain_select(func.count()).where(col(earlier.ticket_id) == SolveFact.ticket_id, col(earlier.at) <= SolveFact.at)
    return count.correlate(SolveFact).scalar_subquery()


def _holds() -> ColumnElement[bool]:
    return and_(col(SolveFact.reopened_at).is_(None), col(TicketFact.excluded).is_(None), col(TicketFact.status).in_(RESOLVED))


def _decided_about() -> ColumnElement[bool]:
    # Facts are derived anew when a help desk rewrites history, so a resolution may change its number or its instant:
    # whichever of the two still matches, it was decided about.
    return exists().where(
        col(Invitation.ticket_id) == SolveFact.ticket_id,
        col(Invitation.survey).in_(AFTER_SOLVE),
        col(Invitation.again) == 0,
        or_(col(Invitation.decided_at) >= SolveFact.at, col(Invitation.resolution) == _nth()),
    )


def _is_agent() -> ColumnElement[bool]:
    return exists().where(func.lower(Agent.email) == func.lower(Customer.email))


def _asked_lately(rules: Mapping[SurveyKind, Rules], now: datetime) -> ColumnElement[bool]:
    was_asked = or_(col(Invitation.sent_at).is_not(None), col(Invitation.state) == InvitationState.WAITING)
    too_soon = (
        and_(
            col(Invitation.survey) == before,
            col(Invitation.decided_at) > now - rest_between(before, SurveyKind.NPS, rules),
            *(() if before is SurveyKind.NPS else (was_asked,)),
        )
        for before in rules
    )
    return exists().where(col(Invitation.customer_id) == Customer.id, or_(*too_soon))
