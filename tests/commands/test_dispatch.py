"""Every word that is no command is a question about a number, and every bare `/cx` the snapshot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import COMMANDS, dispatch


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("", "snapshot", ""),
        ("   ", "snapshot", ""),
        ("\u200b", "snapshot", ""),
        ("/cx", "snapshot", ""),
        ("cx", "snapshot", ""),
        ("help", "help", ""),
        ("HELP frt", "help", "frt"),
        ("?", "help", ""),
        ("help!", "help", ""),
        ("“help” frt", "help", "frt"),
        ("/cx help frt", "help", "frt"),
        ("backlog", "ask", "backlog"),
        ("ask backlog", "ask", "backlog"),
        ("cost 5 for Oct", "cost", "5 for Oct"),
        ("cost per ticket", "ask", "cost per ticket"),
        ("customers 5", "customers", "5"),
        ("customer churn last year", "ask", "customer churn last year"),
        ("list", "list", ""),
        ("now", "snapshot", ""),
        ("status", "status", ""),
        ("status:open backlog", "ask", "status:open backlog"),
        ("by status backlog", "ask", "by status backlog"),
        ("volume by customers", "ask", "volume by customers"),
        ("define frt", "define", "frt"),
        ("unsubscribe", "unsubscribe", ""),
        ("xyzzy", "ask", "xyzzy"),
        ("<@U1|x>", "ask", "<@U1>"),
    ],
)
def test_the_first_word_decides(text: str, word: str, rest: str) -> None:
    command, left = dispatch(text)

    assert (command.word, left) == (word, rest)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_command(text: str) -> None:
    command, _ = dispatch(text)

    assert command in COMMANDS


@settings(deadline=None)
@given(st.integers(0, 2_000))
def test_a_name_of_ours_before_it_changes_nothing(times: int) -> None:
    assert dispatch("/cx " * times + "help")[0].word in ("help", "ask", "snapshot")


def test_no_two_commands_claim_a_word() -> None:
    words = [word for command in COMMANDS for word in (command.word, *command.also)]

    assert len(words) == len(set(words))
