"""What is Request Tracker's own: promises that break by themselves, statuses of one's own, and what is seen of its settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.desks.desk import Pace
from bot.desks.rt import RT, open_door
from bot.desks.rt_words import priority_of, statuses
from bot.errors import BadConfig
from bot.store.engine import Store
from bot.store.tables import Quarantine, Ticket, TicketEvent, table_of
from bot.store.words import Kind, Status
from tests.desks.account import Account
from tests.desks.engine import read
from tests.desks.rt_standin import ANA, CARLA, DEV, TOKEN, RtStandIn


@pytest.fixture
def desk() -> Iterator[RtStandIn]:
    with RtStandIn() as opened:
        yield opened


def account(desk: RtStandIn, after_s: int = 0, **more: str) -> Account:
    return Account(settings={"url": desk.url, "token": TOKEN, **more}, now=datetime.fromtimestamp(desk.now + after_s, UTC))


def outcomes(store: Store) -> list[tuple[str, str]]:
    event = table_of(TicketEvent).c
    with store.reading() as session:
        rows = session.execute(select(event.kind, event.new).where(event.kind.like("sla%")).order_by(event.at)).all()
        return [(kind, new) for kind, new in rows]


def test_a_promise_is_seen_to_break_although_nothing_happens(desk: RtStandIn, sqlite_store: Store) -> None:
    desk.promise(desk.create(CARLA), 3600)
    read(sqlite_store, RT, account(desk, 60))
    assert outcomes(sqlite_store) == []
    read(sqlite_store, RT, account(desk, 7200))
    assert outcomes(sqlite_store) == [(Kind.SLA_BREACHED, "first_reply:Standard")]


def test_an_answer_keeps_the_promise_to_answer_late_or_not(desk: RtStandIn, sqlite_store: Store) -> None:
    for late in (60, 7200):
        ticket = desk.create(CARLA)
        desk.promise(ticket, 3600)
        desk.now += late
        desk.say(ticket, ANA)
    read(sqlite_store, RT, account(desk, 60))
    achieved, breached = (Kind.SLA_ACHIEVED, "first_reply:Standard"), (Kind.SLA_BREACHED, "first_reply:Standard")
    assert sorted(outcomes(sqlite_store)) == [achieved, achieved, breached]


def test_a_ticket_that_others_were_merged_into_is_not_merged_away(desk: RtStandIn, sqlite_store: Store) -> None:
    first, second, third = (desk.create(CARLA) for _ in range(3))
    desk.merge(first, second, ANA)
    desk.merge(second, third, ANA)
    read(sqlite_store, RT, account(desk, 60))
    with sqlite_store.reading() as session:
        ticket = table_of(Ticket).c
        told = session.execute(select(ticket.external_id, ticket.status)).all()
        events = session.scalars(select(table_of(TicketEvent).c.id).where(table_of(TicketEvent).c.new == "merged")).all()
    assert dict(map(tuple, told)) == {first: Status.MERGED, second: Status.MERGED, third: Status.NEW}
    assert len(events) == 2


def test_a_status_of_ones_own_is_set_aside_until_it_is_named(desk: RtStandIn, sqlite_store: Store) -> None:
    ticket = desk.create(DEV)
    desk.status(ticket, ANA, "with vendor")
    read(sqlite_store, RT, account(desk, 60))
    with sqlite_store.reading() as session:
        (reason,) = session.scalars(select(table_of(Quarantine).c.reason))
    assert "CX_RT_STATUSES" in reason
    assert statuses({"statuses": "with vendor=hold, fixed = solved"})["with vendor"] is Status.HOLD


def test_a_status_that_cx_has_not_is_refused() -> None:
    with pytest.raises(BadConfig, match="CX_RT_STATUSES"):
        statuses({"statuses": "waiting=later"})


@pytest.mark.parametrize("missing", ["url", "token"])
def test_a_missing_setting_is_named(missing: str) -> None:
    settings = {"url": "http://127.0.0.1:1", "token": "x", missing: ""}
    with pytest.raises(BadConfig, match=f"CX_RT_{missing.upper()}"):
        open_door(settings, Pace())


def test_a_name_and_a_password_will_do() -> None:
    http = open_door({"url": "http://127.0.0.1:1/REST/2.0", "user": "sync", "password": "canary"}, Pace())
    assert http.sign()["Authorization"].startswith("Basic ")
    assert http.base == "http://127.0.0.1:1"
    http.close()


def test_priorities_count_up() -> None:
    assert [priority_of(number) for number in (None, 0, 50, 100, 200)] == [None, 4, 3, 2, 1]


def test_reading_later_without_news_asks_once(desk: RtStandIn, sqlite_store: Store) -> None:
    desk.create(CARLA)
    whole = account(desk, 60)
    read(sqlite_store, RT, whole)
    desk.asked.clear()
    read(sqlite_store, RT, replace(whole, now=whole.now + timedelta(minutes=1)))
    assert desk.paths() == ["/REST/2.0/transactions"]
