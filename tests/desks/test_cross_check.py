"""Our figures beside the help desk's own: what is the same, what a schedule explains, and which tickets nothing explains."""

from __future__ import annotations

from typing import Any

import pytest

from bot.desks.cross_check import Compared, cross_check
from bot.store.engine import Store
from bot.store.tables import Ticket, TicketFact
from bot.store.words import Channel, Status
from tests.world import MONDAY


def keep(store: Store, name: str, told: dict[str, Any], **ours: Any) -> None:
    with store.writing() as session:
        row = Ticket(
            source="zendesk", external_id=name, status=Status.SOLVED, channel=Channel.EMAIL,
            created_at=MONDAY, updated_at=MONDAY, desk_facts=told,
        )  # fmt: skip
        session.add(row)
        session.flush()
        assert row.id is not None
        facts = {"source": "zendesk", "external_id": name, "status": Status.SOLVED, "channel": "email", "created_at": MONDAY}
        session.add(TicketFact(ticket_id=row.id, **{**facts, **ours}))


def compared(store: Store) -> dict[str, Compared]:
    with store.reading() as session:
        return {each.name: each for each in cross_check(session, "zendesk")}


def test_whole_minutes_say_the_same_as_their_seconds(sqlite_store: Store) -> None:
    keep(sqlite_store, "1", {"first_response_min": [7, 5]}, first_response_s=425, first_response_business_s=359)
    keep(sqlite_store, "2", {"first_response_min": [None, None]}, first_response_s=None)
    found = compared(sqlite_store)["first response"]
    assert (found.tickets, found.differing) == (2, 0)
    assert found.sentence() == "first response is the same on all 2 tickets"


@pytest.mark.parametrize(
    ("told", "ours", "why"),
    [
        ([7, 2], (425, 359), "by_schedule"),
        ([9, 5], (425, 359), "unexplained"),
        ([7, 5], (None, None), "one_sided"),
        ([None, None], (425, 359), "one_sided"),
        ([8, 6], (420, 359), "unexplained"),
    ],
)
def test_what_differs_is_explained_where_it_can_be(sqlite_store: Store, told: list[Any], ours: Any, why: str) -> None:
    keep(sqlite_store, "7", {"first_response_min": told}, first_response_s=ours[0], first_response_business_s=ours[1])
    found = compared(sqlite_store)["first response"]
    assert [getattr(found, each) for each in ("by_schedule", "one_sided", "unexplained")].count(1) == 1
    assert getattr(found, why) == 1
    assert found.examples == (["7"] if why == "unexplained" else [])


def test_counts_are_compared_as_they_are_and_examples_are_few(sqlite_store: Store) -> None:
    for number in range(8):
        keep(sqlite_store, str(number), {"reopens": 1, "replies": 2}, reopens=0, agent_replies=2)
    found = compared(sqlite_store)
    assert (found["reopens"].unexplained, len(found["reopens"].examples)) == (8, 5)
    assert found["reopens"].sentence() == "reopens differs on 100.0 % of 8 tickets: 8 unexplained (0, 1, 2, 3, 4)"
    assert found["agent replies"].differing == 0


def test_tickets_that_do_not_count_and_desks_that_tell_nothing_are_left_out(sqlite_store: Store) -> None:
    keep(sqlite_store, "1", {"reopens": 3}, reopens=0, excluded="deleted")
    keep(sqlite_store, "2", {})
    assert compared(sqlite_store) == {}
