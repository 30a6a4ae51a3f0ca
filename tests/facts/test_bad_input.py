"""What help desks hand over by mistake: set aside and counted, or put in order, and never a wrong number in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.engine import Store
from bot.store.records import Record, ScheduleRecord, SlaPolicyRecord, Target
from bot.store.tables import Quarantine, SlaFact, TicketFact, table_of
from bot.store.words import Kind, Metric, Status
from tests.kpis.office import keep
from tests.world import CAST, MONDAY, event, minute, ticket

REPLY = event(Kind.REPLY, minute(10), actor="ana")
SOLVED = event(Kind.STATUS, minute(20), old=Status.OPEN, new=Status.SOLVED, actor="ana")
AGAIN = event(Kind.STATUS, minute(40), old=Status.SOLVED, new=Status.OPEN, actor="carla")
FAST = SlaPolicyRecord(external_id="fast", name="Fast", targets=(Target(metric=Metric.FIRST_REPLY, target_s=300),))

IN_THE_PAST = Target(metric=Metric.FIRST_REPLY, target_s=-1)


def facts(store: Store, of: str = "1") -> dict[str, Any] | None:
    with store.reading() as session:
        row = session.execute(select(table_of(TicketFact)).where(table_of(TicketFact).c.external_id == of)).mappings().first()
        return None if row is None else dict(row)


def aside(store: Store) -> list[tuple[str, str]]:
    """What was set aside, and why."""
    with store.reading() as session:
        table = table_of(Quarantine).c
        return [tuple(row) for row in session.execute(select(table.external_id, table.reason).order_by(table.id))]


def test_events_in_any_order_and_told_twice_are_the_same_life(store: Store) -> None:
    told = (REPLY, SOLVED, AGAIN)
    for number, order in enumerate(permutations(told)):
        name = str(number)
        keep(store, *CAST, ticket(name), *(replace(each, ticket=name) for each in (*order, *order[:2])))
    found = [facts(store, str(number)) for number in range(6)]
    told_of = [{key: value for key, value in (row or {}).items() if key not in ("ticket_id", "external_id")} for row in found]
    assert all(row == told_of[0] for row in told_of)
    assert (told_of[0]["first_response_s"], told_of[0]["reopens"], told_of[0]["full_resolution_s"]) == (600, 1, None)


def test_an_event_without_its_ticket_is_set_aside_until_the_ticket_comes(store: Store) -> None:
    keep(store, *CAST, replace(REPLY, ticket="7"))
    assert aside(store) == [(f"7/{REPLY.key}", "Its ticket is not in the store.")]
    keep(store, ticket("7"), replace(REPLY, ticket="7"))
    assert aside(store) == []
    assert (facts(store, "7") or {})["first_response_s"] == 600


def test_what_was_said_before_the_creation_counts_nowhere_and_is_counted(store: Store) -> None:
    keep(store, *CAST, ticket(), event(Kind.REPLY, minute(-30), actor="ana"), REPLY)
    row = facts(store) or {}
    assert (row["first_response_s"], row["agent_replies"], row["strays"]) == (600, 1, 1)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (ticket(tags=tuple(str(n) for n in range(1_000_000))), "It has 1,000,000 tags; more than 1,000 cannot be kept."),
        (ticket(created_at=datetime(9999, 12, 31, tzinfo=UTC)), "A time in it lies too far away."),
        (replace(REPLY, at=datetime(9999, 12, 31, tzinfo=UTC)), "A time in it lies too far away."),
        (replace(REPLY, at=MONDAY.replace(tzinfo=None)), "A time in it has no time zone."),
        (replace(FAST, targets=()), "It has no targets, so it promises nothing."),
        (replace(FAST, targets=(IN_THE_PAST,)), "It promises less than no time, or more than a lifetime."),
        (ScheduleRecord(external_id="never", name="Never", zone="UTC", week=()), "It never opens."),
        (
            ScheduleRecord(external_id="mars", name="Mars", zone="Mars/Olympus", week=((0, 60),)),
            "Its time zone or one of its holidays does not exist.",
        ),
    ],
    ids=["tags", "placeholder", "late event", "naive", "no targets", "negative target", "never opens", "zone"],
)  # fmt: skip
def test_what_cannot_be_is_set_aside_with_its_reason_and_stops_nothing(store: Store, record: Record, reason: str) -> None:
    keep(store, *CAST, ticket("2"), record, replace(SOLVED, ticket="2"))
    assert reason in [why for _, why in aside(store)]
    assert (facts(store, "2") or {})["full_resolution_s"] == 1200


def test_a_policy_that_lost_its_targets_holds_no_longer_and_the_next_one_does(store: Store) -> None:
    slow = SlaPolicyRecord(
        external_id="slow", name="Slow", position=9, targets=(Target(metric=Metric.FIRST_REPLY, target_s=9_000),)
    )
    keep(store, *CAST, FAST, slow, ticket(), REPLY)
    keep(store, replace(FAST, targets=()))
    with store.reading() as session:
        assert session.scalars(select(table_of(SlaFact).c.policy)).all() == ["Slow"]
    assert len(aside(store)) == 1
    keep(store, FAST)
    assert aside(store) == []


def test_as_many_tags_as_can_be_kept_are_kept(store: Store) -> None:
    keep(store, *CAST, ticket(tags=tuple(str(n) for n in range(1_000))))
    assert facts(store) is not None
    assert aside(store) == []


def test_all_in_the_second_of_the_creation_is_a_life_too(store: Store) -> None:
    asked = event(Kind.CREATED, MONDAY, new=Status.NEW, actor="carla")
    keep(store, *CAST, ticket(), asked, *(replace(each, at=MONDAY, seq=number) for number, each in enumerate((REPLY, SOLVED))))
    row = facts(store) or {}
    assert (row["first_response_s"], row["full_resolution_s"], row["one_touch"]) == (0, 0, True)
