"""Quiet hours are two times of the day, past midnight where they are, by the workspace's wall clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import BadRequest
from bot.kpis.quiet_hours import hours_text, is_quiet


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        ("20:00-07:00", datetime(2026, 11, 18, 19, 0, tzinfo=UTC), True),
        ("20:00-07:00", datetime(2026, 11, 18, 18, 59, tzinfo=UTC), False),
        ("20:00-07:00", datetime(2026, 11, 18, 5, 59, tzinfo=UTC), True),
        ("20:00-07:00", datetime(2026, 11, 18, 6, 0, tzinfo=UTC), False),
        ("12:00-13:30", datetime(2026, 7, 1, 10, 0, tzinfo=UTC), True),
        ("12:00-13:30", datetime(2026, 7, 1, 11, 30, tzinfo=UTC), False),
        ("", datetime(2026, 7, 1, 0, 0, tzinfo=UTC), False),
    ],
)
def test_they_hold_from_their_first_minute_until_before_their_last(hours: str, at: datetime, quiet: bool) -> None:
    assert is_quiet(hours, at, "Europe/Berlin") is quiet


@pytest.mark.parametrize(("typed", "kept"), [("20-7", "20:00-07:00"), (" 9:30 to 10 ", "09:30-10:00"), ("", "")])
def test_they_are_kept_in_one_form(typed: str, kept: str) -> None:
    assert hours_text(typed) == kept


@pytest.mark.parametrize("typed", ["night", "25-7", "20:00", "8-8", "08:00-8", "20:00-07:00 daily"])
def test_anything_else_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(BadRequest, match="two times of the day"):
        hours_text(typed)
