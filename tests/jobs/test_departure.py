"""Whoever removes the app is forgotten after thirty days, whoever comes back before that finds everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.slack.port import Slack
from bot.store.departure import KEPT_FOR, note_removal, removed_since
from bot.store.engine import Store
from bot.store.tables import METADATA, Audit, Customer, FactChange
from jobs.departure import settle_departure
from tests.surveys.cast import NOW, add_customer, add_invitation, add_ticket

AFTER = NOW + KEPT_FOR


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off")) as running:
        yield running


@pytest.fixture
def sandbox(workspace: Sandbox) -> Iterator[Sandbox]:
    yield workspace
    workspace.control.call("restore")


def port(sandbox: Sandbox) -> Slack:
    return Slack(sandbox.bot_token, sandbox.api_url, timeout_s=5)


def lived(store: Store) -> None:
    """A customer, a ticket, a question, and the app removed at nine."""
    add_ticket(store, add_customer(store))
    add_invitation(store)
    with store.writing() as session:
        note_removal(session, NOW)
        note_removal(session, NOW + timedelta(days=5))


def rows(store: Store) -> dict[str, int]:
    with store.reading() as session:
        found = {table.name: len(session.connection().execute(select(table)).all()) for table in METADATA.sorted_tables}
    return {name: count for name, count in found.items() if count and name != FactChange.__tablename__}


def test_everything_is_erased_after_thirty_days_and_not_before(store: Store, sandbox: Sandbox) -> None:
    lived(store)
    sandbox.control.revoke()
    assert settle_departure(store, port(sandbox), AFTER - timedelta(seconds=1)) == 0
    assert rows(store)["customer"] == 1
    assert settle_departure(store, port(sandbox), AFTER) >= 4
    assert rows(store) == {"audit": 1}
    with store.reading() as session:
        assert session.exec(select(Audit.action)).one() == "workspace.erased"
    assert settle_departure(store, port(sandbox), AFTER) == 0


def test_nothing_of_it_can_be_read_in_the_file_afterwards(sqlite_store: Store, sandbox: Sandbox) -> None:
    add_customer(sqlite_store, "zebulon")
    lived(sqlite_store)
    sandbox.control.revoke()
    settle_departure(sqlite_store, port(sandbox), AFTER)
    path = str(sqlite_store.engine.url.database)
    for end in ("", "-wal"):
        with open(path + end, "rb") as file:  # noqa: PTH123 - the name is the URL's own text
            assert b"zebulon" not in file.read().lower()


def test_who_is_back_keeps_everything_for_good(sqlite_store: Store, sandbox: Sandbox) -> None:
    lived(sqlite_store)
    assert settle_departure(sqlite_store, port(sandbox), AFTER) == 0
    with sqlite_store.reading() as session:
        assert removed_since(session) is None
        assert session.exec(select(Customer)).one()
    sandbox.control.revoke()
    assert settle_departure(sqlite_store, port(sandbox), AFTER + KEPT_FOR) == 0


def test_while_slack_cannot_be_asked_nothing_is_erased(sqlite_store: Store, sandbox: Sandbox) -> None:
    lived(sqlite_store)
    assert settle_departure(sqlite_store, Slack("xoxb-1", "http://127.0.0.1:9/api/", timeout_s=1), AFTER) == 0
    assert rows(sqlite_store)["customer"] == 1
