"""What is Help Scout's, Front's and Gorgias' own: tokens that run out, changes without an instant, walks that break off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import select

from bot.desks.desk import Cursor, Pull
from bot.desks.fields import Unreadable
from bot.desks.front import FRONT
from bot.desks.front_events import Place as FrontPlace
from bot.desks.front_events import records
from bot.desks.gorgias import GORGIAS
from bot.desks.gorgias_tickets import Place, rating, ticket
from bot.desks.helpscout import HELPSCOUT
from bot.desks.helpscout_talks import stamped
from bot.store.engine import Store
from bot.store.records import EventRecord, TicketRecord
from bot.store.tables import DeskCursor, SurveyAnswer, Ticket, TicketEvent, TicketFact, table_of
from bot.store.words import Actor, Channel, Kind, Status
from tests.desks.account import Account
from tests.desks.accounts import ACCOUNTS
from tests.desks.engine import read
from tests.desks.front_standin import ANA, FrontStandIn
from tests.desks.gorgias_standin import GorgiasStandIn
from tests.desks.helpscout_standin import HelpScoutStandIn
from tests.desks.standin import Fault


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    with ACCOUNTS[request.param]() as opened:
        yield opened


helpscout = pytest.mark.parametrize("account", ["helpscout"], indirect=True)
front = pytest.mark.parametrize("account", ["front"], indirect=True)
gorgias = pytest.mark.parametrize("account", ["gorgias"], indirect=True)


def facts(store: Store, name: str) -> Any:
    with store.reading() as session:
        fact = table_of(TicketFact)
        return session.execute(select(fact).where(fact.c.external_id == name)).one()


@helpscout
def test_help_scout_tells_the_life_of_a_conversation(account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, HELPSCOUT, account)
    one = facts(sqlite_store, "1")
    assert (one.agent_replies, one.customer_replies, one.internal_notes, one.reopens, one.reassignments) == (2, 1, 1, 1, 1)
    assert (one.first_response_s, one.full_resolution_s) == (60, 60 + 3 * 600)
    assert facts(sqlite_store, "2").excluded == "spam"
    assert facts(sqlite_store, "15").customer_opened is False
    assert facts(sqlite_store, "3").agent_replies == 1  # The draft is not sent.
    with sqlite_store.reading() as session:
        assert session.execute(select(table_of(SurveyAnswer).c.scale, table_of(SurveyAnswer).c.score)).all() == [
            ("csat-faces-3", 3)
        ]


@helpscout
def test_a_token_that_ran_out_is_got_anew(account: Account, sqlite_store: Store) -> None:
    assert isinstance(account.server, HelpScoutStandIn)
    read(sqlite_store, HELPSCOUT, account)
    account.server.tokens = set()
    account.server.thread(4, "customer", 50)
    account.server.changed[4] += 1
    assert sum(step.tickets_changed for step in read(sqlite_store, HELPSCOUT, account)) == 1


@helpscout
def test_a_tag_that_moves_no_instant_is_seen_all_the_same(account: Account, sqlite_store: Store) -> None:
    assert isinstance(account.server, HelpScoutStandIn)
    read(sqlite_store, HELPSCOUT, account)
    account.server.talks[1]["tags"] = [{"id": 1, "tag": "vip"}]
    read(sqlite_store, HELPSCOUT, account)
    with sqlite_store.reading() as session:
        assert session.scalar(select(table_of(Ticket).c.tags).where(table_of(Ticket).c.external_id == "1")) == ["vip"]


def test_two_versions_of_one_second_differ() -> None:
    row = {"id": 1, "createdAt": "2026-03-02T08:00:00Z", "tags": []}
    changed = {stamped(each)["changed_at"] for each in (row, {**row, "tags": [{"tag": "vip"}]})}
    assert len(changed) == 2
    assert {each[:19] for each in changed} == {"2026-03-02T08:00:00"}


@front
def test_front_tells_the_life_of_a_conversation(account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, FRONT, account)
    one = facts(sqlite_store, "cnv_1")
    assert (one.agent_replies, one.customer_replies, one.internal_notes, one.reopens, one.reassignments) == (1, 1, 1, 1, 1)
    assert one.status == Status.SOLVED
    assert facts(sqlite_store, "cnv_2").excluded == "deleted"
    assert facts(sqlite_store, "cnv_3").excluded == "merged"


@front
def test_nothing_new_in_front_costs_one_request_a_stream(account: Account, sqlite_store: Store) -> None:
    assert isinstance(account.server, FrontStandIn)
    read(sqlite_store, FRONT, account)
    account.server.asked.clear()
    read(sqlite_store, FRONT, account)
    assert account.server.paths().count("/teammates") == 0
    account.server.happen("cnv_4", "out_reply", ANA)
    assert sum(step.tickets_changed for step in read(sqlite_store, FRONT, account)) == 1


def happened(kind: str, **more: Any) -> dict[str, Any]:
    talk = {"id": "cnv_1", "type": "conversation", "status": "assigned", "created_at": 1790000000, **more.pop("talk", {})}
    return {"id": "evt_1", "type": kind, "emitted_at": 1790000100.5, "conversation": talk, **more}


def told(event: dict[str, Any]) -> tuple[TicketRecord, list[EventRecord]]:
    found = list(records(event, FrontPlace()))
    (row,) = (each for each in found if isinstance(each, TicketRecord))
    return row, [each for each in found if isinstance(each, EventRecord)]


@pytest.mark.parametrize(
    ("talk", "status"),
    [
        ({"status": "archived"}, Status.SOLVED),
        ({"status": "archived", "status_category": "resolved"}, Status.SOLVED),
        ({"status_category": "waiting"}, Status.PENDING),
        ({"status": "deleted"}, Status.DELETED),
        ({"status": "unassigned"}, Status.OPEN),
    ],
)
def test_a_status_of_front_is_one_of_ours(talk: dict[str, Any], status: Status) -> None:
    assert told(happened("tag", talk=talk))[0].status is status


def test_what_a_rule_sends_is_a_bots_word() -> None:
    message = {"_meta": {"type": "message"}, "data": {"id": "msg_1", "author": None, "type": "email"}}
    row, (said,) = told(happened("out_reply", target=message, source={"_meta": {"type": "rule"}}))
    assert (said.kind, said.actor_kind, row.channel) == (Kind.REPLY, Actor.BOT, Channel.EMAIL)


def test_what_an_artificial_colleague_sends_is_a_bots_word() -> None:
    message = {"_meta": {"type": "message"}, "data": {"id": "msg_1", "author": {"id": "tea_9", "type": "ai"}, "type": "email"}}
    _, (said,) = told(happened("out_reply", target=message))
    assert (said.actor, said.actor_kind) == ("tea_9", Actor.BOT)


def test_what_colleagues_discuss_is_no_ticket() -> None:
    assert list(records(happened("comment", talk={"type": "discussion"}), FrontPlace())) == []


def test_a_conversation_that_front_cannot_have_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        list(records(happened("tag", talk={"status": "asleep"}), FrontPlace()))


@gorgias
def test_gorgias_tells_the_life_of_a_ticket(account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, GORGIAS, account)
    one = facts(sqlite_store, "1")
    assert (one.agent_replies, one.customer_replies, one.internal_notes, one.reopens, one.reassignments) == (1, 1, 1, 1, 1)
    assert [facts(sqlite_store, name).excluded for name in ("2", "3", "4")] == ["deleted", "spam", None]
    assert facts(sqlite_store, "4").status == Status.HOLD


@gorgias
def test_a_walk_that_broke_off_asks_no_more_for_what_it_told(account: Account) -> None:
    """It begins at the front again: what changed since is told, what was told is not asked for."""
    assert isinstance(account.server, GorgiasStandIn)
    first = list(islice(GORGIAS.pull(pulled(account)), 2))
    seen = {record.external_id for page in first for record in page.records if isinstance(record, TicketRecord)}
    account.server.asked.clear()
    account.server.now += 60
    account.server.say(9, 3, agent=True)
    pages = list(GORGIAS.pull(pulled(account, first[-1].cursor)))
    again = [record.external_id for page in pages for record in page.records if isinstance(record, TicketRecord)]
    assert {*seen, *again} == {str(number) for number in range(1, 11)}
    assert "9" in again
    assert {"8", "10"} <= seen - set(again)  # What changed in the very second where it began or broke off comes again.
    assert list(GORGIAS.pull(pulled(account, pages[-1].cursor)))[-1].records


def pulled(account: Account, cursor: Cursor | None = None) -> Pull:
    return Pull(settings=account.settings, stream="tickets", cursor=cursor, now=datetime.fromtimestamp(1790100000, UTC))


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"status": "open"}, Status.OPEN),
        ({"status": "closed"}, Status.SOLVED),
        ({"status": "closed", "snooze_datetime": "2030-01-01T00:00:00Z"}, Status.HOLD),
        ({"status": "open", "spam": True}, Status.SPAM),
        ({"status": "open", "trashed_datetime": "2026-03-02T08:00:00"}, Status.DELETED),
    ],
)
def test_a_status_of_gorgias_is_one_of_ours(more: dict[str, Any], status: Status) -> None:
    row = {"id": 1, "created_datetime": "2026-03-02T08:00:00.123456+00:00", **more}
    assert ticket(row, Place(web="https://x.example")).status is status


def test_a_survey_counts_once_it_is_answered() -> None:
    assert rating({"id": 1, "score": None}) is None
    with pytest.raises(Unreadable):
        rating({"id": 1, "score": 9, "scored_datetime": "2026-03-02T08:00:00Z"})


@gorgias
def test_a_rules_message_is_no_agents_reply(account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, GORGIAS, account)
    with sqlite_store.reading() as session:
        event = table_of(TicketEvent).c
        bots = session.scalars(select(event.id).where(event.actor_kind == Actor.BOT)).all()
    assert len(bots) == 10


@gorgias
def test_what_is_taken_from_somebody_is_nobodys_and_a_snooze_ends(account: Account, sqlite_store: Store) -> None:
    assert isinstance(account.server, GorgiasStandIn)
    account.server.assign(5, 3, 3)
    account.server.happen(5, "ticket-team-assigned", 3, data={"assignee_team_id": 7}, assignee_team={"id": 7})
    account.server.happen(5, "ticket-unassigned", 3, assignee_user=None)
    account.server.happen(5, "ticket-team-unassigned", 3, assignee_team=None)
    account.server.now += 600
    account.server.happen(4, "ticket-self-unsnoozed", status="open", snooze_datetime=None)
    account.server.now += 600
    account.server.say(4, 3, agent=True)
    read(sqlite_store, GORGIAS, account)
    ticket, event = table_of(Ticket).c, table_of(TicketEvent).c
    with sqlite_store.reading() as session:
        moved = select(event.kind, event.new).join(table_of(Ticket), ticket.id == event.ticket_id).order_by(event.key)
        found = session.execute(moved.where(ticket.external_id == "5", event.kind.in_((Kind.ASSIGNED, Kind.TEAM)))).all()
    assert found == [(Kind.ASSIGNED, "3"), (Kind.TEAM, "7"), (Kind.ASSIGNED, None), (Kind.TEAM, None)]
    assert (facts(sqlite_store, "5").agent_id, facts(sqlite_store, "5").team_id) == (None, None)
    assert facts(sqlite_store, "4").status == Status.OPEN
    assert facts(sqlite_store, "4").on_hold_s == 600


@gorgias
def test_a_ticket_merged_away_sends_us_on_and_stops_nothing(account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, GORGIAS, account)
    with sqlite_store.writing() as session:
        session.add(DeskCursor(source="gorgias", stream="hints", data={"tickets": ["1", "2"]}))
    account.server.fail(Fault(status=301, headers={"Location": "/api/tickets/2"}), on="/api/tickets/1")
    assert {step.stream: step.refused for step in read(sqlite_store, GORGIAS, account)}["hints"] is None
    with sqlite_store.reading() as session:
        row = session.get(DeskCursor, ("gorgias", "hints"))
        assert row is not None
        assert row.data == {"tickets": []}


@helpscout
def test_what_a_whole_team_was_given_is_nobodys_and_an_ai_is_no_agent(account: Account, sqlite_store: Store) -> None:
    desk = account.server
    assert isinstance(desk, HelpScoutStandIn)
    desk.thread(4, "lineitem", 3, assignedTo={"id": 99, "type": "team", "first": "Second line"})
    desk.thread(4, "message", 3, createdBy={"id": 98, "type": "system_user", "first": "AI"})
    read(sqlite_store, HELPSCOUT, account)
    assert facts(sqlite_store, "4").agent_id is None
    assert facts(sqlite_store, "4").agent_replies == 1
    with sqlite_store.reading() as session:
        event = table_of(TicketEvent).c
        assert session.scalars(select(event.actor).where(event.actor_kind == Actor.BOT)).all() == ["98"]


@helpscout
def test_a_chat_is_read_in_full_although_the_list_cuts_it_short(account: Account, sqlite_store: Store) -> None:
    desk = account.server
    assert isinstance(desk, HelpScoutStandIn)
    desk.talks[6]["type"] = desk.talks[7]["type"] = "chat"
    for number in range(1, 16):  # More than a page holds.
        desk.now += 60
        desk.thread(6, "beaconchat", 3 if number % 2 else 51)
    desk.fail(Fault(status=404), on="/conversations/7/threads")
    read(sqlite_store, HELPSCOUT, account)
    assert (facts(sqlite_store, "6").agent_replies, facts(sqlite_store, "6").customer_replies) == (1 + 8, 7)
    assert facts(sqlite_store, "7").status == Status.PENDING  # Gone since it was listed: what the list told is kept.
    assert [path for path in desk.paths() if path.endswith("/threads")].count("/v2/conversations/6/threads") == 2


@gorgias
def test_a_message_that_could_not_be_sent_is_no_reply_until_it_is(account: Account, sqlite_store: Store) -> None:
    assert isinstance(account.server, GorgiasStandIn)
    account.server.say(5, 3, agent=True, failed_datetime=account.server._stamp(), sent_datetime=None)
    read(sqlite_store, GORGIAS, account)
    assert (facts(sqlite_store, "5").agent_replies, facts(sqlite_store, "5").internal_notes) == (1, 1)
    account.server.now += 600
    account.server.messages[-1]["sent_datetime"] = account.server._stamp()
    account.server._touch(5)
    read(sqlite_store, GORGIAS, account)
    assert (facts(sqlite_store, "5").agent_replies, facts(sqlite_store, "5").internal_notes) == (2, 0)
