"""What buttons carry must be read for as long as a message may lie around, and must never upset whoever reads it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.words import SurveyKind
from bot.surveys.wire import Pressed, hash_token, new_token, read, write

TOKENS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", min_size=22, max_size=22)

# Values as they lie in people's messages. Lines are only ever added.
SENT_LONG_AGO = [
    ("v1|csat|AAAAAAAAAAAAAAAAAAAAAA|4", Pressed(survey=SurveyKind.CSAT, token="A" * 22, score=4)),
    ("v1|ces|abc_DEF-123_456-789_00|10", Pressed(survey=SurveyKind.CES, token="abc_DEF-123_456-789_00", score=10)),
    ("v1|nps|0000000000000000000000|0", Pressed(survey=SurveyKind.NPS, token="0" * 22, score=0)),
    ("v1|csat|AAAAAAAAAAAAAAAAAAAAAA|", Pressed(survey=SurveyKind.CSAT, token="A" * 22)),
]

NEVER_OURS = [
    "",
    "v1",
    "v1|csat",
    "v1|csat|short|4",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAAA",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAAA|4|",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAAA|4\n",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAAA|four",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAAA|4.0",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAAA|٤",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAAA|99999999999999999999999",
    "v1|CSAT|AAAAAAAAAAAAAAAAAAAAAA|4",
    "v1|other|AAAAAAAAAAAAAAAAAAAAAA|4",
    "v2|csat|AAAAAAAAAAAAAAAAAAAAAA|4",
    "v1|csat|AAAAAAAAAAAAAAAAAAAAA'|4",
    " v1|csat|AAAAAAAAAAAAAAAAAAAAAA|4",
]


@pytest.mark.parametrize(("value", "pressed"), SENT_LONG_AGO)
def test_every_value_ever_sent_is_still_understood(value: str, pressed: Pressed) -> None:
    assert read(value) == pressed


@pytest.mark.parametrize("value", NEVER_OURS)
def test_what_we_never_wrote_is_nothing(value: str) -> None:
    assert read(value) is None


@given(st.sampled_from(SurveyKind), TOKENS, st.one_of(st.none(), st.integers(min_value=-99, max_value=999)))
def test_what_is_written_is_read_back(survey: SurveyKind, token: str, score: int | None) -> None:
    pressed = Pressed(survey=survey, token=token, score=score)
    assert read(write(pressed)) == pressed


@given(st.text())
def test_reading_never_raises(value: str) -> None:
    pressed = read(value)
    assert pressed is None or read(write(pressed)) == pressed


@given(st.text(alphabet="v1|csatnpe0123456789-AZ_", max_size=40))
def test_reading_what_looks_like_ours_never_raises(value: str) -> None:
    pressed = read(value)
    assert pressed is None or len(pressed.token) == 22


def test_tokens_hold_128_bits_and_are_never_the_same() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in tokens)


def test_a_hash_does_not_show_the_token() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", hash_token("A" * 22))
    assert "AAAA" not in hash_token("A" * 22)
    assert hash_token("A" * 22) != hash_token("A" * 21 + "B")


def test_even_half_a_surrogate_can_be_looked_up() -> None:
    assert len(hash_token("\ud800")) == 64
