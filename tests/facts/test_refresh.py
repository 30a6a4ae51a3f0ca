"""The fact tables follow the raw ones: whatever changes what a number means is counted anew, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.errors import BadInput
from bot.facts.refresh import keep_definitions, read_lives, refresh, refresh_all
from bot.facts.rules import names_of, rules_of
from bot.store.engine import Store
from bot.store.records import EventRecord, ScheduleRecord, SlaPolicyRecord, Target
from bot.store.tables import (
    FACT_TABLES,
    Quarantine,
    ReplyFact,
    Setting,
    SlaFact,
    SolveFact,
    StatusSpan,
    Ticket,
    TicketFact,
    TicketTag,
    table_of,
)
from bot.store.words import Actor, Kind, Metric, Role, Status
from tests.kpis.office import keep
from tests.world import ANA, BILLING, CAST, MONDAY, NOW, SOURCE, event, minute, ticket

FULL = (
    ticket(tags=("vip", "eu", "vip"), handled_s=900),
    event(Kind.CREATED, MONDAY, actor="carla", actor_kind=Actor.CUSTOMER, new=Status.NEW),
    event(Kind.STATUS, minute(1), old=Status.NEW, new=Status.OPEN),
    event(Kind.REPLY, minute(10), actor="ana", actor_kind=Actor.AGENT),
    event(Kind.NOTE, minute(11), actor="bo"),
    event(Kind.REPLY, minute(20), actor="carla"),
    event(Kind.ASSIGNED, minute(25), old="ana", new="bo"),
    event(Kind.REPLY, minute(30), actor="bo"),
    event(Kind.STATUS, minute(40), actor="bo", old=Status.OPEN, new=Status.SOLVED),
    event(Kind.STATUS, minute(50), actor="carla", old=Status.SOLVED, new=Status.OPEN),
    event(Kind.STATUS, minute(60), actor="bo", old=Status.OPEN, new=Status.SOLVED),
)
FAST = SlaPolicyRecord(external_id="fast", name="Fast", targets=(Target(metric=Metric.FIRST_REPLY, target_s=300),))


def rows(store: Store, model: Any) -> list[dict[str, Any]]:
    """A table's rows in the order they were derived, without their own ids."""
    with store.reading() as session:
        found = session.execute(select(table_of(model)).order_by(*table_of(model).primary_key.columns)).mappings().all()
        return [{name: value for name, value in row.items() if name != "id"} for row in found]


def fact(store: Store) -> dict[str, Any]:
    (row,) = rows(store, TicketFact)
    return row


def agent_names(store: Store) -> dict[int | None, str]:
    with store.reading() as session:
        return dict(names_of(session, SOURCE).agent_of)


def test_one_ticket_as_facts(store: Store) -> None:
    keep(store, *CAST, FAST, *FULL)
    row, names = fact(store), agent_names(store)
    told = {
        name: row[name] for name in ("status", "channel", "category", "priority", "excluded", "customer_opened", "created_at")
    }
    assert told == {
        "status": Status.SOLVED,
        "channel": "email",
        "category": "invoice",
        "priority": 3,
        "excluded": None,
        "customer_opened": True,
        "created_at": MONDAY,
    }
    assert (row["first_response_at"], row["first_response_s"], row["first_response_business_s"]) == (minute(10), 600, 600)
    assert (row["first_resolution_at"], row["first_resolution_s"]) == (minute(40), 2400)
    assert (row["full_resolution_at"], row["full_resolution_s"]) == (minute(60), 3600)
    assert (row["requester_wait_s"], row["agent_wait_s"], row["on_hold_s"], row["agent_work_s"]) == (3000, 0, 0, 3000)
    assert (row["agent_replies"], row["customer_replies"], row["internal_notes"], row["reopens"]) == (2, 1, 1, 1)
    assert (row["reassignments"], row["assignee_stations"], row["group_stations"]) == (1, 2, 1)
    assert (row["one_touch"], row["first_contact"], row["handling_s"], row["waiting_since"]) == (False, False, 900, None)
    assert [names[row[name]] for name in ("agent_id", "first_response_agent_id", "solver_id")] == ["bo", "ana", "bo"]


def test_its_spans_replies_solves_targets_and_tags(store: Store) -> None:
    keep(store, *CAST, FAST, *FULL)
    spans = rows(store, StatusSpan)
    assert [(s["status"], s["started_at"], s["ended_at"]) for s in spans] == [
        ("new", MONDAY, minute(1)),
        ("open", minute(1), minute(25)),
        ("open", minute(25), minute(40)),
        ("solved", minute(40), minute(50)),
        ("open", minute(50), minute(60)),
        ("solved", minute(60), None),
    ]
    replies = rows(store, ReplyFact)
    assert [(r["at"], r["is_first"], r["waited_s"]) for r in replies] == [(minute(10), True, 600), (minute(30), False, 600)]
    solves = rows(store, SolveFact)
    assert [(s["at"], s["reopened_at"], s["reopened_by"]) for s in solves] == [
        (minute(40), minute(50), "customer"),
        (minute(60), None, None),
    ]
    (sla,) = rows(store, SlaFact)
    assert (sla["metric"], sla["policy"], sla["target_s"], sla["met"]) == (Metric.FIRST_REPLY, "Fast", 300, False)
    assert (sla["due_at"], sla["outcome_at"], sla["fulfilled_at"], sla["elapsed_s"]) == (minute(5), minute(5), minute(10), 600)
    assert [row["tag"] for row in rows(store, TicketTag)] == ["eu", "vip"]


def test_a_second_run_replaces_the_facts_and_leaves_those_of_other_tickets(store: Store) -> None:
    keep(store, *CAST, *FULL, ticket("2"))
    before = [rows(store, model) for model in FACT_TABLES]
    with store.writing() as session:
        assert refresh(session, SOURCE, [1], profile="articles") == 1
    assert [sorted(rows(store, model), key=str) for model in FACT_TABLES] == [sorted(each, key=str) for each in before]


def test_what_is_rolled_back_leaves_the_facts_as_they_were(store: Store) -> None:
    keep(store, *CAST, *FULL)
    before = fact(store)
    with pytest.raises(BadInput):
        _refresh_and_fail(store)
    assert fact(store) == before


def _refresh_and_fail(store: Store) -> None:
    with store.writing() as session:
        refresh(session, SOURCE, [1], profile="zendesk")
        raise BadInput("The next page is garbled.")


def test_a_new_schedule_counts_every_ticket_of_the_source_anew(store: Store) -> None:
    keep(store, *CAST, *FULL)
    closed = ScheduleRecord(external_id="late", name="Late", zone="UTC", week=((900, 1020),), is_default=True)
    assert keep(store, closed) == 1
    assert (fact(store)["first_response_s"], fact(store)["first_response_business_s"]) == (600, 0)


def test_a_holiday_never_adds_business_time(store: Store) -> None:
    week = tuple((day * 1440, day * 1440 + 1440) for day in range(7))
    open_all = ScheduleRecord(external_id="all", name="All", zone="Europe/Berlin", week=week, is_default=True)
    keep(store, *CAST, open_all, *FULL)
    before = fact(store)
    keep(store, replace(open_all, holidays=("2026-11-16",)))
    after = fact(store)
    names = [name for name in before if name.endswith("_business_s") and before[name] is not None]
    assert all(after[name] <= before[name] for name in names)
    assert after["full_resolution_business_s"] == 0 < before["full_resolution_business_s"]


def test_a_teams_new_schedule_counts_the_tickets_it_ever_had(store: Store) -> None:
    moved = event(Kind.TEAM, minute(5), of="2", old="billing", new="tech")
    keep(store, *CAST, *FULL, ticket("2", team="tech"), moved, ticket("3", team="tech"))
    keep(store, ScheduleRecord(external_id="late", name="Late", zone="UTC", week=((900, 1020),)))
    assert keep(store, replace(BILLING, schedule="late")) == 2


def test_a_new_policy_makes_instances_of_old_tickets_too(store: Store) -> None:
    keep(store, *CAST, *FULL)
    assert rows(store, SlaFact) == []
    keep(store, FAST)
    assert len(rows(store, SlaFact)) == 1
    keep(store, replace(FAST, targets=()))
    assert rows(store, SlaFact) == []


def test_an_agent_who_turns_out_to_be_a_bot_takes_the_answers_back(store: Store) -> None:
    keep(store, *CAST, *FULL)
    keep(store, replace(ANA, role=Role.BOT))
    assert fact(store)["first_response_at"] == minute(30)
    assert keep(store, replace(ANA, role=Role.BOT)) == 0


def test_other_definitions_count_everything_anew_and_the_same_again_nothing(store: Store) -> None:
    merged = event(Kind.STATUS, minute(99), of="2", old=Status.OPEN, new=Status.MERGED)
    keep(store, *CAST, *FULL, ticket("2"), merged)
    with store.writing() as session:
        assert keep_definitions(session, profile="articles", now=NOW) == 2
        assert keep_definitions(session, profile="articles", now=NOW) == 0
        assert keep_definitions(session, profile="zendesk", now=NOW) == 2
    assert [row["excluded"] for row in rows(store, TicketFact)] == [None, None]
    with store.writing() as session:
        keep_definitions(session, profile="articles", now=NOW)
    assert [row["excluded"] for row in rows(store, TicketFact)] == [None, "merged"]


def test_facts_of_an_older_release_are_derived_anew(store: Store) -> None:
    keep(store, *CAST, *FULL)
    with store.writing() as session:
        keep_definitions(session, profile="articles", now=NOW)
        made = session.get(Setting, "facts")
        assert made is not None
        made.value = {**made.value, "version": 0}
        session.add(made)
    with store.writing() as session:
        assert keep_definitions(session, profile="articles", now=NOW) == 1


def test_sources_are_counted_by_their_own_rules(store: Store) -> None:
    keep(store, *CAST, FAST, *FULL)
    keep(store, *CAST, *FULL, source="other")
    with store.writing() as session:
        assert refresh_all(session, profile="articles") == 2
    assert len(rows(store, SlaFact)) == 1
    with store.reading() as session:
        assert len(rules_of(session, SOURCE, "articles").policies) == 1
        assert rules_of(session, "other", "articles").policies == ()


def test_a_life_is_read_with_people_by_their_own_ids(store: Store) -> None:
    keep(store, *CAST, *FULL)
    with store.reading() as session:
        ((row, life),) = read_lives(session, [1], names_of(session, SOURCE))
    assert (row.external_id, row.source, row.customer_id is not None) == ("1", SOURCE, True)
    assert (life.requester, life.team, life.agent, life.priority) == ("carla", "billing", "ana", 3)
    assert (life.tags, life.handled_s, len(life.moments)) == (("vip", "eu", "vip"), 900, len(FULL) - 1)


def test_more_tickets_than_fit_into_one_statement(store: Store) -> None:
    keep(store, *CAST, *(ticket(str(n)) for n in range(1_203)))
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(table_of(TicketFact))) == 1_203
        assert session.scalar(select(func.count()).select_from(table_of(Ticket))) == 1_203


@pytest.mark.parametrize(
    "poison",
    [
        event(Kind.STATUS, minute(5), key="x", old=Status.OPEN, new="vanished"),
        event(Kind.STATUS, minute(5), key="x", old="unheard of", new=Status.OPEN),
        event(Kind.CREATED, minute(5), key="x", new="born"),
        event(Kind.PRIORITY, minute(5), key="x", old="3", new="utmost"),
        event(Kind.SLA_BREACHED, minute(5), key="x", new="happiness:Gold"),
    ],
    ids=lambda poison: f"{poison.kind} {poison.new}",
)
def test_an_event_in_words_nobody_knows_is_set_aside_and_stops_no_sync(store: Store, poison: EventRecord) -> None:
    keep(store, *CAST, *FULL)
    before = fact(store)
    assert keep(store, poison) == 0
    assert fact(store) == before
    assert [row["external_id"] for row in rows(store, Quarantine)] == ["1/x"]


OFFICE = ScheduleRecord(external_id="office", name="Office", zone="UTC", week=((540, 1020),), is_default=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": "Mars/Olympus"},
        {"week": ()},
        {"week": ((540, 20_000),)},
        {"week": ((540, 540),)},
        {"holidays": ("2026-02-30",)},
    ],
    ids=str,
)
def test_business_hours_that_cannot_be_are_set_aside_and_calendar_time_counts(store: Store, changes: dict[str, Any]) -> None:
    keep(store, *CAST, *FULL)
    keep(store, replace(OFFICE, **changes))
    assert [row["external_id"] for row in rows(store, Quarantine)] == ["office"]
    assert fact(store)["first_response_business_s"] == 600
    keep(store, OFFICE)
    assert rows(store, Quarantine) == []


def test_a_promise_of_less_than_no_time_is_set_aside(store: Store) -> None:
    keep(store, *CAST, replace(FAST, targets=(Target(metric=Metric.FIRST_REPLY, target_s=-1),)), *FULL)
    assert rows(store, SlaFact) == []
    assert len(rows(store, Quarantine)) == 1
