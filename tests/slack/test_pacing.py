"""The pace finds Slack's limit by itself, and gives every channel a second of rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.pacing import BURST, LEAST_PER_MINUTE, MOST_PER_MINUTE, START_PER_MINUTE, Pacer
from tests.slack.office import HandClock

POST = "chat.postMessage"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_a_short_burst_passes_and_then_the_pace_holds(clock: HandClock) -> None:
    pacer = Pacer(clock)
    for number in range(int(BURST)):
        assert pacer.delay(POST) == 0
        pacer.sent(POST, f"C{number}")

    assert pacer.delay(POST) == pytest.approx(60 / START_PER_MINUTE)


def test_permits_come_back_with_time_and_never_beyond_the_burst(clock: HandClock) -> None:
    pacer = Pacer(clock)
    for number in range(int(BURST)):
        pacer.sent(POST, f"C{number}")
    clock.at += 3_600
    for number in range(int(BURST)):
        assert pacer.delay(POST) == 0
        pacer.sent(POST, f"C{number}")
    assert pacer.delay(POST) > 0


def test_methods_do_not_wait_for_each_other(clock: HandClock) -> None:
    pacer = Pacer(clock)
    pacer.limited(POST, 60)

    assert pacer.delay(POST) == pytest.approx(60)
    assert pacer.delay("chat.update") == 0


def test_a_channel_rests_for_a_second(clock: HandClock) -> None:
    pacer = Pacer(clock)
    pacer.sent(POST, "C1")
    assert pacer.resting() == ("C1",)

    clock.at += 1.0
    assert pacer.resting() == ()


def test_a_refusal_stops_the_method_for_as_long_as_slack_says_and_slows_it(clock: HandClock) -> None:
    pacer = Pacer(clock)
    pacer.limited(POST, 30)

    assert pacer.delay(POST) == pytest.approx(30)
    clock.at += 29
    assert pacer.delay(POST) == pytest.approx(1)
    clock.at += 1
    assert pacer.delay(POST) == 0
    assert pacer.per_minute(POST) == pytest.approx(START_PER_MINUTE * 0.7)


def test_a_shorter_wait_does_not_cut_a_longer_one(clock: HandClock) -> None:
    pacer = Pacer(clock)
    pacer.limited(POST, 30)
    pacer.limited(POST, 1)

    assert pacer.delay(POST) == pytest.approx(30)


def test_twenty_good_calls_make_it_faster_boldly_at_first_and_carefully_after_a_refusal(clock: HandClock) -> None:
    pacer = Pacer(clock)
    for _ in range(20):
        pacer.went_well(POST)
    assert pacer.per_minute(POST) == pytest.approx(START_PER_MINUTE * 1.5)

    pacer.limited(POST, 1)
    slower = pacer.per_minute(POST)
    for _ in range(20):
        pacer.went_well(POST)
    assert pacer.per_minute(POST) == pytest.approx(slower + 10)


@given(st.lists(st.sampled_from(["good", "limited"]), max_size=400))
def test_the_pace_stays_within_its_bounds_whatever_slack_says(answers: list[str]) -> None:
    pacer = Pacer(HandClock())
    for answer in answers:
        if answer == "good":
            pacer.went_well(POST)
        else:
            pacer.limited(POST, 1)
        assert LEAST_PER_MINUTE <= pacer.per_minute(POST) <= MOST_PER_MINUTE


@pytest.mark.parametrize("limit_per_minute", [60, 300, 525])
def test_it_reaches_most_of_the_limit_with_few_refusals(limit_per_minute: int) -> None:
    refused, minutes = _drive(limit_per_minute, messages=5_000)

    assert 5_000 / minutes >= 0.85 * limit_per_minute
    assert refused <= 5_000 / 20


def _drive(limit_per_minute: int, messages: int) -> tuple[int, float]:
    """Send that many messages to a Slack with this limit, in virtual time: how often it refused, and the minutes it took."""
    clock = HandClock(0.0)
    pacer = Pacer(clock)
    allowed, filled_at = 10.0, 0.0
    refused = sent = 0
    while sent < messages:
        clock.at += max(pacer.delay(POST), 0.01)
        pacer.sent(POST, f"U{sent}")
        allowed = min(10.0, allowed + (clock.at - filled_at) * limit_per_minute / 60)
        filled_at = clock.at
        if allowed >= 1:
            allowed -= 1
            sent += 1
            pacer.went_well(POST)
        else:
            refused += 1
            pacer.limited(POST, 1.0)
    return refused, clock.at / 60
