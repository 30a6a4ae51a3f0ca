"""Reading single values: what is no list holds nothing, and what is no object says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.desks.fields import known, objects, seconds_of, several


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "vip", {"a": 1}])
def test_what_is_no_list_holds_nothing(value: Any) -> None:
    assert several(value) == []
    assert list(objects(value)) == []


def test_a_list_holds_its_items_and_only_objects_are_objects() -> None:
    assert several(["vip", 7]) == ["vip", 7]
    assert list(objects(["vip", {"a": 1}])) == [{"a": 1}]
    assert known(["vip"]) == {}


@pytest.mark.parametrize("told", [None, "", "yesterday", True, [], "1970-01-01T00:00:00Z"])
def test_what_is_no_instant_has_no_seconds(told: object) -> None:
    assert seconds_of(told) == 0


def test_an_instant_is_seconds_since_1970_in_any_offset() -> None:
    assert seconds_of("2026-11-16T10:00:00+01:00") == seconds_of("2026-11-16T09:00:00Z") == seconds_of(1794819600)
