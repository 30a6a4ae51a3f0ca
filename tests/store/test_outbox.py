"""The outbox keeps a message once, gives it to one worker at a time, and forgets nothing that is not finished."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store import outbox
from bot.store.engine import Store
from bot.store.outbox import LEASE, OUTBOX, PRIORITY, SETTLE, Claim, Letter

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def keep(store: Store, key: str, **letter: Any) -> str | None:
    """Put a message into the outbox."""
    wanted: dict[str, Any] = {"dedupe_key": key, "kind": "digest", "channel_id": "C1", "payload": {"text": key}}
    with store.writing() as session:
        return outbox.enqueue(session, Letter(**(wanted | letter)), NOW)


def claim(store: Store, at: datetime = NOW, limit: int = 10, **but: Any) -> list[Claim]:
    """Take what is due."""
    with store.writing() as session:
        return outbox.claim_ready(session, at, limit=limit, **but)


def keys(claims: list[Claim]) -> list[str]:
    return [str(one.payload["text"]) for one in claims]


def rows(store: Store) -> dict[str, dict[str, Any]]:
    """All rows by their key."""
    with store.reading() as session:
        return {row["dedupe_key"]: dict(row) for row in session.connection().execute(OUTBOX.select()).mappings()}


def test_a_message_is_kept_only_with_what_it_belongs_to(store: Store) -> None:
    def half() -> None:
        with store.writing() as session:
            outbox.enqueue(session, Letter(dedupe_key="a", kind="digest", channel_id="C1", payload={}), NOW)
            raise RuntimeError("the rest of the transaction failed")

    with pytest.raises(RuntimeError):
        half()
    assert rows(store) == {}


def test_the_same_key_wins_once_even_at_the_same_moment(store: Store) -> None:
    gate = threading.Barrier(6)

    def one(_number: int) -> str | None:
        gate.wait(5)
        return keep(store, "digest:1:2026-11-23T09:00")

    with ThreadPoolExecutor(6) as pool:
        kept = list(pool.map(one, range(6)))

    assert sum(found is not None for found in kept) == 1
    assert len(rows(store)) == 1


def test_a_message_is_given_to_one_worker(store: Store) -> None:
    for number in range(20):
        keep(store, f"m{number}")
    gate = threading.Barrier(4)

    def worker(_number: int) -> list[str]:
        gate.wait(5)
        mine: list[str] = []
        while taken := claim(store, limit=2):
            mine += keys(taken)
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [key for mine in pool.map(worker, range(4)) for key in mine]

    assert sorted(taken) == sorted(f"m{number}" for number in range(20))


def test_a_claim_is_written_down_before_anything_is_sent(store: Store) -> None:
    keep(store, "a")
    [taken] = claim(store)

    row = rows(store)["a"]
    assert (row["state"], row["fence"], row["attempts"]) == ("sending", 1, 1)
    assert (row["first_try_at"], row["lease_until"]) == (NOW, NOW + LEASE)
    assert (taken.fence, taken.attempts, taken.first_try_at) == (1, 1, NOW)


def test_the_first_try_stays_the_first(store: Store) -> None:
    keep(store, "a")
    [first] = claim(store)
    with store.writing() as session:
        outbox.settle_unsent(session, first, error="ratelimited", again_at=NOW + SECOND)

    [second] = claim(store, NOW + SECOND)
    assert (second.first_try_at, second.fence, second.attempts) == (NOW, 2, 1)


def test_urgent_messages_go_first_and_equal_ones_in_the_order_they_were_kept(store: Store) -> None:
    for number in range(5):
        keep(store, f"survey {number}", kind="survey")
    keep(store, "digest")
    keep(store, "reply", kind="reply")
    keep(store, "alert", kind="alert")

    assert keys(claim(store)) == ["reply", "alert", "digest", *(f"survey {number}" for number in range(5))]


def test_a_message_waits_for_its_time_its_channel_and_its_method(store: Store) -> None:
    keep(store, "later", not_before=NOW + timedelta(hours=1))
    keep(store, "busy channel", channel_id="C2")
    keep(store, "busy method", method="chat.update")

    assert claim(store, not_to=("C2",), not_by=("chat.update",)) == []
    assert keys(claim(store, NOW + timedelta(hours=1))) == ["busy channel", "busy method", "later"]


@pytest.mark.parametrize(
    ("settle", "due_at"),
    [
        ("nothing happened", NOW + LEASE + SECOND),
        ("uncertain", NOW + SETTLE),
    ],
)
def test_a_doubt_is_looked_into_once_it_had_time_to_settle(store: Store, settle: str, due_at: datetime) -> None:
    keep(store, "a")
    [taken] = claim(store)
    if settle == "uncertain":
        with store.writing() as session:
            outbox.settle_uncertain(session, taken, error="TimeoutError", again_at=NOW + SETTLE)

    with store.writing() as session:
        assert outbox.claim_doubtful(session, due_at - SECOND, limit=5) == []
        assert not outbox.something_due(session, due_at - SECOND)
        assert outbox.something_due(session, due_at)
        [doubt] = outbox.claim_doubtful(session, due_at, limit=5)
        assert outbox.claim_doubtful(session, due_at, limit=5) == [], "one worker looks at a time"
    assert (doubt.id, doubt.attempts) == (taken.id, 1)


def test_only_a_second_doubtful_try_is_proved_afterwards(store: Store) -> None:
    for key, missing_first in (("sure", False), ("doubted", True)):
        keep(store, key)
        [taken] = claim(store)
        with store.writing() as session:
            if missing_first:
                outbox.settle_missing(session, taken, NOW)
        [taken] = claim(store) or [taken]
        with store.writing() as session:
            assert outbox.settle_sent(session, taken, ts="1.0", channel="C1", now=NOW)

    assert rows(store)["sure"]["verify_at"] is None
    assert rows(store)["doubted"]["verify_at"] == NOW + 2 * LEASE
    with store.writing() as session:
        assert outbox.due_for_proof(session, NOW + LEASE, limit=5) == []
        [suspect] = outbox.due_for_proof(session, NOW + 2 * LEASE, limit=5)
        assert outbox.settle_proved(session, suspect, ts="1.0", again_at=None)
    assert rows(store)["doubted"]["verify_at"] is None


def test_nobody_settles_what_somebody_else_claimed_since(store: Store) -> None:
    keep(store, "a")
    [old] = claim(store)
    with store.writing() as session:
        [new] = outbox.claim_doubtful(session, NOW + LEASE + SECOND, limit=1)
        outbox.settle_missing(session, new, NOW)

    with store.writing() as session:
        assert not outbox.settle_sent(session, old, ts="1", channel="C1", now=NOW)
        assert not outbox.settle_unsent(session, old, error="x", again_at=NOW)
        assert not outbox.settle_uncertain(session, old, error="x", again_at=NOW)
        assert not outbox.settle_dead(session, old, error="x")
        assert not outbox.keep_files(session, old, [])
    assert rows(store)["a"]["state"] == "ready"


def test_only_what_nobody_began_to_send_can_be_taken_back(store: Store) -> None:
    keep(store, "kept")
    keep(store, "begun", channel_id="C2")
    [begun] = claim(store, not_to=("C1",))
    with store.writing() as session:
        outbox.settle_uncertain(session, begun, error="x", again_at=NOW)

    with store.writing() as session:
        assert outbox.cancel(session, "kept")
        assert not outbox.cancel(session, "begun")
        assert not outbox.cancel(session, "never heard of")
    assert outbox_counts(store) == {"cancelled": 1, "uncertain": 1}


def test_a_long_error_is_cut_and_a_dead_message_says_why(store: Store) -> None:
    keep(store, "a")
    [taken] = claim(store)
    with store.writing() as session:
        outbox.settle_dead(session, taken, error="x" * 1_000)

    assert rows(store)["a"]["last_error"] == "x" * 200


def test_only_finished_messages_are_forgotten(store: Store) -> None:
    for key in ("sent", "dead", "cancelled", "waiting"):
        keep(store, key, channel_id=f"C-{key}")
    taken = {one.payload["text"]: one for one in claim(store, not_to=("C-waiting", "C-cancelled"))}
    with store.writing() as session:
        outbox.settle_sent(session, taken["sent"], ts="1", channel="C1", now=NOW)
        outbox.settle_dead(session, taken["dead"], error="is_archived")
        outbox.cancel(session, "cancelled")

    with store.writing() as session:
        assert outbox.forget_sent(session, NOW) == 0, "nothing is that old"
        assert outbox.forget_sent(session, NOW + SECOND) == 3
    assert list(rows(store)) == ["waiting"]


def test_every_kind_that_is_urgent_has_a_place_in_the_line() -> None:
    assert PRIORITY["reply"] < PRIORITY["alert"] < PRIORITY["digest"] < PRIORITY["survey"]


WORDS = ["plain", "line\nbreak", "quote \" and '", "日本語 👩‍👧", "<!channel> & <@U1>", "\u202eevil", " "]


@pytest.mark.parametrize("text", WORDS)
def test_any_words_survive_the_database(store: Store, text: str) -> None:
    payload = {"text": text, "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text}}]}
    keep(store, text, payload=payload)

    [taken] = claim(store)
    assert taken.payload == payload


def outbox_counts(store: Store) -> dict[str, int]:
    with store.reading() as session:
        return outbox.waiting(session)
