"""The elements that stand inside blocks: buttons, choices, inputs, and the small objects they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.rules import (
    Problem,
    Rule,
    anything,
    array,
    boolean,
    both,
    by_type,
    choice,
    exactly_one,
    mapping,
    number,
    shape,
    string,
    text,
)

ID = string(255)
PLAIN = "plain_text"
STYLE = choice("primary", "danger")
DATE = string(10, least=10)
PEOPLE = array(string(255), 100, least=0)

confirm = shape(
    {"text": text(300)}, {"title": text(100, PLAIN), "confirm": text(30, PLAIN), "deny": text(30, PLAIN), "style": STYLE}
)
_option_extras: dict[str, Rule] = {"description": text(75, PLAIN), "url": string(3000)}
option = shape({"text": text(75, PLAIN), "value": string(150)}, _option_extras)
box_option = shape({"text": text(75), "value": string(150)}, {"description": text(75)})
options = array(option, 100)
option_groups = array(shape({"label": text(75, PLAIN), "options": options}), 100)
few_options = array(box_option, 10)
dispatching = shape({}, {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)})
filter_object = shape(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)

button = shape(
    {"text": text(75, PLAIN)},
    {
        "action_id": ID,
        "url": string(3000),
        "value": string(2000),
        "style": STYLE,
        "confirm": confirm,
        "accessibility_label": string(75),
    },
)
slack_file = both(shape({}, {"id": string(255), "url": string(3000)}), exactly_one("id", "url"))
image = both(
    shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": slack_file}),
    exactly_one("image_url", "slack_file"),
)


def _choosing(fields: Mapping[str, Rule]) -> Rule:
    common: dict[str, Rule] = {"action_id": ID, "confirm": confirm, "focus_on_load": boolean, "placeholder": text(150, PLAIN)}
    return shape({}, common | dict(fields))


def _several(fields: Mapping[str, Rule]) -> Rule:
    return _choosing({"max_selected_items": number(1), **fields})


def _typing(fields: Mapping[str, Rule]) -> Rule:
    return _choosing({"initial_value": string(3000, least=0), "dispatch_action_config": dispatching, **fields})


def _listed(fields: Mapping[str, Rule]) -> Rule:
    listed: dict[str, Rule] = {"options": options, "option_groups": option_groups}
    return both(_choosing(listed | dict(fields)), exactly_one("options", "option_groups"))


def _initial_is_an_option(value: Any, pointer: str) -> Iterator[Problem]:
    groups = value.get("option_groups") or [{"options": value.get("options") or []}]
    known = [one for group in groups for one in group["options"]]
    chosen = [value.get("initial_option"), *(value.get("initial_options") or [])]
    for one in chosen:
        if one is not None and one not in known:
            yield Problem(pointer=pointer, says="initial option does not match any of the options")


def _says_whether_decimal(value: Any, pointer: str) -> Iterator[Problem]:
    if "is_decimal_allowed" not in value:
        yield Problem(pointer=pointer, says="missing required field: is_decimal_allowed")


static_select = both(_listed({"initial_option": option}), _initial_is_an_option)
overflow = shape({"options": array(option, 5)}, {"action_id": ID, "confirm": confirm})
datepicker = _choosing({"initial_date": DATE})
timepicker = _choosing({"initial_time": string(5, least=5), "timezone": string(64)})
datetimepicker = shape({}, {"action_id": ID, "initial_date_time": number(0), "confirm": confirm, "focus_on_load": boolean})
checkboxes = both(
    shape(
        {"options": few_options},
        {
            "action_id": ID,
            "initial_options": few_options,
            "confirm": confirm,
            "focus_on_load": boolean,
        },
    ),
    _initial_is_an_option,
)
radio_buttons = both(
    shape(
        {"options": few_options},
        {
            "action_id": ID,
            "initial_option": box_option,
            "confirm": confirm,
            "focus_on_load": boolean,
        },
    ),
    _initial_is_an_option,
)
conversations = {"default_to_current_conversation": boolean, "response_url_enabled": boolean, "filter": filter_object}
queried = {"min_query_length": number(0)}

SELECTS: dict[str, Rule] = {
    "static_select": static_select,
    "external_select": _choosing({"initial_option": option, **queried}),
    "users_select": _choosing({"initial_user": string(255)}),
    "conversations_select": _choosing({"initial_conversation": string(255), **conversations}),
    "channels_select": _choosing({"initial_channel": string(255), "response_url_enabled": boolean}),
    "multi_static_select": both(_listed({"initial_options": options, "max_selected_items": number(1)}), _initial_is_an_option),
    "multi_external_select": _several({"initial_options": options, **queried}),
    "multi_users_select": _several({"initial_users": PEOPLE}),
    "multi_conversations_select": _several({"initial_conversations": PEOPLE, **conversations}),
    "multi_channels_select": _several({"initial_channels": PEOPLE}),
}
PICKERS: dict[str, Rule] = {
    "datepicker": datepicker,
    "timepicker": timepicker,
    "checkboxes": checkboxes,
    "radio_buttons": radio_buttons,
}
rich_text_input = _choosing(
    {"initial_value": mapping, "dispatch_action_config": dispatching, "min_lines": number(1), "max_lines": number(1)}
)
INPUTS: dict[str, Rule] = {
    **SELECTS,
    **PICKERS,
    "datetimepicker": datetimepicker,
    "plain_text_input": _typing({"multiline": boolean, "min_length": number(0, 3000), "max_length": number(1, 3000)}),
    "rich_text_input": rich_text_input,
    "email_text_input": _typing({}),
    "url_text_input": _typing({}),
    "number_input": both(
        _typing({"is_decimal_allowed": boolean, "min_value": anything, "max_value": anything}), _says_whether_decimal
    ),
    "file_input": shape({}, {"action_id": ID, "filetypes": array(string(20), 50), "max_files": number(1, 10)}),
}
ACTIONS: dict[str, Rule] = {
    **SELECTS,
    **PICKERS,
    "datetimepicker": datetimepicker,
    "rich_text_input": rich_text_input,
    "button": button,
    "overflow": overflow,
    "workflow_button": shape(
        {"text": text(75, PLAIN), "workflow": mapping},
        {
            "action_id": ID,
            "style": STYLE,
            "accessibility_label": string(75),
        },
    ),
}
NOT_BESIDE_TEXT = ("datetimepicker", "rich_text_input")
ACCESSORIES: dict[str, Rule] = {kind: rule for kind, rule in ACTIONS.items() if kind not in NOT_BESIDE_TEXT} | {"image": image}
feedback = shape({"text": text(75, PLAIN), "value": string(2000)}, {"accessibility_label": string(75)})
CONTEXT_ACTIONS: dict[str, Rule] = {
    "feedback_buttons": shape({"positive_button": feedback, "negative_button": feedback}, {"action_id": ID}),
    "icon_button": shape(
        {"icon": string(255), "text": text(75, PLAIN)},
        {
            "action_id": ID,
            "value": string(2000),
            "confirm": confirm,
            "accessibility_label": string(75),
            "visible_to_user_ids": PEOPLE,
        },
    ),
}

action_element = by_type(ACTIONS)
accessory = by_type(ACCESSORIES)
input_element = by_type(INPUTS)
context_action = by_type(CONTEXT_ACTIONS)
context_element = by_type({"image": image, "plain_text": text(3000), "mrkdwn": text(3000)})
