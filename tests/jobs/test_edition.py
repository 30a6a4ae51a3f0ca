"""A digest says the numbers of the days since the last one, each of them the number that would be answered."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session

from bot.clock import zone
from bot.slots import Cadence, business_days, daily, due_slots, monthly, weekly
from bot.store.engine import Store
from bot.store.records import Record
from bot.store.tables import DeskCursor, Goal
from bot.store.words import Actor, Kind, Status
from bot.store.workspace import Workspace
from bot.views.digest import digest, kpi_strip
from bot.views.digest_words import Edition, Target, delta, has_news, headline_sentence
from jobs.edition import NUMBERS, TREND_DAYS, Order, covered, edition, order_for
from tests.jobs.test_digest import DUE, history, solved
from tests.kpis.office import keep, say
from tests.world import event, ticket

BERLIN = "Europe/Berlin"
WORKSPACE = Workspace(zone="UTC", clock="calendar")
NINE = time(9)


def ordered(cadence: Cadence, until: datetime, where: str = BERLIN, **spec: Any) -> Order:
    """An order for the last slot of a cadence up to an instant."""
    [slot] = due_slots(cadence, zone(where), after=until - timedelta(days=40), until=until, limit=1)
    return Order(slot=slot, cadence=cadence, zone=where, spec=spec)


def days(order: Order) -> tuple[date, date]:
    """The first and the last local day covered."""
    window = covered(order)
    where = zone(order.zone)
    assert window.start.astimezone(where).time() == window.end.astimezone(where).time() == time()
    return window.start.astimezone(where).date(), window.end.astimezone(where).date() - timedelta(days=1)


@pytest.fixture
def busy(store: Store) -> Store:
    keep(store, *history())
    return store


def made(store: Store, **spec: Any) -> Edition:
    with store.reading() as session:
        return edition(session, ordered(daily(NINE), DUE, **spec), WORKSPACE)


def noon(day: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


RHYTHMS = {
    "daily: yesterday": (daily(NINE), noon(18), (date(2026, 11, 17), date(2026, 11, 17))),
    "a working week on Tuesday: Monday": (business_days(NINE), noon(17), (date(2026, 11, 16), date(2026, 11, 16))),
    "a working week on Monday: Friday to Sunday": (business_days(NINE), noon(16), (date(2026, 11, 13), date(2026, 11, 15))),
    "after a holiday: since the last working day": (
        business_days(NINE, frozenset({date(2026, 11, 16)})),
        noon(17),
        (date(2026, 11, 13), date(2026, 11, 16)),
    ),
    "weekly: seven days": (weekly(NINE, 0), noon(16), (date(2026, 11, 9), date(2026, 11, 15))),
    "twice a week: since the last one": (weekly(NINE, 0, 3), noon(19), (date(2026, 11, 16), date(2026, 11, 18))),
    "monthly: the month before": (monthly(NINE, 1), noon(1), (date(2026, 10, 1), date(2026, 10, 31))),
    "monthly on the 31st: since the last of the month before": (
        monthly(NINE, 31),
        noon(30),
        (date(2026, 10, 31), date(2026, 11, 29)),
    ),
}


@pytest.mark.parametrize("rhythm", RHYTHMS.values(), ids=RHYTHMS.keys())
def test_whole_days_since_the_slot_before(rhythm: tuple[Cadence, datetime, tuple[date, date]]) -> None:
    cadence, until, expected = rhythm

    assert days(ordered(cadence, until)) == expected


def test_no_day_is_covered_twice_or_left_out() -> None:
    for cadence in (daily(NINE), business_days(NINE), weekly(NINE, 1, 4), monthly(NINE, 15)):
        slots = due_slots(cadence, zone(BERLIN), after=noon(1, 2), until=noon(30), limit=400)
        spans = [days(Order(slot=slot, cadence=cadence, zone=BERLIN, spec={})) for slot in slots]
        assert all(after[0] == before[1] + timedelta(days=1) for before, after in pairwise(spans))


def test_days_of_23_and_25_hours_are_whole() -> None:
    spring, autumn = (covered(ordered(daily(NINE), noon(*day))) for day in ((30, 3), (26, 10)))

    assert (spring.end - spring.start, autumn.end - autumn.start) == (timedelta(hours=23), timedelta(hours=25))


def test_days_are_those_of_the_subscription_and_not_of_the_workspace(busy: Store) -> None:
    issue = made(busy)

    assert {answer.window.zone for answer in issue.answers} == {BERLIN}
    assert issue.answers[0].window.start.utcoffset() == timedelta()


def test_its_numbers_are_those_that_would_be_answered(busy: Store) -> None:
    issue = made(busy)
    workspace = Workspace(zone=BERLIN, clock="calendar")

    for answer in issue.answers:
        asked = say(busy, f"{answer.kpi.slug} on 2026-11-17", now=DUE, workspace=workspace)
        assert (answer.figure, answer.window.start, answer.window.end) == (asked.figure, asked.window.start, asked.window.end)


def test_numbers_come_in_their_order_and_those_without_data_are_left_out(busy: Store) -> None:
    slugs = [answer.kpi.slug for answer in made(busy).answers]

    assert slugs == [slug for slug in NUMBERS if slug not in ("sla", "csat")]


def test_without_tickets_there_are_no_numbers(store: Store) -> None:
    assert made(store).answers == ()
    assert made(store).details == ()


def test_a_channel_may_choose_its_numbers(busy: Store) -> None:
    assert [answer.kpi.slug for answer in made(busy, kpis=["solved", "volume"]).answers] == ["solved", "volume"]


def test_each_number_has_its_days_before(busy: Store) -> None:
    issue = made(busy, kpis=["solved"])

    assert {"backlog", "volume", "solved"} <= issue.trends.keys()
    for trend in issue.trends.values():
        assert len(trend.series) == TREND_DAYS
        assert trend.window.end == issue.answers[0].window.end
    assert [step.figure.value for step in issue.trends["volume"].series] == [2] * 13 + [60]


def test_details_are_split_and_have_rows(busy: Store) -> None:
    details = made(busy).details

    assert details
    assert all(answer.rows and answer.query.splits for answer in details)


def test_the_tickets_open_longest_are_named_by_number_and_never_by_a_customers_words(busy: Store) -> None:
    for day in range(1, 8):
        keep(busy, *waiting(f"open-{day}", DUE - timedelta(days=day)))
    oldest = made(busy).stragglers

    assert [(line.number, line.age_s) for line in oldest] == [(f"open-{day}", 86_400.0 * day) for day in (7, 6, 5, 4, 3)]
    assert {line.subject for line in oldest} == {""}
    assert made(busy, kpis=["frt"]).stragglers == ()


def waiting(name: str, at: datetime) -> list[Record]:
    created = event(Kind.CREATED, at, of=name, actor="carla", actor_kind=Actor.CUSTOMER, new="new")
    return [ticket(name, subject="my secret", created_at=at, updated_at=at, status=Status.NEW), created]


def test_goals_of_the_workspace_stand_beside_their_numbers(busy: Store) -> None:
    with busy.writing() as session:
        _goal(session, "frt", 3600.0)
        _goal(session, "backlog", 10.0, scope="team:1")

    assert made(busy).goals == {"frt": Target(op="<=", target=3600.0)}


def _goal(session: Session, kpi: str, target: float, scope: str = "") -> None:
    session.add(Goal(kpi=kpi, op="<=", target=target, scope=scope, created_at=DUE, created_by="U0LENA"))


def test_it_bears_the_date_of_its_morning_and_what_went_wrong(store: Store) -> None:
    order = Order(
        slot=ordered(daily(NINE), DUE).slot, cadence=daily(NINE), zone=BERLIN, spec={"scope": "Billing"}, late=timedelta(hours=3),
        missed=("2026-11-16 09:00",),
    )  # fmt: skip
    with store.reading() as session:
        issue = edition(session, order, WORKSPACE)

    assert (issue.scope, issue.day) == ("Billing", date(2026, 11, 18))
    assert (issue.late, issue.missed) == (timedelta(hours=3), ("2026-11-16 09:00",))


def test_an_order_outside_any_subscription_has_its_instant_for_a_slot() -> None:
    order = order_for(DUE, daily(NINE), BERLIN, {})

    assert order.slot.due_at == DUE
    assert days(order) == (date(2026, 11, 17), date(2026, 11, 17))


def test_what_comes_after_the_morning_changes_nothing(busy: Store) -> None:
    """A digest that is written late tells the same days."""
    before = [answer.figure for answer in made(busy).answers if answer.kpi.slug != "resolution"]
    keep(busy, *solved("later", DUE + timedelta(hours=2)))

    assert [answer.figure for answer in made(busy).answers if answer.kpi.slug != "resolution"] == before


def read_until(store: Store, at: datetime) -> None:
    """The help desk was read for the last time then."""
    with store.writing() as session:
        session.add(DeskCursor(source="desk", stream="tickets", synced_at=at, covered_from=noon(1)))


def test_of_days_that_nobody_has_read_no_number_is_told_and_none_is_compared(busy: Store) -> None:
    """Read last on Monday evening; Wednesday's digest is about Tuesday."""
    read_until(busy, noon(16) + timedelta(hours=8))
    issue = made(busy)

    assert [answer.kpi.slug for answer in issue.answers] == ["backlog"]
    assert issue.answers[0].previous is None
    assert issue.details == ()
    assert issue.stale.startswith("Stale: data as of Mon 16 Nov 2026, 21:00")
    assert headline_sentence(issue) == kpi_strip(issue).title == "Nothing new is known."
    assert not has_news(issue)


def test_of_days_that_were_read_in_part_the_numbers_are_told_and_none_is_compared(busy: Store) -> None:
    read_until(busy, noon(17) + timedelta(hours=1))
    issue = made(busy)

    assert {"volume", "backlog", "frt"} <= {answer.kpi.slug for answer in issue.answers}
    assert [delta(answer) for answer in issue.answers] == [""] * len(issue.answers)
    assert not has_news(issue)


def test_small_lines_end_where_the_data_end(busy: Store) -> None:
    read_until(busy, noon(16))
    trends = made(busy).trends
    volume, backlog = trends["volume"].series, trends["backlog"].series

    assert [step.figure.value is None for step in volume[-3:]] == [False, False, True]
    assert [step.partial for step in volume[-3:]] == [False, True, True]
    assert [step.figure.value is None for step in backlog[-3:]] == [False, True, True]


@pytest.mark.parametrize("at", [DUE - timedelta(minutes=5), DUE - timedelta(hours=9)])
def test_data_that_reach_beyond_the_days_told_are_told_and_compared(busy: Store, at: datetime) -> None:
    """Fresh ones, and stale ones that were read after midnight."""
    read_until(busy, at)
    issue = made(busy)

    assert has_news(issue)
    assert next(answer for answer in issue.answers if answer.kpi.slug == "volume").previous is not None


def test_nothing_known_is_said_as_that_and_not_as_no_numbers_yet(busy: Store) -> None:
    read_until(busy, noon(16))
    issue = made(busy, kpis=["volume"])
    told = digest(issue).parent

    assert issue.answers == ()
    assert told.text.startswith("Support, Wed 18 Nov: nothing new is known. ⚠ Stale: data as of Mon 16 Nov 2026, 13:00")
    assert "`/cx status` says why" in told.text
