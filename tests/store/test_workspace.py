"""Settings of the workspace may be changed by several at once, on any replica."""

from __future__ import annotations

from sqlmodel import Session

from bot.store.engine import Store
from bot.store.erased import key_of
from bot.store.workspace import Workspace, change_setting, read_workspace
from tests.store.test_ledger import all_at_once
from tests.world import NOW


def test_of_six_first_values_that_come_at_once_one_holds_and_none_fails(store: Store) -> None:
    """Two admins who pressed at the same second: one of them was told that something of ours broke."""

    def change(session: Session, number: int) -> bool:
        change_setting(session, "currency", f"AA{number}", now=NOW, by=f"U{number}")
        return True

    assert all_at_once(store, change) == [True] * 6
    with store.reading() as session:
        assert read_workspace(session, Workspace()).currency in {f"AA{number}" for number in range(6)}


def test_a_later_value_takes_the_place_of_an_earlier_one(store: Store) -> None:
    for currency in ("EUR", "USD"):
        with store.writing() as session:
            change_setting(session, "currency", currency, now=NOW, by="U1")

    with store.reading() as session:
        assert read_workspace(session, Workspace()).currency == "USD"


def test_whoever_forgets_first_makes_the_one_key_of_the_store(store: Store) -> None:
    keys: list[bytes] = []
    assert all_at_once(store, lambda session, _: keys.append(key_of(session, now=NOW)) is None) == [True] * 6
    assert len(set(keys)) == 1
