"""One busy month of a made-up help desk with everything in it that a number can be about; the same on every run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import Session, select

from bot.store.columns import seconds
from bot.store.engine import Store
from bot.store.records import (
    AgentRecord,
    CustomerRecord,
    EventRecord,
    RatingRecord,
    Record,
    ScheduleRecord,
    SlaPolicyRecord,
    Target,
    TeamRecord,
    TicketRecord,
)
from bot.store.tables import Cost, Customer, CustomerCount, Invitation, SurveyAnswer, SurveyCase, Ticket, table_of
from bot.store.words import Channel, InvitationState, Kind, Metric, Role, Status, SurveyKind
from tests.kpis.office import keep

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
LAST = datetime(2026, 4, 6, tzinfo=UTC)  # with the Sunday on which Berlin sets its clocks
TEAMS = ("billing", "tech", "evening")
AGENTS = ("ana", "bo", "lena", "max", "robo")
CUSTOMERS = ("carla", "dev", "eve", "ana")
WEEKDAYS = tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(5))
OFFICE = ScheduleRecord(
    external_id="office", name="Office", zone="Europe/Berlin", week=WEEKDAYS, holidays=("2026-04-03",), is_default=True
)
EVENING = ScheduleRecord(external_id="late", name="Late", zone="America/New_York", week=((0, 10_080),))
EVERY = tuple(Target(metric=metric, target_s=6 * 3600, business=True) for metric in Metric)
POLICIES = (
    SlaPolicyRecord(
        external_id="vip",
        name="VIP",
        position=1,
        matches={"tag": ("vip",)},
        targets=(Target(metric=Metric.FIRST_REPLY, target_s=1800), *EVERY[1:]),
    ),
    SlaPolicyRecord(external_id="all", name="All", position=2, targets=EVERY),
)


def people() -> Iterator[Record]:
    yield from (TeamRecord(external_id=t, name=t.title(), schedule="late" if t == "evening" else "office") for t in TEAMS)
    roles = {"robo": Role.BOT, "lena": Role.ADMIN, "max": Role.FORMER}
    yield from (AgentRecord(external_id=a, name=a.title(), role=roles.get(a, Role.AGENT), team="billing") for a in AGENTS)
    yield from (CustomerRecord(external_id=c, name=c.title()) for c in CUSTOMERS)
    yield from (OFFICE, EVENING, *POLICIES)


def month(seed: int = 7, tickets: int = 150) -> list[Record]:
    """The records of a month, as a desk would hand them over: consistent, but in the wildest order."""
    random = Random(seed)
    records: list[Record] = list(people())
    for number in range(tickets):
        records += ticket_life(random, str(number))
    return records


def ticket_life(random: Random, name: str, *, changes: int | None = None) -> list[Record]:
    """One ticket with a chain of changes, each with what was before."""
    at = FIRST + timedelta(seconds=random.randrange(30 * 86_400))
    created = at
    state: dict[Kind, str | None] = {
        Kind.STATUS: Status.NEW,
        Kind.TEAM: random.choice((None, *TEAMS)),
        Kind.ASSIGNED: random.choice((None, *AGENTS)),
        Kind.PRIORITY: random.choice((None, "1", "2", "3", "4")),
        Kind.CATEGORY: random.choice((None, "invoice", "refund", "wi-fi")),
    }
    choices: dict[Kind, tuple[str | None, ...]] = {
        Kind.STATUS: (*(s for s in Status if s is not Status.SPAM), *(Status.OPEN, Status.SOLVED, Status.SOLVED) * 4),
        Kind.TEAM: (None, *TEAMS),
        Kind.ASSIGNED: (None, *AGENTS),
        Kind.PRIORITY: (None, "1", "2", "3", "4"),
        Kind.CATEGORY: ("invoice", "refund", "wi-fi"),
    }
    requester = random.choice((None, *CUSTOMERS))
    opener = random.choice(("ana", requester, requester, requester))
    events = [EventRecord(ticket=name, key="created", at=at, kind=Kind.CREATED, actor=opener, new=Status.NEW)]
    for step in range(random.randrange(10) if changes is None else changes):
        at += timedelta(seconds=random.choice((0, 60, 3600, 40_000, 200_000)) + random.randrange(300))
        kind = random.choice((Kind.STATUS, Kind.STATUS, Kind.REPLY, Kind.REPLY, Kind.REPLY, Kind.NOTE, *choices))
        facts: dict[str, Any] = {}
        if kind in state:
            facts = {"old": state[kind], "new": random.choice(choices[kind])}
            state[kind] = facts["new"]
        elif random.random() < 0.4:
            facts = {"worked_s": random.randrange(60, 1_200)}
        actor = random.choice((*AGENTS, requester, requester))
        events.append(EventRecord(ticket=name, key=f"{step}", at=at, seq=step, kind=kind, actor=actor, **facts))
    rated = [_rating(random, name, survey, at) for survey in SurveyKind if random.random() < 0.3]
    return [_row(random, name, created, at, state, requester), *random.sample(events, len(events)), *rated]


def _row(
    random: Random, name: str, created: datetime, at: datetime, state: dict[Kind, str | None], requester: str | None
) -> TicketRecord:
    priority = state[Kind.PRIORITY]
    return TicketRecord(
        external_id=name,
        created_at=created,
        updated_at=at,
        status=Status(state[Kind.STATUS] or ""),
        subject=f"Ticket {name}",
        team=state[Kind.TEAM],
        agent=state[Kind.ASSIGNED],
        priority=int(priority) if priority else None,
        category=state[Kind.CATEGORY],
        channel=random.choice(list(Channel)),
        tags=tuple(random.sample(("vip", "refund", "eu"), random.randrange(4))),
        customer=requester,
    )


def _rating(random: Random, name: str, survey: SurveyKind, at: datetime) -> RatingRecord:
    scale, scores = {"csat": ("csat-1-5", (1, 3, 4, 5, 5)), "nps": ("nps-0-10", (3, 8, 10)), "ces": ("ces-1-7", (2, 6, 7))}[
        survey
    ]
    return RatingRecord(
        external_id=f"{survey}-{name}",
        survey=survey,
        scale=scale,
        score=random.choice(scores),
        answered_at=at + timedelta(hours=random.randrange(48)),
        ticket=name,
        agent=random.choice(AGENTS),
    )


def build_town(store: Store) -> None:
    """Two desks with a month each, invitations, costs and customers."""
    keep(store, *month())
    keep(store, *month(seed=8, tickets=30), source="other desk")
    with store.writing() as session:
        _invite(session)
        _open_cases(session)
        session.add(Cost(first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), amount_cents=1_234_500))
        session.add(Cost(first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), amount_cents=50_000, channel="email"))
        session.add(CustomerCount(first_day=date(2026, 3, 2), last_day=date(2026, 3, 31), at_start=200, joined=9, lost=7))


def _invite(session: Session) -> None:
    """Every third ticket's customer was asked; every third of those about the relation, not about the ticket."""
    random = Random(9)
    customers = list(session.scalars(select(table_of(Customer).c.id).order_by(table_of(Customer).c.id)))
    ticket = table_of(Ticket).c
    rows = session.execute(select(ticket.id, ticket.created_at, ticket.customer_id).order_by(ticket.id)).all()
    for number, (ticket_id, created_at, customer_id) in enumerate(rows[::3]):
        relational = number % 3 == 0
        session.add(
            Invitation(
                survey=SurveyKind.NPS if relational else SurveyKind.CSAT,
                scale="nps-0-10" if relational else "csat-1-5",
                ticket_id=None if relational else ticket_id,
                customer_id=random.choice(customers) if relational else customer_id,
                resolution=number,
                agent_id=random.choice((None, 1, 2)),
                token_hash=f"{seconds(created_at)}-{ticket_id}",
                state=random.choice((InvitationState.SENT, InvitationState.ANSWERED, InvitationState.OPTED_OUT)),
                decided_at=created_at,
                sent_at=created_at,
            )
        )


def _open_cases(session: Session) -> None:
    """Every answer to CSAT became a case on its own day, some of them mended; nobody says that all were bad."""
    random = Random(10)
    for answer in session.scalars(select(SurveyAnswer).order_by(table_of(SurveyAnswer).c.id)):
        if answer.survey is SurveyKind.CSAT and answer.id is not None:
            copied = ("survey", "ticket_id", "customer_id", "agent_id")
            facts = {name: getattr(answer, name) for name in copied}
            at, recovered = answer.answered_at, random.choice((True, False, None))
            session.add(
                SurveyCase(
                    **facts,
                    answer_id=answer.id,
                    channel_id="C1",
                    opened_at=at,
                    due_at=at + timedelta(days=1),
                    recovered=recovered,
                )
            )
