"""What the store answers can be said: every KPI, asked of a real store, in every view."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from bot.clock import Grain
from bot.facts.refresh import refresh
from bot.kpis import KPIS, kpi_of
from bot.kpis.answer import Answer
from bot.kpis.measure import measure
from bot.kpis.query import Query
from bot.periods import read_window
from bot.store.engine import Store
from bot.store.tables import DeskCursor
from bot.store.upsert import store_records
from bot.store.words import Actor, Kind, Status
from bot.store.workspace import Workspace
from bot.surveys.grading import grade
from bot.views.answer_csv import answer_csv
from bot.views.answer_json import answer_json
from bot.views.answer_text import answer_text
from bot.views.card import answer_card
from bot.views.check import check_message
from bot.views.digest import detail
from bot.views.receipt import receipt_message
from tests.slack_validators import problems
from tests.world import CAST, NOW, SOURCE, event, minute, rating, ticket

BERLIN = ZoneInfo("Europe/Berlin")
WORKSPACE = Workspace(zone="Europe/Berlin", clock="calendar")
HOURLY = {Grain.HOUR: "today", Grain.DAY: "last 14 days", Grain.WEEK: "last 90 days", Grain.MONTH: "2026"}


def fill(session: Session) -> None:
    """Thirty tickets: answered after ten minutes each, the first twenty solved, rated and one of them reopened."""
    records = [*CAST]
    for i in range(30):
        name, start = str(i), i * 30
        solved = i < 20
        status = Status.SOLVED if solved else Status.OPEN
        created, replied, done = minute(start), minute(start + 10), minute(start + 60)
        records += [
            ticket(
                name, created_at=created, updated_at=done, status=status, subject="<!channel> *hi*", category=f"cat <{i % 3}>"
            ),
            event(Kind.CREATED, created, of=name, actor="carla", actor_kind=Actor.CUSTOMER, new="new"),
            event(Kind.REPLY, replied, of=name, actor="ana", actor_kind=Actor.AGENT),
        ]
        if solved:
            records += [
                event(Kind.STATUS, done, of=name, actor="ana", actor_kind=Actor.AGENT, old="new", new="solved"),
                rating(5 if i % 4 else 1, done, of=name),
            ]
    stored = store_records(session, SOURCE, records, now=NOW, grade=grade)
    refresh(session, SOURCE, stored.dirty, profile="articles")
    session.add(DeskCursor(source=SOURCE, stream="tickets", synced_at=NOW - timedelta(minutes=5)))


def ask(session: Session, slug: str, text: str = "last 7 days", **changes: object) -> Answer:
    window = read_window(text, now=NOW, zone=BERLIN)
    query = Query(kpi=slug, window=window, **changes)  # type: ignore[arg-type]
    return measure(session, kpi_of(slug), query, workspace=WORKSPACE, now=NOW)


def judged(answer: Answer) -> list[str]:
    messages = (answer_card(answer, "q1"), receipt_message(answer, "q1"), detail(answer))
    found = [problem for message in messages for problem in check_message(message)]
    return [*found, *(p for message in messages for p in problems({"text": message.text, "blocks": message.blocks}))]


def in_every_view(answer: Answer) -> None:
    assert judged(answer) == []
    assert json.loads(json.dumps(answer_json(answer), allow_nan=False))["n"] == answer.figure.n
    assert list(csv.reader(io.StringIO(answer_csv(answer), newline=""), strict=True))
    assert answer.definition in answer_text(answer)


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_an_empty_store_says_no_data_in_every_view(sqlite_store: Store, kpi):
    with sqlite_store.reading() as session:
        answer = ask(session, kpi.slug)
        assert answer.figure.value is None
        assert answer_text(answer).startswith("n/a")
        in_every_view(answer)


def test_every_kpi_can_be_said_in_every_view_by_splits_and_grains(sqlite_store: Store):
    with sqlite_store.writing() as session:
        fill(session)
        for kpi in KPIS:
            in_every_view(ask(session, kpi.slug))
            for split in kpi.splits[::2]:
                in_every_view(ask(session, kpi.slug, splits=(split,)))
            for grain, text in HOURLY.items():
                in_every_view(ask(session, kpi.slug, text, grain=grain))


def test_text_card_table_json_and_csv_say_one_and_the_same_value(store: Store):
    with store.writing() as session:
        fill(session)
        answer = ask(session, "csat", splits=("category",))
        values = [row.figure.value for row in answer.rows]
        assert (answer.figure.value, answer.figure.n) == (75.0, 20)
        assert "75.0% (95% interval" in answer_text(answer)
        assert answer_card(answer, "q1").blocks[0]["text"]["text"].startswith("75.0% (95% interval")
        assert answer_json(answer)["value"] == 75.0
        assert [row["value"] for row in answer_json(answer)["rows"]] == values
        [table] = [block for block in answer_card(answer, "q1").blocks if block["type"] == "data_table"]
        assert [line[1]["value"] for line in table["rows"][1:]] == values
        lines = list(csv.DictReader(io.StringIO(answer_csv(answer), newline="")))
        assert [float(line["value"]) for line in lines] == values
        assert sum(int(line["n"]) for line in lines) == answer.figure.n


def test_first_responses_are_said_with_what_is_still_to_come(sqlite_store: Store):
    with sqlite_store.writing() as session:
        fill(session)
        text = answer_text(ask(session, "frt"))
    assert text.startswith("10 min · First response time (median)")
    assert "n=30 first responses, calendar hours" in text
    assert "Data as of Wed 18 Nov 2026, 09:55, Europe/Berlin; nothing left out." in text


def test_anybodys_category_is_a_cell_and_never_markup(sqlite_store: Store):
    with sqlite_store.writing() as session:
        fill(session)
        card = answer_card(ask(session, "volume", splits=("category",)), "q1")
    [table] = [block for block in card.blocks if block["type"] == "data_table"]
    assert {line[0]["text"] for line in table["rows"][1:]} == {"cat <0>", "cat <1>", "cat <2>"}
    assert "<" not in card.text
