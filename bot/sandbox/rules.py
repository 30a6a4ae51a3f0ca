"""Small rules about JSON values that add up to a check of a whole block, each complaint with its JSON pointer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why Slack would refuse: what is wrong (`says`), where (`pointer`), and under which error `code`."""

    pointer: str
    says: str
    code: str = "invalid_blocks"

    def __str__(self) -> str:
        return f"{self.says} [json-pointer:{self.pointer}]"


Rule = Callable[[Any, str], Iterator[Problem]]


def string(most: int, *, least: int = 1) -> Rule:
    """A string of `least` to `most` characters."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(pointer=pointer, says="must be a string")
        elif len(value) > most:
            yield Problem(pointer=pointer, says=f"must be less than {most + 1} characters")
        elif len(value) < least:
            yield Problem(pointer=pointer, says=f"must be more than {least - 1} characters")

    return check


def choice(*allowed: Any) -> Rule:
    """One of these values."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, (str, int, float)) or value not in allowed:
            yield Problem(pointer=pointer, says=f"must be one of {', '.join(map(str, allowed))}")

    return check


def number(least: float = float("-inf"), most: float = float("inf")) -> Rule:
    """A number (not a boolean) between two others."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield Problem(pointer=pointer, says="must be a number")
        elif not least <= value <= most:
            yield Problem(pointer=pointer, says=f"must be between {least:g} and {most:g}")

    return check


def boolean(value: Any, pointer: str) -> Iterator[Problem]:
    """True or false."""
    if not isinstance(value, bool):
        yield Problem(pointer=pointer, says="must be a boolean")


def anything(value: Any, pointer: str) -> Iterator[Problem]:
    """No rule here."""
    yield from ()


def mapping(value: Any, pointer: str) -> Iterator[Problem]:
    """An object, whatever is in it."""
    if not isinstance(value, Mapping):
        yield Problem(pointer=pointer, says="must be an object")


def array(rule: Rule, most: int, *, least: int = 1) -> Rule:
    """A list of `least` to `most` items that each obey `rule`."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield Problem(pointer=pointer, says="must be an array")
            return
        if len(value) > most:
            yield Problem(pointer=pointer, says=f"no more than {most} items allowed")
        if len(value) < least:
            yield Problem(pointer=pointer, says=f"must contain at least {least} items")
        for place, item in enumerate(value):
            yield from rule(item, f"{pointer}/{place}")

    return check


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these fields and no others (`type` may always be there)."""
    known: dict[str, Rule] = {"type": anything, **required, **(optional or {})}

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem(pointer=pointer, says="must be an object")
            return
        for name in required:
            if value.get(name) is None:
                yield Problem(pointer=pointer, says=f"missing required field: {name}")
        for name, field in value.items():
            if name not in known:
                yield Problem(pointer=f"{pointer}/{name}", says=f"invalid additional property: {name}")
            elif field is not None:
                yield from known[name](field, f"{pointer}/{name}")

    return check


def by_type(table: Mapping[str, Rule]) -> Rule:
    """An object whose `type` picks the rule."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem(pointer=pointer, says="must be an object")
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in table:
            yield Problem(pointer=f"{pointer}/type", says=f"unsupported type: {kind}")
            return
        yield from table[kind](value, pointer)

    return check


def both(first: Rule, second: Rule) -> Rule:
    """Two rules; the second is asked only when the first is content."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        problems = list(first(value, pointer))
        yield from problems or second(value, pointer)

    return check


def text(most: int, *kinds: str) -> Rule:
    """A text object of one of these kinds (any, if none is named) that says something in at most `most` characters."""
    plain = shape({"text": string(most)}, {"emoji": boolean})
    mrkdwn = shape({"text": string(most)}, {"verbatim": boolean})
    both_kinds = {"plain_text": plain, "mrkdwn": mrkdwn}
    return by_type({kind: both_kinds[kind] for kind in kinds or both_kinds})


def exactly_one(*names: str) -> Rule:
    """An object with exactly one of these fields."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if sum(value.get(name) is not None for name in names) != 1:
            yield Problem(pointer=pointer, says=f"must provide exactly one of {', '.join(names)}")

    return check


def unique(values: Sequence[Any], pointer: str, what: str) -> Iterator[Problem]:
    """Complain once about each value that stands there twice."""
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            yield Problem(pointer=pointer, says=f"{what} `{value}` already exists")
        seen.add(value)
