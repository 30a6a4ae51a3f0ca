"""Whoever asked for a digest hears once that it cannot be posted, and it pauses instead of failing every morning."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from sqlmodel import select

from bot.slots import daily
from bot.store import outbox
from bot.store.engine import Store
from bot.store.outbox import Claim, Letter
from bot.store.subscriptions import cadence_json
from bot.store.tables import Audit, Goal, Outbox, Subscription
from jobs.losses import mourn

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def wish(sqlite_store: Store) -> int:
    row = Subscription(
        kind="digest", channel_id="C0GONE", cadence=cadence_json(daily(time(9))), zone="UTC", owner="U0LENA",
        created_at=NOW, seen_until=NOW,
    )  # fmt: skip
    with sqlite_store.writing() as session:
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def give_up(store: Store, key: str, error: str = "is_archived", **letter: Any) -> None:
    """Keep a message, claim it, and give it up."""
    with store.writing() as session:
        kept = Letter(**({"dedupe_key": key, "kind": "digest", "channel_id": "C0GONE", "payload": {"text": "x"}} | letter))
        outbox.enqueue(session, kept, NOW)
    with store.writing() as session:
        [claim] = [one for one in outbox.claim_ready(session, NOW, limit=9) if one.channel_id == "C0GONE"]
        assert outbox.settle_dead(session, claim, error=error)
        mourn(session, claim, error, NOW)


def told(store: Store) -> list[str]:
    with store.reading() as session:
        return [str(row.payload["text"]) for row in session.exec(select(Outbox).where(Outbox.channel_id == "U0LENA"))]


def test_the_owner_is_told_once_and_it_pauses(sqlite_store: Store, wish: int) -> None:
    give_up(sqlite_store, f"digest:{wish}:2026-11-23T09:00:0")
    give_up(sqlite_store, f"digest:{wish}:2026-11-24T09:00:0")

    [sentence] = told(sqlite_store)
    assert "in <#C0GONE> could not be posted: the channel is archived." in sentence
    with sqlite_store.reading() as session:
        row = session.get(Subscription, wish)
        assert row is not None
        assert (row.enabled, row.paused_reason) == (False, "is_archived")
        assert [note.action for note in session.exec(select(Audit))] == ["digest.paused"]


def test_the_next_step_is_the_very_words_to_type(sqlite_store: Store, wish: int) -> None:
    give_up(sqlite_store, f"digest:{wish}:2026-11-23T09:00:0", "not_in_channel")

    [sentence] = told(sqlite_store)
    assert "I am not in the channel. It is paused. `/invite` me there, then type `/cx subscribe daily 09:00 UTC`." in sentence


def test_a_verdict_that_its_channel_cannot_be_told_is_told_to_who_set_the_goal(sqlite_store: Store, wish: int) -> None:
    with sqlite_store.writing() as session:
        goal = Goal(kpi="csat", op=">=", target=85.0, created_at=NOW, created_by="U0LENA", channel_id="C0GONE")
        session.add(goal)
        session.flush()
        key = f"goal:{goal.id}:2026-10-01 2026-11-01"
    give_up(sqlite_store, key, payload={"text": "Goal csat: met."})

    assert told(sqlite_store) == ["In <#C0GONE> this could not be posted: the channel is archived. Goal csat: met."]


def test_an_own_digest_of_who_left_is_told_to_admins_as_that(sqlite_store: Store, wish: int) -> None:
    with sqlite_store.writing() as session:
        row = session.get(Subscription, wish)
        assert row is not None
        row.channel_id = row.owner
        session.add(row)
    give_up(sqlite_store, f"digest:{wish}:2026-11-23T09:00:0", "user_gone")

    [sentence] = told(sqlite_store)
    assert sentence.startswith(
        "The digest you asked for to <@U0LENA> could not be posted: whom it is for is not in this workspace"
    )


def test_an_error_nobody_explained_is_named(sqlite_store: Store, wish: int) -> None:
    give_up(sqlite_store, f"digest:{wish}:2026-11-23T09:00:0", "restricted_action")

    assert "Slack says `restricted_action`." in told(sqlite_store)[0]


@pytest.mark.parametrize("key", ["survey:1:0", "digest:99:2026-11-23T09:00:0", "digest:x:0", "welcome"])
def test_what_belongs_to_no_subscription_pauses_none(sqlite_store: Store, wish: int, key: str) -> None:
    give_up(sqlite_store, key)

    assert told(sqlite_store) == []


def test_a_part_of_the_thread_that_cannot_be_posted_pauses_nothing(sqlite_store: Store, wish: int) -> None:
    claim = Claim(
        id="part", fence=1, kind="digest", method="chat.postMessage", channel_id="C0GONE", payload={}, files=(), attempts=1,
        first_try_at=NOW, posted_channel=None, ts=None, parent_channel="C0GONE", parent_ts="1.0",
    )  # fmt: skip
    with sqlite_store.writing() as session:
        mourn(session, claim, "msg_blocks_too_long", NOW)

    assert told(sqlite_store) == []


def test_where_the_owner_is_gone_too_admins_hear_it_once(sqlite_store: Store, wish: int) -> None:
    give_up(sqlite_store, f"digest:{wish}:2026-11-23T09:00:0")
    for _ in range(2):
        with sqlite_store.writing() as session:
            found = [one for one in outbox.claim_ready(session, NOW, limit=9) if one.channel_id == "U0LENA"]
            for claim in found:
                mourn(session, claim, "user_not_found", NOW, admins=("U0BOSS", "U0LENA"))

    with sqlite_store.reading() as session:
        [text] = [str(row.payload["text"]) for row in session.exec(select(Outbox).where(Outbox.channel_id == "U0BOSS"))]
    assert text.startswith("<@U0LENA> cannot be reached, so you hear it: The digest you asked for in <#C0GONE>")
