"""The check refuses what Slack would refuse, and what we never want to send."""

from __future__ import annotations

from typing import Any

import pytest

from bot.surveys.answering import LONGEST_COMMENT
from bot.views import blocks
from bot.views.chart_spec import KpiStrip
from bot.views.check import check_message, check_payload, check_view
from bot.views.message import Message
from tests.slack_validators import problems, view_problems

GOOD = blocks.section("Hello", "a")
CHART = KpiStrip(title="t", rows=())
TWO_PICTURES = {
    "type": "image",
    "block_id": "x",
    "alt_text": "a",
    "slack_file": {"id": "F12345678"},
    "image_url": "https://x.example",
}
INPUT = {
    "type": "input",
    "block_id": "words",
    "label": blocks.plain("Words", 24),
    "element": {"type": "plain_text_input", "action_id": "words", "max_length": LONGEST_COMMENT},
}
MODAL = {"type": "modal", "title": blocks.plain("Title", 24), "submit": blocks.plain("Save", 24), "blocks": [INPUT]}


def table(rows: int = 2, columns: int = 2, text: str = "x", kind: str = "data_table", block_id: str = "t") -> dict[str, Any]:
    cells = [[{"type": "raw_text", "text": text}] * columns] * rows
    return {"type": kind, "block_id": block_id, "caption": "c", "rows": cells, "row_header_column_index": 0}


def chart(
    points: int = 2, series: int = 1, title: str = "t", name: str = "new", label: str = "d", block_id: str = "v"
) -> dict[str, Any]:
    categories = [f"{label}{i}" for i in range(points)]
    data = [{"label": category, "value": 1} for category in categories]
    named = [{"name": f"{name}{i}", "data": data} for i in range(series)]
    made = {"type": "line", "series": named, "axis_config": {"categories": categories}}
    return {"type": "data_visualization", "block_id": block_id, "title": title, "chart": made}


def charted(**changes: Any) -> dict[str, Any]:
    return chart() | {"chart": {**chart()["chart"], **changes}}


def pressed(**changes: Any) -> dict[str, Any]:
    return {"type": "actions", "block_id": "x", "elements": [blocks.button("a", "a", "v") | changes]}


def choosing(kind: str, count: int, value: str = "v") -> dict[str, Any]:
    options = [{"text": blocks.plain("x", 9), "value": value}] * count
    return {"type": "actions", "block_id": "x", "elements": [{"type": kind, "action_id": "o", "options": options}]}


def said(*bad: dict[str, Any], text: str = "words") -> str:
    return " | ".join(check_payload({"text": text, "blocks": list(bad)}))


def test_a_good_message_has_no_problems():
    assert check_message(Message(text="Hello", blocks=(GOOD, table(), chart()))) == []
    assert check_message(Message(text="Hello")) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "text is empty"),
        ("   ", "text is empty"),
        ("x" * 4001, "4,001 characters"),
        ("<!channel> hi", "notify everyone"),
        ("<!here|x>", "notify everyone"),
    ],
)
def test_text_is_there_short_enough_and_quiet(text, problem):
    assert problem in said(GOOD, text=text)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ({"type": "marquee", "block_id": "x"}, "a kind we do not send"),
        ({"type": "section", "block_id": "x"}, "neither text nor fields"),
        ({"type": "section", "block_id": "x", "text": {"type": "mrkdwn", "text": ""}}, "text of 0 characters"),
        ({"type": "section", "block_id": "x", "text": {"type": "mrkdwn", "text": "x" * 3001}}, "text of 3001 characters"),
        ({"type": "section", "block_id": "x", "fields": [blocks.mrkdwn("x", 9)] * 11}, "11 fields"),
        ({"type": "section", "block_id": "x", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}, "text of 2001 characters"),
        (GOOD | {"accessory": {"type": "button"}}, "needs an action_id"),
        ({"type": "header", "block_id": "x", "text": blocks.mrkdwn("x", 9)}, "expected plain_text"),
        ({"type": "header", "block_id": "x", "text": {"type": "plain_text", "text": "x" * 151}}, "text of 151"),
        ({"type": "context", "block_id": "x", "elements": []}, "0 elements"),
        ({"type": "context", "block_id": "x", "elements": [blocks.mrkdwn("x", 9)] * 11}, "11 elements"),
        ({"type": "actions", "block_id": "x", "elements": [blocks.button("a", f"a{i}", "v") for i in range(26)]}, "26 elements"),
        ({"type": "actions", "block_id": "x", "elements": [blocks.button("a", "same", "v")] * 2}, "'same' stands 2 times"),
        (pressed(value="v" * 2001), "value is longer"),
        (pressed(style="green"), "style 'green'"),
        (pressed(disabled=True), "cannot be disabled"),
        (pressed(accessibility_label="x" * 76), "longer than 75"),
        (choosing("overflow", 6), "6 options"),
        (choosing("radio_buttons", 11), "11 options"),
        (choosing("static_select", 1, "v" * 151), "value has 1 to 150"),
        ({"type": "image", "block_id": "x", "slack_file": {"id": "F1"}}, "alt_text"),
        ({"type": "image", "block_id": "x", "alt_text": "a"}, "exactly one of"),
        (TWO_PICTURES, "exactly one of"),
        ({"type": "rich_text", "block_id": "x", "elements": []}, "no elements"),
        (blocks.rich_text([{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}], "x"), "an empty text"),
        ({"type": "divider", "block_id": "x", "text": "y"}, "text has no place here"),
        ({"type": "markdown", "block_id": "x", "text": "x" * 12_001}, "12,000"),
        (table(rows=1), "1 rows"),
        (table(rows=102), "102 rows"),
        (table(columns=21), "same width"),
        (table(text=""), "an empty cell"),
        (table(rows=101, text="x" * 60), "more than 10,000"),
        (table() | {"caption": ""}, "a caption"),
        (table() | {"rows": [[{"type": "raw_text", "text": "x"}], [{"type": "raw_text", "text": "x"}] * 2]}, "same width"),
        (chart(points=21), "21 categories"),
        (chart(series=7), "7 series"),
        (chart(title="x" * 51), "a title"),
        (chart(name="x" * 20), "a name of"),
        (chart(label="x" * 20), "a name of"),
        (charted(series=[{"name": "a", "data": []}]), "one point for each"),
        (charted(axis_config={"categories": ["d0", "d1"], "x_label": "x" * 51}), "x_label is longer"),
        (INPUT, "input cannot be in a message"),
        ({"type": "alert", "block_id": "x", "text": blocks.plain("x", 9)}, "alert cannot be in a message"),
        (GOOD | {"block_id": "x" * 256}, "block_id is longer"),
        ({"type": "section", "text": blocks.plain("x", 9)}, "has no block_id"),
        ({"type": "section", "block_id": "x", "text": {"type": "mrkdwn", "text": "<!everyone>"}}, "notify everyone"),
    ],
)  # fmt: skip
def test_a_bad_block_is_refused_with_its_reason(bad, problem):
    assert problem in said(bad)


def test_what_holds_between_blocks():
    assert "stands 2 times" in said(GOOD, GOOD)
    assert "51 blocks" in said(*(blocks.section("x", str(i)) for i in range(51)))
    assert "2 tables" in said(table(), table(kind="table", block_id="u"))
    assert "3 native charts" in said(chart(), chart(block_id="w"), chart(block_id="x"))
    assert said(chart(), chart(block_id="w"), table()) == ""


def test_every_placeholder_has_its_chart_and_every_chart_its_placeholder():
    one = blocks.image(0, "alt", "i")
    assert check_message(Message(text="x", blocks=(one,), charts=(CHART,))) == []
    for message in (
        Message(text="x", blocks=(one,)),
        Message(text="x", charts=(CHART,)),
        Message(text="x", blocks=(blocks.image(1, "alt", "i"),), charts=(CHART,)),
        Message(text="x", blocks=(one, blocks.image(0, "alt", "j")), charts=(CHART,)),
    ):
        assert "charts, but places for" in " ".join(check_message(message))


def test_a_good_view_has_no_problems():
    assert check_view(MODAL) == []
    assert view_problems(MODAL) == []
    assert check_view({"type": "home", "blocks": [GOOD, chart()]}) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"type": "page"}, "a modal or a home"),
        ({"title": blocks.plain("x" * 25, 30)}, "title must be plain text"),
        ({"title": None}, "title is missing"),
        ({"submit": {"type": "mrkdwn", "text": "x"}}, "submit must be plain text"),
        ({"private_metadata": "x" * 3001}, "private_metadata"),
        ({"blocks": [blocks.section("x", str(i)) for i in range(101)]}, "101 blocks"),
        ({"blocks": [chart()]}, "data_visualization cannot be in this view"),
        ({"blocks": [table()]}, "data_table cannot be in this view"),
        ({"blocks": [blocks.section("x" * 2999, str(i)) for i in range(99)]}, "250,000 bytes"),
        ({"blocks": [INPUT | {"label": blocks.mrkdwn("x", 9)}]}, "expected plain_text"),
        ({"blocks": [INPUT | {"hint": blocks.mrkdwn("x", 9)}]}, "expected plain_text"),
    ],
)
def test_a_bad_modal_is_refused_with_its_reason(changes, problem):
    assert problem in " | ".join(check_view(MODAL | changes))


def test_a_modal_with_inputs_needs_a_way_to_submit():
    assert "needs submit" in " | ".join(check_view({key: value for key, value in MODAL.items() if key != "submit"}))


def test_an_alert_belongs_into_a_modal_only():
    alert = {"type": "alert", "block_id": "x", "text": blocks.plain("Careful", 20)}
    assert check_view(MODAL | {"blocks": [alert]}) == []
    assert "alert cannot be in this view" in check_view({"type": "home", "blocks": [alert]})


@pytest.mark.parametrize(
    ("bad", "judge"),
    [
        ({"type": "header", "block_id": "x", "text": {"type": "plain_text", "text": "x" * 151}}, "slack_sdk"),
        ({"type": "header", "block_id": "x", "text": {"type": "plain_text", "text": "x" * 151}}, "slackblocks"),
        ({"type": "header", "block_id": "x", "text": {"type": "mrkdwn", "text": "x"}}, "types"),
        ({"type": "section", "block_id": "x", "text": blocks.plain("x", 9), "colour": "red"}, "types"),
        (TWO_PICTURES, "slackblocks"),
        (chart(points=21), "slackblocks"),
        (table(text=""), "sandbox"),
        (table(columns=21), "slackblocks"),
    ],
)  # fmt: skip
def test_the_foreign_judges_judge(bad, judge):
    assert any(judge in problem for problem in problems({"text": "x", "blocks": [bad]}))


def test_the_foreign_judges_take_what_is_good():
    assert (
        problems({"text": "x", "blocks": [GOOD, table(), chart(), blocks.image(0, "alt", "i"), blocks.preformatted("x", "p")]})
        == []
    )
