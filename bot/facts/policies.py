"""Which service-level policy a ticket falls under, moment by moment: the first that matches, looked for anew at each change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.facts.history import History, Stretch
from bot.facts.life import Life, Policy, Traits, trait
from bot.store.words import GONE

Held = tuple[Stretch, Policy | None]
NOTHING = frozenset(("",))
"""What a ticket has of something it has none of."""


class Condition(NamedTuple):
    """What a key of a policy's `matches` asks: see SlaPolicyRecord."""

    name: str
    has: bool
    alternative: bool


def held(policies: Sequence[Policy], life: Life, history: History, role: str = "") -> list[Held]:
    """Each stretch with the policy in force; one in which something changed that only policies ask for is cut there.
    `role` is that of whoever asks, see Rules.role_of."""
    if not history.traits:
        return [(stretch, matching(policies, life, stretch, role=role)) for stretch in history.stretches]
    pieces = (piece for stretch in history.stretches for piece in _pieces(stretch, history))
    return [(stretch, matching(policies, life, stretch, traits, role=role)) for stretch, traits in pieces]


def matching(
    policies: Sequence[Policy], life: Life, stretch: Stretch, traits: Traits | None = None, *, role: str = ""
) -> Policy | None:
    """The first policy, in its position, that the ticket matched during the stretch; one that promises nothing is none."""
    has: dict[str, frozenset[str]] = {
        "team": frozenset((stretch.team or "",)),
        "agent": frozenset((stretch.agent or "",)),
        "priority": frozenset(("" if stretch.priority is None else str(stretch.priority),)),
        "channel": frozenset((life.channel,)),
        "category": frozenset((stretch.category or "",)),
        "schedule": frozenset((stretch.schedule or "",)),
        "requester": frozenset((life.requester or "",)),
        "requester_role": frozenset((role,)),
        "tag": frozenset(life.tags) or NOTHING,
        **(life.traits if traits is None else traits),
    }
    return next((policy for policy in policies if policy.targets and _matches(policy.matches, has)), None)


def _matches(asked: Mapping[str, frozenset[str]], has: Traits) -> bool:
    met: list[bool] = []
    for key, values in asked.items():
        condition = _condition(key)
        holds = bool(values & has.get(condition.name, NOTHING)) is condition.has
        if condition.alternative:
            met.append(holds)
        elif not holds:
            return False
    return not met or any(met)


@lru_cache(maxsize=1024)
def _condition(key: str) -> Condition:
    alternative, key = key.startswith("|"), key.removeprefix("|")
    return Condition(name=key.removeprefix("-").partition("#")[0], has=not key.startswith("-"), alternative=alternative)


def _pieces(stretch: Stretch, history: History) -> Iterator[tuple[Stretch, Traits]]:
    """A stretch cut where a trait changed. What is gone has no promise running, and stays whole."""
    traits = dict(history.traits)
    inside = []
    for moment in history.turns:
        if moment.at <= stretch.start:
            traits |= trait(moment.new)
        elif stretch.status not in GONE and (stretch.end is None or moment.at < stretch.end):
            inside.append(moment)
    start = stretch.start
    for moment in inside:
        if moment.at > start:
            yield stretch._replace(start=start, end=moment.at), dict(traits)
            start = moment.at
        traits |= trait(moment.new)
    yield stretch._replace(start=start), traits
