"""A store with tickets in it, and questions to ask of it: what the tests of the numbers have in common."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.facts.refresh import refresh
from bot.kpis import kpi_of
from bot.kpis.answer import Answer, Figure
from bot.kpis.measure import measure
from bot.kpis.query import Query
from bot.store.engine import Store, open_store
from bot.store.records import Record
from bot.store.tables import METADATA
from bot.store.upsert import store_records
from bot.store.workspace import Workspace
from bot.surveys.grading import grade
from bot.windows import Window
from commands.grammar import read
from tests.world import CAST, NOW, SOURCE, event, ticket

NUMBERS = count(1)
CALENDAR = Workspace(clock="calendar")
DATABASES = ("sqlite", "postgresql")


@contextmanager
def fresh_store(request: pytest.FixtureRequest, database: str) -> Iterator[Store]:
    """A store that a whole module may share; its name is its own."""
    name = f"shared_{next(NUMBERS)}"
    if database == "sqlite":
        path: Path = request.getfixturevalue("tmp_path_factory").mktemp(name) / "cx.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres")
        server.create(name, request.getfixturevalue("postgres_template"))
        url = server.url(name)
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def small_store(tmp_path: Path) -> Iterator[Store]:
    """A SQLite store for one example of many."""
    store = open_store(f"sqlite:///{tmp_path / f'small_{next(NUMBERS)}.db'}")
    METADATA.create_all(store.engine)
    try:
        yield store
    finally:
        store.close()


def keep(store: Store, *records: Record, source: str = SOURCE, profile: str = "articles", now: datetime = NOW) -> int:
    """Store records and what follows from them, as a sync does; says how many tickets changed."""
    with store.writing() as session:
        dirty = store_records(session, source, records, now=now, grade=grade).dirty
        return refresh(session, source, dirty, profile=profile)


def cast() -> Iterable[Record]:
    return CAST


def say(store: Store, text: str, *, now: datetime = NOW, workspace: Workspace = CALENDAR) -> Answer:
    """The answer to a question as a person types it."""
    with store.reading() as session:
        understood = read(text, now=now, workspace=workspace, session=session)
        assert understood.query is not None, understood
        assert understood.kpi is not None
        return measure(session, understood.kpi, understood.query, workspace=workspace, now=now)


def ask(
    store: Store, slug: str, window: Window, *, now: datetime = NOW, workspace: Workspace = CALENDAR, **changes: Any
) -> Answer:
    """The answer to a question as it is stored."""
    query = Query(kpi=slug, window=window, **{"versus": None, **changes})
    with store.reading() as session:
        return measure(session, kpi_of(slug), query, workspace=workspace, now=now)


def value(store: Store, text: str, **options: Any) -> float | None:
    return say(store, text, **options).figure.value


def by(answer: Answer) -> dict[Any, Figure]:
    """The figure of each row, by its label, or labels where there are two."""
    return {row.labels if len(row.labels) > 1 else row.labels[0]: row.figure for row in answer.rows}


def days(start: datetime, number: float = 1, zone: str = "UTC") -> Window:
    """So many days from an instant on."""
    end = start + timedelta(days=number)
    return Window(start=start, end=end, zone=zone, text="", label="", open=False)


def between(start: datetime, end: datetime, zone: str = "UTC") -> Window:
    return Window(start=start, end=end, zone=zone, text="", label="", open=False)


__all__ = ["event", "ticket"]
