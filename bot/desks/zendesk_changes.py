"""How a child event of Zendesk's tells that a field changed: by the field's own key, or by `field_name` and `value`."""

from __future__ import annotations

from typing import Any

from bot.desks.fields import Json, name_of
from bot.desks.zendesk_words import priority_of
from bot.store.words import Kind


def has(child: Json, name: str) -> bool:
    """Whether the child tells of that field."""
    return child["field_name"] == name if "field_name" in child else name in child


def new_value(child: Json, name: str) -> Any:
    """The new value of a field; None where the child tells of another one."""
    if "field_name" in child:
        return child.get("value") if child["field_name"] == name else None
    return child.get(name)


def changed_names(child: Json, name: str) -> tuple[str | None, str | None]:
    """What the field was and is, by ids or words; nothing where the child tells of another one."""
    if not has(child, name):
        return None, None
    return _id(child.get("previous_value")), _id(new_value(child, name))


def _id(value: Any) -> str | None:
    """Zendesk writes nobody as null, as an empty text, or as the word."""
    name = name_of(value)
    return None if name in ("null", "0", "None") else name


def _priorities(child: Json, _: str) -> tuple[str | None, str | None]:
    if not has(child, "priority"):
        return None, None
    old, new = (priority_of(word) for word in (child.get("previous_value"), new_value(child, "priority")))
    return (str(old) if old else None), (str(new) if new else None)


def changed_categories(child: Json, name: str) -> tuple[str | None, str | None]:
    """The same of the field that is our category."""
    if name == "type" and "field_name" not in child and "event_type" not in child:
        return None, None  # Here `type` is what kind of event it is.
    return changed_names(child, name)


MOVES = (
    ("group_id", "team", Kind.TEAM, changed_names),
    ("assignee_id", "agent", Kind.ASSIGNED, changed_names),
    ("priority", "priority", Kind.PRIORITY, _priorities),
)
"""Which field of an event tells of which kind of change, and how its values are read."""
