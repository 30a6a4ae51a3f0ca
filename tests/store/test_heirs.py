"""What stands alone is posted by itself where the message it was to stand below never comes, and waits where it may come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.store import outbox
from bot.store.engine import Store
from bot.store.heirs import PATIENCE, let_stand
from tests.store.test_outbox import NOW, SECOND, claim, keep, keys, rows


def below(store: Store, parent: str | None, *names: str, alone: bool = True) -> None:
    for name in names:
        keep(store, name, parent_id=parent, stands_alone=alone)


def free(store: Store, at: Any = NOW) -> int:
    with store.writing() as session:
        freed = let_stand(session, at)
        outbox.drop_orphans(session)
    return freed


def give_up(store: Store) -> None:
    [taken] = claim(store)
    with store.writing() as session:
        assert outbox.settle_dead(session, taken, error="msg_too_long")


def test_below_a_dead_message_the_first_takes_its_place_and_the_others_go_below_it(store: Store) -> None:
    dead = keep(store, "month")
    below(store, dead, "detail", alone=False)
    below(store, dead, "week", "day")
    give_up(store)

    assert free(store) == 2

    kept = rows(store)
    assert (kept["week"]["parent_id"], kept["day"]["parent_id"]) == (None, kept["week"]["id"])
    assert kept["detail"]["state"] == "cancelled"
    assert keys(claim(store)) == ["week"]
    assert free(store) == 0


def test_below_a_message_that_was_taken_back_it_stands_alone(store: Store) -> None:
    below(store, keep(store, "month"), "week")
    with store.writing() as session:
        assert outbox.cancel(session, "month")

    assert free(store) == 1
    assert keys(claim(store)) == ["week"]


def test_it_waits_for_a_message_that_may_still_be_sent(store: Store) -> None:
    below(store, keep(store, "month"), "week")

    assert free(store) == 0
    [taken] = claim(store)
    assert free(store) == 0
    with store.writing() as session:
        assert outbox.settle_sent(session, taken, ts="1.5", channel="C1", now=NOW)
    assert free(store) == 0

    [reply] = claim(store)
    assert (reply.payload["text"], reply.parent_ts) == ("week", "1.5")


def test_it_waits_ten_minutes_for_a_doubt_to_be_settled_and_no_longer(store: Store) -> None:
    below(store, keep(store, "month"), "week")
    [taken] = claim(store)
    with store.writing() as session:
        assert outbox.settle_uncertain(session, taken, error="history: missing_scope", again_at=NOW + timedelta(days=1))

    assert free(store, NOW + PATIENCE - SECOND) == 0
    assert claim(store, NOW + PATIENCE - SECOND) == []
    assert free(store, NOW + PATIENCE) == 1
    assert keys(claim(store, NOW + PATIENCE)) == ["week"]


def test_where_a_person_saw_the_message_but_nobody_knows_its_place_it_stands_alone(store: Store) -> None:
    parent = keep(store, "month")
    below(store, parent, "detail", alone=False)
    below(store, parent, "week", "day")
    [taken] = claim(store)
    with store.writing() as session:
        assert outbox.settle_uncertain(session, taken, error="history: missing_scope", again_at=NOW + timedelta(days=1))
        assert outbox.settle_arrived(session, taken.id, NOW)

    assert free(store) == 2
    assert rows(store)["detail"]["state"] == "cancelled"
    assert keys(claim(store)) == ["week"]


@pytest.mark.parametrize("alone", [True, False])
def test_what_has_no_parent_is_nobodys_heir(sqlite_store: Store, alone: bool) -> None:
    keep(sqlite_store, "day", stands_alone=alone)

    assert free(sqlite_store) == 0
    assert keys(claim(sqlite_store)) == ["day"]
