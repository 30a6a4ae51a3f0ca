"""The forms in which admins enter costs and customer counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.store.words import Channel
from bot.views.blocks import VIEW_WORD, Block, actions, button, plain

ENTER_COST, COST_ENTERED = "enter_cost", "cost_entered"
ENTER_CUSTOMERS, CUSTOMERS_ENTERED = "enter_customers", "customers_entered"
PERIOD, AMOUNT, CHANNEL = "period", "amount", "channel"
AT_START, JOINED, LOST = "at_start", "joined", "lost"
LONGEST = 60


def door(action: str, text: str) -> Block:
    """A row with the button that opens a form."""
    return actions([button(text, action, "v1")], f"{action}:door")


def cost_form(currency: str, example: str) -> dict[str, Any]:
    """Asks for the days, the amount in a currency, and the channel, if it is only one's."""
    choice: Block = {
        "type": "static_select",
        "action_id": CHANNEL,
        "placeholder": plain("All of support", LONGEST),
        "options": [{"text": plain(one.value, LONGEST), "value": one.value} for one in Channel],
    }
    blocks = (
        _words(PERIOD, "For which days?", hint=f"Such as {example}, Q3 2026, or 1-15 Oct"),
        _words(AMOUNT, f"Amount in {currency}", hint="Such as 50000 or 50k"),
        {
            "type": "input",
            "block_id": CHANNEL,
            "optional": True,
            "label": plain("Only for a channel?", LONGEST),
            "element": choice,
        },
    )
    return _form(COST_ENTERED, "Support costs", blocks)


def customers_form(example: str) -> dict[str, Any]:
    """Asks for the days, the customers at their start, and who joined and was lost in them."""
    blocks = (
        _words(PERIOD, "For which days?", hint=f"Such as {example}, Q3 2026, or 1-15 Oct"),
        _words(AT_START, "Customers at the start"),
        _words(JOINED, "Joined since", optional=True),
        _words(LOST, "Lost since", hint="Who joined and was lost in the same days counts in neither."),
    )
    return _form(CUSTOMERS_ENTERED, "Customers", blocks)


def entered(state: Mapping[str, Any], name: str) -> str:
    """What a field of a submitted form holds; empty where it holds nothing we asked for."""
    block = state.get(name)
    field = block.get(name) if isinstance(block, Mapping) else None
    if not isinstance(field, Mapping):
        return ""
    chosen = field.get("selected_option")
    value = chosen.get("value") if isinstance(chosen, Mapping) else field.get("value")
    return value.strip()[:LONGEST] if isinstance(value, str) else ""


def _words(name: str, label: str, *, hint: str = "", optional: bool = False) -> Block:
    field: Block = {"type": "plain_text_input", "action_id": name, "max_length": LONGEST}
    made: Block = {"type": "input", "block_id": name, "label": plain(label, LONGEST), "element": field, "optional": optional}
    return {**made, "hint": plain(hint, 150)} if hint else made


def _form(callback: str, title: str, blocks: Sequence[Block]) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, VIEW_WORD),
        "submit": plain("Keep", VIEW_WORD),
        "close": plain("Cancel", VIEW_WORD),
        "blocks": list(blocks),
    }
