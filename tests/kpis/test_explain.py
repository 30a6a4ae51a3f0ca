"""What is shown as the SQL that ran is what ran: it can be run again, and says the same."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import text

from bot.kpis.explain import filled, literal, watched
from bot.store.engine import Store
from bot.store.words import Channel
from tests.kpis.office import days, keep, say, ticket
from tests.world import CAST, MONDAY

WEEK = days(MONDAY.replace(hour=0), 7)


def test_the_statement_that_counted_can_be_run_again_with_the_same_result(store: Store) -> None:
    keep(store, *CAST, ticket("1"), ticket("2", channel=Channel.WEB), ticket("3"))
    with watched() as watch:
        answer = say(store, "volume this week channel:email")
    counts = [one for one in watch.told() if "count(" in one.sql and "email" in one.sql and "excluded IS NULL" in one.sql]

    assert answer.figure.n == 2
    assert {one.database for one in watch.told()} == {store.dialect}
    with store.reading() as session:
        assert 2 in [session.execute(text(one.sql.replace(":", "\\:"))).all()[0][-1] for one in counts]


def test_only_what_this_thread_reads_within_the_block_is_seen(store: Store) -> None:
    with watched() as watch:
        other = Thread(target=say, args=(store, "volume"))
        other.start()
        other.join()
    say(store, "volume")

    assert watch.told() == ()


def test_each_statement_is_told_once(store: Store) -> None:
    with watched() as watch:
        say(store, "volume this week")
        say(store, "volume this week")

    assert len(watch.statements) > len(watch.told()) == len({one.sql for one in watch.told()})


@pytest.mark.parametrize(
    ("sql", "parameters", "told"),
    [
        ("a = ? AND b = ?", (1, "x"), "a = 1 AND b = 'x'"),
        ("a = '?' AND b = ?", ("it's",), "a = '?' AND b = 'it''s'"),
        ("a = %(a)s AND b = %(b_1)s::VARCHAR", {"a": None, "b_1": 2.5}, "a = NULL AND b = 2.5"),
        ("a = $2 AND b = $1", (True, "y"), "a = 'y' AND b = TRUE"),
        ("a = ?", (), "a = NULL"),
        ("SELECT 1", None, "SELECT 1"),
    ],
)
def test_values_stand_where_their_marks_were(sql: str, parameters: object, told: str) -> None:
    assert filled(sql, parameters) == told


def test_a_value_cannot_end_its_quotes() -> None:
    assert literal("'; DROP TABLE ticket; --") == "'''; DROP TABLE ticket; --'"
