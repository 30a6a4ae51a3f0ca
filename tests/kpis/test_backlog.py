"""The backlog at any instant, against counting ticket by ticket, and the identity that ties its days together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.clock import Grain, Span, split
from bot.facts.derive import derive
from bot.facts.history import Stretch
from bot.facts.life import Life
from bot.facts.refresh import read_lives
from bot.facts.rules import names_of, rules_of
from bot.kpis import kpi_of
from bot.kpis.cells import Scope, standing, stock_cells
from bot.kpis.columns import SPANS
from bot.kpis.dimensions import DIMENSIONS
from bot.kpis.kpi import Stock
from bot.store.engine import Store
from bot.store.tables import Ticket, table_of
from bot.store.words import UNSOLVED, Kind, Status
from tests.kpis.office import DATABASES, ask, between, by, fresh_store, keep, value
from tests.kpis.town import FIRST, LAST, build_town, ticket_life
from tests.world import CAST, MONDAY, event, minute, ticket

BACKLOG = kpi_of("backlog").measure
assert isinstance(BACKLOG, Stock)
INSTANTS = st.lists(
    st.integers(-86_400, 40 * 86_400).map(lambda s: FIRST + timedelta(seconds=s)), min_size=1, max_size=6, unique=True
).map(sorted)


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Store]]:
    with fresh_store(request, "sqlite") as here, fresh_store(request, "postgresql") as there:
        build_town(here)
        build_town(there)
        yield {"sqlite": here, "postgresql": there}


@pytest.fixture(scope="module")
def lives(town: Mapping[str, Store]) -> list[tuple[Life, list[Stretch]]]:
    """Every ticket's life and its stretches, without the tables the backlog is asked of."""
    found = []
    with town["sqlite"].reading() as session:
        for source in ("desk", "other desk"):
            rules, names = rules_of(session, source, "articles"), names_of(session, source)
            ids = list(session.scalars(select(table_of(Ticket).c.id).where(table_of(Ticket).c.source == source)))
            for _, life in read_lives(session, ids, names):
                facts = derive(life, rules)
                if facts.excluded in (None, Status.DELETED):
                    found.append((life, facts.history.stretches))
    return found


def stood(stretches: list[Stretch], at: int) -> Stretch | None:
    """The stretch a ticket was in just before an instant."""
    return next((s for s in stretches if s.start < at and (s.end is None or s.end >= at)), None)


@settings(max_examples=40, deadline=None)
@given(instants=INSTANTS)
@pytest.mark.parametrize("database", DATABASES)
def test_at_any_instants_it_is_what_counting_ticket_by_ticket_gives(
    town: Mapping[str, Store], lives: list[tuple[Life, list[Stretch]]], database: str, instants: list[datetime]
) -> None:
    with town[database].reading() as session:
        scope = Scope(session=session, zone=ZoneInfo("UTC"), splits=(STATUS,))
        found = stock_cells(BACKLOG, instants, scope)
    for index, at in enumerate(instants):
        spans = [stood(stretches, int(at.timestamp())) for _, stretches in lives]
        expected = Counter(span.status for span in spans if span is not None and span.status in UNSOLVED)
        told = {keys[0]: cell.n for (place, keys), cell in found.items() if place == index and cell.n}
        assert told == expected


STATUS = next(dim for dim in DIMENSIONS if dim.slug == "status")


def test_asked_day_by_day_or_at_once_it_is_the_same(town: Mapping[str, Store]) -> None:
    series = ask(town["sqlite"], "backlog", between(FIRST, LAST), grain=Grain.DAY).series
    alone = [ask(town["sqlite"], "backlog", between(FIRST, step.end)).figure.value for step in series]
    assert [step.figure.value for step in series] == alone
    assert len(set(alone)) > 10


def test_the_rows_behind_it_are_one_a_ticket(town: Mapping[str, Store]) -> None:
    at = FIRST + timedelta(days=20)
    with town["postgresql"].reading() as session:
        scope = Scope(session=session, zone=ZoneInfo("UTC"))
        (cell,) = stock_cells(BACKLOG, [at], scope).values()
        ids = list(session.scalars(standing(BACKLOG, at, scope).with_only_columns(SPANS.c.ticket_id)))
    assert len(ids) == len(set(ids)) == cell.n > 10


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe", "Europe/Berlin"])
def test_a_day_changes_it_by_created_less_solved_plus_reopened_less_gone_plus_restored(
    lives: list[tuple[Life, list[Stretch]]], town: Mapping[str, Store], zone: str
) -> None:
    days = split(Span(FIRST, LAST), Grain.DAY, ZoneInfo(zone), 0)
    with town["sqlite"].reading() as session:
        scope = Scope(session=session, zone=ZoneInfo(zone))
        cells = stock_cells(BACKLOG, [FIRST, *(day.end for day in days)], scope)
    levels = [cells[index, ()].n for index in range(len(days) + 1)]
    for day, (before, after) in zip(days, pairwise(levels), strict=True):
        start, end = (int(at.timestamp()) for at in (day.start, day.end))
        came = went = 0
        for _, stretches in lives:
            came += start <= stretches[0].start < end and stretches[0].status in UNSOLVED
            for old, new in pairwise(stretches):
                if start <= new.start < end:
                    went += old.status in UNSOLVED and new.status not in UNSOLVED
                    came += old.status not in UNSOLVED and new.status in UNSOLVED
        assert after - before == came - went


def test_midnight_belongs_to_the_next_day(store: Store) -> None:
    midnight = MONDAY.replace(hour=0) + timedelta(days=1)
    keep(store, *CAST, ticket("created", created_at=midnight), ticket("solved"))
    keep(store, event(Kind.STATUS, midnight, of="solved", old=Status.OPEN, new=Status.SOLVED))
    assert value(store, "backlog 2026-11-16") == 1
    assert value(store, "backlog 2026-11-17") == 1
    assert value(store, "volume 2026-11-16") == 1
    assert value(store, "solved 2026-11-17") == 1


def test_it_is_split_by_what_each_ticket_was_then(store: Store) -> None:
    moved = event(Kind.TEAM, minute(2000), old="billing", new="tech")
    keep(store, *CAST, ticket(team="tech"), moved)
    assert set(by(ask(store, "backlog", between(MONDAY, minute(1000)), splits=("team",)))) == {"Billing"}
    assert set(by(ask(store, "backlog", between(MONDAY, minute(3000)), splits=("team",)))) == {"tech"}


def test_it_is_split_by_the_category_each_ticket_had_then(store: Store) -> None:
    moved = event(Kind.CATEGORY, minute(60), old="invoice", new="wi-fi")
    keep(store, *CAST, ticket(category="wi-fi"), moved)
    assert by(ask(store, "backlog", between(MONDAY, minute(30)), splits=("category",))).keys() == {"invoice"}
    assert by(ask(store, "backlog", between(MONDAY, minute(90)), splits=("category",))).keys() == {"wi-fi"}


def test_a_ticket_stood_in_it_until_it_was_deleted_but_never_as_spam_or_when_merged_away(store: Store) -> None:
    keep(store, *CAST, *(ticket(status) for status in (Status.DELETED, Status.MERGED, Status.SPAM)))
    for status in (Status.DELETED, Status.MERGED, Status.SPAM):
        keep(store, event(Kind.STATUS, minute(100), of=status, old=Status.OPEN, new=status))
    assert ask(store, "backlog", between(MONDAY, minute(60))).figure.value == 1
    assert ask(store, "backlog", between(MONDAY, minute(200))).figure.value == 0


def test_two_changes_in_one_second_leave_one_span_standing(store: Store) -> None:
    at = minute(60)
    changes = (
        event(Kind.STATUS, at, key="a", seq=1, old=Status.OPEN, new=Status.PENDING),
        event(Kind.ASSIGNED, at, key="b", seq=2, old="ana", new="bo"),
    )
    keep(store, *CAST, ticket(agent="bo", status=Status.PENDING, updated_at=at), *changes)
    for end in (at, minute(60.5), minute(90)):
        assert ask(store, "backlog", between(MONDAY, end), splits=("status",)).figure.value == 1
    assert list(by(ask(store, "backlog", between(MONDAY, at), splits=("status",)))) == ["open"]
    assert list(by(ask(store, "backlog", between(MONDAY, minute(61)), splits=("status",)))) == ["pending"]


def test_ages_and_order_of_events_do_not_matter(store: Store) -> None:
    records = ticket_life(Random(3), "x", changes=9)
    keep(store, *CAST, *records)
    first = [ask(store, "backlog", between(FIRST, FIRST + timedelta(days=d))).figure.value for d in range(1, 60, 3)]
    keep(store, *reversed(records))
    again = [ask(store, "backlog", between(FIRST, FIRST + timedelta(days=d))).figure.value for d in range(1, 60, 3)]
    assert first == again
