"""What a ticket lived through: updates in the order the desk wrote them, and the state after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.hard.oracle.cast import BY_ID, SCHEDULES, SYSTEM, Schedule

UNSOLVED = ("new", "open", "pending", "hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Something said: by whom, and whether the customer could read it."""

    author: int
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One change of a ticket; `silent` ones leave no event behind, only a newer row."""

    id: int
    at: datetime
    actor: int
    via: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    comment: Comment | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One answer to the desk's own survey."""

    id: int
    score: str
    answered: datetime
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A ticket from its creation to the end of the story."""

    id: int
    requester: int
    submitter: int
    channel: str
    type: str | None
    updates: tuple[Update, ...]
    rating: Rating | None = None

    @property
    def created(self) -> datetime:
        return self.updates[0].at

    @property
    def opened_by_agent(self) -> bool:
        """Somebody of the team opened it for somebody else."""
        return self.submitter != self.requester and BY_ID[self.submitter].role != "end-user"

    @property
    def state(self) -> dict[str, Any]:
        """Every field as the last update left it."""
        found: dict[str, Any] = {"status": "new", "group_id": None, "assignee_id": None, "priority": None, "tags": ()}
        for update in self.updates:
            found |= update.changes
        return found

    def until(self, instant: datetime) -> Life | None:
        """The life as it stood at an instant, or None before its creation."""
        known = tuple(update for update in self.updates if update.at <= instant)
        rating = self.rating if self.rating is not None and self.rating.answered <= instant else None
        return replace(self, updates=known, rating=rating) if known else None

    def values(self, name: str) -> list[tuple[datetime, Any]]:
        """The field's values with the instant from which each held, the first at creation."""
        found: list[tuple[datetime, Any]] = []
        for update in self.updates:
            if name in update.changes and (not found or found[-1][1] != update.changes[name]):
                found.append((update.at, update.changes[name]))
        return found

    def spans(self, end: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        """Start, end and status of each stay in a status, the last one cut at `end`; deletion is a status here."""
        stays = self.values("status")
        for (at, status), until in zip(stays, [*(at for at, _ in stays[1:]), end], strict=True):
            if at < until:
                yield at, until, status

    def schedules(self) -> list[tuple[datetime, Schedule]]:
        """The schedules in force, each with its first instant: the account's first one until a rule sets another."""
        by_id = {schedule.id: schedule for schedule in SCHEDULES}
        switched = [(at, by_id[number]) for at, number in self.values("schedule_id")]
        return [(self.created, SCHEDULES[0]), *switched]

    def told(self) -> str:
        """The life in words, one line an update, for whoever has to judge a difference."""
        head = f"ticket {self.id} {self.channel} requester={self.requester} submitter={self.submitter}"
        lines = [
            f"  {u.at:%m-%d %a %H:%M:%S} by {u.actor:>5} {dict(u.changes)} "
            f"{'' if u.comment is None else ('PUBLIC' if u.comment.public else 'private')} {u.mark}"
            for u in self.updates
        ]
        return "\n".join([head, *lines])


def is_team(user: int) -> bool:
    """An agent or admin by role, whatever they are besides."""
    return user != SYSTEM and BY_ID[user].role in ("agent", "admin")
