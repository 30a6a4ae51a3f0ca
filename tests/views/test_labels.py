"""Labels are hostile until they are cleaned."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.labels import LIMIT, NAMELESS, clean, count_text, cut, finite, sentence


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Password reset", "Password reset"),
        ("  two\n\tlines\r\n here ", "two lines here"),
        ("a\ud800b", "ab"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("nul\x00bell\x07", "nulbell"),
        ("🔥 fire 👨‍👩‍👧", "fire"),
        ("heart ❤️", "heart"),
        ("5 ★ and ✓", "5 ★ and ✓"),
        ("$\\frac$ 5", "$\\frac$ 5"),
        ("e\u0301te\u0301", "été"),
        ("z" + "\u0335" * 50 + "y", "z\u0335\u0335y"),
        ("退款", "退款"),
        ("", NAMELESS),
        (None, NAMELESS),
        ("🔥", NAMELESS),
        ("\u200b \n", NAMELESS),
    ],
)
def test_a_label_is_one_clean_line(raw: str | None, shown: str) -> None:
    assert clean(raw) == shown


def test_a_long_label_ends_in_an_ellipsis() -> None:
    assert clean("x" * 41) == "x" * 39 + "…"
    assert clean("x" * 40) == "x" * 40


def test_a_huge_label_costs_nothing() -> None:
    huge = "é\u0301" * 5_000_000
    started = time.process_time()
    assert len(clean(huge)) <= LIMIT
    assert time.process_time() - started < 0.1  # reading all of it takes three times as long


@given(st.text(alphabet=st.characters(), max_size=200), st.integers(1, 60))
def test_whatever_comes_in_is_short_printable_and_encodes(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert cleaned == NAMELESS or len(cleaned) <= limit
    assert cleaned.encode("utf-8")
    assert cleaned == cleaned.strip()
    assert "\n" not in cleaned


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_a_footer_may_be_empty() -> None:
    assert sentence("") == ""
    assert sentence("\u200b") == ""
    assert sentence("goal 90%") == "goal 90%"


def test_cut_never_exceeds_the_limit() -> None:
    assert [cut("abcdef", n) for n in (6, 3, 1)] == ["abcdef", "ab…", "…"]


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, 10**400, 1e301])
def test_what_cannot_be_drawn_is_no_number(value: float | None) -> None:
    assert finite(value) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (427, "427"), (12_345, "12,345"), (3.25, "3.2"), (138.9, "139"), (-7, "-7"), (1_250_000, "1.2M"),
        (2.5e9, "2.5B"), (7e12, "7.0T"), (10**30, "1.0e+30"), (None, "–"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_a_count_reads_as_a_person_writes_it(value: float | None, shown: str) -> None:
    assert count_text(value) == shown
