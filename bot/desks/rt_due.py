"""Outcomes of Request Tracker's service levels, from the history of a ticket's due date.

RT does not tell what a level promises, only until when something is due now: it sets that date anew at each reply. A date set
while the customer waits is for the next reply, one set after an agent's reply for the solution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.desks.fields import Json, needed_instant, text_of
from bot.desks.rt_events import Cast, creator
from bot.desks.rt_tickets import Place, date_of
from bot.desks.rt_words import REPLY
from bot.store.records import EventRecord
from bot.store.words import RESOLVED, Actor, Kind, Metric, Status


@dataclass(slots=True)
class Due:
    """What is due, until when, and by which transaction it was set."""

    metric: Metric
    until: datetime
    key: str
    late: bool = False


@dataclass(slots=True, kw_only=True)
class Promises:
    """The clockwork of one ticket's promises as its transactions go by; `level` is the name of its service level."""

    ticket: str
    level: str
    answered: bool = False
    waiting: bool = True
    due: Due | None = None
    solution: Due | None = None

    def set(self, told: Json) -> Iterator[EventRecord]:
        """A new date takes the place of the old one, which may have passed."""
        at = needed_instant(told.get("Created"), "The time of a transaction")
        yield from self.passed(at)
        until = date_of(told.get("NewValue"))
        self.due = Due(self._promised(), until, f"sla-{told.get('id')}") if until else None
        if self.due is not None and self.due.metric is Metric.RESOLUTION:
            self.solution = self.due

    def replied(self, at: datetime) -> Iterator[EventRecord]:
        """An agent's answer keeps the promise to answer, late or not."""
        if self.due is not None and self.due.metric is not Metric.RESOLUTION:
            yield from self._kept(self.due, at)
            self.due = None
        self.answered, self.waiting = True, False

    def solved(self, at: datetime) -> Iterator[EventRecord]:
        """A solution keeps every promise."""
        for due in {id(each): each for each in (self.due, self.solution) if each is not None}.values():
            yield from self._kept(due, at)
        self.due = self.solution = None
        self.waiting = False

    def passed(self, now: datetime) -> Iterator[EventRecord]:
        """What has become late by this instant, each once."""
        for due in (self.due, self.solution):
            if due is not None and not due.late and now > due.until:
                due.late = True
                yield self._event(due, Kind.SLA_BREACHED, due.until)

    def _kept(self, due: Due, at: datetime) -> Iterator[EventRecord]:
        yield from self.passed(at)
        yield self._event(due, Kind.SLA_ACHIEVED, at)

    def _promised(self) -> Metric:
        if not self.waiting:
            return Metric.RESOLUTION
        return Metric.NEXT_REPLY if self.answered else Metric.FIRST_REPLY

    def _event(self, due: Due, kind: Kind, at: datetime) -> EventRecord:
        return EventRecord(
            ticket=self.ticket, key=f"{due.key}-{kind.value}", at=at, kind=kind, actor_kind=Actor.SYSTEM,
            new=f"{due.metric.value}:{self.level}", derived=True,
        )  # fmt: skip


def outcomes(
    promises: Promises, history: Sequence[Json], askers: Sequence[str], cast: Cast, place: Place, now: datetime
) -> tuple[list[EventRecord], datetime | None]:  # fmt: skip
    """What became of a ticket's promises until `now`, and until when something is still due. Raises Unreadable."""
    found: list[EventRecord] = []
    for told in history:
        found += _step(promises, told, askers, cast, place)
    found += promises.passed(now)
    running = [due.until for due in (promises.due, promises.solution) if due is not None and not due.late]
    return found, min(running, default=None)


def _step(promises: Promises, told: Json, askers: Sequence[str], cast: Cast, place: Place) -> Iterator[EventRecord]:
    at = needed_instant(told.get("Created"), "The time of a transaction")
    match text_of(told.get("Type")), text_of(told.get("Field")):
        case "Set", "Due":
            yield from promises.set(told)
        case kind, _ if kind == REPLY:
            if cast.who(creator(told), askers) is Actor.AGENT:
                yield from promises.replied(at)
            else:
                promises.waiting = True
        case "Status", _:
            status = place.status(text_of(told.get("NewValue")))
            if status in RESOLVED:
                yield from promises.solved(at)
            elif status is Status.DELETED:
                promises.due = promises.solution = None
