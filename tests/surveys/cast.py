"""The cast of the survey tests: customers, their tickets, and questions already asked, straight in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.store.engine import Store
from bot.store.tables import (
    AnswerHistory,
    Customer,
    Invitation,
    Setting,
    SolveFact,
    SurveyAnswer,
    Ticket,
    TicketFact,
)
from bot.store.words import Channel, InvitationState, Status, SurveyKind
from bot.surveys.admitting import Clicker
from bot.surveys.grading import find_survey
from bot.surveys.wire import hash_token

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TEAM = "T-OURS"
CARLA = Clicker(user_id="U-CARLA", team_id=TEAM)
DEV = Clicker(user_id="U-DEV", team_id=TEAM)


def token(number: int = 1) -> str:
    """A token as long as a real one."""
    return f"{number:022d}"


def action_ts(number: float) -> str:
    """Slack's stamp of a click, `number` seconds after nine."""
    return f"{NOW.timestamp() + number:.6f}"


def switch_on(store: Store, *kinds: str, **changes: Any) -> None:
    """Surveys that the workspace asks, with changed rules for all of them."""
    with store.writing() as session:
        value = {kind: {"on": True, "hours": None, **changes} for kind in kinds}
        session.merge(Setting(key="surveys", value=value, changed_at=NOW, changed_by="U-ADMIN"))


def add_customer(store: Store, name: str = "carla", **changes: Any) -> int:
    """A customer with an address."""
    facts = {"source": "desk", "external_id": name, "name": name.title(), "email": f"{name}@customer.example"}
    return _add(store, Customer(**{**facts, **changes}))


def add_ticket(
    store: Store,
    customer_id: int | None,
    name: str = "1",
    *,
    solved: Sequence[datetime] = (NOW - 2 * HOUR,),
    reopened: Sequence[datetime] = (),
    agent_id: int | None = 7,
    **changes: Any,
) -> int:
    """A ticket solved at those instants; each reopening undoes the solve at the same place in the row."""
    still = len(solved) > len(reopened)
    ticket = Ticket(
        source="desk",
        external_id=name,
        subject="Charged <twice>",
        status=Status.SOLVED if still else Status.OPEN,
        channel=Channel.EMAIL,
        customer_id=customer_id,
        created_at=NOW - 9 * DAY,
        updated_at=NOW - HOUR,
    )
    ticket_id = _add(store, ticket)
    facts: dict[str, Any] = {
        "ticket_id": ticket_id,
        "source": "desk",
        "external_id": name,
        "status": ticket.status,
        "channel": "email",
        "customer_id": customer_id,
        "created_at": ticket.created_at,
        "full_resolution_at": solved[-1] if still else None,
    }
    with store.writing() as session:
        session.add(TicketFact(**{**facts, **changes}))
        for place, at in enumerate(solved):
            undone = reopened[place] if place < len(reopened) else None
            session.add(SolveFact(ticket_id=ticket_id, at=at, agent_id=agent_id, reopened_at=undone))
    return ticket_id


def reopen(store: Store, ticket_id: int, at: datetime, *, solved_again: datetime | None = None) -> None:
    """The last solve is undone, and the facts say so; perhaps another solve follows."""
    with store.writing() as session:
        solve = session.exec(select(SolveFact).where(SolveFact.ticket_id == ticket_id).order_by(col(SolveFact.at).desc())).first()
        assert solve is not None
        solve.reopened_at = at
        fact = session.get_one(TicketFact, ticket_id)
        fact.status = Status.OPEN if solved_again is None else Status.SOLVED
        fact.full_resolution_at = solved_again
        if solved_again is not None:
            session.add(SolveFact(ticket_id=ticket_id, at=solved_again, agent_id=8))
        session.add_all((solve, fact))


def add_invitation(store: Store, number: int = 1, **changes: Any) -> int:
    """A question sent to Carla at nine, open for a week."""
    kind = SurveyKind(changes.pop("survey", SurveyKind.CSAT))
    facts: dict[str, Any] = {
        "survey": kind,
        "scale": find_survey(kind).default.slug,
        "slack_team_id": TEAM,
        "slack_user_id": CARLA.user_id,
        "token_hash": hash_token(token(number)),
        "state": InvitationState.SENT,
        "agent_id": 7,
        "decided_at": NOW,
        "send_at": NOW,
        "sent_at": NOW,
        "expires_at": NOW + 7 * DAY,
    }
    return _add(store, Invitation(**{**facts, **changes}))


def the_answer(session: Session, number: int = 1) -> SurveyAnswer:
    """The answer given with a token."""
    return session.exec(select(SurveyAnswer).where(SurveyAnswer.external_id == hash_token(token(number)))).one()


def history(session: Session, number: int = 1) -> list[tuple[str, int]]:
    """The clicks kept for a token, oldest first."""
    query = select(AnswerHistory).where(AnswerHistory.external_id == hash_token(token(number)))
    return [(row.order_key, row.score) for row in session.exec(query.order_by(col(AnswerHistory.order_key)))]


def _add(store: Store, row: Any) -> int:
    with store.writing() as session:
        session.add(row)
        session.flush()
        return int(row.id)
