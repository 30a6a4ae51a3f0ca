"""A real log of 24,918 incidents, stored and asked in words on both databases, against plain csv and statistics."""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.desks.csv import CSV, pages, read_file
from bot.desks.desk import Page
from bot.desks.mapping import read_mapping
from bot.facts.asof import as_of
from bot.kpis.answer import Answer
from bot.store.engine import Store
from bot.store.tables import FACT_TABLES, table_of
from jobs.sync import Progress, Reading, store_all
from tests.hard import uci_oracle as oracle
from tests.hard.uci_oracle import Incident
from tests.kpis.office import DATABASES, by, fresh_store, say

pytestmark = pytest.mark.skipif(not oracle.LOG.exists(), reason="needs ../shared/data/" + oracle.LOG.name)

MAPPING = Path(__file__).resolve().parents[2] / "docs" / "examples" / "uci-servicenow.toml"
NOW = datetime(2017, 3, 1, tzinfo=UTC)
PRIORITIES = {1: "urgent", 2: "high", 3: "normal", 4: "low"}
SPLITS: Mapping[str, Callable[[Incident], Any]] = {
    "group": lambda one: one.group or "none",
    "category": lambda one: one.category or "none",
    "channel": lambda one: one.channel,
    "priority": lambda one: PRIORITIES[one.priority],
}
APRIL = (datetime(2016, 4, 1, tzinfo=UTC), datetime(2016, 5, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def log() -> Iterator[Sequence[Page]]:
    """The whole log in pages, read once for all imports."""
    found = list(pages(read_file(oracle.LOG, read_mapping(MAPPING))))
    gc.freeze()  # else the collector walks a quarter of a million records again and again
    yield found
    gc.unfreeze()


@pytest.fixture(scope="module")
def stores(request: pytest.FixtureRequest, log: Sequence[Page]) -> Iterator[Mapping[str, Store]]:
    """The log, imported once into each database."""
    with fresh_store(request, "sqlite") as here, fresh_store(request, "postgresql") as there:
        found = {"sqlite": here, "postgresql": there}
        for name, store in found.items():
            started = time.monotonic()
            done = bring_in(store, log)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            took = time.monotonic() - started
            print(f"{name}: {done.records:,} records in {took:.1f} s, {peak} MB at most")  # noqa: T201
            assert done.set_aside == 0
        yield found


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, stores: Mapping[str, Store]) -> Store:
    return stores[request.param]


def bring_in(store: Store, log: Sequence[Page]) -> Progress:
    reading = Reading(store=store, desk=CSV, settings={}, now=NOW, profile="articles")
    return store_all(reading, "uci", log)


def asked(store: Store, text: str) -> Answer:
    return say(store, text, now=NOW)


def of(keep: Callable[[Incident], bool]) -> list[Incident]:
    return [one for one in oracle.incidents() if keep(one)]


def within(at: int | None, window: tuple[datetime, datetime] = APRIL) -> bool:
    return at is not None and window[0].timestamp() <= at < window[1].timestamp()


def opened(one: Incident) -> bool:
    return within(one.opened_at)


def resolved(one: Incident) -> bool:
    return within(one.resolved_at)


def turns(one: Incident) -> tuple[list[int], list[int]]:
    """When it was solved, and when it was reopened."""
    return [end for _, end in one.open_spans if end is not None], [start for start, _ in one.open_spans[1:]]


def test_volume_is_the_number_of_incidents_opened(store: Store) -> None:
    assert asked(store, "volume all time").figure.value == 24_918
    assert asked(store, "volume 2016-04").figure.value == oracle.figures().opened_by_month["2016-04"]
    series = asked(store, "volume 2016-02-01 to 2017-02-28 by month").series
    told = {f"{step.start:%Y-%m}": int(step.figure.value or 0) for step in series}
    assert {month: n for month, n in told.items() if n} == oracle.figures().opened_by_month


@pytest.mark.parametrize("split", SPLITS)
def test_volume_by_each_dimension(store: Store, split: str) -> None:
    rows = by(asked(store, f"volume all time by {split}"))
    assert {label: figure.value for label, figure in rows.items()} == Counter(map(SPLITS[split], oracle.incidents()))


def test_the_backlog_at_the_end_of_each_day_of_a_month(store: Store) -> None:
    series = asked(store, "backlog 2016-04 by day").series
    assert len(series) == 30
    # Just before midnight: what was solved at 00:00 sharp still stood.
    assert [step.figure.value for step in series] == [oracle.backlog(step.end - timedelta(seconds=1)) for step in series]


@pytest.mark.parametrize("split", ["channel"])
def test_the_backlog_by_what_an_incident_never_changed(store: Store, split: str) -> None:
    at = datetime(2016, 5, 11, tzinfo=UTC)
    rows = by(asked(store, f"backlog 2016-05-10 by {split}"))
    expected = Counter(SPLITS[split](one) for one in oracle.incidents() if one.is_open(int(at.timestamp()) - 1))
    assert {label: figure.value for label, figure in rows.items()} == expected


def test_the_backlog_by_priority_and_group_adds_up(store: Store) -> None:
    whole = asked(store, "backlog 2016-05-10").figure.value
    for split in ("priority", "group", "status"):
        assert sum(figure.value or 0 for figure in by(asked(store, f"backlog 2016-05-10 by {split}")).values()) == whole


def test_backlog_changes_by_what_came_and_went(store: Store) -> None:
    came = asked(store, "volume 2016-04").figure.value or 0
    left = sum(within(at) for one in oracle.incidents() for at in turns(one)[0])
    back = sum(within(at) for one in oracle.incidents() for at in turns(one)[1])
    before, after = (asked(store, f"backlog {day}").figure.value or 0 for day in ("2016-03-31", "2016-04-30"))
    assert after - before == came - left + back


def test_resolution_time_over_everything(store: Store) -> None:
    figure, expected = asked(store, "resolution all time").figure, oracle.figures()
    assert figure.n == 24_918
    assert figure.value == expected.resolution_median_s
    assert figure.parts["mean"] == pytest.approx(expected.resolution_mean_s, rel=1e-12)
    took = sorted(one.resolution_s for one in oracle.incidents() if one.resolution_s is not None)
    assert figure.parts["p90"] == pytest.approx(statistics.quantiles(took, n=10, method="inclusive")[8])
    assert figure.parts["max"] == took[-1]


@pytest.mark.parametrize("split", SPLITS)
def test_resolution_time_of_a_month_by_each_dimension(store: Store, split: str) -> None:
    rows = by(asked(store, f"resolution 2016-04 by {split}"))
    took: dict[Any, list[int]] = {}
    for one in of(resolved):
        took.setdefault(SPLITS[split](one), []).append(one.resolution_s or 0)
    assert {label: (figure.value, figure.n) for label, figure in rows.items()} == {
        label: (statistics.median(values), len(values)) for label, values in took.items()
    }


def test_resolution_rate_is_a_hundred_as_all_of_them_ended_closed(store: Store) -> None:
    figure = asked(store, "resolution-rate 2016-04").figure
    assert (figure.value, figure.n) == (100, len(of(opened)))


def test_tickets_solved_and_reopened_in_a_month(store: Store) -> None:
    solved = [one for one in oracle.incidents() if any(map(within, turns(one)[0]))]
    again = [one for one in oracle.incidents() if any(map(within, turns(one)[1]))]
    assert asked(store, "solved 2016-04").figure.value == len(solved)
    assert again
    figure = asked(store, "reopen-rate 2016-04").figure
    assert (figure.value, figure.parts) == (100 * len(again) / len(solved), {"top": len(again), "bottom": len(solved)})


def test_the_reopen_rate_over_everything(store: Store) -> None:
    figure = asked(store, "reopen-rate all time").figure
    assert figure.parts == {"top": 275, "bottom": 24_918}


def test_reassignments_by_month_and_group(store: Store) -> None:
    figure = asked(store, "reassignments all time").figure
    assert figure.parts == {"sum": oracle.figures().reassignments, "count": 24_918}
    rows = by(asked(store, "reassignments 2016-04 by group"))
    totals: Counter[str] = Counter()
    for one in of(resolved):
        totals[one.group or "none"] += one.reassignments
    assert {label: figure.parts["sum"] for label, figure in rows.items() if figure.parts["sum"]} == {
        label: n for label, n in totals.items() if n
    }


def test_assignee_stations_are_different_assignees(store: Store) -> None:
    facts = table_of(FACT_TABLES[0]).c
    with store.reading() as session:
        told = dict(tuple(row) for row in session.execute(select(facts.external_id, facts.assignee_stations)))
    assert told == {one.number: one.assignees for one in oracle.incidents()}


def test_each_incident_is_one_outcome_of_the_desks_own_target(store: Store) -> None:
    figure = asked(store, "sla all time").figure
    assert (figure.n, figure.parts["top"]) == (24_918, 24_918 - oracle.figures().breached)
    assert asked(store, "breaches all time").figure.value == oracle.figures().breached
    for split in SPLITS:
        rows = by(asked(store, f"breaches all time by {split}"))
        expected = Counter(SPLITS[split](one) for one in oracle.incidents() if one.breached)
        assert {label: figure.value for label, figure in rows.items()} == expected


def test_two_filters_at_once(store: Store) -> None:
    figure = asked(store, 'resolution 2016-04 team:"Group 70" priority:normal,high').figure
    took = [one.resolution_s for one in of(resolved) if one.group == "Group 70" and one.priority in (2, 3)]
    assert took
    assert (figure.value, figure.n) == (statistics.median(one for one in took if one is not None), len(took))
    rest = asked(store, 'resolution 2016-04 -team:"Group 70"').figure
    assert rest.n == sum(one.group != "Group 70" for one in of(resolved))


@pytest.mark.parametrize(
    "text",
    [
        "backlog 2016-05 by day",
        "volume 2016 by weekday and hour",
        "resolution 2016-05 by group and priority",
        "p90 resolution 2016 by month",
        "reopen-rate 2016 by group",
        "per-agent 2016-05 by team",
        "sla 2016-05 by agent",
        "reassignments 2016 by tag",
        "solved 2016-04 by hour",
        "backlog 2016-05-10 by agent and status",
    ],
)
def test_both_databases_say_the_same(stores: Mapping[str, Store], text: str) -> None:
    here, there = (asked(stores[name], text) for name in DATABASES)
    assert here.figure.n
    assert (here.figure, here.previous, here.rows and by(here), here.series) == (
        (there.figure, there.previous, there.rows and by(there), there.series)
    )


@pytest.mark.parametrize(("database", "much"), [("sqlite", 1_000), ("postgresql", 12)])
def test_imported_twice_nothing_changes(stores: Mapping[str, Store], log: Sequence[Page], database: str, much: int) -> None:
    before = fingerprint(stores[database])
    assert bring_in(stores[database], log[:much]).tickets_changed == 0
    assert fingerprint(stores[database]) == before


def fingerprint(store: Store) -> list[Any]:
    """The number of rows of each fact table, and the sum of all its whole numbers."""
    with store.reading() as session:
        return [
            [
                sum(value if isinstance(value, int) else len(str(value)) for value in row)
                for row in session.execute(select(table_of(model)).order_by("ticket_id").limit(5_000))
            ]
            for model in FACT_TABLES
        ]


def test_as_of_an_instant_the_log_is_what_had_happened_by_then(stores: Mapping[str, Store]) -> None:
    at = datetime(2016, 4, 15, 12, tzinfo=UTC)
    instant = int(at.timestamp())
    with as_of(stores["sqlite"], at, profile="articles") as past:
        known = [one for one in oracle.incidents() if one.opened_at <= instant]
        assert say(past, "volume all time", now=at).figure.value == sum(one.opened_at < instant for one in known)
        still = sum(one.is_open(instant - 1) for one in oracle.incidents())
        assert say(past, "backlog today", now=at).figure.value == still
        # Counted as open at an instant after everything known: what is solved later is not yet.
        took = [
            (max(end for end in turns(one)[0] if end <= instant) - one.opened_at)
            for one in known
            if any(end <= instant for end in turns(one)[0]) and not one.is_open(instant)
        ]
        figure = say(past, "resolution all time", now=at + timedelta(seconds=1)).figure
        assert (figure.n, figure.value) == (len(took), statistics.median(took))
        rate = say(past, "resolution-rate all time", now=at + timedelta(seconds=1)).figure
        assert rate.parts == {"top": len(took), "bottom": len(known)}
