"""What people put into interactive elements, in the words in which Slack reports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.refusal import Json

FIELDS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
PRESSED = {"button", "overflow", "icon_button", "feedback_buttons", "workflow_button"}

Given = Mapping[str, Mapping[str, Any]]


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every (block, interactive element), containers included, in reading order."""
    for block in blocks:
        if block.get("accessory"):
            yield block, block["accessory"]
        if block.get("element"):
            yield block, block["element"]
        for element in block.get("elements") or block.get("actions") or []:
            if isinstance(element, dict) and element.get("type") in PRESSED | FIELDS.keys():
                yield block, element
        yield from elements([part for part in block.get("child_blocks") or block.get("cards") or [] if isinstance(part, dict)])


def find_element(blocks: list[Json], action_id: str, block_id: str = "") -> tuple[Json, Json] | None:
    """The element with this action_id (and block_id, when given); the first if several."""
    for block, element in elements(blocks):
        if element.get("action_id") == action_id and block_id in ("", block.get("block_id")):
            return block, element
    return None


def state_values(blocks: list[Json], given: Given) -> Json:
    """`state.values`: what was given for each input, else what it opened with."""
    values: Json = {}
    for block, element in elements(blocks):
        if element["type"] in FIELDS:
            raw = given.get(block["block_id"], {}).get(element["action_id"], _initial(element))
            values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], **chosen(element, raw)}
    return values


def missing(blocks: list[Json], values: Json) -> dict[str, str]:
    """Required inputs left empty, by block_id: Slack's client refuses to submit them."""
    found = {}
    for block, element in elements(blocks):
        if block.get("type") == "input" and not block.get("optional") and element["type"] in FIELDS:
            key = FIELDS[element["type"]][0]
            if values[block["block_id"]][element["action_id"]].get(key) in (None, "", []):
                found[str(block["block_id"])] = "Please complete this required field."
    return found


def action(block: Json, element: Json, raw: Any, action_ts: str) -> Json:
    """The entry of `actions[]` for one click or choice; `raw` is an option's value, a date, a user id, a text."""
    entry: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    for key in ("text", "placeholder", "style", "url", "confirm", "accessibility_label"):
        if key in element:
            entry[key] = element[key]
    if element["type"] in ("overflow", "feedback_buttons"):
        entry |= _pressed_choice(element, raw)
    elif element["type"] in PRESSED:
        entry |= {"value": element["value"]} if "value" in element else {}
    else:
        entry |= chosen(element, raw)
    return entry | {"action_ts": action_ts}


def chosen(element: Json, raw: Any) -> Json:
    """The state of one input: `{selected_option: {...}}`, `{value: ...}` and so on."""
    key = FIELDS[element["type"]][0]
    if key == "selected_option":
        return {key: option(element, raw)}
    if key == "selected_options":
        return {key: [picked for picked in (option(element, one) for one in raw or []) if picked]}
    if key == "selected_date_time":
        return {key: None if raw in (None, "") else int(raw)}
    if element["type"] == "number_input" and raw not in (None, ""):
        return {key: str(raw)}
    return {key: raw if raw not in ("",) else None}


def option(element: Json, raw: Any) -> Json | None:
    """The option with this value; an external select's option comes along whole."""
    if raw is None or isinstance(raw, dict):
        return raw
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    for group in groups:
        for candidate in group["options"]:
            if candidate.get("value") == raw:
                return dict(candidate)
    return None


def _pressed_choice(element: Json, raw: Any) -> Json:
    if element["type"] == "overflow":
        return {"selected_option": option(element, raw)}
    for name in ("positive_button", "negative_button"):
        button = element.get(name) or {}
        if button.get("value") == raw:
            return {"value": raw, "text": button["text"]}
    return {"value": raw}


def _initial(element: Json) -> Any:
    return element.get(FIELDS[element["type"]][1])
