"""A message loses its pictures before its blocks, and its words never."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.pictures import REFUSED_FOR_S, Tolerance, shows_pictures, simpler, with_pictures

SAID = {"type": "section", "text": {"type": "mrkdwn", "text": "12 open"}}
PICTURE = {"type": "image", "slack_file": {"id": "chart:0"}, "alt_text": "Backlog"}
LINKED = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "Logo"}
NATIVE = {"type": "data_visualization", "title": "Volume"}


def payload(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"text": "12 open", "channel": "C1", "blocks": list(blocks)}


def test_a_placeholder_becomes_the_uploaded_file() -> None:
    filled = with_pictures(payload(SAID, PICTURE), {"chart:0": "F1"})

    assert filled["blocks"] == [SAID, PICTURE | {"slack_file": {"id": "F1"}}]


def test_a_placeholder_without_a_file_is_left_out() -> None:
    assert with_pictures(payload(SAID, PICTURE), {})["blocks"] == [SAID]


def test_what_is_stored_is_not_changed() -> None:
    stored = payload(SAID, PICTURE)
    with_pictures(stored, {"chart:0": "F1"})

    assert stored == payload(SAID, PICTURE)


def test_a_message_of_words_stays_as_it_is() -> None:
    assert with_pictures({"text": "12 open"}, {}) == {"text": "12 open"}
    assert list(simpler({"text": "12 open"})) == []


def test_first_the_native_charts_go_then_the_pictures_and_then_the_blocks() -> None:
    without_native, without_pictures, words = simpler(payload(SAID, PICTURE, NATIVE, LINKED))

    assert without_native["blocks"] == [SAID, PICTURE, LINKED]
    assert without_pictures["blocks"] == [SAID, LINKED]
    assert words == {"text": "12 open", "channel": "C1"}


def test_a_message_that_is_nothing_but_a_picture_keeps_its_words() -> None:
    assert list(simpler(payload(PICTURE))) == [{"text": "12 open", "channel": "C1"}]


def test_a_workspace_that_refused_native_charts_is_not_asked_again_for_a_day() -> None:
    at = [1_000.0]
    tolerance = Tolerance(lambda: at[0])
    message = payload(SAID, NATIVE)

    assert tolerance.fit(message) is message
    tolerance.learn(message, payload(SAID))
    assert tolerance.fit(message)["blocks"] == [SAID]
    assert tolerance.fit(payload(SAID)) == payload(SAID)
    at[0] += REFUSED_FOR_S
    assert tolerance.fit(message) is message, "it may have learned them by now"


@pytest.mark.parametrize(
    ("refused", "taken"),
    [
        (payload(SAID, PICTURE), payload(SAID)),
        (payload(SAID, PICTURE, NATIVE), payload(SAID)),
        (payload(SAID, NATIVE), {"text": "12 open", "channel": "C1"}),
        (payload(SAID, NATIVE), payload(SAID, NATIVE)),
        (payload(NATIVE), {"text": "12 open", "channel": "C1"}),
    ],
)
def test_nothing_is_learned_where_something_else_may_be_the_reason(refused: dict[str, Any], taken: dict[str, Any]) -> None:
    tolerance = Tolerance(lambda: 0.0)
    tolerance.learn(refused, taken)

    assert tolerance.fit(payload(SAID, NATIVE)) == payload(SAID, NATIVE)


@pytest.mark.parametrize(("blocks", "shows"), [([SAID], False), ([LINKED], False), ([NATIVE], False), ([SAID, PICTURE], True)])
def test_only_uploaded_pictures_need_waiting_for(blocks: list[dict[str, Any]], shows: bool) -> None:
    assert shows_pictures(payload(*blocks)) is shows


@given(st.lists(st.sampled_from([SAID, PICTURE, LINKED, NATIVE]), max_size=8))
def test_every_form_is_shorter_than_the_one_before_and_the_words_remain(blocks: list[dict[str, Any]]) -> None:
    forms = [payload(*blocks), *simpler(payload(*blocks))]
    sizes = [len(form.get("blocks") or []) for form in forms]

    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)
    assert all(form["text"] == "12 open" for form in forms)
    assert not blocks or sizes[-1] == 0
