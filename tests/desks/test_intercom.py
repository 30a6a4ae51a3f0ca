"""What holds for Intercom beyond what holds for every desk: its parts, its bots, its giant threads, its walk, its webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.desks.desk import Delivery
from bot.desks.fields import Unreadable
from bot.desks.intercom import INTERCOM, SIGNATURE, hints
from bot.desks.intercom_conversations import CHANNELS, MOST_PARTS, Place, events, ticket
from bot.store.engine import Store
from bot.store.records import EventRecord, RatingRecord
from bot.store.tables import Customer, SurveyAnswer, Ticket, TicketEvent, TicketFact, table_of
from bot.store.words import Actor, Channel, Kind, Status
from jobs.sync_hints import take_hint
from tests.desks.account import Account
from tests.desks.contracts import judged
from tests.desks.engine import read
from tests.desks.intercom_standin import ANA, BILLING, BO, CARLA, FIN, START, TECH, TOKEN, IntercomStandIn, new_conversation
from tests.desks.standin import Fault

CONTRACT = "intercom-2.15.yaml"
SECRET = "hook-canary"


@pytest.fixture
def desk() -> Iterator[IntercomStandIn]:
    with IntercomStandIn() as server:
        yield server


def account(desk: IntercomStandIn, **settings: str) -> Account:
    return Account(settings={"url": desk.url, "token": TOKEN, **settings}, now=datetime.fromtimestamp(desk.now, UTC), server=desk)


def rows(store: Store, model: Any, *names: str) -> list[tuple[Any, ...]]:
    table = table_of(model)
    with store.reading() as session:
        return [tuple(row) for row in session.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))]


def fact(store: Store, *names: str) -> tuple[Any, ...]:
    table = table_of(TicketFact)
    with store.reading() as session:
        return tuple(session.execute(select(*(table.c[name] for name in names))).one())


def told(conversation: dict[str, Any], kind: Kind) -> list[EventRecord]:
    return [each for each in events(conversation, Place()) if isinstance(each, EventRecord) and each.kind is kind]


def part(number: int, kind: str, who: str = "admin", *, at: int = START, **more: Any) -> dict[str, Any]:
    written = {"type": who, "id": {"admin": ANA, "bot": FIN}.get(who, CARLA)}
    return {"id": str(number), "part_type": kind, "created_at": at, "author": written, "body": None, **more}


def with_parts(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return new_conversation(1, conversation_parts={"conversation_parts": list(parts)}, **fields)


def test_what_our_stand_in_answers_is_what_the_contract_says(desk: IntercomStandIn) -> None:
    desk.create(1)
    desk.say(1, FIN)
    desk.assign(1, BO)
    desk.do(1, "close", BO, words=True)
    desk.rate(1, 4)
    talk = desk.talks["1"]
    assert judged(CONTRACT, "get", "/conversations/{conversation_id}", talk) == []
    row = {name: value for name, value in talk.items() if name != "conversation_parts"}
    page = {"type": "pages", "page": 1, "per_page": 4, "total_pages": 1, "next": {"per_page": 4, "starting_after": "x"}}
    listed = {"type": "conversation.list", "conversations": [row], "total_count": 1, "pages": page}
    assert judged(CONTRACT, "post", "/conversations/search", listed) == []
    assert judged(CONTRACT, "get", "/admins", asyncio.run(desk.admins())) == []
    assert judged(CONTRACT, "get", "/teams", asyncio.run(desk.teams())) == []


def test_the_contract_would_have_found_a_wrong_answer() -> None:
    wrong = new_conversation(1, state="done", created_at="yesterday")
    assert len(judged(CONTRACT, "get", "/conversations/{conversation_id}", wrong)) >= 2


def test_bots_never_answer_for_people(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.say(1, FIN, after=1)
    desk.say(1, CARLA, after=1)
    desk.say(1, ANA, after=8)
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    assert fact(sqlite_store, "first_response_s", "agent_replies") == (600, 1)


def test_a_part_of_the_ai_agent_on_an_admins_seat_is_a_bots() -> None:
    mine = {"type": "admin", "id": ANA, "from_ai_agent": True}
    (reply,) = told(with_parts(part(1, "comment", body="x", author=mine)), Kind.REPLY)
    assert reply.actor_kind is Actor.BOT


def test_a_customer_who_writes_again_reopens(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.do(1, "close", ANA, after=10, words=True)
    desk.say(1, CARLA, after=60)
    desk.do(1, "close", ANA, after=10)
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    assert fact(sqlite_store, "reopens", "agent_replies", "first_resolution_s") == (1, 1, 600)


def test_a_close_with_words_is_a_reply_and_one_without_is_none() -> None:
    assert len(told(with_parts(part(1, "close", body="done")), Kind.REPLY)) == 1
    assert told(with_parts(part(1, "close")), Kind.REPLY) == []
    assert [each.new for each in told(with_parts(part(1, "close")), Kind.STATUS)] == ["solved"]


@pytest.mark.parametrize(
    ("kinds", "states"),
    [
        (("snoozed", "unsnoozed", "close"), ["pending", "open", "solved"]),
        (("snoozed", "timer_unsnooze"), ["pending", "open"]),
        (("close", "assign_and_reopen"), ["solved", "open"]),
        (("comment", "note", "open"), []),
    ],
)
def test_every_turn_of_the_state_is_told_once(kinds: tuple[str, ...], states: list[str]) -> None:
    parts = [part(number, kind, at=START + number) for number, kind in enumerate(kinds)]
    assert [each.new for each in told(with_parts(*parts), Kind.STATUS)] == states


def test_words_along_with_an_assignment_are_a_note() -> None:
    conversation = with_parts(part(1, "assignment", body="please", assigned_to={"type": "admin", "id": BO}))
    assert (len(told(conversation, Kind.NOTE)), told(conversation, Kind.REPLY)) == (1, [])


def test_assignments_name_people_and_teams(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.assign(1, BILLING, after=1, team=True)
    desk.assign(1, ANA, after=1)
    desk.assign(1, BO, after=1)
    desk.assign(1, TECH, after=1, team=True)
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    changes = [row[1:] for row in rows(sqlite_store, TicketEvent, "kind", "old", "new") if row[0] in ("assigned", "team")]
    assert changes == [(None, BILLING), (None, ANA), (ANA, BO), (BILLING, TECH)]
    assert fact(sqlite_store, "reassignments") == (1,)


def test_a_campaign_was_opened_by_no_agent() -> None:
    source = {"type": "email", "delivered_as": "campaigns_initiated", "author": {"type": "admin", "id": ANA}}
    (created,) = told(new_conversation(1, source=source), Kind.CREATED)
    assert created.actor_kind is Actor.BOT


def test_of_a_giant_thread_the_first_reply_and_close_are_known_all_the_same() -> None:
    late = [part(number, "comment", at=START + 10_000 + number, body="x") for number in range(MOST_PARTS)]
    statistics = {"first_admin_reply_at": START + 60, "first_close_at": START + 120, "count_conversation_parts": 900}
    conversation = with_parts(*late, statistics=statistics)
    assert told(conversation, Kind.REPLY)[0].at == datetime.fromtimestamp(START + 60, UTC)
    assert told(conversation, Kind.STATUS)[0].at == datetime.fromtimestamp(START + 120, UTC)
    few = with_parts(late[0], statistics=statistics)
    assert len(told(few, Kind.REPLY)) == 1, "where all parts are told, they are the truth"


def test_statistics_may_be_missing_and_are_never_counted_with() -> None:
    assert ticket(new_conversation(1, statistics=None), Place()).desk_facts == {}
    statistics = {"time_to_admin_reply": 600, "count_reopens": 2, "handling_time": 900, "adjusted_handling_time": 300}
    record = ticket(new_conversation(1, statistics=statistics, sla_applied={"sla_status": "missed"}), Place())
    assert record.desk_facts == {"first_response_min": [None, 10], "reopens": 2, "sla_status": "missed"}
    assert record.handled_s == 300, "the active part of it"


def test_a_rating_counts_from_when_it_was_given_not_asked_for(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.rate(1, 2, after=90)
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    given = datetime.fromtimestamp(START + 5400, UTC)
    assert rows(sqlite_store, SurveyAnswer, "scale", "score", "answered_at", "comment") == [("csat-1-5", 2, given, "thanks")]


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_off_its_scale_is_refused(rating: int) -> None:
    with pytest.raises(Unreadable):
        list(events(new_conversation(1, conversation_rating={"rating": rating, "created_at": START}), Place()))
    asked = events(new_conversation(1, conversation_rating={"created_at": START, "rating": None}), Place())
    assert not [each for each in asked if isinstance(each, RatingRecord)], "asked for, and not given"


@pytest.mark.parametrize("change", [{"created_at": None}, {"created_at": "yesterday"}, {"state": "done"}, {"updated_at": "x"}])
def test_what_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        ticket(new_conversation(1, **change), Place())


def test_channels_are_those_of_the_contract() -> None:
    assert {CHANNELS["email"], CHANNELS["conversation"], CHANNELS["whatsapp"]} == {Channel.EMAIL, Channel.CHAT, Channel.SOCIAL}
    wrong = judged(CONTRACT, "get", "/conversations/{conversation_id}", {"source": {"type": "pigeon"}})
    assert all(name in wrong[0] for name in CHANNELS)


def test_the_version_goes_with_every_request_as_it_is_written(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    assert {each.headers["intercom-version"] for each in desk.asked} == {"2.15"}


def test_conversations_that_move_under_the_reader_are_not_lost(desk: IntercomStandIn, sqlite_store: Store) -> None:
    """Newest first, what changes moves before the reader: the next walk begins where this one began."""
    for number in range(1, 31):
        desk.at(number)
        desk.create(number)
    desk.now += 600
    moved = iter(range(1, 31, 3))
    begun = account(desk)

    def move(path: str) -> None:
        if path.endswith("/search") and (number := next(moved, None)):
            desk.now += 1
            desk.say(number, ANA)

    desk.before = move
    read(sqlite_store, INTERCOM, begun)
    desk.before = None
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 30
    replies = [row for row in rows(sqlite_store, TicketEvent, "kind") if row[0] == "reply"]
    assert len(replies) == sum(talk["conversation_parts"]["total_count"] for talk in desk.talks.values())


def test_a_place_that_is_not_kept_any_more_lets_the_walk_begin_anew(desk: IntercomStandIn, sqlite_store: Store) -> None:
    for number in range(1, 11):
        desk.create(number)
    desk.now += 60
    seen: list[int] = []

    class Died(Exception):
        pass

    def watch(step: Any) -> None:
        seen.append(step.pages)
        if step.stream == "tickets":
            raise Died

    with pytest.raises(Died):
        read(sqlite_store, INTERCOM, account(desk), watch=watch)
    desk.forgets = True
    desk.most = 150
    read(sqlite_store, INTERCOM, account(desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 10


def test_unchanged_conversations_cost_no_look_at_them(desk: IntercomStandIn, sqlite_store: Store) -> None:
    for number in range(1, 4):
        desk.create(number)
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    del desk.asked[:]
    read(sqlite_store, INTERCOM, account(desk))
    assert desk.paths() == ["/conversations/search"]
    desk.say(2, ANA)
    desk.now += 60
    del desk.asked[:]
    read(sqlite_store, INTERCOM, account(desk))
    assert desk.paths() == ["/conversations/search", "/conversations/2"]


def test_an_empty_answer_is_asked_for_again(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.now += 60
    desk.fail(Fault(body=""), on="/search")
    read(sqlite_store, INTERCOM, account(desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 1


def test_a_conversation_out_of_sight_stops_no_other(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.create(2)
    desk.denied = {"/conversations/1"}
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk))
    assert len(rows(sqlite_store, Ticket, "external_id")) == 2


def test_people_are_known_by_what_they_wrote(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1, custom_attributes={"Topic": "Refund"})
    desk.now += 60
    read(sqlite_store, INTERCOM, account(desk, category="Topic"))
    assert rows(sqlite_store, Customer, "external_id", "name", "email") == [(CARLA, "Carla", "carla@example.com")]
    assert rows(sqlite_store, Ticket, "category") == [("Refund",)]


def delivery(document: Any, *, secret: str = SECRET) -> Delivery:
    body = json.dumps(document).encode()
    signed = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return Delivery(headers={SIGNATURE: f"sha1={signed}"}, body=body, now=datetime.fromtimestamp(START, UTC))


def notice(name: str = "1", **more: Any) -> dict[str, Any]:
    return {"type": "notification_event", "id": "n1", "data": {"item": {"type": "conversation", "id": name}}, **more}


def test_a_signed_webhook_names_its_conversation_and_no_other_does() -> None:
    settings = {"webhook_secret": SECRET}
    hint = hints(settings, delivery(notice()))
    assert hint is not None
    assert (hint.key, hint.tickets) == ("intercom:n1", ("1",))
    assert hints(settings, delivery(notice(), secret="other")) is None
    assert hints({}, delivery(notice(), secret="")) is None
    strangers: tuple[Any, ...] = (
        {},
        [],
        {"data": 1},
        {"data": {"item": {"type": "contact", "id": "1"}}},
        notice("../x"),
        notice("9" * 40),
    )
    for strange in strangers:
        found = hints(settings, delivery(strange))
        assert found is not None
        assert found.tickets == ()


def test_a_deleted_conversation_is_known_by_its_webhook(desk: IntercomStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.create(2)
    desk.now += 60
    settings = {"webhook_secret": SECRET}
    read(sqlite_store, INTERCOM, account(desk, **settings))
    del desk.talks["1"]
    desk.now += 60
    assert take_hint(sqlite_store, INTERCOM, settings, delivery(notice("1", topic="conversation.deleted")))
    read(sqlite_store, INTERCOM, account(desk, **settings))
    table = table_of(TicketFact)
    with sqlite_store.reading() as session:
        told = {name: Status(status) for name, status in session.execute(select(table.c.external_id, table.c.status))}
    assert told == {"1": Status.DELETED, "2": Status.OPEN}
