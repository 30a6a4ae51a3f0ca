"""What only service-level policies ask of a ticket: its organisation, form, brand, tags and fields, now and as they changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from bot.desks.fields import Json, known, name_of, objects
from bot.desks.zendesk_changes import changed_categories, has, new_value

TRAITS = {
    "organization": "organization_id",
    "form": "ticket_form_id",
    "brand": "brand_id",
    "type": "type",
    "recipient": "recipient",
    "custom_status": "custom_status_id",
    "public": "is_public",
}
"""What a trait is called in a ticket and in its events."""
TAG = "tag"
CUSTOM = "custom_fields_"
CUSTOM_FIELDS = "custom_ticket_fields"


def asked_of(matches: Iterable[Mapping[str, Any]]) -> list[str]:
    """The traits that policies ask for, by what they must match."""
    names = {key.lstrip("|-").partition("#")[0] for each in matches for key in each}
    return sorted(name for name in names if name == TAG or name in TRAITS or name.startswith(CUSTOM))


def traits_of(ticket: Json, asked: Set[str]) -> dict[str, tuple[str, ...]]:
    """The traits of a ticket's row; tags are kept with it anyway."""
    if not asked:
        return {}
    custom = {name_of(each.get("id")): each.get("value") for each in objects(ticket.get("custom_fields") or ticket.get("fields"))}
    return {
        name: values_of(custom.get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else ticket.get(TRAITS[name]))
        for name in sorted(asked - {TAG})
    }


def values_of(value: Any) -> tuple[str, ...]:
    """A field's values as texts; nothing is one empty text."""
    several = value if isinstance(value, list) else [value]
    return tuple(sorted({_text(each) for each in several})) or ("",)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return re.sub(r"\s*\n\s*", " ", value).strip() if isinstance(value, str) else name_of(value) or ""


def changed_traits(child: Json, asked: Set[str]) -> Iterator[tuple[str, str | None, str]]:
    """The name, the old and the new value of each trait that a child event changes; of a new ticket there is no old one."""
    for name in sorted(asked):
        if name == TAG:
            change = _tags(child)
        elif name.startswith(CUSTOM):
            change = _custom(child, name.removeprefix(CUSTOM))
        else:
            change = _plain(child, TRAITS[name])
        if change is not None and change[0] != change[1]:
            old, new = change
            yield name, None if old is None else _told(name, old), _told(name, new)


def _told(name: str, values: tuple[str, ...]) -> str:
    return ":".join((name, "\n".join(values)))


Change = tuple[tuple[str, ...] | None, tuple[str, ...]]


def _plain(child: Json, field: str) -> Change | None:
    if field == "type" and changed_categories(child, field) == (None, None):
        return None
    return _change(child, new_value(child, field)) if has(child, field) else None


def _change(child: Json, new: Any) -> Change:
    return (values_of(child["previous_value"]) if "previous_value" in child else None), values_of(new)


def _custom(child: Json, number: str) -> Change | None:
    inside, before = known(child.get(CUSTOM_FIELDS)), child.get("previous_value")
    if number in inside:
        old = before.get(number) if isinstance(before, dict) else before
        return (values_of(old) if "previous_value" in child else None), values_of(inside[number])
    return _plain(child, number) if has(child, number) else None


def _tags(child: Json) -> Change | None:
    """The export tells what came and what went beside what is; an audit tells what was."""
    if not has(child, "tags"):
        return None
    now = _words(new_value(child, "tags"))
    if "previous_value" in child:
        return _or_nothing(_words(child["previous_value"])), _or_nothing(now)
    came, went = _words(child.get("added_tags")), _words(child.get("removed_tags"))
    return _or_nothing((now - came) | went) if came or went else None, _or_nothing(now)


def _words(value: Any) -> set[str]:
    if isinstance(value, str):
        return set(value.split())
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()


def _or_nothing(words: set[str]) -> tuple[str, ...]:
    return tuple(sorted(words)) or ("",)
