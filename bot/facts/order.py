"""A ticket's moments in the order they count in, and what can be told of the time before the first of a kind."""

from __future__ import annotations

from collections.abc import Iterable

from bot.facts.life import OPENING, Life, Moment, Rules
from bot.store.words import Actor, Kind

SAID = frozenset((Kind.REPLY, Kind.NOTE, Kind.WORKED))
"""What is worth nothing before the ticket was there."""
COMMENTS = frozenset((Kind.REPLY, Kind.NOTE))


def in_order(moments: Iterable[Moment], created_at: int) -> list[Moment]:
    """Moments by instant, each once. Within a second the desk's own order counts; where it gives none, who has the ticket
    changes first and its status last, so that a reply sent with the solve comes before it and the new assignee solves."""
    return sorted(
        set(moments), key=lambda m: (max(m.at, created_at), m.kind != Kind.CREATED, m.at, m.seq, RANKS.get(m.kind, 1), m.key)
    )


RANKS: dict[str, int] = {
    Kind.SCHEDULE: 0,
    Kind.TEAM: 0,
    Kind.ASSIGNED: 0,
    Kind.PRIORITY: 0,
    Kind.CATEGORY: 0,
    Kind.TRAIT: 0,
    Kind.STATUS: 2,
    Kind.SLA_ACHIEVED: 3,
    Kind.SLA_BREACHED: 3,
    Kind.SLA_RETRACTED: 3,
}


def unmarked_opening(moments: list[Moment], created_at: int) -> Moment | None:
    """The comment a ticket was opened with where nothing says so: the first one, if it came in the second of the creation."""
    if any(m.kind == Kind.CREATED or m.new == OPENING for m in moments):
        return None
    said = next((m for m in moments if m.kind in COMMENTS), None)
    return said if said is not None and said.at == created_at else None


def by_staff(moments: list[Moment], life: Life, rules: Rules) -> bool:
    """Whether an agent or a bot opened the ticket: by who created it, else by who wrote its first comment."""
    opener = next((m for m in moments if m.kind == Kind.CREATED and (m.actor or m.actor_kind)), None)
    opener = opener or next((m for m in moments if m.kind == Kind.REPLY and m.new == OPENING), None)
    opener = opener or unmarked_opening(moments, life.created_at)
    return opener is not None and rules.who(opener.actor, opener.actor_kind, life.requester) in (Actor.AGENT, Actor.BOT)


def initial(moments: list[Moment], kind: Kind, current: str | None) -> str | None:
    """What held before the first change: its `old`, else, where it never changed, what holds today."""
    first = next((m for m in moments if m.kind == kind), None)
    return current if first is None else first.old


def first_status(moments: list[Moment], created_at: int) -> str | None:
    """The status before the first change of it; a change from nothing in the second of the creation tells what it began with."""
    first = next((m for m in moments if m.kind == Kind.STATUS), None)
    return None if first is None else first.old or (first.new if first.at <= created_at else None)
