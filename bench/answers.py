"""How fast answers are: whole ones, with their receipts, beside hand-written SQL and a data frame that give the rows alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.bench import Bench, Place, middle, once, share, timed
from bench.questions import Frames, Question, questions
from bench.tickets import NOW, build
from bot.columns.mirror import Mirror
from bot.kpis.kpi import Kpi
from bot.kpis.measure import measure
from bot.kpis.query import Query
from bot.store.engine import Store, open_store
from bot.store.workspace import Workspace
from commands.grammar import read

RUNS = 9
WORKSPACE = Workspace(zone="UTC")
FRAMED = {
    "ticket_fact": "ticket_id, created_at, excluded, channel, category, priority, customer_id, first_response_at,"
    " first_response_business_s, first_response_agent_id",
    "status_span": "ticket_id, status, priority, started_at, ended_at",
    "solve_fact": "ticket_id, at, reopened_at",
    "sla_fact": "ticket_id, outcome_at, met",
    "survey_answer": "ticket_id, agent_id, answered_at, survey, box, superseded, excluded",
    "customer": "id, name",
}
MOST_FRAMED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The runs of one question, in milliseconds, by who answered."""

    question: Question
    ours: list[float]
    sql: list[float]
    frame: list[float]


def run(place: Place) -> list[str]:
    """Build the tickets and their columns, then ask every question of all three, each in its turn."""
    file = place.folder / "answers.db"
    store = open_store(f"sqlite:///{file}")
    built_ms = once(lambda: build(store, place.size))
    mirror = Mirror(store=store)
    mirrored_ms = once(mirror.build)
    store.accompany = mirror.accompany
    frames, framed_ms = _frames(file) if place.size <= MOST_FRAMED else (None, 0.0)
    try:
        with closing(sqlite3.connect(file)) as connection:
            seen = [_seen(question, store, connection, frames) for question in questions()]
    finally:
        mirror.close()
        store.close()
    framed = f"; a data frame of the columns asked for was read in {framed_ms / 1000:.0f} s" if frames else ""
    return [
        f"{place.size:,} tickets, written in {built_ms / 1000:.0f} s; columns built in {mirrored_ms / 1000:.0f} s{framed}.",
        "",
        *_table(seen),
        "",
        *_summary(seen),
    ]


def _seen(question: Question, store: Store, connection: sqlite3.Connection, frames: Frames | None) -> Seen:
    kpi, query = _understood(question, store)
    _same(question, store, kpi, query, connection, frames)
    ours = timed(lambda: _ask(store, kpi, query), RUNS)
    sql = _few(lambda: question.sql(connection))
    framed = _few(lambda: question.frame(frames)) if frames is not None else []
    return Seen(question=question, ours=ours, sql=sql, frame=framed)


def _few(run: Callable[[], object]) -> list[float]:
    """Fewer runs of what takes longer."""
    first = once(run)
    return [once(run) for _ in range(1 if first > 1_000 else 3 if first > 100 else RUNS)]


def _understood(question: Question, store: Store) -> tuple[Kpi, Query]:
    with store.reading() as session:
        told = read(question.words, now=NOW, workspace=WORKSPACE, session=session)
    assert told.kpi is not None, told
    assert told.query is not None, told
    query = replace(told.query, versus=told.query.versus if question.versus else None)
    return told.kpi, query if question.grain else replace(query, grain=None)


def _ask(store: Store, kpi: Kpi, query: Query) -> int:
    with store.reading() as session:
        return measure(session, kpi, query, workspace=WORKSPACE, now=NOW).figure.n


def _same(
    question: Question, store: Store, kpi: Kpi, query: Query, connection: sqlite3.Connection, frames: Frames | None
) -> None:
    """Who answers something else is not to be compared with."""
    told = {"ours": _ask(store, kpi, query), "sql": question.sql(connection)}
    told |= {"frame": question.frame(frames)} if frames is not None else {}
    assert len(set(told.values())) == 1, f"{question.words}: {told}"


def _frames(file: Path) -> tuple[Frames | None, float]:
    """The columns asked for as data frames, where the library for it is installed, and how long reading them took."""
    if find_spec("pandas") is None:
        return None, 0.0
    pandas: Any = import_module("pandas")
    frames: Frames = {}
    with closing(sqlite3.connect(file)) as connection:

        def fill() -> None:
            frames.update(
                {table: pandas.read_sql_query(f"SELECT {names} FROM {table}", connection) for table, names in FRAMED.items()}
            )

        return frames, once(fill)


def _table(seen: list[Seen]) -> list[str]:
    lines = ["| Question | ours ms | SQL ms | SQL / ours | data frame ms | data frame / ours |", "|---|---|---|---|---|---|"]
    for one in seen:
        ours, sql = middle(one.ours), middle(one.sql)
        framed = f"{middle(one.frame):.1f} | {middle(one.frame) / ours:.1f}" if one.frame else "- | -"
        lines.append(f"| {one.question.words} | {ours:.1f} | {sql:.1f} | {sql / ours:.1f} | {framed} |")
    return lines


def _summary(seen: list[Seen]) -> list[str]:
    ours = [ms for one in seen for ms in one.ours]
    medians = [middle(one.ours) for one in seen]
    long = [middle(one.sql) / middle(one.ours) for one in seen if one.question.days in (0, 365)]
    return [
        f"Ours over the list: p50 {share(ours, 0.5):.1f} ms, p99 {share(ours, 0.99):.1f} ms"
        f" (of the questions' medians: {share(medians, 0.5):.1f} and {max(medians):.1f} ms)."
        f" SQL by ours on windows of more than a month: median {middle(long):.1f}, from {min(long):.1f} to {max(long):.1f}.",
    ]


ANSWERS = Bench(slug="answers", says="Answers to the list of questions", run=run, sizes=True)
