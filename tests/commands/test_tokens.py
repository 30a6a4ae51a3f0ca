"""From what was typed, or Slack made of it, to plain words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.tokens import MOST_CHARACTERS, MOST_WORDS, bare, plain, values, words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  backlog \t by\nteam ", "backlog by team"),
        ("ｂａｃｋｌｏｇ", "backlog"),
        ("“VIP desk” ‘x’ «y»", '"VIP desk" \'x\' "y"'),
        ("1–15 Oct — now − 1 non‑breaking", "1-15 Oct - now - 1 non-breaking"),
        ("last\u00a030\u202fdays", "last 30 days"),
        ("back\u200blog \u202ebidi\u202c \ufeffbom \x00nul \x1besc", "backlog bidi bom nul esc"),
        ("R&amp;D &lt;b&gt;", "R&D <b>"),
        ("&amp;lt;", "<"),
        ("<@U123|ana> <@W9> <#C456|general> <!here|here>", "<@U123> <@W9> <#C456> <!here>"),
        ("<https://example.com/a|example> <https://example.com/b> <mailto:a@b.c|a@b.c>", "example https://example.com/b a@b.c"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("ﬁrst", "first"),
        ("", ""),
        ("\u200b\u200b", ""),
    ],
)
def test_text_becomes_plain(typed: str, meant: str) -> None:
    assert plain(typed) == meant


def test_long_text_is_cut() -> None:
    assert len(plain("x" * 10_000)) == MOST_CHARACTERS
    assert len(plain("ﷺ" * 10_000)) <= MOST_CHARACTERS
    assert len(words("a " * 1_000)) == MOST_WORDS


@settings(deadline=None)
@given(st.text(max_size=300))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_plain_text_is_one_line_of_seen_characters(text: str) -> None:
    assert plain(text).isprintable()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("backlog by team", ["backlog", "by", "team"]),
        ('team:"VIP desk" now', ['team:"VIP desk"', "now"]),
        ('an open "quote runs on', ["an", "open", '"quote runs on']),
        ("Ann's team", ["Ann's", "team"]),
        ('say "a ""b"" c" d', ["say", '"a ""b"" c"', "d"]),
        ('""', ['""']),
        ("", []),
    ],
)
def test_quotes_hold_words_together(text: str, found: list[str]) -> None:
    assert words(text) == found


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_character_but_spaces_is_lost_between_words(text: str) -> None:
    said = plain(text)
    if len(said.split()) <= MOST_WORDS:
        assert "".join(words(said)).replace(" ", "") == said.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("email", ("email",)),
        ("email,chat", ("email", "chat")),
        ('"VIP desk",billing', ("VIP desk", "billing")),
        ('"a, b",c', ("a, b", "c")),
        ('"say ""hi"""', ('say "hi"',)),
        (",,a,,", ("a",)),
        ("email?", ("email",)),
        ('"Really?"', ("Really?",)),
        ('"open', ("open",)),
        ("", ()),
        ('""', ()),
        (" , ", ()),
    ],
)
def test_values_stand_between_commas(text: str, found: tuple[str, ...]) -> None:
    assert values(text) == found


@pytest.mark.parametrize(
    ("word", "meant"), [("Backlog?", "backlog"), ("*CSAT*,", "csat"), ("(frt)", "frt"), ("?!", ""), ("p90.", "p90")]
)
def test_punctuation_around_a_word_says_nothing(word: str, meant: str) -> None:
    assert bare(word) == meant
