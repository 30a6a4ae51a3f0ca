"""Digests due at one moment in one place are one message: the longest leads, the others stand whole in its thread."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import iso
from bot.slots import business_days, daily, monthly, weekly
from bot.store import outbox
from bot.store.engine import Store
from bot.store.heirs import let_stand
from bot.store.ledger import claim_slot
from bot.store.subscriptions import cadence_json
from bot.store.tables import Outbox, SavedQuery, Subscription
from bot.store.words import RunState
from bot.store.workspace import change_setting
from jobs import digest
from jobs.edition import edition
from jobs.losses import mourn
from tests.jobs.test_digest import (
    DAY,
    DUE,
    HOUR,
    PIXEL,
    beat,
    busy,
    busy_sqlite,
    in_threads,
    letters,
    order,
    parents,
    runs,
)
from tests.slack_validators import problems

__all__ = ["busy", "busy_sqlite"]

NINE = time(9)
ALL = {"always": True}
WEEKLY, MONTHLY = cadence_json(weekly(NINE, DUE.weekday())), cadence_json(monthly(NINE, DUE.day))


def daily_and_weekly(store: Store, **changes: Any) -> tuple[int, int]:
    """The ids of a daily digest and a weekly one of the same channel, both due on Wednesday at nine; the daily one is older."""
    return order(store, spec=ALL, **changes), order(store, spec=ALL, spec_key="weekly", cadence=WEEKLY, **changes)


def replies(store: Store) -> list[Outbox]:
    """Whole digests that wait for a message to stand below."""
    return [row for row in letters(store) if row.parent_id is not None and row.stands_alone]


def keys(rows: list[Outbox]) -> list[str]:
    return [row.dedupe_key for row in rows]


def key(number: int, part: int = 0) -> str:
    return f"digest:{number}:2026-11-18T09:00:{part}"


def test_the_weekly_leads_and_the_daily_stands_whole_in_its_thread(busy: Store) -> None:
    day, week = daily_and_weekly(busy)

    assert beat(busy, draw=lambda _: PIXEL) == 2

    [parent], [reply] = parents(busy), replies(busy)
    assert (parent.dedupe_key, reply.dedupe_key, reply.parent_id) == (key(week), key(day), parent.id)
    assert "Tue 17 Nov" in reply.payload["text"]
    assert reply.files, "with its pictures"
    assert [block["type"] for block in reply.payload["blocks"]] == [block["type"] for block in parent.payload["blocks"]]
    assert runs(busy) == [("2026-11-18T09:00", RunState.POSTED, None)] * 2, "a slot each"


def test_threads_have_no_threads_so_that_only_the_leaders_details_are_told(busy_sqlite: Store) -> None:
    _, week = daily_and_weekly(busy_sqlite)
    beat(busy_sqlite)

    whose = {row.dedupe_key.split(":")[1] for row in letters(busy_sqlite) if not row.dedupe_key.endswith(":0")}
    assert whose == {str(week)}


def test_the_message_says_what_the_others_say(busy_sqlite: Store) -> None:
    daily_and_weekly(busy_sqlite)
    beat(busy_sqlite)

    [parent], [reply] = parents(busy_sqlite), replies(busy_sqlite)
    said = next(line for line in parent.payload["text"].splitlines() if line.startswith("In the thread, daily: "))
    assert said.removeprefix("In the thread, daily: ") in reply.payload["blocks"][1]["text"]["text"]
    assert "In the thread" not in reply.payload["text"]
    assert [problems(row.payload) for row in letters(busy_sqlite)] == [[]] * len(letters(busy_sqlite))
    assert len(parent.payload["blocks"]) <= 8


def test_a_month_leads_a_week_and_a_week_a_day(busy_sqlite: Store) -> None:
    day, week = daily_and_weekly(busy_sqlite)
    month = order(busy_sqlite, spec=ALL, spec_key="monthly", cadence=MONTHLY)

    assert beat(busy_sqlite) == 3

    [parent] = parents(busy_sqlite)
    assert parent.dedupe_key == key(month)
    assert keys(replies(busy_sqlite)) == sorted([key(day), key(week)])
    assert {row.parent_id for row in replies(busy_sqlite)} == {parent.id}


def test_of_one_period_the_digest_of_all_of_support_leads_the_one_of_a_team(busy_sqlite: Store) -> None:
    billing = [{"dimension": "team", "values": ["Billing"], "negated": False}]
    order(busy_sqlite, spec=ALL | {"filters": billing}, spec_key="team")
    whole = order(busy_sqlite, spec=ALL)
    beat(busy_sqlite)

    assert keys(parents(busy_sqlite)) == [key(whole)]
    assert "In the thread, daily Billing: " in parents(busy_sqlite)[0].payload["text"]


def test_news_is_never_hidden_below_a_line_that_says_there_is_none(busy_sqlite: Store) -> None:
    """Sixty tickets came and were solved: the day has news, and a week's backlog of none has not."""
    week = order(busy_sqlite, spec_key="weekly", cadence=WEEKLY, spec={"kpis": ["backlog"]})
    day = order(busy_sqlite)
    beat(busy_sqlite)

    [parent], [reply] = parents(busy_sqlite), replies(busy_sqlite)
    assert (parent.dedupe_key, reply.dedupe_key) == (key(day), key(week))
    assert "nothing moved" in reply.payload["text"]


def test_other_places_and_other_moments_have_messages_of_their_own(busy_sqlite: Store) -> None:
    daily_and_weekly(busy_sqlite)
    order(busy_sqlite, "C0OTHER", spec=ALL)
    order(busy_sqlite, spec=ALL, spec_key="later", cadence=cadence_json(daily(time(10))))

    assert beat(busy_sqlite, DUE + HOUR) == 4
    assert sorted((row.channel_id, row.dedupe_key[-7:-2]) for row in parents(busy_sqlite)) == [
        ("C0DIGEST", "09:00"), ("C0DIGEST", "10:00"), ("C0OTHER", "09:00")]  # fmt: skip


def test_one_instant_is_one_moment_whatever_the_clocks_on_the_walls_show(busy_sqlite: Store) -> None:
    order(busy_sqlite, spec=ALL, cadence=cadence_json(daily(time(8))), zone="Europe/London")
    order(busy_sqlite, spec=ALL, spec_key="weekly", cadence=WEEKLY)
    beat(busy_sqlite)

    assert len(parents(busy_sqlite)) == len(replies(busy_sqlite)) == 1


def test_on_other_days_the_daily_stands_alone_with_its_details(busy_sqlite: Store) -> None:
    day, _ = daily_and_weekly(busy_sqlite, seen_until=DUE - DAY - HOUR)
    beat(busy_sqlite, DUE - DAY)

    [tuesday] = parents(busy_sqlite)
    assert tuesday.dedupe_key == f"digest:{day}:2026-11-17T09:00:0"
    assert [row for row in letters(busy_sqlite) if row.parent_id == tuesday.id]
    assert "In the thread" not in tuesday.payload["text"]


def test_six_threads_make_one_message_and_one_reply(busy: Store) -> None:
    day, week = daily_and_weekly(busy)

    assert sum(in_threads(6, lambda: beat(busy))) == 2

    assert (keys(parents(busy)), keys(replies(busy))) == ([key(week)], [key(day)])
    assert [state for _, state, _ in runs(busy)] == [RunState.POSTED] * 2


def test_two_that_both_think_they_lead_make_one_message(busy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them was asked before a late ticket made news: each has its own order, and both keep at the same instant."""
    daily_and_weekly(busy)
    orders = iter([False, True] * 20)
    monkeypatch.setattr(digest, "leading_first", lambda issues: sorted(issues, key=lambda one: one.owed.row.id or 0,
                                                                       reverse=next(orders)))  # fmt: skip

    assert sum(in_threads(4, lambda: beat(busy))) == 2

    assert (len(parents(busy)), len(replies(busy))) == (1, 1)


def test_a_crash_between_the_two_leaves_the_second_for_the_next_beat(busy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    day, week = daily_and_weekly(busy)
    with monkeypatch.context() as patch:
        patch.setattr(
            digest, "claim_slot", lambda session, number, *rest: not _struck(day, number) and claim_slot(session, number, *rest)
        )
        assert beat(busy) == 1
    assert (keys(parents(busy)), replies(busy)) == ([key(week)], [])

    assert beat(busy, DUE + timedelta(seconds=15)) == 1

    assert keys(replies(busy)) == [key(day)]
    assert len(parents(busy)) == 1


def _struck(victim: int, number: int) -> bool:
    if number == victim:
        raise MemoryError("lightning")
    return False


def test_a_leader_that_cannot_be_made_leaves_the_other_a_message_and_comes_below_it(
    busy: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    day, week = daily_and_weekly(busy)

    def failing(session: Any, order: Any, workspace: Any) -> Any:
        if len(order.cadence.weekdays) == 1:
            raise MemoryError("lightning")
        return edition(session, order, workspace)

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(digest, "edition", failing)
        assert beat(busy) == 1
    assert keys(parents(busy)) == [key(day)]

    assert beat(busy, DUE + timedelta(minutes=1)) == 1
    assert keys(replies(busy)) == [key(week)]


def test_a_paused_leader_leaves_the_other_a_message(busy_sqlite: Store) -> None:
    day = order(busy_sqlite, spec=ALL)
    order(busy_sqlite, spec=ALL, spec_key="weekly", cadence=WEEKLY, enabled=False)
    beat(busy_sqlite)

    assert (keys(parents(busy_sqlite)), replies(busy_sqlite)) == ([key(day)], [])
    assert [row for row in letters(busy_sqlite) if row.parent_id], "with its details"


def test_a_muted_channel_gets_neither_and_hears_of_both_in_one_message(busy_sqlite: Store) -> None:
    weeks = cadence_json(weekly(NINE, (DUE - DAY).weekday(), DUE.weekday()))
    order(busy_sqlite, spec=ALL, seen_until=DUE - DAY - HOUR)
    order(busy_sqlite, spec=ALL, spec_key="weekly", cadence=weeks, seen_until=DUE - DAY - HOUR)
    with busy_sqlite.writing() as session:
        change_setting(session, "mutes", {"C0DIGEST": iso(DUE - HOUR)}, now=DUE - DAY, by="U0LENA")

    assert beat(busy_sqlite, DUE - DAY) == 0
    assert beat(busy_sqlite) == 2

    [parent], [reply] = parents(busy_sqlite), replies(busy_sqlite)
    assert all("Not sent: 2026-11-17 09:00" in row.payload["text"] for row in (parent, reply))


def test_who_is_late_is_one_message_too_while_both_are_within_their_grace(busy: Store) -> None:
    day, week = daily_and_weekly(busy)

    assert beat(busy, DUE + 3 * HOUR) == 2

    assert (keys(parents(busy)), keys(replies(busy))) == ([key(week)], [key(day)])
    assert all("Sent 3 h late." in str(row.payload) for row in (*parents(busy), *replies(busy)))


def test_past_the_grace_of_the_daily_the_weekly_alone_is_posted(busy_sqlite: Store) -> None:
    _, week = daily_and_weekly(busy_sqlite)

    assert beat(busy_sqlite, DUE + 7 * HOUR) == 1

    assert (keys(parents(busy_sqlite)), replies(busy_sqlite)) == ([key(week)], [])
    assert sorted(state for _, state, _ in runs(busy_sqlite)) == [RunState.POSTED, RunState.SKIPPED]


def test_who_catches_up_with_all_finds_the_message_of_each_day(busy_sqlite: Store) -> None:
    day = order(busy_sqlite, spec=ALL, catch_up="all", seen_until=DUE - DAY - HOUR)
    week = order(busy_sqlite, spec=ALL, spec_key="weekly", cadence=WEEKLY)

    assert (beat(busy_sqlite), beat(busy_sqlite)) == (2, 1)

    assert sorted(keys(parents(busy_sqlite))) == sorted([f"digest:{day}:2026-11-17T09:00:0", key(week)])
    assert keys(replies(busy_sqlite)) == [key(day)]


def test_what_is_wanted_at_once_is_a_message_of_its_own(busy_sqlite: Store) -> None:
    wanted = {"now": "2026-11-18T06:00:00Z"}
    order(busy_sqlite, spec=ALL | wanted)
    order(busy_sqlite, spec=ALL | wanted, spec_key="weekly", cadence=WEEKLY)

    assert beat(busy_sqlite, DUE) == 2
    assert len(parents(busy_sqlite)) == 2
    assert beat(busy_sqlite, DUE + timedelta(seconds=15)) == 2
    assert len(parents(busy_sqlite)) == 3
    assert len(replies(busy_sqlite)) == 1


def lose_first(store: Store, error: str) -> None:
    """Claim the first message and give it up, as the sender does."""
    with store.writing() as session:
        [claim] = outbox.claim_ready(session, DUE, limit=1)
        assert outbox.settle_dead(session, claim, error=error)
        mourn(session, claim, error, DUE)
    with store.writing() as session:
        let_stand(session, DUE)
        outbox.drop_orphans(session)


def enabled(store: Store) -> dict[int, bool]:
    with store.reading() as session:
        return {row.id or 0: row.enabled for row in session.exec(select(Subscription))}


def test_a_leader_that_slack_will_not_take_leaves_its_place_to_the_other(busy: Store) -> None:
    day, week = daily_and_weekly(busy)
    beat(busy)
    lose_first(busy, "msg_blocks_too_long")

    [heir] = [row for row in letters(busy) if row.state == "ready"]
    assert (heir.dedupe_key, heir.parent_id) == (key(day), None)
    assert enabled(busy) == {day: True, week: False}
    with busy.writing() as session:
        assert [one.id for one in outbox.claim_ready(session, DUE, limit=9) if one.kind == "digest"] == [heir.id]


def test_a_reply_that_slack_will_not_take_is_told_to_its_owner_as_any_digest(busy_sqlite: Store) -> None:
    day, week = daily_and_weekly(busy_sqlite)
    beat(busy_sqlite)
    with busy_sqlite.writing() as session:
        [claim] = outbox.claim_ready(session, DUE, limit=1)
        assert outbox.settle_sent(session, claim, ts="1.5", channel="C0DIGEST", now=DUE)
    with busy_sqlite.writing() as session:
        claims = outbox.claim_ready(session, DUE, limit=99)
        for one in claims:
            assert outbox.settle_dead(session, one, error="restricted_action")
            mourn(session, one, "restricted_action", DUE)

    assert enabled(busy_sqlite) == {day: False, week: True}
    assert [row.channel_id for row in letters(busy_sqlite, "reply")] == ["U0LENA"], "once, and not for each detail"


def test_its_buttons_and_numbers_are_kept_for_both(busy_sqlite: Store) -> None:
    daily_and_weekly(busy_sqlite)
    beat(busy_sqlite)

    with busy_sqlite.reading() as session:
        kept = {row.id for row in session.exec(select(SavedQuery))}
    for row in (*parents(busy_sqlite), *replies(busy_sqlite)):
        doors = next(block["elements"] for block in row.payload["blocks"] if block["type"] == "actions")
        assert {door["value"] for door in doors} <= kept


def test_in_the_night_of_changing_clocks_both_still_meet(sqlite_store: Store) -> None:
    """Half past two on a Sunday that has it twice, and on one that has it never."""
    for sunday in (datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC)):
        for name, cadence in (("d", daily(time(2, 30))), ("w", weekly(time(2, 30), 6)), ("b", business_days(time(2, 30)))):
            order(
                sqlite_store, "C0" + str(sunday.month), spec_key=name, cadence=cadence_json(cadence), seen_until=sunday - 2 * HOUR
            )
        assert sum(beat(sqlite_store, sunday - HOUR + n * timedelta(minutes=15)) for n in range(20)) == 2

    assert len(parents(sqlite_store)) == len(replies(sqlite_store)) == 2
