"""Units of work that come at once are committed at once, and none pays for another's failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, select

from bot.errors import BadInput
from bot.store.engine import Store
from bot.store.tables import Setting
from tests.world import NOW

MANY = 8


def keeps(name: str) -> Callable[[Session], str]:
    """Work that writes a row and says its name."""

    def work(session: Session) -> str:
        session.merge(Setting(key=name, value=1, changed_at=NOW, changed_by="test"))
        return name

    return work


def fails(session: Session) -> str:
    keeps("never")(session)
    raise BadInput("This one cannot be kept.")


def kept(store: Store) -> set[str]:
    with store.reading() as session:
        return set(session.exec(select(Setting.key)))


class Held:
    """A first unit that writes until it is let go: whatever is asked for meanwhile waits, and is known to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.begun, self.go_on = threading.Event(), threading.Event()

    def work(self, session: Session) -> str:
        keeps("first")(session)
        self.begun.set()
        assert self.go_on.wait(20)
        return "first"

    def waiting(self, count: int) -> None:
        for _ in range(2000):
            if len(self.store._together._waiting) == count:
                return
            threading.Event().wait(0.01)
        raise AssertionError("they never came")


def test_everybody_gets_the_answer_to_their_own_work_and_it_is_committed(store: Store) -> None:
    with ThreadPoolExecutor(MANY) as threads:
        told = list(threads.map(lambda n: store.together(keeps(f"k{n}")), range(MANY * 5)))
    assert told == [f"k{n}" for n in range(MANY * 5)]
    assert kept(store) == set(told)


def test_what_comes_while_another_writes_shares_one_transaction(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    held, transactions = Held(sqlite_store), []
    writing = sqlite_store._together._writing
    monkeypatch.setattr(sqlite_store._together, "_writing", lambda: transactions.append(1) or writing())
    with ThreadPoolExecutor(MANY + 1) as threads:
        first = threads.submit(sqlite_store.together, held.work)
        assert held.begun.wait(20)
        rest = [threads.submit(sqlite_store.together, keeps(f"k{n}")) for n in range(MANY)]
        held.waiting(MANY)
        held.go_on.set()
        assert [one.result(20) for one in (first, *rest)] == ["first", *(f"k{n}" for n in range(MANY))]
    assert len(transactions) == 2


def test_what_is_asked_for_at_once_is_answered_by_one_work(sqlite_store: Store) -> None:
    held, crowds = Held(sqlite_store), []

    def doubled(_session: Session, asked: Sequence[int]) -> list[int]:
        crowds.append(len(asked))
        return [2 * one for one in asked]

    with ThreadPoolExecutor(MANY + 1) as threads:
        first = threads.submit(sqlite_store.together, held.work)
        assert held.begun.wait(20)
        rest = [threads.submit(sqlite_store.all_together, n, doubled) for n in range(MANY)]
        held.waiting(MANY)
        held.go_on.set()
        assert first.result(20) == "first"
        assert [one.result(20) for one in rest] == [2 * n for n in range(MANY)]
    assert crowds == [MANY]


def test_who_fails_hears_of_it_alone_and_the_others_are_kept(sqlite_store: Store) -> None:
    held = Held(sqlite_store)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(sqlite_store.together, held.work)
        assert held.begun.wait(20)
        bad, good = threads.submit(sqlite_store.together, fails), threads.submit(sqlite_store.together, keeps("good"))
        held.waiting(2)
        held.go_on.set()
        assert (first.result(20), good.result(20)) == ("first", "good")
        with pytest.raises(BadInput, match="cannot be kept"):
            bad.result(20)
    assert kept(sqlite_store) == {"first", "good"}


def test_a_failure_leaves_the_way_free_for_whoever_comes_next(store: Store) -> None:
    for _ in range(MANY):
        with pytest.raises(BadInput):
            store.together(fails)
    assert store.together(keeps("after")) == "after"
    assert kept(store) == {"after"}


def test_on_postgresql_nobody_waits_for_long_for_a_row_that_is_not_theirs(postgres_store: Store) -> None:
    with postgres_store.writing() as session:
        keeps("held")(session)
    seen: list[str] = []

    def work(session: Session) -> str:
        seen.append(str(session.connection().exec_driver_sql("SHOW lock_timeout").scalar()))
        return "told"

    assert postgres_store.together(work) == "told"
    assert seen == ["500ms"]
    with postgres_store.writing() as session:
        assert session.connection().exec_driver_sql("SHOW lock_timeout").scalar() == "5s"
