"""What every job must keep, whoever writes it: a name of its own, a sentence, and doing it twice does it once."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

import jobs
from bot.clock import now
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store.engine import Store
from jobs import JOBS
from jobs.job import Job, Tick

every_job = pytest.mark.parametrize("job", JOBS, ids=lambda job: job.slug)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Sandbox.start(options=Options(limits="off")) as sandbox:
        yield Slack(sandbox.bot_token, sandbox.api_url, timeout_s=5)


def tick(store: Store, slack: Slack) -> Tick:
    return Tick(now=now(), store=store, settings=read_settings({}), slack=slack)


def test_names_are_their_own() -> None:
    assert len({job.slug for job in JOBS}) == len(JOBS)


@every_job
def test_it_says_a_sentence(job: Job) -> None:
    assert re.fullmatch(r"[A-Z].{5,}[.]", job.says)
    assert re.fullmatch(r"[a-z][a-z-]*", job.slug)


@every_job
def test_it_has_an_interval_a_metronome_can_keep(job: Job) -> None:
    assert timedelta(seconds=1) <= job.every <= timedelta(days=1)


@every_job
def test_on_an_empty_store_it_finds_nothing_to_do(job: Job, store: Store, slack: Slack) -> None:
    assert job.run(tick(store, slack)) == 0
    assert job.run(tick(store, slack)) == 0


@every_job
def test_many_at_once_are_no_trouble(job: Job, sqlite_store: Store, slack: Slack) -> None:
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _number: job.run(tick(sqlite_store, slack)), range(6)))

    assert sum(done) == 0


def test_every_job_there_is_stands_in_the_tuple() -> None:
    """A job that nobody added would never run, and nobody would notice."""
    names = [module.name for module in pkgutil.iter_modules(jobs.__path__)]
    written = {
        value.slug for name in names for value in vars(importlib.import_module(f"jobs.{name}")).values() if isinstance(value, Job)
    }

    assert written == {job.slug for job in JOBS}
