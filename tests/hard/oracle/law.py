"""What one life makes of every column of the facts, by the words of the definitions and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.hard.oracle.cast import BY_ID, GROUPS, SYSTEM
from tests.hard.oracle.hours import by_schedule, open_pieces
from tests.hard.oracle.lives import UNSOLVED, Life, Update, is_team

CHANNELS = {"voice": "phone"}
WAITS = {
    "requester_wait": ("new", "open", "hold"),
    "agent_wait": ("pending",),
    "on_hold": ("hold",),
    "agent_work": ("new", "open"),
}
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A public comment after the opening one."""

    at: datetime
    by_agent: bool
    author: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where a ticket was solved, reopened and closed."""

    solves: tuple[datetime, ...]
    reopens: tuple[datetime, ...]
    closed: datetime | None
    resolved: bool
    undone: bool = False

    @property
    def first(self) -> datetime | None:
        return self.solves[0] if self.solves else self.closed

    @property
    def done(self) -> tuple[datetime, ...]:
        """Every solve, and a close that no solve came before since the ticket was open."""
        unsolved = self.closed is not None and self.last == self.closed and self.closed not in self.solves
        return (*self.solves, self.closed) if unsolved and self.closed is not None else self.solves

    @property
    def last(self) -> datetime | None:
        """The last solve of a ticket that is still resolved; a close without a solve since the last reopen uses the close."""
        if not self.resolved:
            return None
        if self.solves and not self.undone:
            return self.solves[-1]
        return self.closed


def fact_row(life: Life, profile: str, now: datetime) -> dict[str, Any]:
    """Every column of one ticket whose life is already cut at `now`; None is no data."""
    turned, said = turns(life), public_talk(life)
    replies = [word for word in said if word.by_agent]
    state = life.state
    row: dict[str, Any] = {
        "source": "zendesk",
        "external_id": str(life.id),
        "status": state["status"],
        "created_at": life.created,
        "excluded": excluded(life, profile),
    }
    row |= _span(life, profile, "first_response", first_response(life, profile, said))
    row |= _span(life, profile, "first_resolution", turned.first)
    row |= _span(life, profile, "full_resolution", turned.last)
    row |= _waits(life, profile, now)
    row |= {
        "agent_replies": len(replies),
        "customer_replies": len([word for word in said if not word.by_agent and word.author != SYSTEM]),
        "internal_notes": len([u for u in life.updates if u.comment is not None and not u.comment.public]),
        "reopens": len(turned.reopens),
    }
    row |= _hands(life)
    row |= {
        "one_touch": turned.resolved and (len(replies) == 1 or (profile == "zendesk" and not replies)),
        "first_contact": turned.resolved and first_contact(turned, said),
        "handling_s": row["agent_work_business_s"],
        "channel": CHANNELS.get(life.channel, life.channel),
        "priority": state["priority"],
        "team": GROUPS.get(state["group_id"]),
        "agent": BY_ID[state["assignee_id"]].name if state["assignee_id"] else None,
        "tags": set(state["tags"]),
    }
    return row


def excluded(life: Life, profile: str) -> str | None:
    """Why no KPI counts the ticket; Zendesk keeps merged tickets, and tells spam by deleting it."""
    if life.state["status"] == "deleted":
        return "deleted"
    merged = any(update.mark == "merge" for update in life.updates)
    return "merged" if merged and profile != "zendesk" else None


def public_talk(life: Life) -> list[Said]:
    """Who said what where the customer could read it, after the opening comment, in order."""
    return [
        Said(at=update.at, author=update.comment.author, by_agent=answers(life, update))
        for update in life.updates[1:]
        if update.comment is not None and update.comment.public
    ]


def answers(life: Life, update: Update) -> bool:
    """A public comment by a human of the team who is not the requester."""
    said = update.comment
    return said is not None and said.public and is_team(said.author) and said.author != life.requester


def first_response(life: Life, profile: str, said: list[Said]) -> datetime | None:
    """On tickets an agent opened only Zendesk's rule has one: the next public word after the opening."""
    if life.opened_by_agent and profile != "zendesk":
        return None
    return next((word.at for word in said if word.by_agent), None)


def turns(life: Life) -> Turns:
    """Deletion and restoring hide a ticket; they neither solve nor reopen it."""
    solves, reopens, closed, before, undone = [], [], None, "new", False
    for index, (at, status) in enumerate(life.values("status")):
        if status == "deleted":
            continue
        if status == "solved" and (before in UNSOLVED or index == 0):
            solves.append(at)
            undone = False
        if before in ("solved", "closed") and status in UNSOLVED:
            reopens.append(at)
            undone = True
        if status == "closed":
            closed = at
        before = status
    resolved = life.state["status"] in ("solved", "closed")
    return Turns(solves=tuple(solves), reopens=tuple(reopens), closed=closed, resolved=resolved, undone=undone)


def first_contact(turned: Turns, said: list[Said]) -> bool:
    """One reply at most, no word of the customer after it, no reopen within seven days of the solve before it."""
    replies = [index for index, word in enumerate(said) if word.by_agent]
    if len(replies) > 1:
        return False
    after = said[replies[0] + 1 :] if replies else []
    if any(not word.by_agent and word.author != SYSTEM for word in after):
        return False
    solved_before = (max((s for s in turned.solves if s <= reopen), default=None) for reopen in turned.reopens)
    return not any(
        solve is not None and reopen - solve <= WEEK for solve, reopen in zip(solved_before, turned.reopens, strict=True)
    )


def _span(life: Life, profile: str, name: str, end: datetime | None) -> dict[str, Any]:
    if end is None:
        return {f"{name}_at": None, f"{name}_s": None, f"{name}_business_s": None}
    business = single_business(life, profile, life.created, end)
    return {f"{name}_at": end, f"{name}_s": _seconds(end - life.created), f"{name}_business_s": business}


def single_business(life: Life, profile: str, start: datetime, end: datetime) -> int:
    """Business seconds to one event: each schedule for its time, or for Zendesk the one at the end for the whole."""
    stays = life.schedules()
    if profile == "zendesk":
        return sum(_seconds(b - a) for a, b in open_pieces([s for at, s in stays if at <= end][-1], start, end))
    return sum(_seconds(b - a) for a, b in by_schedule(stays, start, end))


def _waits(life: Life, profile: str, now: datetime) -> dict[str, Any]:
    """Live up to `now`; Zendesk writes a wait down when the status changes, so the one still running is not in it."""
    found: dict[str, Any] = {}
    until = life.values("status")[-1][0] if profile == "zendesk" else now
    for name, statuses in WAITS.items():
        spans = [(a, b) for a, b, status in life.spans(until) if status in statuses]
        found[f"{name}_s"] = sum(_seconds(b - a) for a, b in spans)
        found[f"{name}_business_s"] = sum(_stay_business(life, profile, a, b) for a, b in spans)
    return found


def _stay_business(life: Life, profile: str, start: datetime, end: datetime) -> int:
    return single_business(life, profile, start, end)


def _hands(life: Life) -> dict[str, Any]:
    owners = [owner for _, owner in life.values("assignee_id") if owner is not None]
    groups = {group for _, group in life.values("group_id") if group is not None}
    return {
        "reassignments": max(len(owners) - 1, 0),
        "assignee_stations": len(set(owners)),
        "group_stations": len(groups),
    }


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
