"""The row is the schedule: what a subscription owes at an instant follows from it and from what was seen before."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from bot.slots import Cadence, business_days, daily, monthly, weekly
from bot.store.engine import Store
from bot.store.ledger import claim_slot, mark_run
from bot.store.subscriptions import cadence_json, cadence_of, due_now, skipped_since_post, subscribe, unsubscribe
from bot.store.tables import Subscription
from bot.store.words import RunState

HOUR = timedelta(hours=1)
NINE = time(9)
WEDNESDAY = datetime(2026, 11, 18, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def wish(**changes: Any) -> Subscription:
    facts: dict[str, Any] = {
        "kind": "digest",
        "channel_id": "C0DIGEST",
        "cadence": cadence_json(daily(NINE)),
        "zone": "UTC",
        "owner": "U0LENA",
        "created_at": WEDNESDAY - DAY,
        "seen_until": WEDNESDAY - HOUR,
    }
    return Subscription(**{**facts, **changes})


def keys(due: Any) -> list[str]:
    return [slot.key for slot, _ in due.missed]


def settle(session: Session, row: Subscription, day: int, state: RunState) -> None:
    """What became of the slot of a day of November."""
    at = datetime(2026, 11, day, 9, tzinfo=UTC)
    assert claim_slot(session, row.id or 0, f"2026-11-{day:02}T09:00", at, at)
    if state is not RunState.POSTED:
        mark_run(session, row.id or 0, f"2026-11-{day:02}T09:00", state, now=at, reason="nobody was there")


CADENCES = st.builds(
    Cadence,
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    month_day=st.none() | st.integers(1, 31),
)


@given(CADENCES)
def test_a_cadence_comes_back_as_it_was_kept(cadence: Cadence) -> None:
    assert cadence_of(cadence_json(cadence)) == cadence


def test_asking_twice_keeps_one_and_takes_the_later_time(store: Store) -> None:
    with store.writing() as session:
        _, was_new = subscribe(session, wish())
        _, is_new = subscribe(session, wish(cadence=cadence_json(daily(time(8))), spec={"always": True}))

    with store.reading() as session:
        [row] = session.exec(select(Subscription)).all()
    assert (was_new, is_new) == (True, False)
    assert (row.cadence["at"], row.spec) == ("08:00", {"always": True})


def test_channels_kinds_and_keys_stand_apart(store: Store) -> None:
    with store.writing() as session:
        for changes in ({}, {"channel_id": "C0SUPPORT"}, {"kind": "alert"}, {"spec_key": "weekly"}):
            assert subscribe(session, wish(**changes))[1]


def test_what_was_paused_is_woken_and_owes_nothing_for_its_sleep(store: Store) -> None:
    with store.writing() as session:
        subscribe(session, wish(enabled=False, paused_reason="channel_not_found", seen_until=WEDNESDAY - 30 * DAY))
        row, _ = subscribe(session, wish(seen_until=WEDNESDAY + HOUR))

        assert (row.enabled, row.paused_reason) == (True, None)
        assert due_now(row, WEDNESDAY + HOUR) == due_now(row, WEDNESDAY + 2 * HOUR)
        assert due_now(row, WEDNESDAY + HOUR).post is None


def test_what_was_awake_keeps_what_it_owes_when_it_is_asked_for_again(store: Store) -> None:
    with store.writing() as session:
        subscribe(session, wish())
        row, _ = subscribe(session, wish(seen_until=WEDNESDAY + HOUR))

        assert due_now(row, WEDNESDAY + HOUR).post is not None


def test_a_channel_ends_all_of_one_kind(store: Store) -> None:
    with store.writing() as session:
        for changes in ({}, {"spec_key": "weekly"}, {"channel_id": "C0SUPPORT"}, {"kind": "alert"}):
            subscribe(session, wish(**changes))

        assert unsubscribe(session, "digest", "C0DIGEST") == 2
        assert unsubscribe(session, "digest", "C0DIGEST") == 0
        assert len(session.exec(select(Subscription)).all()) == 2


def test_before_the_hour_nothing_is_owed() -> None:
    due = due_now(wish(), WEDNESDAY - timedelta(seconds=1))

    assert (due.post, due.missed) == (None, ())


def test_on_the_hour_the_slot_is_owed() -> None:
    due = due_now(wish(), WEDNESDAY)

    assert due.post is not None
    assert (due.post.key, due.post.due_at, due.late) == ("2026-11-18T09:00", WEDNESDAY, timedelta())


def test_what_was_seen_is_not_owed_again() -> None:
    assert due_now(wish(seen_until=WEDNESDAY), WEDNESDAY + HOUR).post is None


def test_the_hour_is_that_of_the_zone() -> None:
    due = due_now(wish(zone="Asia/Kolkata"), WEDNESDAY)
    early = due_now(wish(zone="Asia/Kolkata", seen_until=WEDNESDAY - 9 * HOUR), WEDNESDAY)

    assert due.post is None
    assert early.post is not None
    assert early.post.due_at == datetime(2026, 11, 18, 3, 30, tzinfo=UTC)


def test_of_several_only_the_latest_is_posted_and_the_others_are_named_with_the_reason() -> None:
    due = due_now(wish(seen_until=WEDNESDAY - 3 * DAY), WEDNESDAY + HOUR)

    assert due.post is not None
    assert due.post.key == "2026-11-18T09:00"
    assert keys(due) == ["2026-11-16T09:00", "2026-11-17T09:00"]
    assert all("not running" in reason for _, reason in due.missed)


@pytest.mark.parametrize(("hours", "posts"), [(0, True), (6, True), (7, False)])
def test_past_its_grace_nothing_is_posted(hours: int, *, posts: bool) -> None:
    due = due_now(wish(), WEDNESDAY + hours * HOUR)

    assert (due.post is not None) is posts
    assert keys(due) == ([] if posts else ["2026-11-18T09:00"])


def test_who_wants_nothing_late_gets_nothing_late() -> None:
    """Being on time within the metronome's beat is not late."""
    never = wish(catch_up="skip")

    assert due_now(never, WEDNESDAY + timedelta(seconds=14)).post is not None
    assert due_now(never, WEDNESDAY + HOUR).post is None


def test_who_wants_all_is_owed_the_latest_three_one_after_the_other() -> None:
    row = wish(catch_up="all", seen_until=WEDNESDAY - 5 * DAY)
    owed = []
    while (due := due_now(row, WEDNESDAY + 9 * HOUR)).post is not None:
        owed.append((due.post.key, keys(due)))
        row.seen_until = due.until or WEDNESDAY + 9 * HOUR

    assert owed == [
        ("2026-11-16T09:00", ["2026-11-14T09:00", "2026-11-15T09:00"]),
        ("2026-11-17T09:00", []),
        ("2026-11-18T09:00", []),
    ]


@pytest.mark.parametrize("cadence", [weekly(NINE, 2), monthly(NINE, 18)])
def test_what_comes_rarely_may_be_a_day_late(cadence: Cadence) -> None:
    row = wish(cadence=cadence_json(cadence))

    assert due_now(row, WEDNESDAY + 24 * HOUR).post is not None
    assert due_now(row, WEDNESDAY + 25 * HOUR).post is None


def test_a_weekend_without_power_costs_a_working_week_nothing() -> None:
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    row = wish(cadence=cadence_json(business_days(NINE)), seen_until=datetime(2026, 11, 20, 9, tzinfo=UTC))

    due = due_now(row, monday + HOUR)

    assert due.post is not None
    assert (due.post.key, due.missed) == ("2026-11-23T09:00", ())


def test_twelve_days_down_and_up_on_a_saturday_posts_nothing() -> None:
    row = wish(cadence=cadence_json(business_days(NINE)), seen_until=datetime(2026, 11, 9, 8, tzinfo=UTC))

    due = due_now(row, datetime(2026, 11, 21, 9, tzinfo=UTC))

    assert due.post is None
    assert len(due.missed) == 10


def test_years_without_power_are_looked_back_at_only_so_far() -> None:
    due = due_now(wish(seen_until=WEDNESDAY - 3000 * DAY), WEDNESDAY)

    assert due.post is not None
    assert len(due.missed) < 500


def test_a_clock_that_went_back_owes_nothing_twice() -> None:
    assert due_now(wish(seen_until=WEDNESDAY + HOUR), WEDNESDAY).post is None


def test_a_month_without_that_day_uses_its_last() -> None:
    row = wish(cadence=cadence_json(monthly(NINE, 31)), seen_until=datetime(2026, 11, 29, tzinfo=UTC))

    due = due_now(row, datetime(2026, 11, 30, 9, tzinfo=UTC))

    assert due.post is not None
    assert due.post.key == "2026-11-30T09:00"


def test_slots_skipped_since_the_last_post_are_still_to_be_named(store: Store) -> None:
    with store.writing() as session:
        row, _ = subscribe(session, wish())
        other, _ = subscribe(session, wish(channel_id="C0SUPPORT"))
        settle(session, row, 12, RunState.SKIPPED)
        settle(session, row, 13, RunState.POSTED)
        settle(session, row, 15, RunState.SKIPPED)
        settle(session, row, 14, RunState.SKIPPED)
        settle(session, other, 16, RunState.SKIPPED)

        assert skipped_since_post(session, row.id or 0) == ["2026-11-14T09:00", "2026-11-15T09:00"]
        assert skipped_since_post(session, other.id or 0) == ["2026-11-16T09:00"]
