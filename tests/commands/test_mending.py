"""Typos find the nearest word, and only when one is near."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.mending import CLOSE, mended_in, nearest, replaced
from commands.vocabulary import grammar_words, kpi_names

WORDS = tuple(sorted({*kpi_names(), *grammar_words(), "help", "status", "subscribe"}))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("baklog", "backlog"), ("backlgo", "backlog"), ("csta", "csat"), ("hlep", "help"), ("chanel", "channel"), ("frst", "first")],
)
def test_the_nearest_word_is_found(typed: str, meant: str) -> None:
    assert nearest(typed, WORDS) == meant


@pytest.mark.parametrize("typed", ["", "zzzzzz", "🤷", "q" * 10_000])
def test_of_words_far_off_none_is_taken(typed: str) -> None:
    assert nearest(typed, WORDS) is None


@settings(deadline=None)
@given(st.text(alphabet="abcdefghijklmnoprstuv ", min_size=1, max_size=20))
def test_nothing_nearer_is_overlooked(typed: str) -> None:
    best = max(SequenceMatcher(None, word, typed, autojunk=False).ratio() for word in WORDS)
    found = nearest(typed, WORDS)

    if found is None:
        assert best < CLOSE
    else:
        assert SequenceMatcher(None, found, typed, autojunk=False).ratio() == best


def test_of_equally_near_words_the_first_is_taken() -> None:
    assert nearest("ab", ["abx", "aby"]) == "abx"
    assert nearest("ab", ["aby", "abx"]) == "aby"


def test_swapped_letters_are_nearer_than_others() -> None:
    assert nearest("csta", ["cost", "csat"]) == "csat"


def test_what_was_mended_in_a_part_is_mended_in_the_whole() -> None:
    assert mended_in("baklog > 300 for 30m", "baklog for", "backlog for") == "backlog > 300 for 30m"
    assert mended_in("baklog > 300", "baklog", "back log") == ""


def test_stretches_are_replaced_where_they_stand() -> None:
    said = ["baklog", "by", "taem", "x", "y"]

    assert replaced(said, [(0, 1, "backlog"), (2, 1, "team"), (3, 2, "")]) == "backlog by team"
    assert replaced(said, []) == "baklog by taem x y"
    assert said == ["baklog", "by", "taem", "x", "y"]
