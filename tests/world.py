"""The cast of the tests: one small team whose numbers a reader can do in their head.

Ana and Bo are agents of team Billing, which Lena leads; Carla and Dev are customers. It is Wednesday, 18 November 2026,
nine in the morning in UTC. Minutes are counted from MONDAY, 16 November 2026, 09:00 UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.store.records import AgentRecord, CustomerRecord, EventRecord, RatingRecord, TeamRecord, TicketRecord
from bot.store.words import Channel, Kind, Role, Status, SurveyKind

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SOURCE = "desk"

BILLING = TeamRecord(external_id="billing", name="Billing")
ANA = AgentRecord(external_id="ana", name="Ana", email="ana@example.com", team="billing")
BO = AgentRecord(external_id="bo", name="Bo", email="bo@example.com", team="billing")
LENA = AgentRecord(external_id="lena", name="Lena", email="lena@example.com", role=Role.ADMIN, team="billing")
CARLA = CustomerRecord(external_id="carla", name="Carla", email="carla@customer.example")
DEV = CustomerRecord(external_id="dev", name="Dev", email="dev@customer.example")
CAST = (BILLING, ANA, BO, LENA, CARLA, DEV)


def minute(minutes: float) -> datetime:
    """So many minutes after Monday nine o'clock."""
    return MONDAY + timedelta(minutes=minutes)


def ticket(external_id: str = "1", **changes: Any) -> TicketRecord:
    """Carla's open e-mail to Billing, created on Monday at nine, with Ana."""
    facts: dict[str, Any] = {
        "created_at": MONDAY,
        "updated_at": MONDAY,
        "status": Status.OPEN,
        "subject": "Charged twice",
        "priority": 3,
        "channel": Channel.EMAIL,
        "category": "invoice",
        "team": "billing",
        "agent": "ana",
        "customer": "carla",
    }
    return TicketRecord(external_id=external_id, **{**facts, **changes})


def event(kind: Kind, at: datetime = MONDAY, *, of: str = "1", **changes: Any) -> EventRecord:
    """Something that happened to a ticket; its key follows from what happened and when."""
    facts: dict[str, Any] = {"key": f"{kind}-{int(at.timestamp())}"}
    return EventRecord(ticket=of, at=at, kind=kind, **{**facts, **changes})


def rating(score: int, at: datetime = MONDAY, *, of: str = "1", **changes: Any) -> RatingRecord:
    """Carla's CSAT on the five-step scale, for Ana's work."""
    facts: dict[str, Any] = {
        "external_id": f"rating-{of}",
        "survey": SurveyKind.CSAT,
        "scale": "csat-1-5",
        "customer": "carla",
        "agent": "ana",
    }
    return RatingRecord(score=score, answered_at=at, ticket=of, **{**facts, **changes})
