"""What may happen once only happens once, whoever asks at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bot.store.engine import Store
from bot.store.ledger import (
    beat,
    claim_slot,
    first_deliveries,
    first_delivery,
    forget_deliveries,
    forget_queries,
    last_beat,
    load_query,
    mark_run,
    release_lease,
    save_query,
    take_lease,
    write_audit,
)
from bot.store.tables import Audit, Run, Subscription
from bot.store.words import RunState
from tests.world import NOW

SLOT = "2026-11-18T09:00"
LATER = NOW + timedelta(seconds=61)


@pytest.fixture
def subscription(store: Store) -> int:
    with store.writing() as session:
        row = Subscription(
            kind="digest", channel_id="C1", cadence={"at": "09:00"}, zone="UTC", owner="U1", created_at=NOW, seen_until=NOW
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def all_at_once(store: Store, act: Callable[[Session, int], bool], *, threads: int = 6) -> list[bool]:
    """What each of several threads got that did the same at the same time, in transactions of their own."""
    together = Barrier(threads)

    def one(number: int) -> bool:
        together.wait(10)
        with store.writing() as session:
            return act(session, number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def test_of_six_who_claim_a_slot_one_wins(store: Store, subscription: int) -> None:
    won = all_at_once(store, lambda session, _: claim_slot(session, subscription, SLOT, NOW, NOW))

    assert won.count(True) == 1
    with store.reading() as session:
        assert [(run.slot, run.state) for run in session.exec(select(Run))] == [(SLOT, RunState.POSTED)]


def test_twenty_slots_claimed_by_six_at_once_are_twenty_runs(store: Store, subscription: int) -> None:
    slots = [f"2026-11-{day:02}T09:00" for day in range(1, 21)]

    def claim_all(session: Session, _: int) -> bool:
        return {claim_slot(session, subscription, slot, NOW, NOW) for slot in slots} == {True}

    all_at_once(store, claim_all)

    with store.reading() as session:
        assert sorted(run.slot for run in session.exec(select(Run))) == slots


def test_a_claim_that_is_not_committed_claims_nothing(store: Store, subscription: int) -> None:
    with store.reading() as session:
        assert claim_slot(session, subscription, SLOT, NOW, NOW)

    with store.writing() as session:
        assert claim_slot(session, subscription, SLOT, NOW, NOW)


def test_a_slot_of_another_subscription_is_another_slot(store: Store, subscription: int) -> None:
    with store.writing() as session:
        assert claim_slot(session, subscription, SLOT, NOW, NOW)

    with pytest.raises(IntegrityError), store.writing() as session:
        claim_slot(session, subscription + 1, SLOT, NOW, NOW)


def test_a_run_says_why_it_was_skipped(store: Store, subscription: int) -> None:
    with store.writing() as session:
        claim_slot(session, subscription, SLOT, NOW, NOW)
        mark_run(session, subscription, SLOT, RunState.SKIPPED, now=LATER, reason="3 h late")

    with store.reading() as session:
        run = session.exec(select(Run)).one()
        assert (run.state, run.reason, run.at, run.due_at) == (RunState.SKIPPED, "3 h late", LATER, NOW)


def test_of_six_who_want_a_source_one_has_it(store: Store) -> None:
    got = all_at_once(store, lambda session, number: take_lease(session, "mojo", f"process {number}", NOW, 60))

    assert got.count(True) == 1


def test_a_holder_may_prolong_its_lease_and_others_must_wait(store: Store) -> None:
    with store.writing() as session:
        assert take_lease(session, "mojo", "a", NOW, 60)
        assert take_lease(session, "mojo", "a", NOW + timedelta(seconds=50), 60)
        assert not take_lease(session, "mojo", "b", LATER, 60)


def test_a_lease_that_ran_out_goes_to_the_next(store: Store) -> None:
    with store.writing() as session:
        assert take_lease(session, "mojo", "a", NOW, 60)
        assert not take_lease(session, "mojo", "b", NOW + timedelta(seconds=59), 60)
        assert take_lease(session, "mojo", "b", NOW + timedelta(seconds=60), 60)
        assert not take_lease(session, "mojo", "a", LATER, 60)


def test_who_lost_its_lease_cannot_release_that_of_the_next(store: Store) -> None:
    with store.writing() as session:
        take_lease(session, "mojo", "a", NOW, 60)
        take_lease(session, "mojo", "b", LATER, 60)
        release_lease(session, "mojo", "a")
        assert not take_lease(session, "mojo", "c", LATER, 60)
        release_lease(session, "mojo", "b")
        assert take_lease(session, "mojo", "c", LATER, 60)


def test_sources_do_not_wait_for_one_another(store: Store) -> None:
    with store.writing() as session:
        assert take_lease(session, "mojo", "a", NOW, 60)
        assert take_lease(session, "zendesk", "b", NOW, 60)


def test_of_six_equal_deliveries_one_is_the_first(store: Store) -> None:
    first = all_at_once(store, lambda session, _: first_delivery(session, "Ev1", NOW))

    assert first.count(True) == 1


def test_a_delivery_is_known_until_it_is_forgotten(store: Store) -> None:
    with store.writing() as session:
        assert first_delivery(session, "Ev1", NOW)
        assert first_delivery(session, "Ev2", LATER)
        assert forget_deliveries(session, LATER) == 1
        assert not first_delivery(session, "Ev2", LATER)
        assert first_delivery(session, "Ev1", LATER)


def test_of_many_deliveries_at_once_each_is_known_by_itself(store: Store) -> None:
    with store.writing() as session:
        assert first_delivery(session, "Ev1", NOW)
        assert first_deliveries(session, ["Ev3", "Ev1", "Ev2", "Ev3"], NOW) == [True, False, True, False]
        assert first_deliveries(session, ["Ev3"], NOW) == [False]
        assert first_deliveries(session, ["Ev2", "Ev1"], NOW) == [False, False]


def test_a_heartbeat_is_the_last_one(store: Store) -> None:
    with store.writing() as session:
        assert last_beat(session, "tick") is None
        beat(session, "tick", "a", NOW)
        assert last_beat(session, "tick") == NOW
        beat(session, "tick", "b", LATER)
        assert last_beat(session, "tick") == LATER


def test_the_audit_keeps_who_did_what(store: Store) -> None:
    with store.writing() as session:
        write_audit(session, "U1", "goal.set", {"kpi": "csat", "target": 85}, NOW)

    with store.reading() as session:
        line = session.exec(select(Audit)).one()
        assert (line.actor, line.action, line.detail, line.at) == ("U1", "goal.set", {"kpi": "csat", "target": 85}, NOW)


def test_a_question_is_found_again_by_its_id_until_it_is_forgotten(store: Store) -> None:
    with store.writing() as session:
        one = save_query(session, {"kpi": "csat", "words": "last 30d"}, "U1", "C1", NOW)
        other = save_query(session, {"kpi": "csat", "words": "last 30d"}, "U2", "C1", LATER)

    assert one != other
    with store.writing() as session:
        found = load_query(session, one)
        assert found is not None
        assert (found.query, found.asked_by, found.channel_id) == ({"kpi": "csat", "words": "last 30d"}, "U1", "C1")
        assert forget_queries(session, LATER) == 1
        session.expire_all()
        assert load_query(session, one) is None
        assert load_query(session, other) is not None
        assert load_query(session, "nonsense") is None
