"""A split lists its largest groups; what they leave over is told in one, alike on every engine, and nothing is lost."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

import pytest

from bot.columns.mirror import Mirror
from bot.kpis import measure
from bot.kpis.answer import Answer
from bot.store.engine import Store
from bot.views.answer_csv import answer_csv
from bot.views.answer_json import answer_json
from tests.kpis.office import fresh_store, say
from tests.kpis.town import LAST, build_town

QUESTIONS = ("volume by agent", "frt by agent", "csat by agent", "replies by team", "reopen-rate by agent", "backlog by agent")


@pytest.fixture(scope="module")
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, "sqlite") as store:
        build_town(store)
        yield store


@pytest.fixture(autouse=True)
def two_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "MOST_ROWS", 2)


def asked(store: Store, words: str) -> Answer:
    return say(store, f"{words} last 60 days", now=LAST)


@pytest.mark.parametrize("words", QUESTIONS)
def test_the_largest_groups_are_listed_and_the_others_counted(store: Store, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few = asked(store, words)
    monkeypatch.setattr(measure, "MOST_ROWS", 500)
    every = asked(store, words)
    assert every.others is None
    assert few.others is not None
    assert len(few.rows) == 2
    assert few.others.groups == len(every.rows) - 2
    assert sorted(row.figure.n for row in few.rows) == sorted(row.figure.n for row in every.rows)[-2:]
    assert few.others.figure.n == sum(row.figure.n for row in every.rows) - sum(row.figure.n for row in few.rows)


@pytest.mark.parametrize("words", QUESTIONS)
def test_columns_list_the_same_groups(store: Store, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = asked(store, words)
    mirror = Mirror(store=store)
    mirror.build()
    monkeypatch.setattr(store, "accompany", mirror.accompany)
    assert asked(store, words) == plain


def test_the_csv_still_adds_up(store: Store) -> None:
    found = asked(store, "volume by agent")
    lines = list(csv.DictReader(StringIO(answer_csv(found))))
    assert len(lines) == 3
    assert lines[-1]["agent"].endswith(" others")
    assert sum(float(line["value"]) for line in lines) == found.figure.value
    assert sum(float(line["share"]) for line in lines) == pytest.approx(100)


def test_json_tells_how_many_groups_are_left_over(store: Store) -> None:
    found = asked(store, "frt by agent")
    told = answer_json(found)["others"]
    assert found.others is not None
    assert (told["groups"], told["n"]) == (found.others.groups, found.others.figure.n)
    assert told["value"] is None
    assert answer_json(asked(store, "frt"))["others"] is None
