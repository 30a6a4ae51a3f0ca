"""What waits: unanswered, overdue, unassigned and oldest, from the words to the tickets and the CSV."""

from __future__ import annotations

import csv
import io
import re

import pytest

from bot.store.workspace import Workspace
from tests.commands.room import LENA, Room, buttons, said, typed
from tests.kpis.office import say

WAITING = ("backlog unanswered", "backlog overdue", "backlog unassigned", "overdue longer than 3 days", "unanswered overdue")


def numbers(text: str) -> list[str]:
    return re.findall(r"^#(\S+)", text, re.M)


@pytest.mark.parametrize("question", WAITING)
def test_the_tickets_button_pages_through_exactly_what_was_counted(town: Room, question: str) -> None:
    answer = town.type(f"{question} at 2026-03-20", LENA)
    wanted = say(town.store, f"{question} at 2026-03-20", now=town.now, workspace=town.workspace).figure.n
    found: list[str] = []
    page = town.press(answer, "tickets")
    while True:
        found += numbers(said(page))
        if not any(one["action_id"].endswith(":next") for one in buttons(page)):
            break
        page = town.press(page, "tickets:next")

    assert wanted > 0
    assert len(found) == wanted
    assert f"of {wanted} ·" in said(page)


@pytest.mark.parametrize("question", WAITING)
def test_the_rows_of_a_split_and_of_its_csv_add_up_to_the_number(town: Room, question: str) -> None:
    told = say(town.store, f"{question} by team", now=town.now, workspace=town.workspace)
    rows = [*csv.DictReader(io.StringIO(csv_of(said(town.type(f"{question} by team as csv")))))]

    assert sum(row.figure.n for row in told.rows) == told.figure.n
    assert sum(int(row["n"]) for row in rows) == told.figure.n


def csv_of(text: str) -> str:
    """The lines between the fences."""
    lines = text.splitlines()
    begun = next(place for place, line in enumerate(lines) if line.count(",") >= 2)
    return "\n".join(line for line in lines[begun:] if line.count(",") >= 2)


def test_the_receipt_says_what_the_words_mean(town: Room) -> None:
    told = said(town.type("unanswered"))

    assert "no human had replied by then" in told
    assert "Ask again: /cx backlog last 14 days including today unanswered" in told
    assert "still not fulfilled by then" in said(town.type("overdue"))


@pytest.mark.parametrize("question", ["volume unanswered", "frt overdue", "solved overdue last week"])
def test_only_what_stands_open_can_wait(town: Room, question: str) -> None:
    told = town.type(question)

    assert "only a backlog can be asked for them" in said(told)
    assert typed(told)


@pytest.mark.parametrize("question", ["oldest", "oldest open tickets", "show me the oldest tickets", "backlog as tickets"])
def test_the_oldest_are_shown_oldest_first(town: Room, question: str) -> None:
    page = town.type(question)
    behind = town.press(town.type("backlog"), "tickets")

    assert numbers(said(page)) == numbers(said(behind))
    assert page.names_people
    assert any(one["action_id"].endswith(":next") for one in buttons(page))
    further = town.press(page, "tickets:next")
    assert not set(numbers(said(further))) & set(numbers(said(page)))


def test_the_oldest_may_be_narrowed_down(town: Room) -> None:
    wanted = say(town.store, "backlog overdue channel:email", now=town.now, workspace=town.workspace).figure.n

    assert f"of {wanted} ·" in said(town.type("oldest overdue email tickets"))


def test_what_was_entered_has_no_tickets_to_show(town: Room) -> None:
    assert "not of tickets" in said(town.type("churn as tickets last month"))


def test_a_stock_of_before_is_counted_as_it_stood_then(town: Room) -> None:
    workspace = Workspace(zone="Europe/Berlin")
    series = say(town.store, "overdue 2026-03-10 to 2026-03-14", now=town.now, workspace=workspace)
    alone = [say(town.store, f"overdue 2026-03-{day}", now=town.now, workspace=workspace).figure.n for day in range(10, 15)]

    assert [step.figure.n for step in series.series] == alone
    assert len(set(alone)) > 1, "a level that never moves shows nothing"
