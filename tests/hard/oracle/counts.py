"""Answers over many lives, counted by hand: backlog cells and the KPIs that anybody would ask first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from tests.hard.oracle.law import CHANNELS, Turns, answers, excluded, fact_row, turns
from tests.hard.oracle.lives import UNSOLVED, Life, is_team
from tests.hard.oracle.promises import Instance, instances

Value = float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A ticket that counts, as known at the instant asked about."""

    life: Life
    row: Mapping[str, Any]
    turned: Turns
    promises: Sequence[Instance]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A window and how the answers are measured."""

    start: datetime
    end: datetime
    business: bool

    def __contains__(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end


def counted(lives: Sequence[Life], profile: str, now: datetime) -> list[Looked]:
    """The tickets no rule leaves out."""
    known = [life for life in (life.until(now) for life in lives) if life is not None and not excluded(life, profile)]
    return [
        Looked(life=life, row=fact_row(life, profile, now), turned=turns(life), promises=instances(life, profile, now))
        for life in known
    ]


def backlog(lives: Sequence[Life], profile: str, now: datetime, days: tuple[date, date], zone: str) -> Counter[tuple[str, str]]:
    """Tickets by local date and status at the end of that day: spam and what was merged away never, the deleted until then."""
    cells: Counter[tuple[str, str]] = Counter()
    known = [life for life in (life.until(now) for life in lives) if life is not None]
    kept = [life for life in known if excluded(life, profile) in (None, "deleted")]
    day = days[0]
    while day <= days[1]:
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
        for life in kept:
            then = life.until(min(midnight, now))
            if then is not None and then.state["status"] in UNSOLVED:
                cells[day.isoformat(), then.state["status"]] += 1
        day += timedelta(days=1)
    return cells


def _volume(tickets: Sequence[Looked], asked: Asked) -> Value:
    return len([t for t in tickets if t.life.created in asked])


def _spread(name: str) -> Callable[[Sequence[Looked], Asked], Value]:
    def typical(tickets: Sequence[Looked], asked: Asked) -> Value:
        column = f"{name}_business_s" if asked.business else f"{name}_s"
        found = [t.row[column] for t in tickets if t.row[f"{name}_at"] in asked]
        return float(median(found)) if found else None

    return typical


def _resolved(tickets: Sequence[Looked], asked: Asked) -> list[Looked]:
    return [t for t in tickets if t.turned.last in asked]


def _share(top: int, bottom: int) -> Value:
    return 100 * top / bottom if bottom else None


def _resolution_rate(tickets: Sequence[Looked], asked: Asked) -> Value:
    created = [t for t in tickets if t.life.created in asked]
    return _share(len([t for t in created if t.turned.resolved]), len(created))


def _reopen_rate(tickets: Sequence[Looked], asked: Asked) -> Value:
    reopened = [t for t in tickets if any(at in asked for at in t.turned.reopens)]
    solved = [t for t in tickets if any(at in asked for at in t.turned.done)]
    return _share(len(reopened), len(solved))


def _replies(tickets: Sequence[Looked], asked: Asked) -> Value:
    done = _resolved(tickets, asked)
    return sum(t.row["agent_replies"] for t in done) / len(done) if done else None


def _column(name: str) -> Callable[[Sequence[Looked], Asked], Value]:
    return lambda tickets, asked: _share(
        len([t for t in _resolved(tickets, asked) if t.row[name]]), len(_resolved(tickets, asked))
    )


def _csat(tickets: Sequence[Looked], asked: Asked) -> Value:
    scores = [t.life.rating.score for t in tickets if t.life.rating is not None and t.life.rating.answered in asked]
    return _share(scores.count("good"), scores.count("good") + scores.count("bad"))


def _compliance(tickets: Sequence[Looked], asked: Asked) -> Value:
    outcomes = [p.outcome for t in tickets for p in t.promises if p.outcome_at in asked]
    return _share(outcomes.count("achieved"), len(outcomes))


def _per_agent(tickets: Sequence[Looked], asked: Asked) -> Value:
    done = [(t.life, update) for t in tickets for update in t.life.updates if update.at in asked and is_team(update.actor)]
    active = {update.actor for life, update in done if answers(life, update) or update.changes.get("status") == "solved"}
    solved = [t for t in tickets if any(at in asked for at in t.turned.done)]
    return len(solved) / len(active) if active else None


def _open_at_the_end(tickets: Sequence[Looked], asked: Asked) -> Value:
    then = [t.life.until(asked.end) for t in tickets]
    return len([life for life in then if life is not None and life.state["status"] in UNSOLVED])


ANSWERS: Mapping[str, Callable[[Sequence[Looked], Asked], Value]] = {
    "volume": _volume,
    "first response time": _spread("first_response"),
    "resolution time": _spread("full_resolution"),
    "resolution rate": _resolution_rate,
    "reopen rate": _reopen_rate,
    "replies per ticket": _replies,
    "first-reply resolution": _column("one_touch"),
    "first-contact resolution": _column("first_contact"),
    "csat": _csat,
    "sla compliance": _compliance,
    "tickets per agent": _per_agent,
    "backlog": _open_at_the_end,
}


def by_channel(tickets: Sequence[Looked], asked: Asked) -> Counter[str]:
    return Counter(CHANNELS.get(t.life.channel, t.life.channel) for t in tickets if t.life.created in asked)
