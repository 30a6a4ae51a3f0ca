"""What is known of one person, by e-mail address: told whole when they ask, and forgotten when they ask.

Forgetting keeps scores and tickets, which are the team's, without the person; it holds when a help desk tells of them again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, update
from sqlmodel import Session, SQLModel, col, func, select

from bot.clock import iso
from bot.store.audit import forget_actors, forget_questions_about, of_actors
from bot.store.erased import HASHED, NAME, clear_free_pages, key_of, mark_of, remember, remember_address
from bot.store.tables import (
    Agent,
    Customer,
    Delivery,
    Invitation,
    OptOut,
    Outbox,
    Quarantine,
    SurveyAnswer,
    SurveyCase,
    Ticket,
    TicketEvent,
)
from bot.store.words import InvitationState
from bot.surveys.case_letters import keep_told

SECRET = frozenset({"token_hash", "earlier_token_hash", "desk_facts"})


@dataclass(slots=True, kw_only=True)
class _Person:
    """Our rows about somebody."""

    customers: list[Customer] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    answers: list[SurveyAnswer] = field(default_factory=list)
    cases: list[SurveyCase] = field(default_factory=list)
    members: set[str] = field(default_factory=set)

    @property
    def slack_ids(self) -> set[str]:
        return {one.slack_user_id for one in self.invitations if one.slack_user_id is not None} | self.members


def export(session: Session, email: str, members: Collection[str] = ()) -> dict[str, Any]:
    """Everything kept about the person, as plain values by kind; empty lists where there is nothing. `members` are the ids of
    the Slack users with that address, so that what somebody of our own asked and changed is told too."""
    person = _find(session, email, members)
    names = {email.strip().lower(), *person.slack_ids}
    opted_out = session.exec(select(OptOut).where(col(OptOut.person).in_(names)))
    return {
        "email": email.strip(),
        "slack_ids": sorted(person.slack_ids),
        "customers": [_plain(one) for one in person.customers],
        "tickets": [_plain(one) for one in person.tickets],
        "questions": [_plain(one) for one in person.invitations],
        "answers": [_plain(one) for one in person.answers],
        "cases": [_plain(one) for one in person.cases],
        "opted_out": [_plain(one) for one in opted_out],
        "asked_and_changed": [_plain(one) for one in of_actors(session, person.slack_ids)],
    }


def erase(
    session: Session, email: str, *, told_instead: Mapping[str, Any], now: datetime, members: Collection[str] = ()
) -> dict[str, int]:
    """Forget the person, and keep them forgotten; how many rows of each kind were changed. `members` as in `export`.

    `told_instead` takes the place of messages about their cases. Anonymous answers stay: nobody knows whose they are."""
    connection, key = session.connection(), key_of(session, now=now)
    clear_free_pages(connection)
    person = _find(session, email, members)
    slack_ids = person.slack_ids
    forget_questions_about(session, [email, *(one.name for one in person.customers)])
    remember_address(connection, key, email, now=now)
    _forget_opt_outs(session, key, {email.strip().lower(), *slack_ids})
    _forget_letters(session, person, told_instead, now)
    for customer in person.customers:
        _forget_customer(session, customer, remember(connection, key, customer.source, customer.external_id, now=now))
    _forget_rows(session, person, slack_ids)
    session.flush()
    return {
        "customers": len(person.customers),
        "tickets": len(person.tickets),
        "questions": len(person.invitations),
        "answers": len(person.answers),
        "cases": len(person.cases),
    }


def _find(session: Session, email: str, members: Collection[str]) -> _Person:
    customers = list(session.exec(select(Customer).where(func.lower(Customer.email) == email.strip().lower())))
    ids = [one.id for one in customers]
    agents = session.exec(select(Agent.slack_user_id).where(func.lower(Agent.email) == email.strip().lower()))
    person = _Person(customers=customers, members={*members, *filter(None, agents)})
    person.tickets = list(session.exec(select(Ticket).where(col(Ticket.customer_id).in_(ids))))
    ticket_ids = [one.id for one in person.tickets]
    theirs = or_(col(Invitation.customer_id).in_(ids), col(Invitation.ticket_id).in_(ticket_ids))
    person.invitations = list(session.exec(select(Invitation).where(theirs)))
    said = or_(col(SurveyAnswer.customer_id).in_(ids), col(SurveyAnswer.ticket_id).in_(ticket_ids))
    person.answers = list(session.exec(select(SurveyAnswer).where(said)))
    answer_ids = [one.id for one in person.answers]
    person.cases = list(session.exec(select(SurveyCase).where(col(SurveyCase.answer_id).in_(answer_ids))))
    return person


def _forget_customer(session: Session, customer: Customer, alias: str) -> None:
    mine = and_(
        col(TicketEvent.actor) == customer.external_id,
        col(TicketEvent.ticket_id).in_(select(Ticket.id).where(Ticket.source == customer.source)),
        or_(col(TicketEvent.actor_kind).is_(None), col(TicketEvent.actor_kind) == "customer"),
    )
    session.execute(update(TicketEvent).where(mine).values(actor=alias))
    aside = and_(col(Quarantine.source) == customer.source, col(Quarantine.external_id) == customer.external_id)
    session.execute(delete(Quarantine).where(aside))
    customer.external_id, customer.name = alias, NAME
    customer.email = customer.organisation = customer.language = None
    session.add(customer)


def _forget_rows(session: Session, person: _Person, slack_ids: set[str]) -> None:
    for ticket in person.tickets:
        ticket.subject = ""
    for invitation in person.invitations:
        invitation.slack_user_id = invitation.slack_team_id = invitation.zone = invitation.customer_id = None
        if invitation.state in (InvitationState.WAITING, InvitationState.SENT):
            invitation.state = InvitationState.OPTED_OUT
    for answer in person.answers:
        answer.customer_id = answer.comment = None
    for case in person.cases:
        case.customer_id = None
    session.add_all([*person.tickets, *person.invitations, *person.answers, *person.cases])
    forget_actors(session, slack_ids)
    for user_id in slack_ids:
        session.execute(delete(Delivery).where(col(Delivery.key).endswith(f":{user_id}", autoescape=True)))


def _forget_opt_outs(session: Session, key: bytes, names: set[str]) -> None:
    """Who is never to be asked again stays so."""
    for row in session.exec(select(OptOut).where(col(OptOut.person).in_(names))).all():
        session.merge(OptOut(person=f"{HASHED}{mark_of(key, row.person)}", at=row.at))
        session.delete(row)


def _forget_letters(session: Session, person: _Person, told_instead: Mapping[str, Any], now: datetime) -> None:
    """Messages about the person's cases are replaced where they stand; of all others that are kept the words go."""
    for case in person.cases:
        keep_told(session, case, told_instead, now)
    keys: list[ColumnElement[bool]] = [_of("survey", one.id) for one in person.invitations]
    keys += [and_(_of("case", one.id), col(Outbox.dedupe_key) != one.shown.rpartition("|")[0]) for one in person.cases]
    for which in keys:
        session.execute(update(Outbox).where(which, col(Outbox.state).in_(_over())).values(payload={}))
        session.execute(update(Outbox).where(which, col(Outbox.state) == "ready").values(payload={}, state="cancelled"))


def _of(kind: str, number: int | None) -> ColumnElement[bool]:
    own = col(Outbox.dedupe_key)
    return or_(own == f"{kind}:{number}", own.startswith(f"{kind}:{number}:", autoescape=True))


def _over() -> tuple[str, ...]:
    return ("sent", "dead", "cancelled")


def _plain(row: SQLModel) -> dict[str, Any]:
    return {
        name: iso(value) if isinstance(value, datetime) else value
        for name, value in row.model_dump().items()
        if value is not None and name not in SECRET
    }
