"""What changed between two looks is told with both instants, and never made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.store.differences import with_differences
from bot.store.engine import Store
from bot.store.records import EventRecord, Record, TicketRecord
from bot.store.upsert import store_records
from bot.store.words import Kind, Status
from bot.surveys.grading import grade

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ALL = frozenset({Kind.TEAM, Kind.ASSIGNED, Kind.PRIORITY, Kind.CATEGORY, Kind.STATUS})
TICKET = TicketRecord(
    external_id="1",
    created_at=START,
    updated_at=START,
    version=1,
    status=Status.OPEN,
    priority=3,
    category="A",
    team="t",
    agent="a",
)


def look(store: Store, *records: Record, kinds: frozenset[Kind] = ALL) -> list[EventRecord]:
    """Store records as a sync does, and give back what was worked out."""
    with store.writing() as session:
        told = with_differences(session, "desk", records, kinds)
        store_records(session, "desk", told, now=START, grade=grade)
    return [each for each in told[len(records) :] if isinstance(each, EventRecord)]


def later(minutes: int, **changes: object) -> TicketRecord:
    at = START + timedelta(minutes=minutes)
    return replace(TICKET, updated_at=at, version=1 + minutes, **changes)  # type: ignore[arg-type]


def test_the_first_look_finds_no_change(store: Store) -> None:
    assert look(store, TICKET) == []


def test_each_change_is_told_between_its_two_looks(store: Store) -> None:
    look(store, TICKET)
    found = look(store, later(5, priority=1, category=None, team="u", agent=None, status=Status.PENDING))
    assert {(each.kind, each.old, each.new) for each in found} == {
        (Kind.PRIORITY, "3", "1"),
        (Kind.CATEGORY, "A", None),
        (Kind.TEAM, "t", "u"),
        (Kind.ASSIGNED, "a", None),
        (Kind.STATUS, "open", "pending"),
    }
    assert {(each.after, each.at, each.derived) for each in found} == {(START, START + timedelta(minutes=5), True)}


def test_only_the_kinds_that_a_desk_keeps_no_history_of_are_worked_out(store: Store) -> None:
    look(store, TICKET)
    assert [each.kind for each in look(store, later(5, priority=1, team="u"), kinds=frozenset({Kind.TEAM}))] == [Kind.TEAM]
    assert look(store, later(6, priority=2, team="v"), kinds=frozenset()) == []


def test_an_older_look_and_the_same_one_change_nothing(store: Store) -> None:
    look(store, later(5))
    assert look(store, later(5)) == []
    assert look(store, replace(TICKET, team="u")) == []


def test_two_looks_in_one_page_follow_each_other(store: Store) -> None:
    look(store, TICKET)
    found = look(store, later(5, team="u"), later(9, team="v"), kinds=frozenset({Kind.TEAM}))
    assert [(each.old, each.new) for each in found] == [("t", "u"), ("u", "v")]


def test_what_was_worked_out_has_a_key_of_its_own_each_time(store: Store) -> None:
    look(store, TICKET)
    found = [look(store, later(minutes, team=team))[0] for minutes, team in ((5, "u"), (9, "t"), (12, "u"))]
    assert len({each.key for each in found}) == 3


def test_solved_anew_was_open_in_between(store: Store) -> None:
    def solved(minutes: int) -> tuple[Record, Record]:
        ticket = later(minutes, status=Status.SOLVED)
        return ticket, EventRecord(ticket="1", key=f"s{minutes}", at=ticket.updated_at, kind=Kind.STATUS, new="solved")

    look(store, *solved(5), kinds=frozenset({Kind.TEAM}))
    (opened,) = look(store, *solved(60), kinds=frozenset({Kind.TEAM}))
    assert (opened.old, opened.new, opened.after) == ("solved", "open", START + timedelta(minutes=5))
    again = later(90, status=Status.SOLVED, category="B")
    assert look(store, again, solved(60)[1], kinds=frozenset({Kind.TEAM})) == [], "the same solution told again is none"
