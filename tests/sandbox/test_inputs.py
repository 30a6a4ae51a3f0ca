"""What people put into inputs, in Slack's words, for every kind of element."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import inputs
from bot.sandbox.block_elements import ACTIONS, INPUTS
from tests.sandbox.conftest import actions, ask, button, plain

OPTIONS = [{"text": plain(name), "value": name} for name in ("one", "two")]
OTHER = {"text": plain("Other"), "value": "other"}


def element(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "a", **fields}


CHOSEN: list[tuple[dict[str, Any], Any, dict[str, Any]]] = [
    (element("plain_text_input"), "words", {"value": "words"}),
    (element("plain_text_input"), "", {"value": None}),
    (element("number_input"), 4, {"value": "4"}),
    (element("static_select", options=OPTIONS), "two", {"selected_option": OPTIONS[1]}),
    (element("static_select", options=OPTIONS), "three", {"selected_option": None}),
    (element("static_select", option_groups=[{"label": plain("g"), "options": OPTIONS}]), "one", {"selected_option": OPTIONS[0]}),
    (element("external_select"), OTHER, {"selected_option": OTHER}),
    (element("radio_buttons", options=OPTIONS), None, {"selected_option": None}),
    (element("checkboxes", options=OPTIONS), ["one", "two"], {"selected_options": OPTIONS}),
    (element("checkboxes", options=OPTIONS), None, {"selected_options": []}),
    (element("multi_static_select", options=OPTIONS), ["two"], {"selected_options": OPTIONS[1:]}),
    (element("users_select"), "U0BO", {"selected_user": "U0BO"}),
    (element("multi_users_select"), ["U0BO"], {"selected_users": ["U0BO"]}),
    (element("channels_select"), "C1", {"selected_channel": "C1"}),
    (element("conversations_select"), "C1", {"selected_conversation": "C1"}),
    (element("datepicker"), "2026-11-22", {"selected_date": "2026-11-22"}),
    (element("timepicker"), "09:30", {"selected_time": "09:30"}),
    (element("datetimepicker"), "1795316108", {"selected_date_time": 1795316108}),
    (element("datetimepicker"), None, {"selected_date_time": None}),
]


@pytest.mark.parametrize(("asked", "given", "state"), CHOSEN)
def test_what_was_put_in_is_told_like_this(asked: dict[str, Any], given: Any, state: dict[str, Any]) -> None:
    assert inputs.chosen(asked, given) == state


def test_every_input_that_may_stand_in_a_block_can_be_told() -> None:
    told = inputs.FIELDS.keys() | inputs.PRESSED | {"file_input"}
    assert set(INPUTS) | set(ACTIONS) <= told


def test_the_state_starts_with_what_an_element_opened_with() -> None:
    blocks = [actions(element("static_select", options=OPTIONS, initial_option=OPTIONS[0]), button())]
    assert inputs.state_values(blocks, {}) == {"row": {"a": {"type": "static_select", "selected_option": OPTIONS[0]}}}
    assert inputs.state_values(blocks, {"row": {"a": "two"}})["row"]["a"]["selected_option"] == OPTIONS[1]


def test_only_required_inputs_can_be_missing() -> None:
    blocks = [ask("must"), ask("may", optional=True), actions(element("datepicker"))]
    values = inputs.state_values(blocks, {})
    assert list(inputs.missing(blocks, values)) == ["must"]
    assert inputs.missing(blocks, inputs.state_values(blocks, {"must": {"text": "x"}})) == {}


def test_elements_are_found_beside_text_in_rows_in_inputs_and_in_containers() -> None:
    section = {"type": "section", "block_id": "s", "accessory": button("beside")}
    box = {"type": "container", "child_blocks": [actions(button("inside"), block_id="deep")]}
    blocks = [section, actions(button("row")), ask(), box]
    for action_id, block_id in [("beside", "s"), ("row", "row"), ("text", "comment"), ("inside", "deep")]:
        found = inputs.find_element(blocks, action_id)
        assert found is not None
        assert found[0]["block_id"] == block_id
    assert inputs.find_element(blocks, "row", "elsewhere") is None


def test_a_press_is_told_with_its_words_and_value() -> None:
    told = inputs.action({"block_id": "b"}, button(accessibility_label="Rate 5 of 5"), None, "1.2")
    assert told == {
        "type": "button", "action_id": "press", "block_id": "b", "text": plain("Press"), "value": "v1", "action_ts": "1.2",
        "accessibility_label": "Rate 5 of 5",
    }  # fmt: skip


def test_an_overflow_tells_its_option_and_feedback_its_button() -> None:
    told = inputs.action({"block_id": "b"}, element("overflow", options=OPTIONS), "two", "1.2")
    assert told["selected_option"] == OPTIONS[1]
    up, down = {"text": plain("Good"), "value": "1"}, {"text": plain("Bad"), "value": "0"}
    told = inputs.action({"block_id": "b"}, element("feedback_buttons", positive_button=up, negative_button=down), "0", "1.2")
    assert (told["value"], told["text"]) == ("0", plain("Bad"))
