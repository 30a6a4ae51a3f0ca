"""What holds for Freshdesk beyond what holds for every desk: its statuses, conversations, hours, promises and ratings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.desks.desk import Pace
from bot.desks.fields import Unreadable
from bot.desks.freshdesk import FRESHDESK, RECENT, open_door
from bot.desks.freshdesk_rules import policy, schedule
from bot.desks.freshdesk_tickets import PRIORITIES, Place, events, rating, ticket, worked
from bot.errors import BadConfig
from bot.store.engine import Store
from bot.store.records import BadRecord, EventRecord, ScheduleRecord, SlaPolicyRecord
from bot.store.tables import Customer, Ticket, TicketEvent, TicketFact, table_of
from bot.store.words import Actor, Channel, Kind, Metric, Status
from tests.desks.account import Account
from tests.desks.engine import read
from tests.desks.freshdesk_standin import (
    ANA,
    BO,
    CARLA,
    CLOSED,
    KEY,
    OPEN,
    PENDING,
    RESOLVED,
    START,
    TECH,
    WAITING,
    FreshdeskStandIn,
    iso,
    new_ticket,
)

PLACE = Place(base="https://example.freshdesk.com", staff=frozenset({str(ANA), str(BO)}))


@pytest.fixture
def desk() -> Iterator[FreshdeskStandIn]:
    with FreshdeskStandIn() as server:
        yield server


def account(desk: FreshdeskStandIn) -> Account:
    return Account(settings={"url": desk.url, "key": KEY}, now=datetime.fromtimestamp(desk.now, UTC), server=desk)


def rows(store: Store, model: Any, *names: str) -> list[tuple[Any, ...]]:
    table = table_of(model)
    with store.reading() as session:
        return [tuple(row) for row in session.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))]


def fact(store: Store, *names: str) -> tuple[Any, ...]:
    table = table_of(TicketFact)
    with store.reading() as session:
        return tuple(session.execute(select(*(table.c[name] for name in names))).one())


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_the_first_response_is_the_first_public_word_of_an_agent(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.say(1, CARLA, after=5)
    desk.say(1, ANA, after=5, private=True)
    desk.say(1, BO, after=5, status=PENDING)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert fact(sqlite_store, "first_response_s", "agent_replies") == (15 * 60, 1)
    ((facts,),) = rows(sqlite_store, Ticket, "desk_facts")
    assert facts == {"first_response_min": [15, None]}, "the desk's own figure, to compare with"


@pytest.mark.parametrize("source", [6, 8])
def test_what_is_forwarded_elsewhere_is_no_reply(desk: FreshdeskStandIn, sqlite_store: Store, source: int) -> None:
    desk.create(1)
    desk.say(1, ANA, after=5, source=source)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert fact(sqlite_store, "first_response_s", "agent_replies") == (None, 0)


def test_a_history_grows_from_what_each_look_tells(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    """Only the last reopening is told, and a resolution that was undone not any more: seen one by one they are all there."""
    desk.create(1)
    expected = []
    for status, ours in ((PENDING, "pending"), (RESOLVED, "solved"), (OPEN, "open"), (RESOLVED, "solved"), (OPEN, "open")):
        desk.do(1, after=10, status=status)
        expected.append((ours, at(desk.now)))
        desk.now += 30
        read(sqlite_store, FRESHDESK, account(desk))
    told = [row[1:] for row in rows(sqlite_store, TicketEvent, "kind", "new", "at") if row[0] == "status"]
    assert list(dict.fromkeys(told)) == expected
    assert fact(sqlite_store, "reopens") == (2,)


def test_closed_at_once_is_solved_at_once() -> None:
    told = new_ticket(1, status=CLOSED)
    told["stats"] |= {"closed_at": iso(START + 60), "status_updated_at": iso(START + 60)}
    turned = [each for each in events(told, PLACE) if isinstance(each, EventRecord) and each.kind is Kind.STATUS]
    assert [each.new for each in sorted(turned, key=lambda each: each.seq)] == ["solved", "closed"]


def test_team_agent_priority_and_type_are_known_by_difference(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.create(1, responder_id=ANA)
    before = desk.now
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    desk.do(1, after=30, group_id=TECH, responder_id=BO, priority=4, type="Incident")
    moved = desk.now
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    told = rows(sqlite_store, TicketEvent, "kind", "old", "new", "at", "after", "derived")
    assert sorted(row[:3] for row in told if row[5] and row[0] != "status") == [
        ("assigned", "11", "12"),
        ("category", "Question", "Incident"),
        ("priority", "3", "1"),
        ("team", "101", "102"),
    ]
    assert {row[3:5] for row in told if row[4]} == {(at(moved), at(before))}, "and how exactly"


def test_a_higher_number_is_more_urgent() -> None:
    assert PRIORITIES == {4: 1, 3: 2, 2: 3, 1: 4}


@pytest.mark.parametrize(
    ("number", "word", "status"),
    [
        (2, "Open", Status.OPEN),
        (5, "Closed", Status.CLOSED),
        (6, "Waiting on Customer", Status.PENDING),
        (7, "Waiting on Third Party", Status.HOLD),
        (8, "In review", Status.OPEN),
        (9, "On hold", Status.HOLD),
    ],
)
def test_statuses_of_ones_own_are_read_by_their_names(number: int, word: str, status: Status) -> None:
    assert Place(base="", statuses={str(number): word}).status(number) == (status, word)


def test_a_status_without_a_name_is_what_freshdesk_means_by_its_number(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.denied = {"ticket_fields"}
    desk.create(1, status=WAITING)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert rows(sqlite_store, Ticket, "status") == [(Status.PENDING,)]


def test_an_outbound_mail_is_opened_by_an_agent() -> None:
    created = next(each for each in events(new_ticket(1, source=10), PLACE) if isinstance(each, EventRecord))
    assert (created.actor, created.actor_kind, ticket(new_ticket(1, source=10), PLACE).channel) == (
        None,
        Actor.AGENT,
        Channel.EMAIL,
    )


def test_a_list_longer_than_three_hundred_pages_is_read_to_its_end(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    """The place is an instant: page 301, which Freshdesk refuses, is never asked for."""
    desk.most = 10
    for number in range(1, 61):
        desk.at(number)
        desk.create(number)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 60
    assert {
        each.query.get("page") for each in desk.asked if each.path == "/api/v2/tickets" and "updated_since" in each.query
    } == {"1"}


def test_the_list_is_always_asked_by_change_or_it_would_be_thirty_days_long(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    listed = [each.query for each in desk.asked if each.path == "/api/v2/tickets"]
    assert listed
    assert all("updated_since" in query for query in listed)


def test_old_tickets_come_first_and_their_conversations_after_all_of_them(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    for number in (1, 2):
        desk.create(number)
        desk.say(number, ANA, after=5)
    desk.now += int(RECENT.total_seconds()) + 3600
    desk.create(3)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    asked = [path for path in desk.paths() if "conversations" in path]
    assert asked == [f"/api/v2/tickets/{number}/conversations" for number in (3, 3, 1, 2)], (
        "live, then the chain, then the old ones"
    )
    assert len([row for row in rows(sqlite_store, TicketEvent, "kind") if row[0] == "reply"]) == 2
    del desk.asked[:]
    desk.say(1, BO, after=5)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert [path for path in desk.paths() if "conversations" in path] == ["/api/v2/tickets/1/conversations"]


def test_conversations_that_may_not_be_read_stop_no_ticket(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.create(2)
    desk.denied = {"/tickets/1/conversations"}
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 2


def test_what_is_deleted_or_spam_is_gone_and_what_is_restored_is_back(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    for number in (1, 2, 3):
        desk.create(number)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    desk.gone = {"deleted": {1}, "spam": {2}}
    read(sqlite_store, FRESHDESK, account(desk))
    assert [row[0] for row in rows(sqlite_store, Ticket, "status")] == ["deleted", "spam", "open"]
    desk.gone = {"deleted": set(), "spam": set()}
    desk.do(1, after=1)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert [row[0] for row in rows(sqlite_store, Ticket, "status")] == ["open", "spam", "open"]


def test_time_entries_are_time_worked_and_a_running_timer_is_none_yet(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.work(1, ANA, "01:30")
    desk.work(1, BO, "00:15")
    desk.work(1, BO, "09:00", timer_running=True)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert fact(sqlite_store, "handling_s") == (105 * 60,)
    with pytest.raises(Unreadable):
        list(worked({"id": 1, "ticket_id": 1, "time_spent": "an hour"}))


@pytest.mark.parametrize(
    ("steps", "value", "scale", "score"),
    [
        ((103, -103), 103, "csat-good-bad", 1),
        ((103, -103), -103, "csat-good-bad", 0),
        ((103, 100, -103), 100, "csat-faces-3", 2),
        ((103, 102, 100, -102, -103), -103, "csat-1-5", 1),
        ((103, 102, 100, -102, -103), 103, "csat-1-5", 5),
        ((103, 102, 101, 100, -101, -102, -103), -101, "csat-faces-3", 1),
        ((), 101, "csat-faces-3", 3),
    ],
)
def test_a_rating_stands_on_the_scale_of_its_survey(steps: tuple[int, ...], value: int, scale: str, score: int) -> None:
    told = rating({"id": 1, "survey_id": 7, "ratings": {"default_question": value}, "created_at": iso(START)}, {"7": steps})
    assert (told.scale, told.score) == (scale, score)


@pytest.mark.parametrize("value", [None, 5, 104, -100, 99, "happy"])
def test_what_is_no_rating_is_set_aside(value: Any) -> None:
    with pytest.raises(Unreadable):
        rating({"id": 1, "ratings": {"default_question": value}, "created_at": iso(START)}, {})


def test_business_hours_are_weeks_with_days_off(desk: FreshdeskStandIn) -> None:
    told = schedule(desk.hours[0], 2026)
    assert isinstance(told, ScheduleRecord)
    assert (told.zone, told.is_default, told.week[0], len(told.week)) == ("Europe/Berlin", True, (540, 1020), 5)
    assert "2026-01-01" in told.holidays
    assert "2025-01-01" in told.holidays
    assert isinstance(schedule({"id": 1, "time_zone": "Atlantis"}, 2026), BadRecord)


POLICY = {
    "id": 1, "name": "Fast", "position": 2, "active": True,
    "applicable_to": {"groups": [101], "sources": [1], "ticket_types": ["Incident"]},
    "sla_target": {"priority_4": {"respond_within": 3600, "resolve_within": 7200, "business_hours": True}},
}  # fmt: skip


def test_an_sla_policy_promises_by_priority_to_whom_it_names() -> None:
    told = policy(POLICY, 1)
    assert isinstance(told, SlaPolicyRecord)
    assert told.matches == {"team": ("101",), "channel": ("email",), "category": ("Incident",)}
    assert [(each.metric, each.target_s, each.priority, each.business) for each in told.targets] == [
        (Metric.FIRST_REPLY, 3600, 1, True),
        (Metric.RESOLUTION, 7200, 1, True),
    ]


def test_a_policy_for_what_we_cannot_judge_counts_for_nobody() -> None:
    told = policy({**POLICY, "applicable_to": {"companies": [7]}}, 1)
    assert isinstance(told, BadRecord)
    assert "companies" in told.reason


def test_requesters_come_along_with_their_tickets(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    read(sqlite_store, FRESHDESK, account(desk))
    assert rows(sqlite_store, Customer, "external_id", "name", "email") == [("21", "Carla", "carla@example.com")]


def test_a_plan_without_surveys_or_times_reads_the_rest(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    desk.denied = {"satisfaction_ratings", "time_entries", "sla_policies", "business_hours"}
    steps = read(sqlite_store, FRESHDESK, account(desk))
    assert {step.stream for step in steps if step.refused} == {"ratings", "times", "sla", "schedules"}
    assert len(rows(sqlite_store, Ticket, "external_id")) == 1


def test_half_of_the_smallest_plan_is_used_until_the_answers_say_more() -> None:
    with pytest.raises(BadConfig):
        open_door({"url": "example"}, Pace())
    http = open_door({"url": "example", "key": "k"}, Pace())
    assert (http.base, http.limits.documented["account"]) == ("https://example.freshdesk.com", 100)
    http.limits.learn("list", {"x-ratelimit-total": "700", "x-ratelimit-remaining": "600"}, 0.0)
    assert http.limits.quotas["account"].total == 700
    http.close()


def test_a_page_that_changes_under_the_reader_loses_nothing(desk: FreshdeskStandIn, sqlite_store: Store) -> None:
    for number in range(1, 31):
        desk.at(number)
        desk.create(number)
    moved = iter(range(1, 10))

    def move(path: str) -> None:
        if path == "/api/v2/tickets" and (number := next(moved, None)):
            desk.do(number, after=1, priority=4)

    desk.before = move
    late = Account(settings=account(desk).settings, now=at(desk.now) + timedelta(hours=2), server=desk)
    read(sqlite_store, FRESHDESK, late)
    assert len(rows(sqlite_store, Ticket, "external_id")) == 30
