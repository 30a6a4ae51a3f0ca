"""A subscription's words can be typed again, and a reason for a pause names what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.store.tables import Subscription
from bot.views.subscribed import GONE, REASONS, STEPS, paused_text, reason_words, typed
from commands.cadences import read_wish
from tests.commands.room import LENA

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
EVERY = {"at": "09:30", "weekdays": [0, 1, 2, 3, 4, 5, 6], "month_day": None}
OWN: Any = {"owner": "U0LENA", "created_at": NOW, "seen_until": NOW}
VIP = {"dimension": "team", "values": ["VIP desk"], "negated": False}
ROWS = {
    "daily": Subscription(kind="digest", channel_id="C1", cadence=EVERY, zone="Europe/Berlin", **OWN),
    "weekly on two days": Subscription(
        kind="digest", channel_id="C1", cadence=EVERY | {"weekdays": [0, 3]}, zone="UTC", **OWN, spec_key="weekly",
    ),
    "numbers for a team, in whole": Subscription(
        kind="digest", channel_id="C1", cadence=EVERY, zone="UTC", **OWN,
        spec_key='frt,csat:team:"VIP desk"',
        spec={"kpis": ["frt", "csat"], "always": True, "filters": [VIP]},
    ),
    "a page a month to oneself": Subscription(
        kind="digest", channel_id="U0LENA", cadence=EVERY | {"month_day": 31}, zone="Asia/Tokyo", **OWN,
        spec_key="monthly:page", spec={"page": True},
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_is_typed_means_the_same_digest(row: Subscription) -> None:
    words = typed(row).removeprefix("subscribe ")
    wish = read_wish(words, LENA)

    assert (wish.key, wish.zone, wish.always, wish.page) == (row.spec_key, row.zone, "always" in row.spec, "page" in row.spec)
    assert (wish.cadence.at.strftime("%H:%M"), wish.cadence.month_day) == ("09:30", row.cadence["month_day"])
    assert wish.cadence.weekdays == set(row.cadence["weekdays"])
    assert wish.channel_id == (row.channel_id if row.channel_id == LENA.user_id else LENA.channel_id)


@pytest.mark.parametrize("code", [*REASONS, "restricted_action"])
def test_who_asked_hears_what_happened_what_is_still_true_and_the_next_step(code: str) -> None:
    told = paused_text(ROWS["daily"], code)

    assert told.startswith("The digest you asked for in <#C1> could not be posted: ")
    assert "It is paused." in told
    assert ("`/cx subscribe daily 09:30 Europe/Berlin`" in told) is (code != GONE)
    assert STEPS.get(code, "") in told


def test_who_became_a_guest_is_told_that_and_not_of_a_channel() -> None:
    told = paused_text(ROWS["a page a month to oneself"], "shared_with_another_company")

    assert "to <@U0LENA> could not be posted: guests and people of another company get no numbers. It is paused." in told
    assert "channel" not in told


def test_a_list_says_the_reason_in_words() -> None:
    assert reason_words("is_archived") == "the channel is archived"
    assert reason_words("Paused by hand.") == "Paused by hand."
    assert reason_words(None) == ""
