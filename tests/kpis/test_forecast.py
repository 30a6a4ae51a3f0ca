"""The days to come are foretold from their own weekdays, with an interval that past days prove; staffing follows Erlang."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import exp, factorial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.kpis.forecast import expected, foretold
from bot.kpis.staffing import agents_for, answered_within, erlang_c
from bot.store.engine import Store
from bot.store.records import Record
from bot.store.words import Kind, Status
from tests.commands.conftest import empty
from tests.commands.room import Room, said, typed
from tests.kpis.office import keep
from tests.world import CAST, event, ticket

__all__ = ["empty"]
TODAY = datetime(2026, 4, 6, 0, 0, tzinfo=UTC)


@given(st.lists(st.integers(0, 10_000).map(float), min_size=4, max_size=8))
def test_the_interval_holds_the_median_and_is_never_below_nothing(before: list[float]) -> None:
    told = expected(before)
    assert told is not None
    middle, low, high = told
    assert 0 <= low <= middle <= high
    assert high > middle, "eight equal days do not make the ninth certain"


def test_few_weeks_foretell_nothing() -> None:
    assert expected([5.0, 5.0, 5.0]) is None


def test_of_random_days_about_four_in_five_lie_in_their_interval() -> None:
    random = Random(3)
    base = (60, 55, 50, 52, 58, 20, 10)
    values = [float(sum(random.random() < base[day % 7] / 200 for _ in range(200))) for day in range(7 * 100)]
    inside, tested, error = foretold(values, tested=600)
    assert tested == 600
    assert 0.74 <= inside / tested <= 0.92
    assert error is not None


def test_one_odd_week_moves_the_middle_hardly() -> None:
    assert expected([40, 41, 39, 400, 40, 42, 38, 40]) == pytest.approx((40, 40 - 9, 40 + 9), abs=2)


@given(st.floats(0.1, 40), st.integers(1, 60))
def test_erlang_c_is_the_textbook_formula(load: float, agents: int) -> None:
    if agents <= load:
        assert erlang_c(load, agents) == 1.0
        return
    last = load**agents / factorial(agents) * agents / (agents - load)
    whole = sum(load**n / factorial(n) for n in range(agents)) + last
    assert erlang_c(load, agents) == pytest.approx(last / whole, rel=1e-9)


def test_agents_are_the_fewest_that_keep_the_target() -> None:
    # 100 arrivals an hour of 3 minutes are 5 erlangs.
    agents = agents_for(100, 180, 20, 0.8)
    assert answered_within(5, agents, 20, 180) >= 0.8 > answered_within(5, agents - 1, 20, 180)
    assert agents == 8
    assert answered_within(5, 8, 20, 180) == pytest.approx(1 - erlang_c(5, 8) * exp(-3 * 20 / 180))
    assert agents_for(0, 180, 20, 0.8) == 0
    with pytest.raises(BadRequest):
        agents_for(1e6, 3_600, 60, 0.8)


def weeks(store: Store, count: int) -> None:
    """Two tickets every day at nine and one more on Mondays, each half an hour of work."""
    records: list[Record] = []
    for day in range(7 * count):
        at = TODAY - timedelta(days=day + 1) + timedelta(hours=9)
        for number in range(3 if at.weekday() == 0 else 2):
            name = f"{day}-{number}"
            records.append(ticket(name, created_at=at, updated_at=at + timedelta(hours=1), status=Status.SOLVED))
            records.append(event(Kind.CREATED, at, of=name, actor="carla", new=Status.NEW))
            done = at + timedelta(hours=1)
            records.append(event(Kind.REPLY, done, of=name, actor="ana", worked_s=1_800))
            records.append(event(Kind.STATUS, done, of=name, actor="ana", old=Status.NEW, new=Status.SOLVED))
    keep(store, *CAST, *records, now=TODAY)


def test_two_weeks_are_foretold_with_their_proof(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    assert "too little history" in said(room.type("forecast volume"))
    weeks(room.store, 16)
    told = said(room.type("forecast volume"))
    assert told.startswith("Forecast: Ticket volume. About 30 in the next 14 days")
    assert "Mon 6 Apr        3" in told
    assert "Tue 7 Apr        2" in told
    assert "56 of the last 56 days lay in the interval" in told
    assert "only counts are" in said(room.type("forecast csat"))


def test_staffing_says_its_formula_and_its_workload(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9)
    told = said(room.type("forecast staffing frt <= 1h 90%"))
    assert "answer 90% of tickets within 1 h in the busiest hour of the week (Mon 10:00)" in told
    assert "Mon         3   10:00 2.6/h" in told
    assert "1.5 h" in told
    assert "Erlang C" in told
    assert "30 min of agent time" in told
    assert agents_for(3 * 21 / 24, 1_800, 3_600, 0.9) == int(told.split("Staffing. ")[1].split(" ")[0])


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("volume", 14),
        ("volume next 7 days", 8),
        ("for the coming 2 weeks volume", 15),
        ("volume next week", 14),
        ("next week", 14),
        ("volume tomorrow", 2),
        ("volume next 28 days", 29),
    ],
)
def test_it_looks_as_far_ahead_as_people_say(empty: Room, text: str, days: int) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 10)
    assert f"in the next {days} days" in said(room.type(f"forecast {text}"))


def test_what_is_not_foretold_offers_what_is(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 10)
    assert typed(room.type("forecast volume next 90 days")) == ["forecast volume next 28 days"]
    assert typed(room.type("forecast volume by team")) == ["forecast volume"]
    assert typed(room.type("forecast baklog")) == ["forecast backlog"]
    assert typed(room.type("forecast csat")) == ["forecast volume", "forecast solved"]
    assert said(room.type("forecast volume staffing 1h")) == said(room.type("forecast staffing 1h"))
