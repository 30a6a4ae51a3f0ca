"""The clock of one ticket: both clocks, its targets, what happened, and nobody's name."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store.records import SlaPolicyRecord, Target
from bot.store.words import Kind, Metric, Status
from tests.commands.conftest import empty
from tests.commands.room import Room, said, typed
from tests.kpis.office import keep
from tests.world import CAST, event, minute, ticket

__all__ = ["empty"]
AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def lived(room: Room) -> None:
    target = Target(metric=Metric.FIRST_REPLY, target_s=1_800)
    policy = SlaPolicyRecord(external_id="all", name="All", position=1, targets=(target,))
    moments = (
        event(Kind.CREATED, minute(0), actor="carla", new=Status.NEW),
        event(Kind.REPLY, minute(60), actor="ana"),
        event(Kind.STATUS, minute(60), actor="ana", old=Status.NEW, new=Status.PENDING),
        event(Kind.STATUS, minute(180), actor="carla", old=Status.PENDING, new=Status.OPEN),
        event(Kind.STATUS, minute(240), actor="ana", old=Status.OPEN, new=Status.SOLVED),
    )
    made = ticket(status=Status.SOLVED, updated_at=minute(240), subject="<!channel> *bold*", url="https://desk.example/1")
    keep(room.store, *CAST, policy, made, *moments)


def test_it_tells_the_clock_of_a_ticket(empty: Room) -> None:
    room = Room(store=empty.store, now=AT)
    lived(room)
    reply = room.type("ticket #1")
    text = said(reply)
    assert text.startswith("#1: solved. First reply after 1 h. Solved for good after 4 h. 1 reply, 0 reopens")
    assert "Customer waited for us 2 h" in text
    assert "We waited for the customer 2 h" in text
    assert "broken: first reply, All within 30 min, 200% used" in text
    assert "new → pending, for 2 h" in text
    assert "first reply target of All broken" in text
    assert "Ana" not in text
    assert reply.message is not None
    subject = next(block for block in reply.message.blocks if block["block_id"] == "ticket:subject")
    link, words = subject["elements"][0]["elements"]
    assert link["url"] == "https://desk.example/1"
    assert words == {"type": "text", "text": " <!channel> *bold*"}


def test_a_number_that_no_or_two_desks_have_is_asked_back(empty: Room) -> None:
    room = Room(store=empty.store, now=AT)
    lived(room)
    assert "no ticket 99" in said(room.type("ticket 99"))
    assert "Which ticket?" in said(room.type("ticket"))
    keep(room.store, *CAST, ticket(), source="other")
    both = room.type("ticket 1")
    assert "Several help desks" in said(both)
    assert said(room.type("ticket 1 other")).startswith("#1: ")
    assert typed(room.type("ticket 1 2")) == ["ticket 1 desk", "ticket 1 other"]
    assert said(room.type("ticket 1 desk")).startswith("#1: solved")


def test_a_link_to_a_ticket_names_it(empty: Room) -> None:
    room = Room(store=empty.store, now=AT)
    lived(room)
    for link in ("<https://desk.example/tickets/1>", "https://desk.example/tickets/1/", "<https://desk.example/1?tab=2|#1>"):
        assert said(room.type(f"ticket {link}")).startswith("#1: ")


def test_what_runs_runs_until_now(empty: Room) -> None:
    room = Room(store=empty.store, now=AT)
    keep(room.store, *CAST, ticket(), event(Kind.CREATED, minute(0), actor="carla", new=Status.OPEN))
    text = said(room.type("ticket 1"))
    assert "No reply by a person yet. The customer has waited since Mon 16 Nov 2026" in text
    assert "Customer waited for us 2 d" in text


def test_a_ticket_that_was_merged_away_leads_to_the_other(empty: Room) -> None:
    room = Room(store=empty.store, now=AT)
    gone = ticket(status=Status.MERGED, merged_into="2", subject="")
    keep(room.store, *CAST, gone, ticket(external_id="2", url="https://desk.example/2"))
    reply = room.type("ticket 1")
    assert "It was merged into #2. No KPI counts it: it is merged." in said(reply)
    assert reply.message is not None
    subject = next(block for block in reply.message.blocks if block["block_id"] == "ticket:subject")
    assert subject["elements"][0]["elements"][-1] == {"type": "link", "url": "https://desk.example/2", "text": "#2"}
    keep(room.store, ticket(status=Status.MERGED, merged_into="gone", updated_at=minute(9)))
    assert "It was merged into #gone." in said(room.type("ticket 1"))
