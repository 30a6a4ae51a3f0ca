"""The fields of forms: each is a block named as its value, and what was entered is read back by that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.views.blocks import VIEW_WORD, Block, plain, plain_section

FIELD = "field"
LABEL, HINT, OPTION, VALUE = 150, 150, 75, 150
LONGEST = 500
OURS = {"include": ["public", "private"], "exclude_external_shared_channels": True, "exclude_bot_users": True}
ONE = ("value", "selected_time", "selected_conversation", "selected_user")
SEVERAL = ("selected_conversations", "selected_users")


def form(callback: str, title: str, blocks: Sequence[Block], *, submit: str = "Save", metadata: str = "") -> dict[str, Any]:
    """A form; `metadata` comes back with it."""
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": metadata,
        "title": plain(title, VIEW_WORD),
        "submit": plain(submit, VIEW_WORD),
        "close": plain("Cancel", VIEW_WORD),
        "blocks": list(blocks),
    }


def notice(title: str, sentence: str) -> dict[str, Any]:
    """A form that only says something, in the place of one that was pressed or submitted."""
    head, close = plain(title, VIEW_WORD), plain("Close", VIEW_WORD)
    return {"type": "modal", "title": head, "close": close, "blocks": [plain_section(sentence, "said")]}


def typed(name: str, label: str, value: str = "", *, example: str = "", hint: str = "", optional: bool = False) -> Block:
    """Words on one line."""
    element: Block = {"type": "plain_text_input", "max_length": LONGEST}
    element |= {"placeholder": plain(example, HINT)} if example else {}
    element |= {"initial_value": value[:LONGEST]} if value else {}
    return field(name, label, element, hint=hint, optional=optional)


def choice(name: str, label: str, options: Mapping[str, str], chosen: str = "", *, hint: str = "") -> Block:
    """One of several, by value and words; what is chosen stands first where it is none of them."""
    known = {**({chosen: f"{chosen} (as it is)"} if chosen and chosen not in options else {}), **options}
    element: Block = {"type": "static_select", "options": [_option(value, says) for value, says in known.items()]}
    element |= {"initial_option": _option(chosen, known[chosen])} if chosen else {}
    return field(name, label, element, hint=hint)


def ticks(name: str, label: str, options: Mapping[str, str], ticked: Sequence[str] = (), *, hint: str = "") -> Block:
    """Any of several, ten at most."""
    known = {value: _option(value, says) for value, says in options.items()}
    element: Block = {"type": "checkboxes", "options": list(known.values())}
    initial = [known[value] for value in ticked if value in known]
    element |= {"initial_options": initial} if initial else {}
    return field(name, label, element, hint=hint, optional=True)


def clock(name: str, label: str, chosen: str) -> Block:
    """A time of day, `09:00`."""
    return field(name, label, {"type": "timepicker", "initial_time": chosen})


def place(name: str, label: str, chosen: str = "", *, hint: str = "") -> Block:
    """One channel of our own; none is none."""
    element: Block = {"type": "conversations_select", "filter": OURS}
    element |= {"initial_conversation": chosen} if chosen else {}
    return field(name, label, element, hint=hint, optional=True)


def places(name: str, label: str, chosen: Sequence[str] = (), *, hint: str = "") -> Block:
    """Any number of channels of our own."""
    element: Block = {"type": "multi_conversations_select", "filter": OURS}
    element |= {"initial_conversations": list(chosen)} if chosen else {}
    return field(name, label, element, hint=hint, optional=True)


def people(name: str, label: str, chosen: Sequence[str] = (), *, hint: str = "") -> Block:
    """Any number of people."""
    element: Block = {"type": "multi_users_select"}
    element |= {"initial_users": list(chosen)} if chosen else {}
    return field(name, label, element, hint=hint, optional=True)


def field(name: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """A question of a form."""
    made: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, LABEL),
        "element": {**element, "action_id": FIELD},
        "optional": optional,
    }
    return {**made, "hint": plain(hint, HINT)} if hint else made


def entered(state: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the fields, by name; several choices are separated by commas, and what is misshapen is empty."""
    return {str(name): _value(fields.get(FIELD)) for name, fields in state.items() if isinstance(fields, Mapping)}


def several(value: str) -> tuple[str, ...]:
    """The choices of a field that takes several."""
    return tuple(one for one in value.split(",") if one)


def _value(given: Any) -> str:
    if not isinstance(given, Mapping):
        return ""
    if isinstance(given.get("selected_options"), Sequence):
        return ",".join(str(one.get("value")) for one in given["selected_options"] if isinstance(one, Mapping))
    if isinstance(given.get("selected_option"), Mapping):
        return str(given["selected_option"].get("value") or "")
    chosen = next((given[key] for key in SEVERAL if isinstance(given.get(key), Sequence)), None)
    if chosen is not None:
        return ",".join(map(str, chosen))
    return str(next((given[key] for key in ONE if given.get(key)), "")).strip()[:LONGEST]


def _option(value: str, says: str) -> Block:
    return {"text": plain(says, OPTION), "value": value[:VALUE]}
