"""One ticket of the demo desk as it is lived: the hand of its clock, who has it, and what was written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp
from random import Random
from typing import NamedTuple

from bot.desks.demo_arrivals import Arrival, pick
from bot.desks.demo_cast import BILLING, FORMER, LIVE, STAFF, SUPPORT, TECHNICAL, USUAL_MANNER, Manner
from bot.desks.demo_hours import OpenHours
from bot.store.records import CustomerRecord
from bot.store.words import Actor, Kind, Status, SurveyKind

MINUTE, HOUR, DAY_S = 60, 3600, 86_400

BY_TEAM = {team: tuple(one for one in STAFF if one[0].team == team) for team in (SUPPORT, BILLING, TECHNICAL, LIVE)}
LOADS = {team: tuple(accumulate(manner.load for _, manner in staff)) for team, staff in BY_TEAM.items()}


class Step(NamedTuple):
    """Something that happens to the ticket, as EventRecord has it, at epoch seconds."""

    at: int
    kind: Kind
    actor: str | None
    actor_kind: Actor
    old: str | None = None
    new: str | None = None
    worked_s: int | None = None


class Stars(NamedTuple):
    """A rating the customer will give in the desk."""

    at: int
    survey: SurveyKind
    scale: str
    score: int
    agent: str
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all stories share: customers, opening hours by team, and when the former agent left (epoch seconds)."""

    customers: Sequence[CustomerRecord]
    hours: Mapping[str, OpenHours]
    left_at: int


@dataclass(slots=True, kw_only=True)
class Story:
    """One ticket's whole life. `now`, epoch seconds, never goes back."""

    arrival: Arrival
    house: House
    rng: Random
    now: int
    team: str
    status: Status = Status.NEW
    agent: str = ""
    manner: Manner = USUAL_MANNER
    solves: int = 0
    steps: list[Step] = field(default_factory=list)
    ratings: list[Stars] = field(default_factory=list)

    @property
    def customer(self) -> str:
        return self.house.customers[self.arrival.customer].external_id

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def work_for(self, median_s: float, *, spread: float = 0.9, cap_s: int) -> None:
        """Let the team's own open hours pass: log-normal, never longer than the cap."""
        open_s = min(cap_s, int(median_s * exp(self.rng.gauss(0, spread))))
        self.now = self.house.hours[self.team].after(self.now, open_s)

    def wait_for(self, median_s: float, *, spread: float = 1.0, cap_s: int) -> None:
        """Let time pass, day and night: log-normal, never longer than the cap."""
        self.now += max(1, min(cap_s, int(median_s * exp(self.rng.gauss(0, spread)))))

    def log(self, kind: Kind, actor: str | None, actor_kind: Actor, *, old: str | None = None, new: str | None = None) -> None:
        self.steps.append(Step(self.now, kind, actor, actor_kind, old, new))

    def become(self, status: Status, actor: str | None, actor_kind: Actor) -> None:
        if status is self.status:
            return
        self.log(Kind.STATUS, actor, actor_kind, old=self.status.value, new=status.value)
        self.status = status
        self.solves += status is Status.SOLVED

    def customer_writes(self) -> None:
        self.log(Kind.REPLY, self.customer, Actor.CUSTOMER)
        self.become(Status.OPEN, self.customer, Actor.CUSTOMER)

    def agent_writes(self) -> None:
        self._work(Kind.REPLY, self._logged(7 * MINUTE))

    def note(self) -> None:
        self._work(Kind.NOTE, self._logged(4 * MINUTE))

    def log_work(self) -> None:
        worked = self._logged(18 * MINUTE)
        if worked is not None:
            self._work(Kind.WORKED, worked)

    def assign(self, actor: str | None, actor_kind: Actor) -> None:
        """Give the ticket to someone of its team; nothing is written when it is the one who has it."""
        old, (agent, self.manner) = self.agent, self.someone()
        self.agent = agent
        if agent != old:
            self.log(Kind.ASSIGNED, actor, actor_kind, old=old or None, new=agent)

    def someone(self) -> tuple[str, Manner]:
        """Someone of the team, by their share of its work; the former agent's goes to a colleague once they left."""
        agent, manner = BY_TEAM[self.team][pick(LOADS[self.team], self.rng)]
        if agent is FORMER and self.now >= self.house.left_at:
            agent, manner = BY_TEAM[SUPPORT][0]
        return agent.external_id, manner

    def _work(self, kind: Kind, worked_s: int | None) -> None:
        self.steps.append(Step(self.now, kind, self.agent, Actor.AGENT, None, None, worked_s))

    def _logged(self, median_s: float) -> int | None:
        """Whole minutes, in the two teams that log them; now and then they forget."""
        if self.team not in (SUPPORT, BILLING) or self.chance(0.08):
            return None
        return MINUTE * max(1, min(120, round(median_s * exp(self.rng.gauss(0, 0.6)) / MINUTE)))
