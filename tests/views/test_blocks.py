"""Builders keep Slack's limits and let nobody's words become markup."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import blocks
from bot.views.buttons import page_value, read_page, read_run, run_button
from tests.slack_validators import block_problems
from tests.views.answers import HOSTILE
from tests.world import NOW

BUILT = {
    "header": lambda words: blocks.header(words, "id"),
    "section": lambda words: blocks.section(blocks.escape(words), "id"),
    "plain_section": lambda words: blocks.plain_section(words, "id"),
    "fields": lambda words: blocks.fields([blocks.escape(words)] * 12, "id"),
    "context": lambda words: blocks.context([blocks.escape(words)] * 12, "id"),
    "image": lambda words: blocks.image(0, words, "id") | {"slack_file": {"id": "F12345678"}},
    "actions": lambda words: blocks.actions(
        [blocks.button(words, f"a{i}", "v" * 9000, label=words or None) for i in range(30)], "id"
    ),
    "preformatted": lambda words: blocks.preformatted(words, "id"),
}


@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT)
@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_every_builder_takes_any_words_and_stays_within_slacks_limits(build, words):
    clean = words.encode("utf-8", "ignore").decode()
    assert block_problems(build(clean)) == []


@given(st.text())
def test_escaped_words_cannot_call_anyone_or_link_anywhere(words):
    assert "<" not in blocks.escape(words)
    assert ">" not in blocks.escape(words)
    assert blocks.escape(words).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == words


@given(st.text(alphabet="a&<>;| \n"), st.integers(1, 40))
def test_a_cut_never_leaves_half_an_entity_or_half_a_link(words, limit):
    cut = blocks.clip_mrkdwn(blocks.escape(words), limit)
    assert len(cut) <= max(limit, 1)
    rest = cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


def test_a_cut_never_leaves_half_a_date():
    text = f"Data as of {blocks.instant(NOW, 'Wed 18 Nov')}"
    for limit in range(12, len(text)):
        cut = blocks.clip_mrkdwn(text, limit)
        assert cut.count("<") == cut.count(">")


@given(st.text(), st.integers(2, 200))
def test_somebodys_words_become_one_line_that_turns_nothing_around(words, limit):
    line = blocks.one_line(words, limit)
    assert len(line) <= limit
    assert not set(line) & (blocks.TURNING | set("\n\r\t\x00\u2028"))
    line.encode()


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_a_line_can_always_be_sent(words):
    json.dumps(blocks.one_line(words)).encode()


def test_joined_emoji_and_scripts_stay_whole():
    assert blocks.one_line("👩‍👩‍👧‍👦 می‌خواهم") == "👩‍👩‍👧‍👦 می‌خواهم"


def test_an_instant_is_shown_in_each_readers_own_zone_with_a_fallback():
    assert blocks.instant(NOW, "Wed | 10:00") == "<!date^1794992400^{date_short_pretty} at {time}|Wed / 10:00>"


def test_a_typed_command_comes_back_as_it_was():
    assert read_run(run_button("Try", "frt by team | x", 1)["value"]) == "frt by team | x"


@pytest.mark.parametrize("value", ["", "v1", "v1|run", "v1|run|", "v1|run|  ", "v2|run|frt", "v1|tickets|frt", "frt"])
def test_a_value_we_never_wrote_types_nothing(value):
    assert read_run(value) is None


@given(st.text())
def test_any_value_can_be_read_as_a_command_or_as_none(value):
    typed = read_run(value)
    assert typed is None or value.startswith("v1|run|")


@given(st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), st.integers(0, 1_000_000))
def test_a_page_comes_back_as_it_was(query_id, offset):
    assert read_page(page_value(query_id, offset)) == (query_id, offset)
    assert read_page(query_id) == (query_id, 0)


@given(st.text())
def test_any_value_can_be_read_as_a_page_or_as_none(value):
    found = read_page(value)
    assert found is None or (found[0] in value and found[1] >= 0)


@pytest.mark.parametrize(
    "value", ["", "v1|tickets|a|-1", "v1|tickets|a|9" + "9" * 40, "v1|tickets||0", "v1|tickets|a b|0", "v1|tickets|a|²"]
)
def test_a_page_we_never_wrote_is_none(value):
    assert read_page(value) is None


def test_a_very_long_command_is_cut_to_what_a_button_holds():
    assert len(run_button("Try", "x" * 10_000)["value"]) <= blocks.BUTTON_VALUE
