"""Rules about whom and what to ask: a field of the ticket, and the values that count, as `team:billing` or `-tag:vip`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import BadRequest

FIELDS = ("ticket", "team", "category", "tag", "customer", "channel", "priority", "source", "agent")
PART = re.compile(r'(?P<minus>-?)(?P<field>[a-z]+):(?P<values>"[^"]*"|[^\s"]+)')
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A field and the values of which one must be there; values are compared without case."""

    field: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        said = ",".join(self.values)
        return f'{self.field}:"{said}"' if " " in said else f"{self.field}:{said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a resolution is about, as rules see it: for each field its values in lower case. `key` names it for ever."""

    key: str
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


def about(key: str, values: Mapping[str, Iterable[str | None]]) -> About:
    """The same from values in any case, some of them missing."""
    return About(key=key, values={name: frozenset(one.lower() for one in some if one) for name, some in values.items()})


def holds(condition: Condition, subject: About) -> bool:
    """Whether one of the values is among those of the subject."""
    there = subject.values.get(condition.field, frozenset())
    return any(value.lower() in there for value in condition.values)


def left_out(only: Iterable[Condition], never: Iterable[Condition], subject: About) -> str | None:
    """The rule that keeps the subject from being asked about, in words; None where all allow it."""
    for one in only:
        if not holds(one, subject):
            return f"only {one}"
    return next((f"never {one}" for one in never if holds(one, subject)), None)


def is_sampled(subject: About, percent: int) -> bool:
    """Whether this one is in the sample: a fixed lot, so that asking twice, or trying rules out first, draws the same."""
    lot = int.from_bytes(hashlib.sha256(f"sample {subject.key}".encode()).digest()[:4])
    return lot % 100 < percent


def read_conditions(said: Any) -> tuple[Condition, ...]:
    """The conditions of a stored list; what is none of ours is passed over."""
    found = (_condition(one) for one in (said if isinstance(said, list | tuple) else ()) if isinstance(one, str))
    return tuple(one for one in found if one is not None)[:MOST]


def typed_conditions(text: str) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """What a person typed, `team:billing,support -tag:vip`: what must be, and, behind a minus, what must not.

    Raises BadRequest for anything else."""
    only: list[Condition] = []
    never: list[Condition] = []
    rest = text.strip()
    while rest:
        match = PART.match(rest)
        condition = _condition(match["field"] + ":" + match["values"]) if match is not None else None
        if match is None or condition is None:
            word = rest.split()[0][:40]
            raise BadRequest(
                f"I don't understand {word!r}.", next_step=f"Write rules as team:billing or -tag:vip; fields are {_all()}."
            )
        (never if match["minus"] else only).append(condition)
        rest = rest[match.end() :].strip(" ,\n\t")
    return tuple(only[:MOST]), tuple(never[:MOST])


def _condition(said: str) -> Condition | None:
    name, colon, rest = said.partition(":")
    values = tuple(value.strip() for value in rest.strip().strip('"').split(",") if value.strip())
    return Condition(field=name, values=values) if colon and name in FIELDS and values else None


def _all() -> str:
    return ", ".join(FIELDS)
