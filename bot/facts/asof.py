"""The store as it stood at a past instant: facts derived anew from what had happened by then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import ColumnElement, Table, exists, insert, select, update
from sqlmodel import Session

from bot.facts.derive import derive
from bot.facts.life import Life, trait
from bot.facts.order import in_order
from bot.facts.policies import NOTHING
from bot.facts.refresh import read_lives
from bot.facts.rows import Rows, fact_rows
from bot.facts.rules import names_of, rules_of
from bot.store.bulk import append
from bot.store.columns import seconds
from bot.store.engine import Store, open_store
from bot.store.ratings import let_latest_count
from bot.store.tables import (
    FACT_TABLES,
    METADATA,
    Agent,
    Cost,
    Customer,
    CustomerCount,
    DeskCursor,
    Invitation,
    SurveyAnswer,
    SurveyCase,
    Team,
    Ticket,
    table_of,
)
from bot.store.words import InvitationState, Kind

CHUNK = 500
KEPT = (Team, Agent, Customer, Cost, CustomerCount, DeskCursor)
"""Copied as they are: who people are is asked of today, as in every answer."""


@contextmanager
def as_of(store: Store, instant: datetime, *, profile: str) -> Iterator[Store]:
    """A throw-away store that knows only what had happened by `instant`, in the sources' own time."""
    with TemporaryDirectory(prefix="cx-as-of-") as folder, closing(open_store(f"sqlite:///{Path(folder) / 'past.db'}")) as past:
        METADATA.create_all(past.engine)
        with store.reading() as now, past.writing() as then:
            for model in KEPT:
                _copy(now, then, table_of(model))
            _copy_tickets(now, then, instant, profile)
            _copy_answers(now, then, instant)
        yield past


def _copy(now: Session, then: Session, table: Table, *where: ColumnElement[bool]) -> None:
    result = now.execute(select(table).where(*where)).mappings()
    while rows := result.fetchmany(CHUNK):
        then.execute(insert(table), [dict(row) for row in rows])


def _copy_tickets(now: Session, then: Session, instant: datetime, profile: str) -> None:
    tickets, at = table_of(Ticket), seconds(instant)
    _copy(now, then, tickets, tickets.c.created_at <= instant)
    for source in now.scalars(select(tickets.c.source).distinct()).all():
        rules, names = rules_of(now, source, profile), names_of(now, source)
        wanted = select(tickets.c.id).where(tickets.c.source == source, tickets.c.created_at <= instant)
        ids = list(now.scalars(wanted.order_by(tickets.c.id)))
        for start in range(0, len(ids), CHUNK):
            rows: Rows = {model: [] for model in FACT_TABLES}
            for ticket, life in read_lives(now, ids[start : start + CHUNK], names):
                tagged = replace(ticket, tags=tags_at(life, at))
                fact_rows(tagged, derive(as_known(life, at), rules, at), names, rows)
            for model in FACT_TABLES:
                append(then, model, rows[model])


def as_known(life: Life, at: int) -> Life:
    """A total that the desk told later says nothing about the instant."""
    return life if life.updated_at is None or life.updated_at <= at else replace(life, handled_s=None)


def tags_at(life: Life, at: int) -> tuple[str, ...]:
    """The tags as they were, where the desk told how they changed; else those of today."""
    told = [m for m in in_order(life.moments, life.created_at) if m.kind == Kind.TRAIT and (m.new or "").startswith("tag:")]
    if not told:
        return life.tags
    before = [moment.new for moment in told if moment.at <= at]
    held = before[-1] if before else told[0].old or told[0].new
    return tuple(sorted(trait(held)["tag"] - NOTHING))


def _copy_answers(now: Session, then: Session, instant: datetime) -> None:
    tickets, answers, invitations = (table_of(model).c for model in (Ticket, SurveyAnswer, Invitation))
    known = select(tickets.id).where(tickets.created_at <= instant)
    _copy(
        now,
        then,
        answers.answered_at.table,
        answers.answered_at <= instant,
        answers.ticket_id.is_(None) | answers.ticket_id.in_(known),
    )
    _copy(
        now,
        then,
        invitations.decided_at.table,
        invitations.decided_at <= instant,
        invitations.ticket_id.is_(None) | invitations.ticket_id.in_(known),
    )
    _undo_later_answers(then, instant)
    _copy_cases(now, then, instant)


def _copy_cases(now: Session, then: Session, instant: datetime) -> None:
    """Bad answers that somebody saw to; whether the customer is happy again is known since they were asked and answered."""
    cases, answers = table_of(SurveyCase).c, table_of(SurveyAnswer).c
    known = select(answers.id).where(answers.answered_at <= instant)
    _copy(now, then, table_of(SurveyCase), cases.opened_at <= instant, cases.answer_id.in_(known))
    again = exists().where(answers.ticket_id == cases.ticket_id, answers.answered_at >= cases.asked_again_at)
    then.connection().execute(update(table_of(SurveyCase)).where(~again).values(recovered=None))


def _undo_later_answers(then: Session, instant: datetime) -> None:
    """An answer that came later neither overtook an earlier one yet nor answered its invitation."""
    connection, answers, invitations = then.connection(), table_of(SurveyAnswer).c, table_of(Invitation)
    let_latest_count(connection, connection.scalars(select(answers.ticket_id).distinct()).all())
    answered = invitations.c.token_hash.in_(select(answers.external_id))
    early = (invitations.c.state == InvitationState.ANSWERED) & ~answered
    connection.execute(update(invitations).where(early).values(state=InvitationState.SENT))
    connection.execute(
        update(invitations).where(invitations.c.sent_at > instant).values(state=InvitationState.WAITING, sent_at=None)
    )
