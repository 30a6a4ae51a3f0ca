"""One that fails stops no other, and nothing that went wrong passes in silence."""

from __future__ import annotations

import logging

import pytest

from jobs.turns import take_turns


def halve(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd, says a customer")
    return number // 2


def test_what_was_done_is_added_up() -> None:
    assert take_turns([2, 4, 6], halve, name="halves") == 6


def test_nobody_has_a_turn_where_there_are_no_rows() -> None:
    assert take_turns([], halve, name="halves") == 0


def test_one_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    assert take_turns([2, 3, 4, 5], halve, name="halves") == 3


def test_a_failure_is_logged_under_the_name_of_the_turns(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        take_turns([3], halve, name="halves")

    [record] = caplog.records
    assert record.getMessage() == "halves: one failed and will have its next turn"
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError


def test_a_failure_is_told_to_who_asked() -> None:
    failed: list[tuple[int, str]] = []

    take_turns([1, 2, 3], halve, name="halves", failed=lambda row, error: failed.append((row, type(error).__name__)))

    assert failed == [(1, "ValueError"), (3, "ValueError")]


def test_being_asked_to_stop_is_no_failure_of_a_row() -> None:
    def interrupted(_: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_turns([1, 2], interrupted, name="halves")
