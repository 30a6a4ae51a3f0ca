"""The metronome: wakes every job at its interval, and a supervisor that winds it up again when it stops."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

from bot.clock import monotonic
from bot.clock import now as machine_now
from bot.errors import StoreError
from bot.logs import told_with
from bot.settings import Settings
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.ledger import beat, clock_ahead
from jobs.job import Draw, Job, Tick, nothing_drawn

log = logging.getLogger("cx.clockwork")

LOOK_EVERY_S = 5.0
PULSE_EVERY_S = 5.0
BEAT_EVERY_S = 15.0
DEAD_AFTER_S = 50.0  # With one look more it is found within a minute.
FINISH_S = 8.0
TELL_AGAIN_S = 60.0
PULSE, BEAT = "pulse", "beat"


@dataclass(slots=True)
class Turn:
    """How a job did lately, for health and metrics; `last_at` is the last time it ended well."""

    runs: int = 0
    failures: int = 0
    done: int = 0
    last_at: datetime | None = None
    last_error: str | None = None
    told_at: float = 0.0
    skipped: int = 0


@dataclass(slots=True, kw_only=True)
class Clockwork:
    """Runs jobs in threads. It keeps nothing: what is due stands in the database, and the next beat makes up for a missed one."""

    jobs: Sequence[Job]
    store: Store
    settings: Settings
    slack: Slack
    now: Callable[[], datetime]
    clock: Callable[[], float]
    instance: str
    draw: Draw = nothing_drawn
    look_every_s: float = LOOK_EVERY_S
    pulse_every_s: float = PULSE_EVERY_S
    dead_after_s: float = DEAD_AFTER_S
    turns: dict[str, Turn] = field(default_factory=dict)
    rewound: int = 0
    scheduler: BackgroundScheduler | None = None
    pulse_at: float = 0.0
    ahead: timedelta = timedelta()
    supervisor: threading.Thread | None = None
    dismissed: list[threading.Thread] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin: every job at once, then at its interval."""
        self.turns = {job.slug: Turn() for job in self.jobs}
        self._compare_clocks()
        self._wind_up()
        self.supervisor = threading.Thread(target=self._supervise, name="cx-supervisor", daemon=True)
        self.supervisor.start()

    def stop(self, *, within_s: float = FINISH_S) -> bool:
        """Wake nobody any more, and let those who are at work finish, for so long; whether all of them did."""
        self.stopping.set()
        if self.supervisor is not None:
            self.supervisor.join(self.look_every_s + 1)
        if self.scheduler is not None:
            self._dismiss(self.scheduler)
        until = monotonic() + within_s
        for going in self.dismissed:  # Those before it too: a job still at work holds on to the store.
            going.join(max(0.0, until - monotonic()))
        return not any(going.is_alive() for going in self.dismissed)

    def is_alive(self) -> bool:
        """Whether the metronome beats: its thread lives, and its pulse is fresh."""
        scheduler = self.scheduler
        thread = getattr(scheduler, "_thread", None)
        beating = isinstance(thread, threading.Thread) and thread.is_alive()
        return beating and self.clock() - self.pulse_at < self.dead_after_s

    def time(self) -> datetime:
        """This instant as the database has it, as far as it was asked; replicas have no other in common."""
        return self.now() + self.ahead

    def lag_s(self) -> dict[str, float]:
        """Seconds by which each job that has ended well before is overdue; 0 is on time."""
        now = self.time()
        known = [(job, turn.last_at) for job in self.jobs if (turn := self.turns.get(job.slug)) is not None]
        return {job.slug: max(0.0, (now - at - job.every).total_seconds()) for job, at in known if at is not None}

    def take_turn(self, job: Job) -> None:
        """Run one job once. Whatever it raises is its own affair: it is logged, counted, and it gets its next turn."""
        turn = self.turns[job.slug]
        turn.runs += 1
        tick = Tick(
            now=self.time(),
            store=self.store,
            settings=self.settings,
            slack=self.slack,
            draw=self.draw,
            stopping=self.stopping.is_set,
        )
        with told_with(job=job.slug):
            try:
                turn.done += job.run(tick)
                turn.last_at, turn.last_error = tick.now, None
            except Exception as error:
                turn.failures += 1
                if self._is_news(turn, error):
                    told = {"failures": turn.failures} | _plainly(error)
                    log.error("a job failed and will have its next turn", extra=told, exc_info=error)

    def _is_news(self, turn: Turn, error: Exception) -> bool:
        """While a database is away each second brings a failure: the same is told once a minute."""
        name, clock = type(error).__name__, self.clock()
        if name == turn.last_error and clock - turn.told_at < TELL_AGAIN_S:
            return False
        turn.last_error, turn.told_at = name, clock
        return True

    def _wind_up(self) -> None:
        """A fresh scheduler with every job in it. Memory only: a stored job is a pickle, and two processes would both run it."""
        scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(len(self.jobs) + 2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # A turn still at work is counted, not news.
        scheduler.add_listener(self._too_slow, EVENT_JOB_MAX_INSTANCES)
        self.pulse_at = self.clock()
        scheduler.start()
        self._add(scheduler, PULSE, self.pulse_every_s, self._pulse)
        self._add(scheduler, BEAT, BEAT_EVERY_S, self._beat)
        for job in self.jobs:
            self._add(scheduler, job.slug, job.every.total_seconds(), partial(self.take_turn, job))
        self.scheduler = scheduler

    def _add(self, scheduler: BackgroundScheduler, slug: str, every_s: float, run: Callable[[], Any]) -> None:
        scheduler.add_job(run, steady_trigger(every_s), id=slug, replace_existing=True, next_run_time=machine_now())

    def _pulse(self) -> None:
        """Only that the metronome beats: a store that is busy for a minute does not make it a dead one."""
        self.pulse_at = self.clock()

    def _beat(self) -> None:
        """Tell the store that we go on, and learn its clock."""
        try:
            self._compare_clocks()
            with self.store.writing() as session:
                for name in ("tick", f"replica:{self.instance}"):
                    beat(session, name, self.instance, self.time())
        except StoreError as error:
            log.warning("the store took no heartbeat", exc_info=error)

    def _compare_clocks(self) -> None:
        """Replicas reckon by their database's clock: a lease that one of them sees end early would be taken from its holder."""
        try:
            with self.store.reading() as session:
                self.ahead = clock_ahead(session, machine_now())
        except StoreError as error:
            log.warning("the store does not tell its time", exc_info=error)

    def _too_slow(self, event: Any) -> None:
        turn = self.turns.get(event.job_id)
        if turn is not None:
            turn.skipped += 1

    def _supervise(self) -> None:
        while not self.stopping.wait(self.look_every_s):
            self.look()

    def look(self) -> bool:
        """Wind the metronome up again if it stopped; whether it had. One error in a trigger or a store ends APScheduler's
        thread, and its `running` goes on saying True."""
        if self.is_alive():
            return False
        log.error("the metronome stopped and is wound up again")
        old, self.scheduler = self.scheduler, None
        try:
            if old is not None:
                self._dismiss(old)
            self._wind_up()
        except RuntimeError as error:  # No thread to be had: the next look tries again.
            log.error("the metronome could not be wound up", exc_info=error)
            return False
        self.rewound += 1
        return True

    def _dismiss(self, scheduler: BackgroundScheduler) -> None:
        """Shut a scheduler down in a thread of its own: one that hangs would take along whoever waits for it."""
        going = threading.Thread(target=_shut_down, args=(scheduler,), name="cx-dismissed", daemon=True)
        going.start()
        self.dismissed = [*(one for one in self.dismissed if one.is_alive()), going]


def steady_trigger(every_s: float) -> IntervalTrigger:
    """An interval that cannot raise: a trigger that does ends the thread it is asked in, and every job with it."""
    steady = type("SteadyTrigger", (IntervalTrigger,), {"get_next_fire_time": _next_fire_time})
    return steady(seconds=every_s, timezone="UTC")


def _next_fire_time(trigger: IntervalTrigger, previous: datetime | None, now: datetime) -> datetime:
    try:
        found: datetime | None = IntervalTrigger.get_next_fire_time(trigger, previous, now)
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        log.error("a trigger failed and goes by now", exc_info=error)
        found = None
    return found or now + timedelta(seconds=trigger.interval_length)


def _plainly(error: Exception) -> dict[str, str]:
    """Of what a database refuses we have words of our own; what others say may quote anybody."""
    return {"says": error.what} if isinstance(error, StoreError) and isinstance(error.__cause__, DBAPIError) else {}


def _shut_down(scheduler: BackgroundScheduler) -> None:
    if scheduler.running:
        scheduler.shutdown(wait=True)
