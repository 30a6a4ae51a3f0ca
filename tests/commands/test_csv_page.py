"""The CSV of an answer within a message: whole lines, never a formula, and the way to all of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.kpis import kpi_of
from bot.kpis.answer import Answer, Figure, Row
from bot.kpis.query import Filter, Query
from bot.views.answer_csv import answer_csv
from bot.views.check import check_message
from bot.views.message import Message
from bot.windows import Window
from commands.csv_page import BLOCK, csv_message
from tests.commands.room import NOW, ZONE

WEEK = Window(start=NOW - timedelta(days=7), end=NOW, zone=ZONE, text="last 7 days", label="last week", open=False)


def answer(labels: list[str], **changes: Any) -> Answer:
    """So many categories with a ticket each."""
    query = Query(kpi="volume", window=WEEK, splits=("category",), **changes)
    rows = tuple(Row(labels=(label,), keys=(label,), figure=Figure(value=1.0, n=1)) for label in labels)
    return Answer(
        kpi=kpi_of("volume"),
        query=query,
        figure=Figure(value=float(len(rows)), n=len(rows)),
        window=WEEK,
        clock="calendar",
        profile="articles",
        definition="Tickets created.",
        rows=rows,
        as_of=NOW,
    )


def pages(message: Message) -> list[str]:
    """The text of each block of CSV."""
    return [block["elements"][0]["elements"][0]["text"] for block in message.blocks if block["type"] == "rich_text"]


@pytest.mark.parametrize("count", [1, 2, 30, 400, 2_000])
def test_what_is_shown_is_the_beginning_of_the_file(count: int) -> None:
    whole = answer([f"category {number}" for number in range(count)])
    message = csv_message(whole, "Q")
    lines = answer_csv(whole).splitlines()
    shown = "\n".join(pages(message)).splitlines()

    assert check_message(message) == []
    assert shown == lines[: len(shown)]
    left = len(lines) - len(shown)
    assert (f"The last {left:,} found no room here." in message.text) is (left > 0)
    assert f"{count:,} {'row' if count == 1 else 'rows'}." in message.text


def test_a_line_longer_than_a_block_is_cut_by_the_block_and_harms_no_other() -> None:
    message = csv_message(answer(["x" * (BLOCK * 2), "short"]), "Q")

    assert check_message(message) == []
    assert "short" in pages(message)[-1]


def test_nothing_in_it_is_run_by_a_spreadsheet() -> None:
    assert "'=HYPERLINK" in "".join(pages(csv_message(answer(['=HYPERLINK("http://evil.example")']), "Q")))


def test_the_command_that_writes_the_file_quotes_what_a_shell_would_split() -> None:
    message = csv_message(answer(["a"], filters=(Filter(dimension="team", values=("VIP desk",)),), show="csv"), "Q")

    assert r'cx ask "volume by category last 7 days team:\"VIP desk\"" --csv' in message.text


def test_markup_in_a_label_stays_words() -> None:
    message = csv_message(answer(["<!channel>"]), "Q")

    assert "<!channel>" not in message.text
    assert check_message(message) == []
