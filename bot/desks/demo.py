"""The help desk `demo`: two believable years of a made-up support team, growing as the clock does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from bot.desks.demo_arrivals import BERLIN, Calendar, arrivals
from bot.desks.demo_cast import AGENTS, POLICIES, TEAMS, customers, schedules, years_around
from bot.desks.demo_hours import DAY, epoch, local_day, moment, open_hours
from bot.desks.demo_plots import LONGEST_DAYS, tell
from bot.desks.demo_records import records
from bot.desks.demo_story import House
from bot.desks.desk import Cursor, Desk, Fact, Page, Pull, StreamCheck, StreamState
from bot.store.columns import seconds
from bot.store.records import Record, ScheduleRecord

PAGE_RECORDS = 1000
HISTORY = timedelta(weeks=105)
BEGINNING = 0
USUAL_SEED = "cx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One walk over the days of arrival, handing over what happened in `(since, told]` (epoch seconds).

    `next_day` is the first day still to walk over, None when the walk is done. `monday` pins the dates of the story;
    `holidays_to` is the last year whose holidays were handed over."""

    monday: date
    since: int
    told: int
    next_day: date | None
    holidays_to: int = 0

    @property
    def first_day(self) -> date:
        return self.monday - HISTORY

    def cursor(self) -> Cursor:
        data = {"monday": self.monday.isoformat(), "since": self.since, "told": self.told, "holidays_to": self.holidays_to}
        return Cursor(data=data if self.next_day is None else {**data, "next_day": self.next_day.isoformat()})


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the stories of one pull are told with."""

    seed: str
    calendar: Calendar
    house: House
    closed_days: frozenset[str]


def pull(asked: Pull) -> Iterator[Page]:
    """First the whole history as seen at the instant of the first asking, afterwards what happened since.

    What was handed over for an instant never changes later. The dates of the two incidents, and of the day an agent
    left, count from the Monday of the week of the first asking, which the cursor remembers."""
    today, now = local_day(asked.now, BERLIN), seconds(asked.now)
    turn = _resumed(asked.cursor) if asked.cursor else _begun(today, now)
    years = years_around(turn.first_day, max(today, local_day(moment(turn.told), BERLIN)))
    hours, world = _world(asked.settings.get("seed") or USUAL_SEED, turn, years)
    if turn.holidays_to < years[-1]:
        turn = replace(turn, holidays_to=years[-1])
        people: tuple[Record, ...] = (*hours, *TEAMS, *AGENTS, *world.house.customers, *POLICIES)
        yield Page(records=people, cursor=turn.cursor(), more=True)
    if turn.next_day is None or turn.told >= now:
        yield from _walk(world, turn if turn.told >= now else _next_round(turn, now))
        return
    # An earlier asking was cut short: finish it as of its own instant, or its pages would not fit together.
    yield from (replace(page, more=True) for page in _walk(world, turn))
    yield from _walk(world, _next_round(turn, now))


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """Always there."""
    return (StreamCheck(stream="tickets", state=StreamState.OK, says="made-up tickets, the same ones for the same seed"),)


def _begun(today: date, now: int) -> Round:
    monday = today - timedelta(days=today.weekday())
    return Round(monday=monday, since=BEGINNING, told=now, next_day=monday - HISTORY)


def _resumed(cursor: Cursor) -> Round:
    data = dict(cursor.data)
    next_day = data.pop("next_day", None)
    monday = date.fromisoformat(data.pop("monday"))
    return Round(**data, monday=monday, next_day=date.fromisoformat(next_day) if next_day else None)


def _next_round(turn: Round, now: int) -> Round:
    oldest_alive = local_day(moment(turn.told), BERLIN) - timedelta(days=LONGEST_DAYS)
    return replace(turn, since=turn.told, told=now, next_day=max(turn.first_day, oldest_alive))


def _walk(world: World, turn: Round) -> Iterator[Page]:
    """Whole days of arrival to a page, with all that happened to their tickets in the round."""
    last = local_day(moment(turn.told), BERLIN)
    kept: list[Record] = []
    seen = 0
    day = turn.next_day or last + DAY
    while day <= last:
        kept.extend(_records(world, day, turn))
        day += DAY
        if len(kept) >= PAGE_RECORDS and day <= last:
            seen += len(kept)
            turn = replace(turn, next_day=day)
            yield _page(turn, kept, seen)
            kept = []
    turn = replace(turn, next_day=None)
    yield _page(turn, kept, seen + len(kept))


def _page(turn: Round, kept: list[Record], seen: int) -> Page:
    covered_until = turn.told
    if turn.next_day is not None:
        # Older tickets of a later round may still wait on a later page.
        covered_until = epoch(turn.next_day, 0, BERLIN) if turn.since == BEGINNING else turn.since
    return Page(
        records=tuple(kept),
        cursor=turn.cursor(),
        more=turn.next_day is not None,
        seen=seen,
        covered_from=moment(epoch(turn.first_day, 0, BERLIN)),
        covered_until=moment(covered_until),
    )


def _records(world: World, day: date, turn: Round) -> Iterator[Record]:
    rng = Random(f"{world.seed}:{day.isoformat()}:stories")  # noqa: S311 (a story, not a secret)
    for arrival in arrivals(day, world.calendar, world.house.customers, world.closed_days):
        yield from records(tell(arrival, world.house, rng), after=turn.since, until=turn.told)


def _world(seed: str, turn: Round, years: range) -> tuple[tuple[ScheduleRecord, ...], World]:
    hours = schedules(years)
    first, last = turn.first_day - DAY, date(years[-1], 12, 31)
    laid_out = {schedule.external_id: open_hours(schedule, first, last) for schedule in hours}
    calendar = Calendar(seed=seed, monday=turn.monday)
    house = House(
        customers=customers(seed),
        hours={team.external_id: laid_out[team.schedule] for team in TEAMS if team.schedule},
        left_at=epoch(calendar.farewell, 0, BERLIN),
    )
    return hours, World(seed=seed, calendar=calendar, house=house, closed_days=frozenset(hours[0].holidays))


DEMO = Desk(
    slug="demo",
    name="Demo desk",
    says="A made-up help desk with two years of tickets, to try everything without an account.",
    knows=frozenset(Fact),
    pull=pull,
    check=check,
    takes=("seed",),
)
