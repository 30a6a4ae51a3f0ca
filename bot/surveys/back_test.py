"""Tries rules out on the past before they disturb anyone: whom they would have asked, and whom not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, func, or_, select, type_coerce
from sqlmodel import Session, col

from bot.store.tables import Agent, Customer, OptOut, SolveFact, TicketFact
from bot.store.words import RESOLVED
from bot.surveys.asking import ADDRESS
from bot.surveys.conditions import About, is_sampled, left_out
from bot.surveys.rules import Rules
from bot.surveys.subjects import subjects

SPAN = timedelta(days=90)
MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """What would have become of the solves, or for relational surveys the customers, since an instant.

    Who is in Slack is not known of the past: `asked` counts everyone with an address, `unmatched` those without one."""

    since: datetime
    eligible: int = 0
    skipped: int = 0
    sampled_out: int = 0
    opted_out: int = 0
    unmatched: int = 0
    throttled: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class _Solve:
    at: datetime
    ticket_id: int
    email: str | None
    nth: int


def back_test(session: Session, rules: Rules, *, now: datetime, most: int = MOST) -> BackTest:
    """The last 90 days under these rules, or the part of them that the newest 20,000 solves are from.

    A person is an e-mail address here. Solves that were undone before their delay was over are none."""
    solves = _solves(session, rules, now, most) if rules.survey.after_solve else _customers(session, now, most)
    since = solves[0].at if len(solves) >= most else now - SPAN
    known = subjects(session, [one.ticket_id for one in solves]) if _needs_subjects(rules) else {}
    opted_out = set(session.scalars(select(col(OptOut.person))))
    agents = {(email or "").lower() for email in session.scalars(select(col(Agent.email)))} - {""}
    counts: dict[str, int] = {}
    asked_at: dict[str, datetime] = {}
    for solve in solves:
        if (solve.email or "").lower() in agents:
            continue
        word = _word(solve, rules, known, opted_out, asked_at)
        counts[word] = counts.get(word, 0) + 1
    return BackTest(since=since, eligible=sum(counts.values()), **counts)


def _word(solve: _Solve, rules: Rules, known: Mapping[int, About], opted_out: set[str], asked_at: dict[str, datetime]) -> str:
    """What becomes of one solve, in the order in which it is decided when it counts."""
    subject = known.get(solve.ticket_id)
    if subject is not None and left_out(rules.only, rules.never, subject) is not None:
        return "skipped"
    if subject is not None and not is_sampled(About(key=f"{subject.key}#{solve.nth}"), rules.sample):
        return "sampled_out"
    email = (solve.email or "").strip().lower()
    if email in opted_out:
        return "opted_out"
    if not ADDRESS.fullmatch(email):
        return "unmatched"
    when = solve.at + rules.delay
    if email in asked_at and asked_at[email] > when - rules.rest:
        return "throttled"
    asked_at[email] = when
    return "asked"


def _needs_subjects(rules: Rules) -> bool:
    return bool(rules.only or rules.never or rules.sample < 100)


def _solves(session: Session, rules: Rules, now: datetime, most: int) -> list[_Solve]:
    lasted = type_coerce(col(SolveFact.reopened_at), BigInteger) - type_coerce(col(SolveFact.at), BigInteger)
    held = or_(col(SolveFact.reopened_at).is_(None), lasted > int(rules.delay.total_seconds()))
    query = (
        select(col(SolveFact.at), col(SolveFact.ticket_id), col(Customer.email))
        .join(TicketFact, col(TicketFact.ticket_id) == SolveFact.ticket_id)
        .join(Customer, col(Customer.id) == TicketFact.customer_id)
        .where(col(SolveFact.at) > now - SPAN, col(SolveFact.at) <= now, held, col(TicketFact.excluded).is_(None))
        .order_by(col(SolveFact.at).desc(), col(SolveFact.id).desc())
        .limit(most)
    )
    return _numbered(reversed(session.execute(query).all()))


def _customers(session: Session, now: datetime, most: int) -> list[_Solve]:
    query = (
        select(func.max(TicketFact.full_resolution_at), func.max(TicketFact.ticket_id), col(Customer.email))
        .join(Customer, col(Customer.id) == TicketFact.customer_id)
        .where(
            col(TicketFact.full_resolution_at) > now - SPAN,
            col(TicketFact.excluded).is_(None),
            col(TicketFact.status).in_(RESOLVED),
        )
        .group_by(col(Customer.id), col(Customer.email))
        .order_by(func.max(TicketFact.full_resolution_at).desc())
        .limit(most)
    )
    return _numbered(reversed(session.execute(query).all()))


def _numbered(rows: Iterable[Any]) -> list[_Solve]:
    seen: dict[int, int] = {}
    found = []
    for at, ticket_id, email in rows:
        seen[ticket_id] = seen.get(ticket_id, 0) + 1
        found.append(_Solve(at, ticket_id, email, seen[ticket_id]))
    return found
