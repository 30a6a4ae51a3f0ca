"""What holds for HubSpot beyond what holds for every desk: its histories, its stages, its e-mails, its three surveys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from bot.desks.fields import Unreadable
from bot.desks.hubspot import HUBSPOT
from bot.desks.hubspot_tickets import Place, events, feedback, said, ticket
from bot.store.engine import Store
from bot.store.records import EventRecord
from bot.store.tables import Agent, Customer, SurveyAnswer, Ticket, TicketEvent, TicketFact, table_of
from bot.store.words import Kind, Status
from tests.desks.account import Account
from tests.desks.contracts import judged
from tests.desks.engine import read
from tests.desks.hubspot_standin import (
    ANA,
    BASE,
    BO,
    BO_USER,
    CLOSED,
    NEW,
    OURS,
    START,
    THEIRS,
    TOKEN,
    HubspotStandIn,
    iso,
)

TICKETS, FEEDBACK = "hubspot-tickets.json", "hubspot-feedback.json"


@pytest.fixture
def desk() -> Iterator[HubspotStandIn]:
    with HubspotStandIn() as server:
        yield server


def account(desk: HubspotStandIn) -> Account:
    return Account(settings={"url": desk.url, "token": TOKEN}, now=datetime.fromtimestamp(desk.now, UTC), server=desk)


def rows(store: Store, model: Any, *names: str) -> list[tuple[Any, ...]]:
    table = table_of(model)
    with store.reading() as session:
        return [tuple(row) for row in session.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))]


def fact(store: Store, *names: str) -> tuple[Any, ...]:
    table = table_of(TicketFact)
    with store.reading() as session:
        return tuple(session.execute(select(*(table.c[name] for name in names))).one())


def answer(desk: HubspotStandIn, path: str, document: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    method = "GET" if document is None else "POST"
    with httpx2.Client(trust_env=False) as client:
        return client.request(method, desk.url + path, json=document, headers=headers).json()


def test_what_our_stand_in_answers_is_what_the_contract_says(desk: HubspotStandIn) -> None:
    desk.create(1)
    desk.set(1, hubspot_owner_id=ANA)
    name = desk.answer("CSAT", 2, number=1)
    search = {"filterGroups": [], "sorts": [], "properties": ["subject"], "limit": 10, "after": "0"}
    found = answer(desk, f"{BASE}/tickets/search", search)
    assert judged(TICKETS, "post", "/crm/objects/2026-09/{objectType}/search", found) == []
    one = answer(desk, f"{BASE}/tickets/1?properties=subject&propertiesWithHistory=hubspot_owner_id&associations=contacts")
    assert judged(TICKETS, "get", "/crm/objects/2026-09/{objectType}/{objectId}", one) == []
    told = answer(desk, f"{BASE}/feedback_submissions/{name}?properties=hs_value&associations=tickets")
    assert judged(FEEDBACK, "get", "/crm/objects/2026-09/{objectType}/{objectId}", told) == []


def test_the_contract_would_have_found_a_wrong_answer() -> None:
    wrong = {"id": 1, "properties": {}, "createdAt": "yesterday", "archived": "no"}
    assert len(judged(TICKETS, "get", "/crm/objects/2026-09/{objectType}/{objectId}", wrong)) >= 3


def test_every_change_is_told_at_its_own_instant_by_whom_it_was_made(desk: HubspotStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.set(1, after=5, hubspot_owner_id=ANA)
    desk.set(1, after=5, hs_pipeline_stage=CLOSED)
    desk.set(1, None, after=60, hs_pipeline_stage=OURS)
    desk.set(1, BO_USER, after=5, hs_pipeline_stage=CLOSED, hubspot_owner_id=BO, hs_ticket_priority="URGENT")
    desk.now += 60
    read(sqlite_store, HUBSPOT, account(desk))
    told = rows(sqlite_store, TicketEvent, "kind", "old", "new", "actor", "derived")
    assert [row for row in told if row[0] == "status"] == [
        ("status", "new", "solved", ANA, False),
        ("status", "solved", "open", None, False),
        ("status", "open", "solved", BO, False),
    ]
    assert ("priority", "3", "1", BO, False) in told
    assert fact(sqlite_store, "reopens", "reassignments", "first_resolution_s") == (1, 1, 600)


@pytest.mark.parametrize(
    ("state", "label", "status"),
    [
        ("OPEN", "New", Status.NEW),
        ("OPEN", "Waiting on contact", Status.PENDING),
        ("OPEN", "Waiting on us", Status.OPEN),
        ("OPEN", "On hold", Status.HOLD),
        ("OPEN", "Being looked at", Status.OPEN),
        ("CLOSED", "Done", Status.SOLVED),
    ],
)
def test_a_stage_is_read_by_its_state_and_its_name(state: str, label: str, status: Status) -> None:
    assert Place(stages={"7": (state, label)}).status("7") == (status, label)


def test_a_stage_that_nobody_told_of_is_refused() -> None:
    with pytest.raises(Unreadable):
        Place().status("7")


def test_the_first_response_is_the_first_mail_that_was_sent(desk: HubspotStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.mail(1, None, after=5)
    desk.mail(1, ANA, after=10)
    desk.mail(1, ANA, after=10)
    desk.now += 60
    read(sqlite_store, HUBSPOT, account(desk))
    assert fact(sqlite_store, "first_response_s", "agent_replies", "customer_opened") == (15 * 60, 2, True)


def test_more_mails_than_a_page_holds_are_all_read(desk: HubspotStandIn, sqlite_store: Store) -> None:
    desk.most = 100
    desk.create(1)
    for _ in range(120):
        desk.mail(1, ANA, after=1)
    desk.now += 60
    read(sqlite_store, HUBSPOT, account(desk))
    assert fact(sqlite_store, "agent_replies") == (120,)


def test_a_forwarded_mail_is_no_reply() -> None:
    assert list(said({"id": "1", "properties": {"hs_email_direction": "FORWARDED_EMAIL", "hs_timestamp": iso(START)}}, "1")) == []


def test_one_desk_brings_all_three_surveys(desk: HubspotStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.answer("CSAT", 0, number=1)
    desk.answer("CES", 7, number=1)
    desk.answer("NPS", 10)
    desk.answer("CUSTOM", 3)
    desk.now += 60
    read(sqlite_store, HUBSPOT, account(desk))
    told = rows(sqlite_store, SurveyAnswer, "survey", "scale", "score", "ticket_id")
    assert told == [("csat", "csat-faces-3", 1, 1), ("ces", "ces-1-7", 7, 1), ("nps", "nps-0-10", 10, None)]


@pytest.mark.parametrize(("survey", "value"), [("CSAT", 3), ("CES", 0), ("NPS", 11), ("NPS", -1)])
def test_a_value_off_its_scale_is_set_aside(survey: str, value: int) -> None:
    with pytest.raises(Unreadable):
        list(feedback({"id": "1", "properties": {"hs_survey_type": survey, "hs_value": str(value)}, "createdAt": iso(START)}))


def test_an_account_without_feedback_reads_the_rest(desk: HubspotStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.denied = {"feedback_submissions"}
    desk.now += 60
    steps = read(sqlite_store, HUBSPOT, account(desk))
    assert [step.stream for step in steps if step.refused] == ["ratings"]
    assert len(rows(sqlite_store, Ticket, "external_id")) == 1


def test_an_archived_ticket_is_deleted(desk: HubspotStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    read(sqlite_store, HUBSPOT, account(desk))
    desk.archive(1)
    desk.now += 3700
    read(sqlite_store, HUBSPOT, account(desk))
    assert rows(sqlite_store, Ticket, "status") == [(Status.DELETED,)]


def test_people_are_owners_and_contacts(desk: HubspotStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    read(sqlite_store, HUBSPOT, account(desk))
    assert rows(sqlite_store, Agent, "external_id", "name", "team") == [(ANA, "Ana Test", "101"), (BO, "Bo Test", "101")]
    assert rows(sqlite_store, Customer, "name", "email") == [("Carla Test", "carla@example.com")]


def test_no_search_asks_beyond_what_hubspot_finds(desk: HubspotStandIn, sqlite_store: Store) -> None:
    """Rows that move under the reader are not lost, and the place is an instant: page 2 is asked for within one second only."""
    for number in range(1, 31):
        desk.at(number)
        desk.create(number)
    moved = iter(range(1, 8))

    def move(path: str) -> None:
        if path.endswith("tickets/search") and (number := next(moved, None)):
            desk.set(number, after=1, hs_ticket_priority="HIGH")

    desk.before = move
    settings = account(desk).settings
    read(sqlite_store, HUBSPOT, Account(settings=settings, now=datetime.fromtimestamp(desk.now + 7200, UTC), server=desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 30


def test_what_it_was_created_with_is_no_change(desk: HubspotStandIn) -> None:
    desk.create(1, hubspot_owner_id=ANA, hs_pipeline_stage=THEIRS)
    row = desk.objects["tickets"]["1"]
    told = {**row, "propertiesWithHistory": row["history"]}
    place = Place(stages={NEW: ("OPEN", "New"), THEIRS: ("OPEN", "Waiting on contact")})
    assert [each.kind for each in events(told, place) if isinstance(each, EventRecord)] == [Kind.CREATED]
    assert ticket(told, place).status is Status.PENDING
