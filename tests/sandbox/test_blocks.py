"""What a message and a view may hold: each limit at its edge and one beyond, and the rules between blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.blocks import check_message, check_view
from tests.sandbox.conftest import actions, ask, button, modal, mrkdwn, plain

Block = dict[str, Any]


def section(text: str = "x", **fields: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **fields}


def option(value: str = "1", text: str = "x", **fields: Any) -> Block:
    return {"text": plain(text), "value": value, **fields}


def select(count: int = 1, **fields: Any) -> Block:
    return {"type": "static_select", "action_id": "s", "options": [option(str(n)) for n in range(count)], **fields}


def image(alt: str = "x", **fields: Any) -> Block:
    return {"type": "image", "alt_text": alt, **(fields or {"image_url": "https://example.com/a.png"})}


def cell(text: str = "x") -> Block:
    return {"type": "raw_text", "text": text}


def table(rows: int = 1, columns: int = 1, **fields: Any) -> Block:
    return {"type": "table", "rows": [[cell()] * columns] * rows, **fields}


def data_table(rows: int = 2, columns: int = 1, **fields: Any) -> Block:
    return {"type": "data_table", "caption": "x", "rows": [[cell()] * columns] * rows, **fields}


def axes(kind: str = "line", series: int = 1, points: int = 2, **axis: Any) -> Block:
    names = [str(n) for n in range(points)]
    data = [{"label": name, "value": 1} for name in names]
    drawn = [{"name": f"s{n}", "data": data} for n in range(series)]
    return {
        "type": "data_visualization",
        "title": "x",
        "chart": {"type": kind, "series": drawn, "axis_config": {"categories": names, **axis}},
    }


def pie(count: int = 1, value: float = 1) -> Block:
    return {
        "type": "data_visualization",
        "title": "x",
        "chart": {"type": "pie", "segments": [{"label": str(n), "value": value} for n in range(count)]},
    }


def boxes(kind: str, count: int) -> Block:
    return {"type": kind, "action_id": "b", "options": [option(str(n)) for n in range(count)]}


def pointers(message: Block) -> list[str]:
    return [problem.pointer for problem in check_message(message)]


def problems(*blocks: Block) -> list[str]:
    return [str(problem) for problem in check_message({"text": "x", "blocks": list(blocks)})]


LIMITS: list[tuple[str, Callable[[int], Block], int]] = [
    ("section text", lambda n: section("x" * n), 3000),
    ("section fields", lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}, 10),
    ("field", lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]}, 2000),
    ("header", lambda n: {"type": "header", "text": plain("x" * n)}, 150),
    ("markdown", lambda n: {"type": "markdown", "text": "x" * n}, 12_000),
    ("context elements", lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}, 10),
    ("actions elements", lambda n: actions(*[button(f"a{i}") for i in range(n)]), 25),
    ("button text", lambda n: actions(button(text=plain("x" * n))), 75),
    ("button value", lambda n: actions(button(value="x" * n)), 2000),
    ("button url", lambda n: actions(button(url="x" * n)), 3000),
    ("button label", lambda n: actions(button(accessibility_label="x" * n)), 75),
    ("action_id", lambda n: actions(button("x" * n)), 255),
    ("block_id", lambda n: actions(button(), block_id="x" * n), 255),
    ("select options", lambda n: actions(select(n)), 100),
    ("option text", lambda n: actions(select(options=[option(text="x" * n)])), 75),
    ("option value", lambda n: actions(select(options=[option("x" * n)])), 150),
    ("overflow options", lambda n: section(accessory={"type": "overflow", "options": [option(str(i)) for i in range(n)]}), 5),
    ("checkboxes", lambda n: actions(boxes("checkboxes", n)), 10),
    ("radio buttons", lambda n: actions(boxes("radio_buttons", n)), 10),
    ("alt_text", lambda n: image("x" * n), 2000),
    ("image title", lambda n: image(image_url="https://x", title=plain("x" * n)), 2000),
    ("image url", lambda n: image(image_url="x" * n), 3000),
    ("table rows", lambda n: table(n), 100),
    ("table columns", lambda n: table(1, n), 20),
    ("data_table rows", lambda n: data_table(n), 101),
    ("data_table columns", lambda n: data_table(2, n), 20),
    ("data_table page_size", lambda n: data_table(page_size=n), 100),
    ("chart title", lambda n: pie() | {"title": "x" * n}, 50),
    ("chart series", lambda n: axes(series=n), 6),
    ("chart points", lambda n: axes(points=n), 20),
    ("chart x_label", lambda n: axes(x_label="x" * n), 50),
    ("chart y_label", lambda n: axes(y_label="x" * n), 50),
    ("pie segments", lambda n: pie(n), 6),
    ("card body", lambda n: {"type": "card", "body": mrkdwn("x" * n)}, 200),
    ("card buttons", lambda n: {"type": "card", "actions": [button(f"a{i}") for i in range(n)]}, 3),
    ("carousel", lambda n: {"type": "carousel", "elements": [{"type": "card", "title": mrkdwn("x")}] * n}, 10),
    ("container", lambda n: {"type": "container", "child_blocks": [{"type": "divider"}] * n}, 10),
    (
        "context_actions",
        lambda n: {
            "type": "context_actions",
            "elements": [{"type": "icon_button", "icon": "trash", "text": plain("x"), "action_id": f"a{i}"} for i in range(n)],
        },
        5,
    ),
]


@pytest.mark.parametrize(("build", "most"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_a_limit_holds_at_its_edge_and_not_one_beyond(build: Callable[[int], Block], most: int) -> None:
    assert problems(build(most)) == []
    assert problems(build(most + 1)) != []


def test_a_message_holds_fifty_blocks_and_a_view_a_hundred() -> None:
    divider = {"type": "divider"}
    assert problems(*[divider] * 50) == []
    assert problems(*[divider] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert check_view({"type": "home", "blocks": [divider] * 100}) == []
    assert check_view({"type": "home", "blocks": [divider] * 101}) != []


@pytest.mark.parametrize(
    "block",
    [
        section(""),
        {"type": "section"},
        {"type": "section", "fields": []},
        {"type": "header", "text": mrkdwn("x")},
        {"type": "header"},
        {"type": "image", "image_url": "https://x"},
        image(image_url="https://x", slack_file={"id": "F1"}),
        image(alt="x", title=plain("no source")),
        image(slack_file={"id": "F1", "url": "https://x"}),
        actions(),
        actions(button(style="green")),
        actions(button(disabled=True)),
        actions(button(text=mrkdwn("x"))),
        actions({"type": "button", "action_id": "x"}),
        actions({"type": "plain_text_input", "action_id": "x"}),
        actions(select(option_groups=[])),
        actions(select(initial_option=option("other"))),
        actions({"type": "datepicker", "action_id": "x", "initial_date": "2026-1-1"}),
        {"type": "context", "elements": [button()]},
        {"type": "input", "label": plain("x"), "element": {"type": "plain_text_input", "action_id": "x"}},
        {"type": "alert", "text": mrkdwn("x")},
        {"type": "no_such_block"},
        {"text": "no type"},
        section(colour="red"),
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
        table() | {"rows": [[cell("")]]},
        table() | {"rows": [[{"type": "raw_number", "value": "1", "text": "1"}]]},
        table() | {"rows": [[{"type": "raw_number", "value": True, "text": "1"}]]},
        table(column_settings=[{"align": "middle"}]),
        data_table() | {"caption": ""},
        data_table(1),
        data_table() | {"rows": [[cell()], [cell(), cell()]]},
        data_table() | {"rows": [[{"type": "rich_text", "elements": []}], [cell()]]},
        data_table() | {"rows": [[cell()], [cell("x" * 10_000)]]},
        axes("scatter"),
        axes() | {"chart": axes()["chart"] | {"axis_config": {"categories": ["0", "other"]}}},
        axes() | {"chart": axes()["chart"] | {"axis_config": {"categories": ["0"]}}},
        pie(value=0),
        pie(value=-1),
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "shout", "text": "x"}]}]},
        {"type": "rich_text", "elements": [{"type": "text", "text": "x"}]},
    ],
)
def test_what_slack_would_refuse_is_refused(block: Block) -> None:
    assert problems(block) != []


@pytest.mark.parametrize(
    "block",
    [
        section(accessory=button()),
        section(accessory=image()),
        image(slack_file={"id": "F1"}),
        image(slack_file={"url": "https://files.example/x"}),
        table(column_settings=[None, {"align": "right", "is_wrapped": True}]),
        table() | {"rows": [[cell(), {"type": "raw_number", "value": 1.5, "text": "1.5"}]]},
        data_table(row_header_column_index=0),
        *[axes(kind, 6, 20) for kind in ("line", "bar", "area")],
        pie(6),
        actions({"type": "timepicker", "action_id": "t"}, {"type": "users_select", "action_id": "u"}),
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "f",
                    "positive_button": {"text": plain("+"), "value": "1"},
                    "negative_button": {"text": plain("-"), "value": "0"},
                }
            ],
        },
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]}
                    ],
                }
            ],
        },
        actions(select(option_groups=None)),
    ],
)
def test_what_slack_takes_is_taken(block: Block) -> None:
    assert problems(block) == []


def test_the_same_action_id_twice_in_one_row_is_refused() -> None:
    assert problems(actions(button("a"), button("a"))) == ["action_id `a` already exists [json-pointer:/blocks/0/elements]"]
    assert problems(actions(button("a"), block_id="one"), actions(button("a"), block_id="two")) == []


def test_the_same_block_id_twice_is_refused_containers_included() -> None:
    assert problems(section(block_id="a"), section(block_id="a")) == ["block_id `a` already exists [json-pointer:/blocks]"]
    inside = {"type": "container", "child_blocks": [section(block_id="a")]}
    assert problems(section(block_id="a"), inside) != []


def test_one_table_and_two_charts_are_the_most() -> None:
    found = check_message({"text": "x", "blocks": [table(), table()]})
    assert [(problem.code, problem.says) for problem in found] == [("invalid_attachments", "only_one_table_allowed")]
    assert problems(pie(), pie()) == []
    assert problems(pie(), pie(), pie()) != []


def test_tables_in_attachments_count_too() -> None:
    message = {"text": "x", "blocks": [table()], "attachments": [{"blocks": [table()]}]}
    assert [problem.code for problem in check_message(message)] == ["invalid_attachments"]
    assert check_message({"text": "x", "attachments": [{"blocks": [table()]}]}) == []
    assert (
        check_message({"text": "x", "attachments": [{"blocks": [{"type": "nope"}]}]})[0].pointer == "/attachments/0/blocks/0/type"
    )


def test_markdown_counts_over_the_whole_message() -> None:
    half = {"type": "markdown", "text": "x" * 6000}
    assert problems(half, half) == []
    assert problems(half, half, {"type": "markdown", "text": "x"}) != []


def test_block_types_that_have_not_arrived_are_unknown() -> None:
    assert (
        check_message({"blocks": [pie()]}, missing=frozenset({"data_visualization"}))[0].says
        == "unsupported type: data_visualization"
    )


def test_the_pointer_names_the_very_spot() -> None:
    blocks = [section(), actions(button("a"), button("b", text=plain("x" * 76)))]
    assert pointers({"blocks": blocks}) == ["/blocks/1/elements/1/text/text"]


def test_blocks_must_be_a_list_of_objects() -> None:
    assert check_message({"blocks": "[{]"}) != []
    assert check_message({"blocks": ["x", 1, None]}) != []
    assert check_message({"blocks": {"type": "section"}}) != []


@pytest.mark.parametrize("field", ["title", "submit", "close"])
def test_a_views_words_are_short(field: str) -> None:
    assert check_view(modal(ask(), **{field: plain("x" * 24)})) == []
    assert [p.pointer for p in check_view(modal(ask(), **{field: plain("x" * 25)}))] == [f"/view/{field}/text"]


def test_a_modal_needs_a_title_and_with_inputs_a_submit() -> None:
    assert check_view({"type": "modal", "blocks": []}) != []
    assert check_view({"type": "modal", "title": plain("x"), "blocks": [ask()]}) != []
    assert check_view({"type": "modal", "title": plain("x"), "blocks": [section()]}) == []


def test_private_metadata_has_its_limit() -> None:
    assert check_view(modal(ask(), private_metadata="x" * 3000)) == []
    assert check_view(modal(ask(), private_metadata="x" * 3001)) != []


def test_surfaces_differ() -> None:
    alert = {"type": "alert", "level": "info", "text": mrkdwn("x")}
    assert check_view(modal(alert, ask())) == []
    assert check_view({"type": "home", "blocks": [alert]}) != []
    assert check_view({"type": "home", "blocks": [pie(), data_table()]}) == []
    assert check_view(modal(pie())) != []
    assert check_view(modal(table())) != []
    assert check_view(modal(alert | {"level": "loud"})) != []


@pytest.mark.parametrize(
    "kind", ["email_text_input", "url_text_input", "rich_text_input", "datetimepicker", "multi_users_select"]
)
def test_inputs_of_every_kind_stand_in_modals(kind: str) -> None:
    assert check_view(modal(ask() | {"element": {"type": kind, "action_id": "a"}})) == []


def test_a_number_input_says_whether_decimals_are_allowed() -> None:
    number = {"type": "number_input", "action_id": "n"}
    assert check_view(modal(ask() | {"element": number})) != []
    assert check_view(modal(ask() | {"element": number | {"is_decimal_allowed": True, "min_value": "0"}})) == []


NAMES = st.sampled_from(["type", "text", "elements", "rows", "chart", "series", "options", "accessory", "fields", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from(
    ["section", "actions", "image", "table", "data_table", "data_visualization", "container", "rich_text", "context"]
)


@given(
    st.lists(
        st.builds(lambda kind, rest: {**rest, "type": kind}, KINDS, st.dictionaries(st.text(max_size=8), JSON, max_size=3)),
        max_size=3,
    )
)
def test_no_nonsense_makes_the_check_itself_stumble(blocks: list[Block]) -> None:
    for found in (check_message({"blocks": blocks}), check_view(modal(*blocks))):
        assert all(problem.pointer.startswith(("/blocks", "/view")) for problem in found)


@given(JSON)
def test_anything_at_all_may_be_handed_to_the_check(thing: Any) -> None:
    assert isinstance(check_message({"blocks": [thing]}), list)
    assert isinstance(check_message({"blocks": thing, "attachments": thing}), list)
