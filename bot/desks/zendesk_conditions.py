"""What a condition of a Zendesk policy asks of a ticket, in the words of SlaPolicyRecord."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.desks.fields import Json, name_of, text_of, whole
from bot.desks.zendesk_traits import CUSTOM, TAG, values_of
from bot.desks.zendesk_words import PRIORITIES, VIA_IDS, channel_of, priority_of
from bot.store.words import Channel

HAS = {"", "is", "includes", "equals", "any", "contains", "include_any", "in"}
HAS_NOT = {"is_not", "not", "not_includes", "excludes", "not_equals", "not_in", "not_contains"}
NAMES = {
    "priority": "priority",
    "group_id": "team",
    "group": "team",
    "group_ownership_time": "team",
    "assignee_id": "agent",
    "assignee": "agent",
    "requester_id": "requester",
    "requester": "requester",
    "via_id": "channel",
    "via": "channel",
    "channel": "channel",
    "current_tags": TAG,
    "tags": TAG,
    "tag": TAG,
    "schedule_id": "schedule",
    "schedule": "schedule",
    "type": "type",
    "ticket_type_id": "type",
    "ticket_type": "type",
    "organization_id": "organization",
    "organization": "organization",
    "ticket_form_id": "form",
    "ticket_form": "form",
    "brand_id": "brand",
    "brand": "brand",
    "recipient": "recipient",
    "received_at": "recipient",
    "custom_status_id": "custom_status",
    "ticket_is_public": "public",
    "requester_role": "requester_role",
}
ROLES = dict.fromkeys(("end_user", "end-user", "0"), "end_user")
ROLES |= dict.fromkeys(("agent", "4"), "agent") | dict.fromkeys(("admin", "2"), "admin")
"""By name, or by the numbers that older triggers have them by. Any other number is a role that the account made itself."""
TYPE_IDS = {1: "question", 2: "incident", 3: "problem", 4: "task"}
MEANT_LIVE = {"current_user", "current_groups", "requester_id", "assignee_id", "all_agents"}
"""Values that stand for whoever is at it at the moment: not to be told afterwards."""

Asked = tuple[str, tuple[str, ...]]


def reason_against(condition: Json) -> str:
    """Why a condition cannot be judged here, in words that are safe to show."""
    field = "".join(each for each in text_of(condition.get("field")) if each.isalnum() or each in "_ ")[:40] or "condition"
    if _is_live(condition):
        return f"It compares {field} with whoever is at it at that moment, which nobody can tell afterwards"
    if field == "requester_role":
        return "It asks for a role that the account made itself, and whoever has it is told to nobody"
    return f"It asks for {field} in a way that cx cannot judge"


def matched(condition: Json) -> Asked | None:
    """The key and the values of `matches`; None for what we do not know of a ticket."""
    name = _name(text_of(condition.get("field")))
    told = condition.get("value")
    values = told if isinstance(told, list) else [told]
    if name is None or _is_live(condition):
        return None
    operator = text_of(condition.get("operator")).lower()
    if operator in ("present", "not_present"):
        return ("-" if operator == "present" else "") + name, ("",)
    if operator in ("less_than", "greater_than"):
        return _ordered(name, operator, values)
    if operator not in HAS | HAS_NOT:
        return None
    words = _words(name, values)
    return None if words is None else (("-" if operator in HAS_NOT else "") + name, words)


def _is_live(condition: Json) -> bool:
    told = condition.get("value")
    return bool(MEANT_LIVE & {each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str)})


def _name(field: str) -> str | None:
    custom = re.fullmatch(r"(?:custom_fields?|ticket_fields?)_?[.:]?(\d+)", field, re.ASCII)
    return f"{CUSTOM}{custom.group(1)}" if custom else NAMES.get(field)


def _words(name: str, values: Sequence[Any]) -> tuple[str, ...] | None:
    """The values as our tickets hold them; None where one of them means nothing to us."""
    match name:
        case "priority":
            ranks = tuple("" if not value else str(priority_of(value) or "?") for value in values)
            return None if "?" in ranks else ranks
        case "channel":
            return tuple(dict.fromkeys(_channel(value) for value in values))
        case "tag":
            return tuple(word for value in values for word in text_of(value).replace(",", " ").split()) or ("",)
        case "type":
            return tuple(TYPE_IDS.get(whole(value) or 0, text_of(value).lower()) for value in values)
        case "requester_role":
            roles = tuple(ROLES.get((name_of(value) or "").lower(), "") for value in values)
            return roles if all(roles) else None
        case "public":
            return tuple("false" if value in ("private", False, "false") else "true" for value in values)
        case "team" | "agent" | "requester" | "schedule":
            return tuple(name_of(value) or "" for value in values)
        case _:
            return values_of(list(values))


def _ordered(name: str, operator: str, values: Sequence[Any]) -> Asked | None:
    """Priorities stand in an order, 1 the most urgent."""
    rank = priority_of(values[0]) if name == "priority" and len(values) == 1 else None
    if rank is None:
        return None
    ranks = sorted(PRIORITIES.values())
    return name, tuple(str(each) for each in ranks if (each > rank if operator == "less_than" else each < rank))


def _channel(value: Any) -> str:
    number = whole(value)
    return (VIA_IDS.get(number, Channel.OTHER) if number is not None else channel_of(value)).value
