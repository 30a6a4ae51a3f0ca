"""What was posted of days that are over, and what late events make of it: listed with the tickets that moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from bot.facts.refresh import keep_definitions
from bot.kpis import KPIS, kpi_of
from bot.kpis.query import Query
from bot.kpis.restating import KEPT, Restatement, keep_published, published, restatements
from bot.store.engine import Store
from bot.store.records import Record
from bot.store.tables import Published, table_of
from bot.store.words import Kind, Status
from tests.kpis.office import CALENDAR, ask, between, keep
from tests.kpis.town import FIRST, LAST, month
from tests.world import CAST, MONDAY, NOW, event, minute, rating, ticket

DAY = between(MONDAY.replace(hour=0), MONDAY.replace(hour=0) + timedelta(days=1))
PLACE = "digest 1"


def turn(minutes: float, old: Status, new: Status, of: str = "1") -> Record:
    return event(Kind.STATUS, minute(minutes), of=of, old=old, new=new, actor="ana")


def post(store: Store, *slugs: str, now: datetime = NOW, place: str = PLACE, **changes: Any) -> int:
    """Post what is known of Monday; says how many figures were kept."""
    answers = [ask(store, slug, DAY, now=now, **changes) for slug in slugs]
    with store.writing() as session:
        rows = [published(session, answer, workspace=CALENDAR, where=place) for answer in answers]
        keep_published(session, rows, now)
        return sum(row is not None for row in rows)


def restated(store: Store, **options: Any) -> list[Restatement]:
    with store.reading() as session:
        return list(restatements(session, **{"workspace": CALENDAR, "now": NOW + timedelta(days=9), **options}))


@pytest.fixture
def solved(store: Store) -> Store:
    """Two tickets, solved after one and two hours on Monday."""
    keep(store, *CAST, ticket("1"), ticket("2"))
    keep(store, turn(60, Status.OPEN, Status.SOLVED), turn(120, Status.OPEN, Status.SOLVED, of="2"))
    return store


def test_what_nothing_changed_is_no_restatement(solved: Store) -> None:
    assert post(solved, "resolution", "volume", "backlog") == 3
    keep(solved, ticket("9", created_at=NOW, updated_at=NOW))
    assert restated(solved) == []


def test_a_late_event_restates_the_number_and_names_the_ticket(solved: Store) -> None:
    post(solved, "resolution")
    keep(solved, turn(3 * 1440, Status.SOLVED, Status.OPEN))
    (found,) = restated(solved)
    assert (found.said.value, found.said.n, found.now.value, found.now.n) == (5400, 2, 7200, 1)
    (moved,) = found.moved or ()
    assert (moved.number, [row[1] for row in moved.before], moved.after) == ("1", [3600.0], ())
    assert (found.where, found.said_at, found.redefined) == (PLACE, NOW, False)


def test_tickets_that_change_places_are_named_though_the_number_is_the_same(solved: Store) -> None:
    post(solved, "volume")
    keep(solved, ticket("3"), turn(200, Status.SOLVED, Status.SPAM, of="2"))
    (found,) = restated(solved)
    assert found.said.value == found.now.value == 2
    assert [(m.number, bool(m.before), bool(m.after)) for m in found.moved or ()] == [("2", True, False), ("3", False, True)]


def test_a_late_answer_to_a_survey_is_one_too(solved: Store) -> None:
    keep(solved, rating(5, minute(70)))
    post(solved, "csat")
    keep(solved, replace(rating(2, minute(70))))
    (found,) = restated(solved)
    assert (found.said.value, found.now.value) == (100, 0)
    assert [(row[2], row[3]) for row in (found.moved or ())[0].after] == [(False, 2)]


def test_a_backlog_that_was_posted_is_restated_by_a_solve_that_was_told_late(solved: Store) -> None:
    keep(solved, ticket("3"))
    post(solved, "backlog")
    keep(solved, turn(30, Status.OPEN, Status.SOLVED, of="3"))
    (found,) = restated(solved)
    assert (found.said.value, found.now.value) == (1, 0)


def test_one_that_moved_and_moved_back_is_none(solved: Store) -> None:
    post(solved, "resolution")
    keep(solved, turn(3 * 1440, Status.SOLVED, Status.OPEN))
    keep(solved, replace(turn(3 * 1440, Status.SOLVED, Status.SOLVED)))
    assert restated(solved) == []


def test_other_definitions_restate_and_say_so(solved: Store) -> None:
    keep(solved, turn(200, Status.SOLVED, Status.MERGED, of="2"))
    post(solved, "volume")
    with solved.writing() as session:
        keep_definitions(session, profile="zendesk", now=NOW)
    (found,) = restated(solved, workspace=replace(CALENDAR, profile="zendesk"))
    assert (found.said.value, found.now.value, found.redefined) == (1, 2, True)


def test_a_day_that_is_not_over_is_not_kept_for_it_has_yet_to_move(solved: Store) -> None:
    assert post(solved, "volume", now=minute(100)) == 0


def test_the_same_number_is_kept_once_a_place(solved: Store) -> None:
    post(solved, "volume")
    post(solved, "volume")
    post(solved, "volume", place="channel C1")
    with solved.reading() as session:
        assert [row.place for row in session.exec(select(Published).order_by(col(Published.id)))] == [PLACE, "channel C1"]


def test_what_was_said_before_is_left_out_and_what_was_said_long_ago_forgotten(solved: Store) -> None:
    post(solved, "resolution")
    keep(solved, turn(3 * 1440, Status.SOLVED, Status.OPEN))
    assert restated(solved, since=NOW + timedelta(seconds=1)) == []
    assert len(restated(solved, since=NOW)) == 1
    with solved.writing() as session:
        keep_published(session, [], NOW + KEPT + timedelta(seconds=1))
    assert restated(solved) == []


def test_every_kpi_can_be_posted_and_is_the_same_until_something_happens(store: Store) -> None:
    """Also those a person entered, of which no tickets can be named."""
    keep(store, *month(seed=5, tickets=40))
    window = between(FIRST, LAST)
    with store.writing() as session:
        rows = [published(session, ask(store, kpi.slug, window, now=LAST), workspace=CALENDAR, where=PLACE) for kpi in KPIS]
        keep_published(session, rows, LAST)
    assert len([row for row in rows if row is not None]) == len(KPIS)
    assert restated(store, now=LAST) == []


def test_the_question_is_kept_bare(solved: Store) -> None:
    post(solved, "volume", splits=("channel",))
    with solved.reading() as session:
        (kept,) = session.execute(table_of(Published).select()).mappings().all()
    assert (kept["query"]["splits"], kept["query"]["versus"]) == ([], None)
    assert Query(kpi=kept["kpi"], window=DAY).kpi == kpi_of("volume").slug
