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
from bot.store.tables import Goal, SlaPolicy
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


def weeks(store: Store, count: int, worked_s: int | None = 1_800) -> None:
    """Two tickets every day at nine and one more on Mondays, each half an hour of work."""
    records: list[Record] = []
    for day in range(7 * count):
        at = TODAY - timedelta(days=day + 1) + timedelta(hours=9)
        for number in range(3 if at.weekday() == 0 else 2):
            name = f"{day}-{number}"
            records.append(ticket(name, created_at=at, updated_at=at + timedelta(hours=1), status=Status.SOLVED))
            records.append(event(Kind.CREATED, at, of=name, actor="carla", new=Status.NEW))
            done = at + timedelta(hours=1)
            records.append(event(Kind.REPLY, done, of=name, actor="ana", worked_s=worked_s))
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
    assert "Mon   3  10:00 2.6/h" in told
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


def promise(room: Room, **promised: object) -> None:
    targets = [{"metric": "first_reply", "target_s": 900, "business": False, "priority": None, **promised}]
    with room.store.writing() as session:
        session.add(
            SlaPolicy(source="desk", external_id="vip", name="VIP", position=1, matches={"tag": ["vip"]}, targets=targets)
        )
        for_all = [{**targets[0], "priority": priority, "target_s": priority * 3_600, "business": True} for priority in (1, 3, 4)]
        session.add(SlaPolicy(source="desk", external_id="all", name="Standard", position=2, targets=for_all))


def aim(room: Room, **changes: object) -> None:
    with room.store.writing() as session:
        goal = {"kpi": "frt", "op": "<=", "target": 1_800.0, "created_at": TODAY, "created_by": "U0LENA", **changes}
        session.add(Goal.model_validate(goal))


def test_staffing_alone_assumes_the_goal_else_the_promise_else_an_hour_and_says_so(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9)
    usual = said(room.type("staffing"))
    assert "answer 80% of tickets within 1 h in the busiest hour" in usual
    assert "Assumed, because you did not say: 1 h is an hour, because no goal and no policy says." in usual

    promise(room)
    promised = said(room.type("staffing"))
    assert "within 3 h" in promised
    assert "3 h is the first reply that policy Standard promises for normal priority in business hours." in promised

    aim(room)
    assert "30 min is the goal for the first response." in said(room.type("staffing"))
    assert said(room.type("forecast staffing")) == said(room.type("staffing"))
    assert "Assumed" not in said(room.type("staffing 2h"))
    assert "answer 95% of tickets within 2 h" in said(room.type("staffing 95% within 2h"))


def test_the_goal_of_a_team_goes_before_that_of_all(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9)
    aim(room)
    aim(room, scope="channel:email", target=600.0)
    assert "10 min is the goal" in said(room.type("staffing channel:email"))
    assert "30 min is the goal" in said(room.type("staffing -channel:chat"))


def test_a_goal_to_be_slow_is_no_target(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9)
    aim(room, op=">=")
    assert "no goal and no policy says" in said(room.type("staffing"))


def test_without_logged_time_the_one_missing_datum_is_named_with_a_command_that_has_it(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9, worked_s=None)
    missing = room.type("staffing 2h")
    assert said(missing).startswith(
        "How much agent time a ticket takes is not known: of the tickets resolved in the last 8 weeks 0"
    )
    assert typed(missing) == ["staffing 2h handling 15m"]

    told = said(room.type(typed(missing)[0]))
    assert "each takes 15 min of agent time (as you say)" in told
    assert "within 2 h" in told
    assert "Mon   3" in told


@pytest.mark.parametrize(
    "words", ["staffing 1h handling 30m", "staffing handling time of 30 min, 1h", "staffing within 1h with aht 30m 80%"]
)
def test_what_a_ticket_takes_may_be_said_in_any_order(empty: Room, words: str) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9)
    assert f"{agents_for(3 * 21 / 24, 1_800, 3_600, 0.8)} agents at once answer 80% of tickets within 1 h" in said(
        room.type(words)
    )


@pytest.mark.parametrize("words", ["staffing by team", "staffing baklog", "staffing 9999d 0%", "staffing handling 0m"])
def test_staffing_that_cannot_be_told_has_a_way_on(empty: Room, words: str) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9)
    assert len(said(room.type(words))) > 10


def test_staffing_that_was_said_is_shared_as_it_was_asked(empty: Room) -> None:
    room = Room(store=empty.store, now=TODAY + timedelta(hours=10))
    weeks(room.store, 9, worked_s=None)
    aim(room)
    asked = room.type("staffing handling 15m")
    shared = said(room.press(asked, "share"))
    assert said(asked).split(". ")[1] in shared
    assert "30 min is the goal" in shared
