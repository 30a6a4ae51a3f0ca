"""Only what differs is written, and a row that must not go back does not, whoever else writes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from bot.store.changes import CHUNK, add_missing, chunks, keyed, row_ids, stored_rows, write
from bot.store.engine import Store
from bot.store.tables import Agent, Team, Ticket
from bot.store.upsert import store_records
from bot.store.words import Kind
from tests.world import ANA, BILLING, NOW, SOURCE, ticket
from tests.world import event as happened

TEAMS = keyed(Team, "source", "external_id")
TICKETS = keyed(Ticket, "source", "external_id")


def team(name: str, *, external_id: str = "billing", schedule: str | None = None) -> dict[str, Any]:
    return {"source": SOURCE, "external_id": external_id, "name": name, "schedule": schedule}


def names(store: Store) -> list[str]:
    with store.reading() as session:
        return sorted(session.scalars(select(TEAMS.plain.c.name)))


def write_teams(store: Store, *rows: dict[str, Any], newer: tuple[str, ...] = ()) -> None:
    with store.writing() as session:
        write(session.connection(), TEAMS, rows, newer=newer)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that change anything."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


def test_a_row_is_known_by_its_key(store: Store) -> None:
    write_teams(store, team("Billing"), team("Shop", external_id="shop"))
    write_teams(store, team("Invoices"))
    assert names(store) == ["Invoices", "Shop"]


@pytest.mark.parametrize(("told", "stands"), [("b", "b"), ("a", "a"), ("0", "a")])
def test_a_row_that_must_not_go_back_does_not(store: Store, told: str, stands: str) -> None:
    write_teams(store, team("a"))
    write_teams(store, team(told), newer=("name",))
    assert names(store) == [stands]


def test_of_two_columns_that_decide_the_first_outranks_the_second(store: Store) -> None:
    write_teams(store, team("b", schedule="1"))
    write_teams(store, team("a", schedule="9"), newer=("name", "schedule"))
    assert names(store) == ["b"]
    write_teams(store, team("b", schedule="0"), newer=("name", "schedule"))
    with store.reading() as session:
        assert stored_rows(session.connection(), TEAMS, SOURCE, ["billing"]) == {"billing": {"name": "b", "schedule": "1"}}


def test_what_is_missing_is_added_and_what_is_there_stays(store: Store) -> None:
    write_teams(store, team("Billing"))
    with store.writing() as session:
        add_missing(session.connection(), TEAMS, [team("other name"), team("Shop", external_id="shop")])
    assert names(store) == ["Billing", "Shop"]


def test_rows_of_another_source_are_not_found(store: Store) -> None:
    write_teams(store, team("Billing"))
    with store.reading() as session:
        assert row_ids(session.connection(), TEAMS, "elsewhere", ["billing"]) == {}
        assert stored_rows(session.connection(), TEAMS, "elsewhere", ["billing"]) == {}
        assert list(row_ids(session.connection(), TEAMS, SOURCE, ["billing", "none"])) == ["billing"]


def test_a_row_differs_when_any_of_its_content_does() -> None:
    stored = {"name": "Billing", "schedule": None}
    assert TEAMS.differs(team("Billing"), None)
    assert not TEAMS.differs(team("Billing"), stored)
    assert TEAMS.differs(team("Billing", schedule="office"), stored)


def test_columns_of_ours_are_no_content_of_the_desk() -> None:
    assert "slack_user_id" in keyed(Agent, "source", "external_id").content
    assert "slack_user_id" not in keyed(Agent, "source", "external_id", ours=("slack_user_id",)).content


def test_an_unchanged_page_writes_nothing_at_all(store: Store) -> None:
    page = (BILLING, ANA, ticket(), happened(Kind.CREATED))

    def keep() -> list[str]:
        with statements(store) as changes, store.writing() as session:
            store_records(session, SOURCE, page, now=NOW, grade=lambda scale, score: pytest.fail("no rating here"))
        return changes

    assert len(keep()) == 5, "teams, agents, the customer it names, tickets, events"
    assert keep() == []


@pytest.mark.parametrize("number", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_chunks_lose_nothing_and_are_never_empty(number: int) -> None:
    cut = list(chunks(range(number)))
    assert [each for some in cut for each in some] == list(range(number))
    assert all(0 < len(some) <= CHUNK for some in cut)
