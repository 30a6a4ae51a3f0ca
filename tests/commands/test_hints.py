"""A hint says what is wrong and how to go on, whatever was typed into it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadRequest, NotReady
from bot.views.buttons import LONGEST_TYPED, read_run
from bot.views.check import check_message
from commands.hints import MOST, hint, hint_message, refused
from tests.commands.room import buttons, said, typed


def test_each_suggestion_is_a_button_that_types_it() -> None:
    reply = hint("I don't know *baklog*.", "Did you mean *backlog*?", ("backlog", "backlog last 7 days"))

    assert said(reply) == "I don't know *baklog*. Did you mean *backlog*?\n`/cx backlog`\n`/cx backlog last 7 days`"
    assert [read_run(str(one["value"])) for one in buttons(reply)] == ["backlog", "backlog last 7 days"]
    assert [one["action_id"] for one in buttons(reply)] == ["run:0", "run:1"]


def test_suggestions_are_few_different_and_not_empty() -> None:
    assert typed(hint("x", "", ("a", "a", " ", "b", "c", "d", "e", "f"))) == ["a", "b", "c", "d", "e"]
    assert MOST == 5
    assert buttons(hint("x")) == []


def test_a_suggestion_too_long_for_a_button_is_none() -> None:
    assert typed(hint("x", "", ("y" * (LONGEST_TYPED + 1), "backlog"))) == ["backlog"]


def test_an_error_is_told_with_what_is_still_true_and_what_to_do() -> None:
    error = NotReady("The store is being filled.", still_true="Nothing is lost.", next_step="Ask again in a minute.")

    assert said(refused(error)) == "The store is being filled. Nothing is lost. Ask again in a minute."
    assert said(refused(BadRequest("No."))) == "No."


@pytest.mark.parametrize("words", ["<!channel>", "<@U1>", "<https://evil.example|click>", "&lt;!here&gt;", "<!subteam^S1>"])
def test_what_was_typed_never_comes_back_as_markup(words: str) -> None:
    message = hint_message(words, words, (words,))

    assert "<" not in message.text
    assert check_message(message) == []


@settings(deadline=None)
@given(st.text(min_size=1).filter(str.strip), st.text(), st.lists(st.text(max_size=3_000), max_size=8))
def test_slack_takes_any_hint(says: str, step: str, suggestions: list[str]) -> None:
    assert check_message(hint_message(says, step, suggestions)) == []


def test_a_very_long_hint_is_cut_not_refused() -> None:
    message = hint_message("x" * 10_000, "y" * 10_000, ["z" * 1_500] * 5)

    assert check_message(message) == []
    assert message.text.startswith("xxx")
