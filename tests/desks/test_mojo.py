"""What holds for Mojo Helpdesk beyond what holds for every desk: its history, its stars, its time, its words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.desks.desk import Pull
from bot.desks.fields import Unreadable
from bot.desks.mojo import MOJO
from bot.desks.mojo_tickets import CHANNELS, PRIORITIES, STATUSES, Place, events, rating, ticket
from bot.errors import DeskRefused
from bot.store.engine import Store
from bot.store.records import EventRecord, TicketRecord
from bot.store.tables import Agent, Customer, Quarantine, SurveyAnswer, Ticket, TicketEvent, TicketFact, table_of
from bot.store.words import Actor, Channel, Kind, Status
from tests.desks.account import Account
from tests.desks.contracts import judged, parameters
from tests.desks.engine import read
from tests.desks.mojo_standin import (
    ANA,
    ASKED,
    BO,
    CARLA,
    CLOSED,
    FAULT,
    KEY,
    PROGRESS,
    SOLVED,
    START,
    TECH,
    MojoStandIn,
    iso,
    new_ticket,
)
from tests.desks.standin import Fault

CONTRACT = "mojo-openapi.json"


@pytest.fixture
def desk() -> Iterator[MojoStandIn]:
    with MojoStandIn() as server:
        yield server


def account(desk: MojoStandIn, **settings: str) -> Account:
    return Account(settings={"url": desk.url, "key": KEY, **settings}, now=datetime.fromtimestamp(desk.now, UTC), server=desk)


def rows(store: Store, model: Any, *names: str) -> list[tuple[Any, ...]]:
    table = table_of(model)
    with store.reading() as session:
        return [tuple(row) for row in session.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))]


def fact(store: Store, *names: str) -> Any:
    table = table_of(TicketFact)
    with store.reading() as session:
        found = session.execute(select(*(table.c[name] for name in names))).one()
        return found[0] if len(names) == 1 else tuple(found)


def changes(store: Store, kind: Kind) -> list[tuple[Any, ...]]:
    told = rows(store, TicketEvent, "kind", "old", "new", "at", "after", "derived")
    return [row[1:] for row in told if row[0] == kind.value]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_what_our_stand_in_answers_is_what_the_contract_says(desk: MojoStandIn) -> None:
    desk.create(1)
    desk.say(1, ANA, minutes=5, assigned_to_id=ANA, status_id=SOLVED)
    desk.note(1, BO)
    desk.rate(1, 80)
    row = desk.tickets[1]
    assert (
        judged(CONTRACT, "get", "/api/v2/tickets/{id}", {k: v for k, v in row.items() if k not in ("closed_on", "deleted_at")})
        == []
    )
    listed = {
        k: v
        for k, v in row.items()
        if k not in ("assigned_on", "first_commented_on", "time_to_first_comment", "all_comments", "staff_notes")
    }
    assert judged(CONTRACT, "get", "/api/v2/tickets/search", [listed]) == []
    assert judged(CONTRACT, "get", "/api/v2/users/techs", list(desk.users.values())) == []
    assert judged(CONTRACT, "get", "/api/v2/ticket_queues", desk.queues) == []
    assert judged(CONTRACT, "get", "/api/v2/teams", desk.teams) == []
    assert judged(CONTRACT, "get", "/api/v2/ticket_types", desk.types) == []


def test_the_contract_would_have_found_a_wrong_answer(desk: MojoStandIn) -> None:
    wrong = {**desk.create(1), "status_id": "open", "created_on": "yesterday"}
    assert len(judged(CONTRACT, "get", "/api/v2/tickets/search", [wrong])) >= 2


def test_we_ask_for_nothing_the_contract_does_not_know(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    search = parameters(CONTRACT, "get", "/api/v2/tickets/search")
    for asked in desk.asked:
        if asked.path.endswith("/search"):
            assert asked.query.keys() - {"access_key"} <= search.keys()
            assert asked.query["sf"] in search["sf"]["enum"]
            assert int(asked.query["per_page"]) >= search["per_page"]["minimum"]


def test_the_words_are_those_of_the_contract() -> None:
    told = judged(CONTRACT, "get", "/api/v2/tickets/search", [{"id": 1, "title": "", "status_id": 5}])
    assert any(str(sorted(STATUSES)) in each for each in told)
    assert (sorted(PRIORITIES), sorted(CHANNELS)) == ([10, 20, 30, 40], [0, 1, 2, 3, 4, 5])
    assert PRIORITIES[10] == 1, "a lower number is more urgent"


def test_the_first_response_is_the_first_public_comment_of_an_agent(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1, by=CARLA)
    desk.say(1, CARLA, after=5)
    desk.note(1, ANA, after=5)
    desk.say(1, ANA, after=5, private=True)
    desk.say(1, BO, after=5, status_id=ASKED)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    assert fact(sqlite_store, "first_response_s", "agent_replies", "customer_opened") == (20 * 60, 1, True)


def test_time_worked_is_summed_over_comments_and_notes_in_minutes(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.say(1, ANA, minutes=5)
    desk.say(1, ANA, minutes=7, private=True)
    desk.note(1, BO, minutes=3)
    desk.say(1, CARLA)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    assert fact(sqlite_store, "handling_s") == 15 * 60


def test_a_note_that_is_also_listed_as_a_private_comment_counts_once() -> None:
    said = {"id": 7, "user_id": ANA, "created_on": iso(START + 60), "time_spent": 5}
    told = new_ticket(1, all_comments=[{**said, "is_private": True}], staff_notes=[{**said, "id": 8}])
    assert [each.key for each in events(told, Place(base="")) if isinstance(each, EventRecord) and each.worked_s] == ["comment-7"]


def test_a_history_grows_from_what_each_look_tells(desk: MojoStandIn, sqlite_store: Store) -> None:
    """Mojo tells only the last change of a status: seen one by one, they are all there, each at its own instant."""
    desk.create(1)
    expected = []
    for minutes, status, ours in ((5, PROGRESS, "open"), (10, ASKED, "pending"), (15, SOLVED, "solved"), (60, PROGRESS, "open")):
        desk.do(1, after=minutes, status_id=status)
        expected.append((ours, at(desk.now)))
        desk.now += 30
        read(sqlite_store, MOJO, account(desk))
    assert [(new, when) for _, new, when, _, _ in changes(sqlite_store, Kind.STATUS)] == expected
    assert fact(sqlite_store, "reopens", "first_resolution_s") == (1, 30 * 60 + 60)


def test_a_ticket_solved_anew_had_been_open_although_nobody_looked(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.do(1, after=5, status_id=SOLVED)
    first = desk.now
    desk.now += 30
    read(sqlite_store, MOJO, account(desk))
    desk.say(1, CARLA, after=60, status_id=PROGRESS)
    desk.do(1, after=60, status_id=SOLVED)
    desk.now += 30
    read(sqlite_store, MOJO, account(desk))
    assert fact(sqlite_store, "reopens") == 1
    reopened = [row for row in changes(sqlite_store, Kind.STATUS) if row[1] == "open"]
    assert reopened == [("solved", "open", at(desk.now - 30), at(first), True)], "between the two looks, and it says so"


def test_queue_priority_and_type_are_known_by_difference_and_how_exactly(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    before = desk.now
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    desk.do(1, after=30, ticket_queue_id=TECH, priority_id=10, ticket_type_id=FAULT)
    moved = desk.now
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    read(sqlite_store, MOJO, account(desk))
    assert changes(sqlite_store, Kind.TEAM) == [("101", "102", at(moved), at(before), True)]
    assert changes(sqlite_store, Kind.PRIORITY) == [("3", "1", at(moved), at(before), True)]
    assert changes(sqlite_store, Kind.CATEGORY) == [("Question", "Fault", at(moved), at(before), True)]


def test_an_assignment_is_dated_by_its_own_instant(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    for agent in (ANA, BO):
        desk.do(1, after=5, assigned_to_id=agent)
        desk.now += 30
        read(sqlite_store, MOJO, account(desk))
    assert [row[1:3] for row in changes(sqlite_store, Kind.ASSIGNED)] == [("11", at(START + 300)), ("12", at(START + 630))]
    assert fact(sqlite_store, "reassignments") == 1


def test_who_commented_as_the_status_turned_did_it() -> None:
    told = new_ticket(
        1,
        status_id=PROGRESS,
        solved_on=iso(START + 60),
        status_changed_on=iso(START + 600),
        all_comments=[{"id": 1, "user_id": CARLA, "is_private": False, "created_on": iso(START + 599), "time_spent": None}],
    )
    turned = [each for each in events(told, Place(base="", staff=frozenset({str(ANA)}))) if isinstance(each, EventRecord)]
    assert [(each.new, each.actor_kind) for each in turned if each.kind is Kind.STATUS] == [
        ("solved", None),
        ("open", Actor.CUSTOMER),
    ]


def test_unchanged_tickets_cost_no_look_at_them(desk: MojoStandIn, sqlite_store: Store) -> None:
    for number in range(1, 6):
        desk.create(number)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    del desk.asked[:]
    read(sqlite_store, MOJO, account(desk))
    assert sorted(desk.paths()) == ["/api/v2/tickets/search"] * 2, "one request for each stream with something new to tell"
    desk.do(3, status_id=PROGRESS)
    desk.now += 60
    del desk.asked[:]
    read(sqlite_store, MOJO, account(desk))
    assert [path for path in desk.paths() if "search" not in path] == ["/api/v2/tickets/3"]


def test_tickets_that_move_under_the_reader_are_not_lost(desk: MojoStandIn, sqlite_store: Store) -> None:
    """Each page read moves a ticket from the front to the end: page numbers would leave out as many."""
    for number in range(1, 41):
        desk.at(number)
        desk.create(number)
    moved = iter(range(1, 20))

    def move(path: str) -> None:
        if path.endswith("/search") and (number := next(moved, None)):
            desk.do(number, after=1, priority_id=20)

    desk.before = move
    late = Account(settings=account(desk).settings, now=at(desk.now) + timedelta(hours=2), server=desk)
    read(sqlite_store, MOJO, late)
    told = dict(rows(sqlite_store, Ticket, "external_id", "priority"))
    assert len(told) == 40
    assert [number for number in range(1, 20) if told[str(number)] != 2] == []


def test_more_tickets_of_one_second_than_a_page_holds_are_all_read(desk: MojoStandIn, sqlite_store: Store) -> None:
    for number in range(1, 36):
        desk.create(number)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 35


def test_a_search_that_lags_behind_is_caught_up_with(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.lag = 120
    desk.now += 200
    desk.create(2)
    desk.tickets[1]["updated_on"] = iso(desk.now - 130)
    read(sqlite_store, MOJO, account(desk))
    assert [row[0] for row in rows(sqlite_store, Ticket, "external_id")] == ["1"]
    desk.now += 130
    read(sqlite_store, MOJO, account(desk))
    assert [row[0] for row in rows(sqlite_store, Ticket, "external_id")] == ["1", "2"]


def test_stars_are_twenty_points_each_and_may_change(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1, assigned_to_id=ANA)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    desk.rate(1, 20, after=60)
    read(sqlite_store, MOJO, account(desk))
    desk.rate(1, 100, after=60, comment="now it works")
    read(sqlite_store, MOJO, account(desk))
    assert rows(sqlite_store, SurveyAnswer, "scale", "score") == [("csat-1-5", 5)]


@pytest.mark.parametrize(("points", "stars"), [(20, 1), (40, 2), (60, 3), (80, 4), (100, 5)])
def test_every_number_of_stars(points: int, stars: int) -> None:
    (told,) = rating({"id": 1, "rating": points, "rated_on": iso(START)})
    assert (told.score, told.scale) == (stars, "csat-1-5")  # type: ignore[union-attr]


@pytest.mark.parametrize("points", [0, 5, 30, 120, -20])
def test_what_is_no_number_of_stars_is_set_aside(points: int) -> None:
    with pytest.raises(Unreadable):
        list(rating({"id": 1, "rating": points, "rated_on": iso(START)}))
    assert list(rating({"id": 1, "rating": None})) == []


def test_a_ticket_that_is_gone_when_looked_at_is_deleted(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    desk.missing = {"/tickets/1"}
    read(sqlite_store, MOJO, account(desk))
    assert rows(sqlite_store, Ticket, "external_id", "status") == [("1", "deleted")]


def test_a_ticket_out_of_the_keys_sight_stops_no_other(desk: MojoStandIn, sqlite_store: Store) -> None:
    for number in (1, 2, 3):
        desk.create(number)
    desk.hidden = {2}
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    assert [row[0] for row in rows(sqlite_store, Ticket, "external_id")] == ["1", "2", "3"]


def test_a_key_that_ends_in_the_middle_is_no_ticket_out_of_sight(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    desk.fail(Fault(status=401), on="/tickets/1")
    desk.before = lambda path: desk.fail(Fault(status=401), on="/ticket_types") if path.endswith("/tickets/1") else None
    with pytest.raises(DeskRefused, match="key"):
        read(sqlite_store, MOJO, account(desk))


def test_a_change_in_the_future_hides_nothing_that_comes_before_it(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.tickets[1]["updated_on"] = "2090-01-01T00:00:00.000Z"
    desk.create(2)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    desk.create(3)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    assert {row[0] for row in rows(sqlite_store, Ticket, "external_id")} == {"2", "3"}
    assert rows(sqlite_store, Quarantine, "external_id", "reason") == [("1", "It changed in the future.")]


def test_people_come_without_their_keys(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.users[BO]["is_active"] = False
    desk.create(1)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk))
    assert rows(sqlite_store, Agent, "external_id", "name", "role", "team") == [
        ("1", "Olga Test", "admin", None),
        ("11", "Ana Test", "agent", "team-1"),
        ("12", "Bo Test", "former", "team-1"),
    ]
    assert {row[0] for row in rows(sqlite_store, Customer, "name")} == {"Carla Test", "Dev Test"}


def test_the_category_is_the_type_or_the_queue(desk: MojoStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    read(sqlite_store, MOJO, account(desk, category="queue"))
    assert rows(sqlite_store, Ticket, "category", "channel") == [("Billing", Channel.EMAIL.value)]


def test_a_deleted_ticket_says_so_whatever_its_status() -> None:
    told = {**new_ticket(1, status_id=CLOSED), "deleted_at": iso(START + 60)}
    assert ticket(told, Place(base="")).status is Status.DELETED


@pytest.mark.parametrize(
    "change", [{"created_on": None}, {"created_on": "yesterday"}, {"status_id": 70}, {"status_id": None}, {"updated_on": 7}]
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        ticket({**new_ticket(1), **change}, Place(base=""))


def test_the_ids_are_those_of_all_tickets(desk: MojoStandIn) -> None:
    for number in range(1, 26):
        desk.create(number)
    del desk.tickets[7]
    assert MOJO.ids is not None
    told = [
        name
        for page in MOJO.ids(Pull(settings=account(desk).settings, stream="ids", cursor=None, now=at(desk.now)))
        for name in page
    ]
    assert told == [str(number) for number in range(1, 26) if number != 7]


def test_a_ticket_is_linked_where_it_lives() -> None:
    told = ticket(new_ticket(1), Place(base="https://app.mojohelpdesk.com"))
    assert isinstance(told, TicketRecord)
    assert (told.url or "").startswith("https://app.mojohelpdesk.com/")
