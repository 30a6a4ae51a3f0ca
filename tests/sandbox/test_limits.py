"""Rate limits: a bucket never lets through more than its burst and its pace, and never asks to wait longer than needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.clock import Clock
from bot.sandbox.limits import STRICT_POSTS_PER_MINUTE, TIER_BURST, Bucket, Limits
from bot.sandbox.options import Options
from bot.sandbox.refusal import RateLimited

STEPS = st.lists(st.floats(0, 5, allow_nan=False), max_size=60)
RATES = st.floats(0.1, 20)


@given(rate=RATES, burst=st.integers(1, 20), steps=STEPS)
def test_never_more_than_burst_plus_pace(rate: float, burst: int, steps: list[float]) -> None:
    bucket, now, taken = Bucket(rate, burst, burst, 0.0), 0.0, 0
    for step in steps:
        now += step
        taken += bucket.take(now) == 0
        assert taken <= burst + rate * now + 1e-6


@given(rate=RATES, burst=st.integers(1, 20), steps=STEPS)
def test_after_the_wait_it_asks_for_there_is_room(rate: float, burst: int, steps: list[float]) -> None:
    bucket, now = Bucket(rate, burst, burst, 0.0), 0.0
    for step in steps:
        now += step
        wait = bucket.take(now)
        if wait:
            now += wait + 1e-6
            assert bucket.take(now) == 0


def posts_until_refused(options: Options, *, channels: int = 1) -> int:
    limits = Limits(clock=Clock())
    for number in range(10_000):
        try:
            limits.count_post(f"C{number % channels}", options)
        except RateLimited:
            return number
    return 10_000


def test_off_is_off() -> None:
    assert posts_until_refused(Options(limits="off", posts_per_minute=1)) == 10_000


def test_strict_channels_take_a_short_burst_and_generous_ones_a_long_one() -> None:
    assert posts_until_refused(Options(limits="strict", posts_per_minute=100_000)) == 4
    assert 40 <= posts_until_refused(Options()) <= 41


@pytest.mark.parametrize("per_minute", [60, 300, 525])
def test_the_workspace_takes_a_second_of_its_minute_at_once(per_minute: int) -> None:
    refused_after = posts_until_refused(Options(posts_per_minute=per_minute), channels=1000)
    assert per_minute // 60 <= refused_after <= per_minute // 60 + 2


def test_strict_has_a_workspace_limit_of_its_own() -> None:
    assert posts_until_refused(Options(limits="strict"), channels=1000) <= STRICT_POSTS_PER_MINUTE // 60 + 2


def test_tiers_count_in_strict_only_and_each_method_alone() -> None:
    limits = Limits(clock=Clock())
    for _ in range(TIER_BURST):
        limits.count_call("users.info", 100, Options(limits="strict"))
    with pytest.raises(RateLimited):
        limits.count_call("users.info", 100, Options(limits="strict"))
    limits.count_call("users.list", 20, Options(limits="strict"))
    limits.count_call("users.info", 100, Options())
    limits.count_call("chat.postMessage", None, Options(limits="strict"))


def test_the_wait_is_whole_seconds_and_at_least_one() -> None:
    limits = Limits(clock=Clock())
    options = Options(limits="strict", posts_per_minute=6)
    limits.count_post("C1", options)
    with pytest.raises(RateLimited) as caught:
        limits.count_post("C1", options)
    assert caught.value.retry_after == 10
