"""Who subscribes a second digest to a place hears whether both will be one message, and how to make them one."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.slots import next_slot
from bot.store.subscriptions import cadence_of
from tests.commands.room import ANA, LENA, NOW, Room, said
from tests.commands.test_subscribe import rows

TYPED = re.compile("For one: `/cx ([^`]+)`")


def offered(text: str) -> str:
    found = TYPED.search(text)
    assert found is not None, text
    return found[1].replace("&gt;", ">").replace("&lt;", "<")


@pytest.mark.parametrize(
    ("first", "second", "command"),
    [
        ("daily 09:00 weekdays", "weekly monday 10:00", "subscribe weekly 09:00 Monday here"),
        ("weekly monday 10:00", "daily 9", "subscribe daily 10:00 here"),
        ("daily 09:00", "monthly 1st 8am", "subscribe monthly 09:00 on day 1 here"),
        ("weekly friday 16:30", "monthly 31st frt csat", "subscribe monthly 16:30 on day 31 here frt csat"),
        ("daily 09:00", "page 07:00", "subscribe monthly 09:00 on day 1 here page"),
        ("daily 09:00", "weekly monday thursday 10:00 always", "subscribe weekly 09:00 Monday, Thursday here always"),
        ("daily 09:00 weekdays", "daily 10:00 priority:high", "subscribe daily 09:00 here priority:high"),
        ("daily 09:00", "weekly monday 10:00 Asia/Tokyo", "subscribe weekly 09:00 Monday here Europe/Berlin"),
        ("daily 09:00 Asia/Tokyo", "weekly monday 10:00 Asia/Tokyo", "subscribe weekly 09:00 Monday here Asia/Tokyo"),
    ],
)
def test_the_words_that_would_make_it_one_message_do(empty: Room, first: str, second: str, command: str) -> None:
    empty.type(f"subscribe {first} here", ANA)
    told = said(empty.type(f"subscribe {second} here", ANA))

    assert offered(told) == command

    changed = said(empty.type(offered(told), ANA))
    assert changed.startswith("Changed: ")
    assert "both are one message" in changed
    one, other = rows(empty)
    assert one.spec_key != other.spec_key
    assert one.cadence["at"] == other.cadence["at"]
    assert _meet(one, other)


def _meet(one: object, other: object) -> bool:
    """Whether some slot of the next year is due at one instant."""
    due: list[set[float]] = []
    for row in (one, other):
        at, found = NOW, set()
        while (slot := next_slot(cadence_of(row.cadence), ZoneInfo(row.zone), after=at)) and slot.due_at < NOW + timedelta(366):  # type: ignore[attr-defined]
            found.add((at := slot.due_at).timestamp())
        due.append(found)
    return bool(due[0] & due[1])


def test_at_the_same_time_it_says_that_they_are_one_message(empty: Room) -> None:
    empty.type("subscribe daily 09:00 here weekdays", ANA)
    told = said(empty.type("subscribe weekly 09:00 here monday", ANA))

    assert "When *daily 09:00 weekdays* is due too, both are one message, the shorter" in told
    assert "For one" not in told


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("weekly monday 09:00 here", "weekly tuesday 10:00 here csat"),
        ("daily 09:00 me", "weekly 10:00 here"),
        ("daily weekdays 09:00 here", "weekly sunday 10:00 here"),
    ],
)
def test_on_other_days_and_in_other_places_nothing_is_said(empty: Room, first: str, second: str) -> None:
    empty.type(f"subscribe {first}", ANA)
    told = said(empty.type(f"subscribe {second}", ANA))

    assert "message" not in told


def test_changing_the_only_digest_says_nothing_of_itself(empty: Room) -> None:
    empty.type("subscribe daily 09:00 here", LENA)

    assert "message" not in said(empty.type("subscribe daily 10:00 here", LENA))


def test_a_paused_digest_meets_nobody(empty: Room) -> None:
    empty.type("subscribe daily 09:00 here", LENA)
    with empty.store.writing() as session:
        [row] = rows(empty)
        row.enabled = False
        session.merge(row)

    assert "message" not in said(empty.type("subscribe weekly 10:00 here", LENA))
