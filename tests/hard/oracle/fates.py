"""Makes lives up, the same ones for the same seed: replies, notes, holds, reopens, merges, deletions, odd clocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.hard.oracle.cast import BEGIN, END, GROUPS, ORGANIZATIONS, SCHEDULES, SYSTEM, USERS
from tests.hard.oracle.lives import Comment, Life, Rating, Update

HUMANS = [user.id for user in USERS if user.role in ("agent", "admin") and user.kind == "human"]
LIGHT, API, SPAMMER = 1030, 1040, 2990
CUSTOMERS = [user.id for user in USERS if user.role == "end-user" and not user.suspended]
PRIORITIES = ("low", "normal", "high", "urgent")
GRADES = (None, "gold", "tin")
CHANNELS = ("email", "email", "email", "web", "web", "chat", "api")


def made_up(seed: int, tickets: int) -> list[Life]:
    """That many lives between the beginning and the end of the story, ordered by creation."""
    random = Random(seed)
    number, audits = count(101), count(9_000_001)
    starts = sorted(
        BEGIN + timedelta(seconds=random.randrange(int((END - BEGIN).total_seconds()) - 3600)) for _ in range(tickets)
    )
    return [_Teller(random, next(number), audits).life(start) for start in starts]


@dataclass(slots=True)
class _Teller:
    random: Random
    number: int
    audits: count[int]
    requester: int = 0
    at: datetime = BEGIN
    now: dict[str, Any] = field(default_factory=lambda: {"tags": ()})
    updates: list[Update] = field(default_factory=list)

    def life(self, start: datetime) -> Life:
        self.at, self.requester = start, self.random.choice(CUSTOMERS)
        fate = self.random.random()
        agent = self.random.choice([*HUMANS, API]) if fate < 0.15 else None
        channel = self.random.choice(CHANNELS)
        if agent is not None:
            channel = "api" if agent == API else self.random.choice(("voice", "web", "email"))
        self._opening(agent, channel)
        if 0.15 <= fate < 0.17:
            self._spam()
        else:
            for _ in range(self.random.choice((2, 3, 4, 6, 8, 12, 16))):
                self._step()
            self._finish()
        kept = tuple(update for update in self.updates if update.at <= END)
        submitter = self.requester if agent is None else agent
        kind = self.random.choice((None, "question", "incident", "problem", "task"))
        return Life(
            id=self.number,
            requester=self.requester,
            submitter=submitter,
            channel=channel,
            type=kind,
            updates=kept,
            rating=self._rating(kept),
        )

    def _write(self, actor: int, *, public: bool | None = None, mark: str = "", via: str = "web", **changes: Any) -> None:
        changed = {name: value for name, value in changes.items() if self.now.get(name) != value}
        if not changed and public is None:
            return
        self.now |= changed
        comment = None if public is None else Comment(author=actor, public=public)
        update = Update(id=next(self.audits), at=self.at, actor=actor, via=via, changes=changed, comment=comment, mark=mark)
        self.updates.append(update)

    def _wait(self) -> None:
        scale = self.random.choice((0, 5, 900, 7_200, 20_000, 80_000, 200_000))
        self.at += timedelta(seconds=self.random.randrange(scale) if scale else 0)

    def _opening(self, agent: int | None, channel: str) -> None:
        chance = self.random.random
        priority = self.random.choice(PRIORITIES) if chance() < 0.6 else None
        tags = tuple(sorted(self.random.sample(("vip", "fête", "beta", "refund"), self.random.randrange(3))))
        status = "open" if agent is not None and chance() < 0.5 else "new"
        first: dict[str, Any] = {"status": status, "priority": priority, "tags": tags}
        first |= {
            "organization_id": self.random.choice([None, *ORGANIZATIONS]),
            "grade": self.random.choice(GRADES),
        }
        if agent is None:
            self._write(self.requester, public=True, via=channel, **first)
        else:
            assigned: dict[str, Any] = {"assignee_id": agent, "group_id": self._group()} if status == "open" else {}
            self._write(agent, public=chance() < 0.6, via=channel, **first, **assigned)
        if self.now.get("group_id") is None and chance() < 0.8:
            self._write(SYSTEM, via="rule", group_id=self._group(), priority=self.now.get("priority") or "normal")
        if chance() < 0.3:
            self._write(SYSTEM, via="rule", schedule_id=self.random.choice(SCHEDULES[1:]).id)
        if chance() < 0.2:
            self._write(SYSTEM, via="rule", public=True)

    def _step(self) -> None:
        self._wait()
        if self.now["status"] in ("closed", "deleted"):
            return
        steps: tuple[tuple[int, Callable[[], None]], ...] = (
            (5, self._reply),
            (3, self._customer),
            (2, self._note),
            (2, self._take),
            (2, self._solve),
            (1, self._priority),
            (1, self._move),
            (1, self._hold),
            (1, self._api_reply),
            (1, self._reopen),
            (1, self._switch),
            (1, self._label),
            (1, self._sort),
        )
        weights = [weight for weight, _ in steps]
        self.random.choices([step for _, step in steps], weights)[0]()

    def _reply(self) -> None:
        """A public reply: usually to a customer who then owes the next word."""
        status = self.random.choice(("pending", "pending", "open", "solved", "hold", self.now["status"]))
        if self.now["status"] == "solved":
            status = "solved"
        self._write(self._agent(), public=True, status="open" if status == "new" else status, **self._assigned())

    def _customer(self) -> None:
        self._write(self.requester, public=True, via="email", status="new" if self.now["status"] == "new" else "open")
        if self.random.random() < 0.15:
            self._write(self.requester, public=True, via="email")

    def _note(self) -> None:
        self._write(self.random.choice((self._agent(), LIGHT)), public=False)

    def _take(self) -> None:
        status = "open" if self.now["status"] == "new" else self.now["status"]
        self._write(self._agent(), status=status, assignee_id=self.random.choice(HUMANS), group_id=self._group())

    def _solve(self) -> None:
        if self.now["status"] == "solved":
            return
        public = True if self.random.random() < 0.5 else None
        self._write(self._agent(), public=public, status="solved", **self._assigned())

    def _priority(self) -> None:
        self._write(self._agent(), priority=self.random.choice(PRIORITIES))

    def _move(self) -> None:
        self._write(self._agent(), group_id=self._group())

    def _hold(self) -> None:
        if self.now["status"] not in ("new", "solved"):
            self._write(self._agent(), status="hold", public=False)

    def _api_reply(self) -> None:
        self._write(API, public=True, via="api")

    def _reopen(self) -> None:
        if self.now["status"] == "solved":
            self._write(self._agent(), status="open")

    def _label(self) -> None:
        tags = tuple(sorted(self.random.sample(("vip", "fête", "beta", "refund"), self.random.randrange(4))))
        self._write(self._agent(), tags=tags)

    def _sort(self) -> None:
        organization = self.random.choice([None, *ORGANIZATIONS])
        self._write(self._agent(), organization_id=organization, grade=self.random.choice(GRADES))

    def _switch(self) -> None:
        """In a second of its own: the law does not order what happens within one."""
        if self.random.random() < 0.5:
            self.at += timedelta(seconds=1)
            self._write(SYSTEM, via="rule", schedule_id=self.random.choice(SCHEDULES).id)
            self.at += timedelta(seconds=1)

    def _spam(self) -> None:
        self.requester = SPAMMER
        self.updates = [u if u.comment is None else _said_by(u, SPAMMER) for u in self.updates]
        self.at += timedelta(seconds=7_000)
        self._write(HUMANS[0], mark="spam", status="deleted")

    def _finish(self) -> None:
        chance = self.random.random()
        self._wait()
        if self.now["status"] == "solved" and chance < 0.7:
            self.at += timedelta(days=4)
            self._write(SYSTEM, via="rule", status="closed", mark="silent" if chance < 0.15 else "")
        elif chance < 0.06:
            tags = tuple(sorted({*self.now["tags"], "closed_by_merge"}))
            self._write(self._agent(), via="merge", mark="merge", status="closed", tags=tags, public=False)
        elif chance < 0.12:
            before = self.now["status"]
            self._write(HUMANS[0], mark="delete", status="deleted")
            if chance < 0.08:
                self.at += timedelta(days=2)
                self._write(HUMANS[0], mark="restore", status=before)
        elif chance < 0.15:
            self._write(self._agent(), status="closed")

    def _rating(self, kept: tuple[Update, ...]) -> Rating | None:
        solved = [u.at for u in kept if u.changes.get("status") == "solved"]
        if not solved or self.random.random() < 0.4:
            return None
        at = solved[-1] + timedelta(seconds=self.random.randrange(90_000))
        score = self.random.choice(("good", "good", "bad", "offered"))
        changed = at + timedelta(seconds=self.random.choice((0, 0, 240)))
        return Rating(id=self.number + 40_000, score=score, answered=at, changed=changed) if changed <= END else None

    def _agent(self) -> int:
        return self.random.choice(HUMANS)

    def _assigned(self) -> dict[str, Any]:
        chosen = self.now.get("assignee_id") or self._agent()
        return {"assignee_id": chosen, "group_id": self.now.get("group_id") or self._group()}

    def _group(self) -> int:
        return self.random.choice(list(GROUPS))


def _said_by(update: Update, author: int) -> Update:

    assert update.comment is not None
    return replace(update, actor=author, comment=replace(update.comment, author=author))
